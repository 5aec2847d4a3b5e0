package run

import (
	"os"
	"os/exec"
	"time"
)

// A Peer is this binary running once more under another name, to make calls that this process must not get stuck
// in itself: a process does not end before the last of its threads has left the kernel, but it may leave a child
// behind that has not. The two talk through pipes.
//
// The peer stays in our process group, so that it is killed with us, and inherits nothing else.
type Peer struct {
	// To is what the peer reads as its standard input; From is what it writes to its standard output.
	To, From *os.File
	process  *os.Process
}

// StartPeer starts this binary under a name that its main function hands over. The peer is to be ended.
func StartPeer(name string) (*Peer, error) {
	stdin, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, stdout, err := os.Pipe()
	if err != nil {
		stdin.Close()
		to.Close()
		return nil, err
	}
	cmd := exec.Cmd{
		Path:   "/proc/self/exe",
		Args:   []string{name},
		Env:    BaseEnv(),
		Dir:    "/",
		Stdin:  stdin,
		Stdout: stdout,
	}
	keepDescriptors()
	err = cmd.Start()
	stdin.Close()
	stdout.Close()
	if err != nil {
		to.Close()
		from.Close()
		return nil, &Error{Cmd: Cmd{Path: name}, Err: startError(err, cmd.Dir)}
	}
	return &Peer{to, from, cmd.Process}, nil
}

// Interrupt makes reading and writing fail from now on.
func (p *Peer) Interrupt() {
	past := time.Unix(1, 0)
	_ = p.From.SetReadDeadline(past)
	_ = p.To.SetWriteDeadline(past)
}

// End kills the peer and does not wait: one that is stuck in the kernel ends when it gets out of it.
func (p *Peer) End() {
	p.To.Close()
	p.From.Close()
	_ = p.process.Kill()
	go func() { _, _ = p.process.Wait() }()
}
