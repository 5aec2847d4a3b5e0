package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// A dpkg behaves as dpkg-query and dpkg-divert do, as far as install asks them.
type dpkg struct {
	// owners are packages by path, diverted is where dpkg has been told to put a path's file.
	owners, diverted map[string]string
	// refuses makes every change fail.
	refuses bool
}

func (d *dpkg) runner() run.Runner {
	return &runtest.Script{Programs: map[string]runtest.Program{"dpkg-query": d.query, "dpkg-divert": d.divert}}
}

func (d *dpkg) query(_ context.Context, c run.Cmd) (run.Result, error) {
	path := c.Args[1]
	text := ""
	if kept := d.diverted[path]; kept != "" {
		text = fmt.Sprintf("local diversion from: %s\nlocal diversion to: %s\n", path, kept)
	}
	if owner := d.owners[path]; owner != "" {
		text += owner + ": " + path + "\n"
	}
	if text == "" {
		return run.Result{Code: 1, Stderr: []byte("dpkg-query: no path found matching pattern " + path)}, nil
	}
	return run.Result{Stdout: []byte(text)}, nil
}

func (d *dpkg) divert(_ context.Context, c run.Cmd) (run.Result, error) {
	path := c.Args[len(c.Args)-1]
	if slices.Contains(c.Args, "--truename") {
		name := d.diverted[path]
		if name == "" {
			name = path
		}
		return run.Result{Stdout: []byte(name + "\n")}, nil
	}
	if d.refuses {
		return run.Result{Code: 2, Stderr: []byte("dpkg-divert: error: clashes\n")}, nil
	}
	if !strings.Contains(c.String(), "--local --no-rename --divert") {
		return run.Result{Code: 2, Stderr: []byte("usage\n")}, nil
	}
	if slices.Contains(c.Args, "--remove") {
		delete(d.diverted, path)
	} else {
		d.diverted[path] = c.Args[3]
	}
	return run.Result{}, nil
}
