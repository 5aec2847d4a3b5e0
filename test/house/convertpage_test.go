package house

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/cmd/ocfbox/convert"
)

const convertPage = "man/ocfbox-convert.8"

// The example of the page is what the program makes of it.
func TestTheTablesOfTheConvertPageAreTrue(t *testing.T) {
	const haresources = "test01 192.168.123.170 drbddisk::drbd0 Filesystem::/dev/drbd0::/data1::ext3 mysqld\n"
	const hacf = "node test01 test02\ndeadtime 5\nauto_failback off\n"
	r := convert.Convert(convert.Options{
		Haresources: "haresources", HaresourcesText: haresources, HaCf: "ha.cf", HaCfText: hacf, Services: "systemd",
	})
	require.True(t, r.Complete())
	said := ""
	for _, remark := range r.Remarks {
		said += remark.String() + "\n"
	}
	compareTables(t, convertPage, []table{{"example",
		"haresources\n" + display(haresources) + "ha.cf\n" + display(hacf) +
			"with\n.Fl Fl services Cm systemd\nbecome\n" + display(r.Config) + "with the remarks\n" + display(said)}})
}

func TestThePageOfConvertExplainsItsOptions(t *testing.T) {
	text := read(t, convertPage)
	var explained []string
	for _, found := range regexp.MustCompile(`(?m)^\.It Fl Fl ([a-z-]+)`).FindAllStringSubmatch(text, -1) {
		explained = append(explained, found[1])
	}
	for _, command := range commandsOf(t, "ocfbox") {
		if command.name == "convert haresources" {
			require.ElementsMatch(t, command.options, explained)
			return
		}
	}
	require.Fail(t, "there is no such command")
}
