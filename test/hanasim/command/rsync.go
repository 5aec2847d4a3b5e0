package command

import (
	"fmt"
	"os"
	"strings"

	"ocfbox/test/hanasim/process"
)

// rsync copies the PKI files as the guide's line does, and nothing else: nodes have no ssh. The other
// node's host agent takes the file.
func rsync(c call) int {
	var files []string
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") {
			files = append(files, a)
		}
	}
	if len(files) != 2 || !strings.Contains(files[1], ":") {
		fmt.Fprintln(c.err, "rsync: this one only copies FILE HOST:FILE")
		return 1
	}
	host, path, _ := strings.Cut(files[1], ":")
	text, err := os.ReadFile(files[0])
	if err == nil {
		err = process.SendFile(host, path, string(text))
	}
	if err != nil {
		fmt.Fprintln(c.err, "rsync:", err)
		return 12
	}
	c.say("sending incremental file list\n%s\n\nsent %d bytes  received 35 bytes  %d.00 bytes/sec\ntotal size is %d  speedup is 1.00\n",
		path[strings.LastIndex(path, "/")+1:], len(text)+80, len(text)+115, len(text))
	return 0
}
