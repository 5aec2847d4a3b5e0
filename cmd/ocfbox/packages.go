package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ocfbox/internal/run"
)

// packages asks the package manager of the running system, dpkg or rpm. The nil value is for a system
// whose package manager cannot be asked: nothing in it has an owner.
type packages struct {
	runner run.Runner
}

// An ownedError is a place that is taken.
type ownedError struct {
	path string
	// owner is the package, empty for none.
	owner string
}

// Error names the owner.
func (e *ownedError) Error() string {
	return fmt.Sprintf("%s belongs to %s: left alone", e.path, ownerName(e.owner))
}

func (e *ownedError) hint() string {
	return "--provider replaces the agents of the provider it names and keeps the originals"
}

func ownerName(owner string) string {
	if owner == "" {
		return "no package"
	}
	return "package " + owner
}

// owner is the package that a path belongs to, empty when it belongs to none.
func (p *packages) owner(ctx context.Context, path string) (string, error) {
	if p == nil {
		return "", nil
	}
	result, err := p.runner.Run(ctx, run.Cmd{Path: "dpkg-query", Args: []string{"--search", path}})
	if errors.Is(err, run.ErrNotFound) {
		return p.rpmOwner(ctx, path)
	}
	if err != nil {
		return "", fmt.Errorf("ask whose %s is: %w", path, err)
	}
	if result.Code > 1 {
		return "", fmt.Errorf("ask whose %s is: dpkg-query: %s", path, result.FirstError())
	}
	for line := range strings.Lines(string(result.Stdout)) {
		name, found, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && found == path && !strings.Contains(name, "diversion ") {
			return name, nil
		}
	}
	return "", nil
}

func (p *packages) rpmOwner(ctx context.Context, path string) (string, error) {
	result, err := p.runner.Run(ctx, run.Cmd{
		Path: "rpm", Args: []string{"--query", "--file", "--queryformat", "%{NAME}\n", path},
	})
	if errors.Is(err, run.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask whose %s is: %w", path, err)
	}
	if !result.OK() {
		return "", nil
	}
	name, _, _ := strings.Cut(result.Text(), "\n")
	return name, nil
}

// divert tells dpkg that the file at path lives at kept from now on, so that an upgrade puts the new
// original there. Without dpkg there is nobody to tell.
func (p *packages) divert(ctx context.Context, path, kept string) error {
	return p.dpkgDivert(ctx, "--add", path, kept)
}

// undivert takes that back, if it was ever said.
func (p *packages) undivert(ctx context.Context, path, kept string) error {
	if p == nil {
		return nil
	}
	result, err := p.runner.Run(ctx, run.Cmd{Path: "dpkg-divert", Args: []string{"--truename", path}})
	if errors.Is(err, run.ErrNotFound) || (err == nil && result.Text() != kept) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.dpkgDivert(ctx, "--remove", path, kept)
}

func (p *packages) dpkgDivert(ctx context.Context, what, path, kept string) error {
	if p == nil {
		return nil
	}
	result, err := p.runner.Run(ctx, run.Cmd{
		Path: "dpkg-divert",
		Args: []string{"--local", "--no-rename", "--divert", kept, what, path},
	})
	if errors.Is(err, run.ErrNotFound) {
		return nil
	}
	if err == nil && !result.OK() {
		err = fmt.Errorf("dpkg-divert: exit %d: %s", result.Code, result.FirstError())
	}
	return err
}
