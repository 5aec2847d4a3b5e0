package scheduler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/beevik/etree"

	"ocfbox/internal/run"
)

// Programs are what the bench needs of the machine.
var Programs = []string{"crm", "crm_simulate"}

// callTime bounds one call of crmsh or crm_simulate. Both take less than a second.
const callTime = 30 * time.Second

// system runs the tools. A test's binary cannot be a guard.
var system = run.System{NoGuard: true}

// noCluster is the CIB that a configuration is loaded into.
const noCluster = `<cib validate-with="` + schema + `" epoch="1" num_updates="0" admin_epoch="0">
  <configuration><crm_config/><nodes/><resources/><constraints/></configuration>
  <status/>
</cib>
`

// schema is the oldest that crmsh and Pacemaker 2.1 both write.
const schema = "pacemaker-3.0"

// featureSet is the version of Pacemaker's data: that of Debian 12's.
const featureSet = "3.16.1"

// Load makes a cluster of a configuration in crmsh's language. All its nodes are off, and nothing is known of any
// resource. crmsh takes most of a second, so its result is kept in the user's cache, under a digest of the text and
// of the crmsh that read it.
func Load(ctx context.Context, text string) (*Cluster, error) {
	kept, err := cacheFile(text)
	if err != nil {
		return nil, err
	}
	cib, err := os.ReadFile(kept)
	if errors.Is(err, fs.ErrNotExist) {
		if cib, err = ask(ctx, text); err == nil {
			err = keep(kept, cib)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("load crm configuration: %w", err)
	}
	return parseCluster(cib)
}

// cacheFile is where the CIB of a configuration is kept.
func cacheFile(text string) (string, error) {
	shell, err := crmsh()
	if err != nil {
		return "", fmt.Errorf("find crmsh: %w", err)
	}
	digest := sha256.New()
	fmt.Fprintln(digest, shell.Size(), shell.ModTime().UnixNano(), noCluster, text)
	folder, err := os.UserCacheDir()
	if err != nil {
		folder = os.TempDir()
	}
	name := hex.EncodeToString(digest.Sum(nil)) + ".xml"
	return filepath.Join(folder, "ocfbox-scheduler", name), nil
}

// crmsh is the program, wherever this distribution has it.
func crmsh() (info fs.FileInfo, err error) {
	for folder := range strings.SplitSeq(run.SystemPath, ":") {
		if info, err = os.Stat(filepath.Join(folder, "crm")); err == nil {
			return info, nil
		}
	}
	return nil, err
}

// keep writes a file that others may be about to write too.
func keep(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	own, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(own.Name())
	_, err = own.Write(text)
	if err = errors.Join(err, own.Close()); err != nil {
		return err
	}
	return os.Rename(own.Name(), path)
}

// ask has crmsh load the configuration into a CIB in a file. Agents that are not installed here have no meta-data,
// which crmsh takes for errors: it is forced. What it cannot read it still refuses.
func ask(ctx context.Context, text string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	folder, err := os.MkdirTemp("", "ocfbox-scheduler-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	config, cib := filepath.Join(folder, "config.crm"), filepath.Join(folder, "cib.xml")
	err = errors.Join(os.WriteFile(config, []byte(text), 0o600), os.WriteFile(cib, []byte(noCluster), 0o600))
	if err != nil {
		return nil, err
	}
	result, err := system.Run(ctx, run.Cmd{
		Path: "crm",
		Args: []string{"-F", "configure", "load", "replace", config},
		Env:  []string{"CIB_file=" + cib, "HOME=" + folder, "TERM=dumb"},
	})
	if err != nil {
		return nil, err
	}
	if !result.OK() {
		return nil, fmt.Errorf("crm: exit %d: %s", result.Code, strings.TrimSpace(string(result.Stderr)))
	}
	return os.ReadFile(cib)
}

func parseCluster(cib []byte) (*Cluster, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(cib); err != nil {
		return nil, fmt.Errorf("read CIB: %w", err)
	}
	if root := doc.Root(); root != nil {
		// Without a version the scheduler takes the CIB for an old one, whose failures are counted under other names.
		root.CreateAttr("have-quorum", "1")
		root.CreateAttr("crm_feature_set", featureSet)
	}
	for _, path := range []string{"/cib/configuration/nodes", "/cib/configuration/resources", "/cib/status"} {
		if doc.FindElement(path) == nil {
			return nil, fmt.Errorf("read CIB: no element %s", path)
		}
	}
	return &Cluster{doc: doc}, nil
}
