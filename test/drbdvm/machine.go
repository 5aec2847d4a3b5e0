package drbdvm

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// A machine is a running qemu. It ends with this process, however that ends.
type machine struct {
	process *os.Process
	ended   chan struct{}
}

// launch starts qemu in a folder, where its log goes.
func launch(folder string, args []string) (*machine, error) {
	log, err := os.Create(filepath.Join(folder, "qemu.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command("qemu-system-x86_64", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	m := &machine{ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// Pdeathsig is about the thread that has started the program: this one waits for it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(m.ended)
		err := cmd.Start()
		m.process = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	return m, <-started
}

// kill is pulling the plug.
func (m *machine) kill() {
	_ = m.process.Kill()
	<-m.ended
}

func (m *machine) running() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// lastWords is the end of what qemu and the guest's console have said, for an error.
func lastWords(folder string) string {
	var text bytes.Buffer
	for _, name := range []string{"qemu.log", "console.log"} {
		log, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || len(log) == 0 {
			continue
		}
		fmt.Fprintf(&text, "\n%s: ...%s", name, bytes.TrimSpace(log[max(0, len(log)-1500):]))
	}
	return text.String()
}
