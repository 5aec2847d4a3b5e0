package ssh

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCommand(t *testing.T) {
	tests := []struct{ args, want, err string }{
		{args: "suse01 systemctl stop pacemaker", want: "systemctl stop pacemaker"},
		{args: "root@suse01 hostname", want: "hostname"},
		{args: "localhost true", want: "true"},
		{args: "-o StrictHostKeyChecking=no -l root -T suse01 true", want: "true"},
		{args: "-oBatchMode=yes -qp 22 suse01 true", want: "true"},
		{args: "suse01 -o NumberOfPasswordPrompts=1 grep -c x /etc/hosts", want: "grep -c x /etc/hosts"},
		{args: "suse02 true", err: "ssh: connect to host suse02 port 22: Connection refused"},
		{args: "-q", err: "usage"},
		{args: "suse01", err: "a command is needed"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			command, err := Command("suse01", strings.Fields(tt.args))
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, command)
		})
	}
}
