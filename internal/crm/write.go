package crm

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Get asks crm_attribute for one value. It costs a program; a caller with more than one question reads
// the CIB instead. The error is ErrNoAttribute when the attribute is not set.
func (c *Cluster) Get(ctx context.Context, a Attribute) (string, error) {
	if err := a.Check(); err != nil {
		return "", err
	}
	text, err := c.attribute(ctx, a, "--query", "--quiet")
	if err != nil {
		return "", fmt.Errorf("read %s: %w", a, err)
	}
	value, rest, ended := strings.Cut(text, "\n")
	switch {
	case !ended:
		return "", fmt.Errorf("read %s: %w: %q", a, ErrGarbled, text)
	case rest != "":
		// One line for each set that holds the name.
		return "", fmt.Errorf("read %s: %w", a, ErrAmbiguous)
	}
	return value, nil
}

// Set writes one value, whatever it was before. A transient attribute of a node that is not in the
// cluster is accepted and not kept: Pacemaker says nothing about it.
func (c *Cluster) Set(ctx context.Context, a Attribute, value string) error {
	if err := errors.Join(a.Check(), CheckValue(value)); err != nil {
		return fmt.Errorf("write %s: %w", a, err)
	}
	if _, err := c.attribute(ctx, a, "--update="+value); err != nil {
		return fmt.Errorf("write %s: %w", a, err)
	}
	return nil
}

// Delete removes an attribute. That it was not set is no error.
func (c *Cluster) Delete(ctx context.Context, a Attribute) error {
	if err := a.Check(); err != nil {
		return fmt.Errorf("delete %s: %w", a, err)
	}
	text, err := c.attribute(ctx, a, "--delete")
	if errors.Is(err, ErrNoAttribute) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", a, err)
	}
	// 2.1.5 exits with 0 in this case, having deleted nothing.
	if strings.Contains(text, "Multiple attributes match") {
		return fmt.Errorf("delete %s: %w", a, ErrAmbiguous)
	}
	return nil
}

// Update writes value when seen holds another one or none, notes it in seen, and reports whether it
// wrote. An empty value is written only over another one: to the agents, missing and empty are the same.
func (c *Cluster) Update(ctx context.Context, seen *CIB, a Attribute, value string) (bool, error) {
	if old, _ := seen.Value(a); old == value {
		return false, nil
	}
	if err := c.Set(ctx, a, value); err != nil {
		return false, err
	}
	seen.Note(a, value)
	return true, nil
}

// attribute runs crm_attribute on a. Long options with their values attached are understood since 1.1,
// and keep a value that begins with a dash from being taken for options: of --update -INFINITY, 2.1.5
// makes --update -I -N FINITY.
func (c *Cluster) attribute(ctx context.Context, a Attribute, command ...string) (string, error) {
	if a.Store == Promotion && c.FeatureSet != "" && !atLeast(c.FeatureSet, 3, 10, 0) {
		return c.master(ctx, a, command)
	}
	var args []string
	switch a.Store {
	case Transient:
		args = []string{"--name=" + a.Name, "--lifetime=reboot"}
	case Permanent:
		args = []string{"--name=" + a.Name, "--lifetime=forever"}
	case Property:
		args = []string{"--name=" + a.Name, "--type=crm_config"}
	case Promotion:
		args = []string{"--promotion=" + a.Name}
	}
	if a.Node != "" {
		args = append(args, "--node="+a.Node)
	}
	if a.Set != "" {
		args = append(args, "--set-name="+a.Set)
	}
	result, err := c.ask(ctx, nil, toolAttribute, append(args, command...)...)
	return string(result.Stdout), err
}

// master runs crm_master, the script that older clusters have for promotion scores. It hands options on
// to crm_attribute with their values as words of their own, which only the short ones survive.
func (c *Cluster) master(ctx context.Context, a Attribute, command []string) (string, error) {
	args := []string{"-l", "reboot"}
	if a.Node != "" {
		args = append(args, "-N", a.Node)
	}
	for _, option := range command {
		if value, ok := strings.CutPrefix(option, "--update="); ok {
			args = append(args, "-v", value)
			continue
		}
		args = append(args, option)
	}
	env := []string{"OCF_RESOURCE_INSTANCE=" + a.Name}
	result, err := c.ask(ctx, env, toolMaster, args...)
	return string(result.Stdout), err
}
