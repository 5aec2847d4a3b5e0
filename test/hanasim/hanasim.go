// Package hanasim is a SAP HANA to practise on: all programs and processes that agents and administrators
// meet, with replication that really ships rows. It is part of the laboratory and never of the product.
//
// Dispatch plays the part that argv[0] names; Addition says what nodes of a laboratory need for that. What is
// simulated, and what is not, is written down in docs/hanasim.md.
package hanasim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ocfbox/test/hanasim/command"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/writer"
)

// bootName is the program that installs HANA at a node's first boot and starts what SAP's init script starts.
const bootName = "hanasim-boot"

// Dispatch plays a part; ok is false when the name is none of ours.
func Dispatch(args []string) (code int, ok bool) {
	name := filepath.Base(args[0])
	switch name {
	case bootName:
		return boot(), true
	case writer.Name:
		return writer.Main(args[1:]), true
	case "saphostexec":
		return process.SapHostExec(args), true
	case "sapstartsrv":
		return process.SapStartSrv(args), true
	case "sapstart":
		return process.SapStart(), true
	case "hdbnameserver", "hdbindexserver", "hdbxsengine", "hdbcompileserver", "hdbpreprocessor", "hdbwebdispatcher":
		return process.Service(args), true
	}
	if strings.HasPrefix(name, "hdb.sap") {
		return process.Daemon(), true
	}
	return command.Run(args)
}

// boot does what an installed system does when its host boots: sapstartsrv of each line of sapservices, and
// the host agent.
func boot() int {
	s, err := install.Run()
	if err == nil {
		err = process.StartStartSrv(s, s.Executable("sapstartsrv"))
	}
	if err == nil {
		err = process.BecomeHostExec()
	}
	fmt.Fprintln(os.Stderr, bootName+":", err)
	return 1
}
