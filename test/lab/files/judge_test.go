package files

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/writer"
	"ocfbox/test/lab/fuse"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	answers := []writer.Answer{{Row: "1-1"}, {Row: "1-2", Error: "refused"}, {Row: "1-3"}}
	require.Equal(t, 2, promised(answers))
	tests := []struct {
		name, want string
		rows       []string
	}{
		{name: "all that was promised is there", rows: []string{"1-1", "1-3"}},
		{name: "a row without an answer may be there", rows: []string{"1-1", "1-2", "1-3", "1-4"}},
		{name: "a row is lost", rows: []string{"1-1"}, want: "row 1-3 was acknowledged, and is there 0 times"},
		{name: "a row is there twice", rows: []string{"1-1", "1-1", "1-3"}, want: "row 1-1 was acknowledged, and is there 2 times"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := verdict(answers, tt.rows); tt.want == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tt.want)
			}
		})
	}
}

func TestManyLostRowsAreOneShortMessage(t *testing.T) {
	t.Parallel()
	var answers []writer.Answer
	for i := range 100 {
		answers = append(answers, writer.Answer{Row: fmt.Sprint(i)})
	}
	require.ErrorContains(t, verdict(answers, nil), "and 95 more rows")
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	text := configuration(folder, onDisk(below, "run_fsck=no"), served(fuse.BlockType))
	require.Contains(t, text, "params device=/dev/shared-data directory=/srv/disk fstype=ext4 run_fsck=no \\\n")
	require.Contains(t, text, "params device=/dev/shared-spare directory=/srv/files fstype=fuseblk options=folder=/srv/disk \\\n")
	require.Contains(t, text, "\ngroup files fs share ip store\n")
	require.Equal(t, 1, strings.Count(text, "OCF_CHECK_LEVEL=20"))
	require.Contains(t, configuration(below, onDisk(below, ""), served(fuse.Type)), "params device=/srv/disk directory=/srv/files fstype=fuse.ocflab  \\\n")
}
