package ocf

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDatesAreThoseOfTheDateCommand(t *testing.T) {
	const format = "%b|%h|%B|%d|%e|%j|%a|%A|%m|%Y|%y|%D|%F|%H|%I|%M|%S|%p|%R|%T|%c|%z|%Z|%s|%N|%n|%t|%%|100%|é"
	for _, now := range []string{"2026-11-22 13:49:01.000000042 +00:00", "2024-02-29 00:00:09.5 +00:00", "1999-01-03 12:00:00 +00:00"} {
		moment, err := time.Parse("2006-01-02 15:04:05.999999999 -07:00", now)
		require.NoError(t, err)
		cmd := exec.Command("date", "-u", "--date", now, "+"+format)
		cmd.Env = []string{"LC_ALL=C"}
		want, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, strings.TrimSuffix(string(want), "\n"), date(format, moment.UTC()))
	}
}

func TestTheDefaultDateEndsWithABlank(t *testing.T) {
	require.Equal(t, "Nov 02 03:04:05 ", date(defaultDate, time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)))
}

func TestALetterThatIsNotKnownStays(t *testing.T) {
	require.Equal(t, "%Q %-d %", date("%Q %-d %", time.Now()))
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{defaultDate, "%F %T.%N", "%", "%%", "%%Y", "100%", "\x00%\xff", "%-d%_H%3N%Q"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 22, 13, 49, 1, 0, time.UTC)
	f.Fuzz(func(t *testing.T, format string) {
		text := date(format, now)
		require.LessOrEqual(t, len(text), 24*len(format), "no letter stands for more than %c")
		if !strings.Contains(format, "%") {
			require.Equal(t, format, text)
		}
		require.Equal(t, "x"+text, date("x"+format, now))
	})
}
