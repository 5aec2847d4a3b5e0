package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/fault"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// HostExec is where the host agent is, AgentPort where it listens.
const (
	HostExec  = "/usr/sap/hostctrl/exe/saphostexec"
	AgentPort = 1128
)

// ReadySocket answers when the host agent does: the node's other services start then.
const ReadySocket = "hanasim-ready"

// A fileMessage brings a PKI file.
type fileMessage struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// SapHostExec is the host agent's process. Called by hand, it goes to the background.
func SapHostExec(args []string) int {
	if os.Getenv(background) == "" && os.Getppid() != 1 {
		if code, ends := fault.HANA().Play("saphostexec", "", os.Stdout); ends {
			return code
		}
		return exitCode(spawnHostExec(args))
	}
	agent, err := net.Listen("tcp", fmt.Sprintf(":%d", AgentPort))
	if err != nil {
		return failed(fmt.Errorf("open the host agent's port: %w", err))
	}
	// libqb, for which nodes wait in this way, gives its sockets names of full length.
	name := "@" + ReadySocket + strings.Repeat("\x00", len(unix.RawSockaddrUnix{}.Path)-1-len(ReadySocket))
	ready, err := net.Listen("unix", name)
	if err != nil {
		return failed(fmt.Errorf("open the socket %s: %w", ReadySocket, err))
	}
	go accept(ready, func(*wire.Conn) {})
	accept(agent, takeFile)
	return 1
}

func spawnHostExec(args []string) error {
	cmd := exec.Command(HostExec, args[1:]...)
	cmd.Env = append(os.Environ(), background+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start saphostexec: %w", err)
	}
	return nil
}

// BecomeHostExec makes the calling process the host agent, in the foreground.
func BecomeHostExec() error {
	env := append(os.Environ(), background+"=1")
	return unix.Exec(HostExec, []string{HostExec, "pf=/usr/sap/hostctrl/exe/host_profile"}, env)
}

// takeFile writes a PKI file that another node sends. Nothing else can be written.
func takeFile(conn *wire.Conn) {
	var m fileMessage
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if conn.Receive(&m) != nil {
		return
	}
	_ = conn.Send(wire.Answer{Error: message(writeKey(m))})
}

func writeKey(m fileMessage) error {
	path := filepath.Clean(m.Path)
	if !regexp.MustCompile(`^/usr/sap/[A-Z0-9]{3}/SYS/global/security/rsecssfs/(data|key)/SSFS_[A-Z0-9]{3}\.(DAT|KEY)$`).MatchString(path) {
		return fmt.Errorf("file %q is no PKI file", m.Path)
	}
	s, err := site.Find(func(s site.System) bool { return slices.Contains(s.Keys(), path) })
	if err != nil {
		return err
	}
	return errors.Join(site.Replace(path, []byte(m.Text)), os.Chown(path, s.UID(), site.GroupID))
}

// SendFile brings a PKI file to another node.
func SendFile(host, path, text string) error {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("%s:%d", host, AgentPort), 10*time.Second)
	if err != nil {
		return err
	}
	conn := wire.New(c)
	defer conn.Close()
	var a wire.Answer
	if err := conn.Ask(fileMessage{path, text}, &a); err != nil {
		return err
	}
	if a.Error != "" {
		return errors.New(a.Error)
	}
	return nil
}
