package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"ocfbox/internal/hana"
	"ocfbox/internal/run"
	"ocfbox/internal/srhook"
)

func (b *toolbox) srhookDrainCommand() *cli.Command {
	return &cli.Command{
		Name:  "drain",
		Usage: "write to the cluster what the provider could not",
		Description: "What the provider could not write it has left in files of the instance's folder. The resource\n" +
			"agent writes it with its next monitor; this does it now.  A file is removed when the cluster has\n" +
			"its value.  It may be repeated at any time.",
		Flags:  []cli.Flag{sidFlag(" (default: all that are installed)"), outputFlag()},
		Action: b.srhookDrain,
	}
}

// A drained is what became of one file. The JSON names are a promise.
type drained struct {
	File  string       `json:"file"`
	Site  srhook.Site  `json:"site,omitempty"`
	Value srhook.Value `json:"value,omitempty"`
	// AgeSeconds is how long the event has waited.
	AgeSeconds int64  `json:"age_seconds,omitempty"`
	Written    bool   `json:"written"`
	SetAside   bool   `json:"set_aside,omitempty"`
	Error      string `json:"error,omitempty"`
}

func (b *toolbox) srhookDrain(c *cli.Context) error {
	if err := noWords(c); err != nil {
		return err
	}
	sids, err := systems(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, srhookPatience)
	defer cancel()
	result := []drained{}
	for _, sid := range sids {
		outcomes, err := b.drainSystem(ctx, sid)
		if err != nil {
			return &failure{err: err, code: exitUnknown}
		}
		result = append(result, outcomes...)
	}
	if err := printed(c, b.stdout, result, func() error { return writeDrained(b.stdout, result) }); err != nil {
		return err
	}
	for _, one := range result {
		if !one.Written {
			return silent(exitNo)
		}
	}
	return nil
}

func (b *toolbox) drainSystem(ctx context.Context, sid hana.SID) ([]drained, error) {
	uid, err := b.userID(ctx, sid.User())
	if err != nil {
		return nil, err
	}
	drainer := &srhook.Drainer{Cluster: b.cluster(), SID: sid, UID: uid}
	var result []drained
	for _, folder := range srhook.Folders("/", sid) {
		outcomes, err := drainer.Drain(ctx, folder)
		if err != nil {
			return nil, err
		}
		for _, o := range outcomes {
			one := drained{File: o.Path, Site: o.Site, Value: o.Value, AgeSeconds: int64(o.Age / time.Second), Written: o.Err == nil, SetAside: o.Bad}
			if o.Err != nil {
				one.Error = o.Err.Error()
			}
			result = append(result, one)
		}
	}
	return result, nil
}

func (b *toolbox) userID(ctx context.Context, name string) (uint32, error) {
	result, err := b.runner.Run(ctx, run.Cmd{Path: "id", Args: []string{"-u", name}})
	if err != nil {
		return 0, fmt.Errorf("look up user %s: %w", name, err)
	}
	uid, err := strconv.ParseUint(result.Text(), 10, 32)
	if err != nil || !result.OK() {
		return 0, fmt.Errorf("look up user %s: id: exit %d: %s", name, result.Code, result.FirstError())
	}
	return uint32(uid), nil
}

func writeDrained(to io.Writer, result []drained) error {
	if len(result) == 0 {
		fmt.Fprintln(to, "no event waits to be written")
	}
	for _, one := range result {
		switch {
		case one.Written:
			fmt.Fprintf(to, "written   %s for site %s, %ds old: %s removed\n", one.Value, one.Site, one.AgeSeconds, one.File)
		case one.SetAside:
			fmt.Fprintf(to, "set aside %s\n", one.Error)
		default:
			fmt.Fprintf(to, "kept      %s\n", one.Error)
		}
	}
	return nil
}
