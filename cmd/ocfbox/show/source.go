package show

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

// A Snapshot is a CIB with where it comes from: live, or the name of a file.
type Snapshot struct {
	*crm.CIB
	Source string
}

// Live is the source of a CIB that was asked for.
const Live = "live"

// ReadFile reads a CIB from a file, or from stdin when its name is a dash. The content tells how it is
// packed: the scheduler's own files are bzip2, and may have lost the suffix.
func ReadFile(name string, stdin io.Reader) (Snapshot, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return Snapshot{}, err
	}
	data, err = unpack(data)
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s: not a CIB: %w", name, err)
	}
	cib, err := crm.ParseCIB(data)
	if err != nil {
		return Snapshot{}, fmt.Errorf("%s: not a CIB: %w", name, err)
	}
	return Snapshot{cib, name}, nil
}

func unpack(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("BZh")):
		return io.ReadAll(bzip2.NewReader(bytes.NewReader(data)))
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		reader, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(reader)
	}
	return data, nil
}

// ReadLive asks the cluster of this node.
func ReadLive(ctx context.Context, runner run.Runner) (Snapshot, error) {
	cib, err := (&crm.Cluster{Runner: runner}).CIB(ctx)
	return Snapshot{cib, Live}, err
}

// SIDs are the SAP systems that a CIB is about: of the resources, else of the attributes' names. Sorted, in
// upper case.
func SIDs(cib *crm.CIB) []string {
	var all []string
	for _, resource := range cib.Resources {
		switch resource.Type {
		case "SAPHana", "SAPHanaController", "SAPHanaTopology":
			if sid, ok := crm.Lookup(resource.Params, "SID"); ok {
				all = append(all, strings.ToUpper(sid))
			}
		}
	}
	if len(all) == 0 {
		all = namedSIDs(cib)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func namedSIDs(cib *crm.CIB) []string {
	sets := slices.Clone(cib.Properties)
	for _, node := range cib.Nodes {
		sets = append(append(sets, node.Permanent...), node.Transient...)
	}
	var all []string
	for _, set := range sets {
		for _, pair := range set.Pairs {
			rest, ok := strings.CutPrefix(pair.Name, "hana_")
			sid, _, full := strings.Cut(rest, "_")
			if ok && full && new(hana.SID).UnmarshalText([]byte(strings.ToUpper(sid))) == nil {
				all = append(all, strings.ToUpper(sid))
			}
		}
	}
	return all
}
