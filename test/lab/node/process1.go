package node

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
)

// Init is the second half of process 1: it brings up addresses and services, reaps
// what dies, and passes on a cry for help. It never returns: the node ends when it is killed.
func Init() int {
	notices := os.NewFile(noticeFd, "notices")
	unix.CloseOnExec(noticeFd)
	if err := serve(notices); err != nil {
		notify(notices, Broken, err.Error())
	}
	select {}
}

func serve(notices *os.File) error {
	text, err := os.ReadFile(specFile)
	if err != nil {
		return err
	}
	var s Spec
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read %s: %w", specFile, err)
	}
	if err := watchSysRq(notices); err != nil {
		return err
	}
	if err := collectLog(); err != nil {
		return err
	}
	if err := configureNetwork(s.Interfaces); err != nil {
		return err
	}
	// A terminal that goes away must not take process 1 with it.
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGPIPE)
	services := newManager(notices, s.Services)
	if err := services.listen(); err != nil {
		return err
	}
	if err := services.boot(); err != nil {
		return err
	}
	notify(notices, Running, "")
	return nil
}

// watchSysRq reads what is written to /proc/sysrq-trigger. The keys that stop a
// machine stop the node; the others (show tasks, sync) do nothing, as nothing is promised of them.
func watchSysRq(notices *os.File) error {
	// Opened for writing too, so that the FIFO never reports an end of file.
	fifo, err := os.OpenFile(SysRqFIFO, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	go func() {
		buffer := make([]byte, 64)
		for {
			n, err := fifo.Read(buffer)
			if err != nil {
				return
			}
			if i := strings.IndexAny(string(buffer[:n]), "bco"); i >= 0 {
				notify(notices, SysRq, string(buffer[i]))
			}
		}
	}()
	return nil
}
