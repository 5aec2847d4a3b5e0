package house

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page of the synchronisation tools explains every option of theirs, each below the heading of its command, and
// none that there is not.
func TestThePageOfSyncExplainsItsOptions(t *testing.T) {
	const page = "man/ocfbox-sync.8"
	text := read(t, page)
	item := regexp.MustCompile(`(?m)^\.It Fl Fl ([a-z-]+)`)
	var explained, known []string
	for _, found := range item.FindAllStringSubmatch(text, -1) {
		explained = append(explained, found[1])
	}
	for _, command := range commandsOf(t, "ocfbox") {
		if slices.Contains([]string{"sync status", "sync watch", "sync verify", "sync serve", "sync map", "sync repair"}, command.name) {
			require.NotEmpty(t, command.options)
			known = append(known, command.options...)
		}
	}
	slices.Sort(explained)
	slices.Sort(known)
	require.Equal(t, slices.Compact(known), slices.Compact(explained))
}
