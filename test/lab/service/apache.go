package service

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/cluster"
)

// apache is the web server, asked by a browser in the clients' network.
type apache struct {
	browser *http.Client
	base    string
}

// newApache is a browser that lives until ctx ends.
func newApache(ctx context.Context, lab *cluster.Lab) (*apache, error) {
	process, err := lab.Process(ctx, cluster.ClientHost)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { process.Close() })
	// A connection to a node that is gone would be waited for.
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, kind, to string) (net.Conn, error) {
		return dialFrom(ctx, process, kind, to)
	}}
	return &apache{browser: &http.Client{Transport: transport}, base: "http://" + address().String()}, nil
}

// put has a program of the server append a row.
func (a *apache) put(ctx context.Context, row int) (by string, err error) {
	text, err := a.get(ctx, fmt.Sprintf("/cgi-bin/row?%d", row))
	return strings.TrimSpace(text), err
}

func (a *apache) rows(ctx context.Context) ([]int, error) {
	text, err := a.get(ctx, "/rows")
	if err != nil {
		return nil, err
	}
	return numbers(text)
}

func (a *apache) get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return "", err
	}
	response, err := a.browser.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("get %s: the server answers %s", path, response.Status)
	}
	return string(text), err
}

// dialPatience is how long the browser waits for a connection: packets to a node that is dead get no answer.
const dialPatience = time.Second

// dialFrom makes a connection in the network namespace of a process, by a pidfd.
func dialFrom(ctx context.Context, process *os.File, kind, to string) (conn net.Conn, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread ends with this goroutine: it stays in that namespace. The socket is made by the thread that
		// dials, since the address is a number.
		runtime.LockOSThread()
		if err = unix.Setns(int(process.Fd()), unix.CLONE_NEWNET); err == nil {
			conn, err = (&net.Dialer{Timeout: dialPatience}).DialContext(ctx, kind, to)
		}
	}()
	<-done
	return conn, err
}
