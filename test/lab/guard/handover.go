package guard

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Send gives a listener to whoever serves at the socket, and returns when that supervises.
func Send(socket string, listener *os.File) error {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return fmt.Errorf("reach the supervisor: %w", err)
	}
	defer conn.Close()
	if _, _, err := conn.WriteMsgUnix([]byte{0}, unix.UnixRights(int(listener.Fd())), nil); err != nil {
		return fmt.Errorf("give the supervisor the listener: %w", err)
	}
	if n, err := conn.Read(make([]byte, 1)); n != 1 {
		return fmt.Errorf("the supervisor does not take the listener: %w", err)
	}
	return nil
}

// Receive takes one listener from a connection, and tells the sender so.
func Receive(conn *net.UnixConn) (*os.File, error) {
	rights := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), rights)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil {
		return nil, err
	}
	if len(messages) != 1 {
		return nil, errors.New("no listener came")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fds[0])
	// The supervisor waits for it beside others.
	if err := unix.SetNonblock(fds[0], true); err != nil {
		unix.Close(fds[0])
		return nil, err
	}
	listener := os.NewFile(uintptr(fds[0]), "listener")
	if _, err := conn.Write([]byte{0}); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}
