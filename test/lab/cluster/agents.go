package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"ocfbox/test/lab/node"
)

// Agents are the resource agents that nodes find as providers ocfbox and suse. Ours are in the place of the
// distribution's too: configurations of the field name ocf:heartbeat:IPaddr2.
type Agents struct {
	// Folder holds other agents than ours, such as a distribution's. Empty means ours.
	Folder string
	// Binary is the program ocfbox; List says what it can be.
	Binary string
	List   []Agent
}

// An Agent is one of ours, as `ocfbox agents --output json` describes it.
type Agent struct {
	Name      string   `json:"name"`
	Providers []string `json:"providers"`
	// Heartbeat are the names of the distribution's agents that it can replace.
	Heartbeat []string `json:"heartbeat"`
}

// Ours asks the program ocfbox which agents it is.
func Ours(ctx context.Context, binary string) (Agents, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	a := Agents{Binary: binary}
	text, err := exec.CommandContext(ctx, binary, "agents", "--output", "json").Output()
	if err == nil {
		err = json.Unmarshal(text, &a.List)
	}
	if err != nil {
		return a, fmt.Errorf("ask %s which agents it is: %w", binary, err)
	}
	return a, nil
}

const ocfFolder = "/usr/lib/ocf/resource.d"

// files are what the nodes get, besides what the host has.
func (a Agents) files() ([]node.File, error) {
	if a.Folder != "" {
		if _, err := os.Stat(a.Folder); err != nil {
			return nil, fmt.Errorf("find the agents: %w", err)
		}
		return []node.File{
			{Path: ocfFolder + "/ocfbox", From: a.Folder},
			{Path: ocfFolder + "/suse", Link: "ocfbox"},
		}, nil
	}
	files := []node.File{{Path: "/usr/sbin/ocfbox", From: a.Binary}}
	link := func(provider, name string) {
		files = append(files, node.File{Path: filepath.Join(ocfFolder, provider, name), Link: "/usr/sbin/ocfbox"})
	}
	for _, agent := range a.List {
		for _, provider := range agent.Providers {
			link(provider, agent.Name)
		}
		for _, name := range agent.Heartbeat {
			link("heartbeat", name)
		}
	}
	return files, nil
}
