package drbdvm

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
)

// The guests have no ssh. In its place, alfa calls bravo at a port, where a helper is started for each caller.
const (
	answeringCalls = `cat > /run/answer.py <<'END'
import socket, subprocess
s = socket.create_server(("10.99.1.2", 7799))
while True:
    c = s.accept()[0]
    subprocess.Popen(["/usr/sbin/ocfbox", "sync", "serve", "--allow", "/dev/vdb"], stdin=c, stdout=c)
    c.close()
END
`
	calling = `cat > /usr/local/bin/call <<'END'
#!/usr/bin/python3
import os, socket, sys, threading
s = socket.create_connection(("10.99.1.2", 7799))
def copy(read, write):
    while data := read():
        write(data)
def there():
    copy(lambda: os.read(0, 65536), s.sendall)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=there, daemon=True).start()
copy(lambda: s.recv(65536), lambda data: os.write(1, data))
END
chmod 755 /usr/local/bin/call`
	verifying = "ocfbox sync verify --rsh /usr/local/bin/call --output json /dev/vdb bravo:/dev/vdb"
)

// DRBD calls both copies equal while three blocks of one were changed below it. They are found from the other host,
// in a pair that is up, and named as those that DRBD does not know of; what is written meanwhile is not.
func TestVerifyFindsWhatWasChangedBelowDRBD(t *testing.T) {
	r := newRig(t, synced)
	r.on(r.Alfa, calling)
	r.on(r.Bravo, answeringCalls)
	r.behind(r.Bravo, "python3 /run/answer.py")
	var want block.Ranges
	for _, seek := range []string{"1000", "10000", "20000"} {
		r.on(r.Bravo, "dd if=/dev/urandom of=/dev/vdb bs=4k count=1 oflag=direct conv=notrunc seek="+seek)
	}
	for _, number := range []int64{1000, 10000, 20000} {
		want.Add(block.Range{Offset: number * 4096, Length: 4096})
	}
	r.awaitRows(r.Alfa, "cs:Connected", "ds:UpToDate/UpToDate", "oos:0")
	found := r.verified()
	require.Equal(t, want, found.Ranges)
	require.Equal(t, want, found.Unknown)
	require.Equal(t, "counter", found.KnownBy)

	r.on(r.Alfa, "mount /dev/drbd0 /mnt")
	r.behind(r.Alfa, "while true; do dd if=/dev/urandom of=/mnt/two bs=64k count=16 conv=fsync; sleep 0.3; done")
	// The writer may come by one of the blocks, which mends it.
	for _, differs := range r.verified().Ranges {
		require.Contains(t, want, differs)
	}
}

// A comparison is what the JSON of a comparison says.
type comparison struct {
	Ranges  block.Ranges
	Unknown block.Ranges `json:"unknown_oos"`
	KnownBy string       `json:"known_by"`
}

// verified compares the pair from alfa. Something differs.
func (r *rig) verified() (found comparison) {
	r.t.Helper()
	result := r.try(r.Alfa, verifying)
	require.Equal(r.t, 1, result.Code, "%s%s", result.Stdout, result.Stderr)
	require.NoError(r.t, json.Unmarshal([]byte(result.Stdout), &found), result.Stdout)
	return found
}
