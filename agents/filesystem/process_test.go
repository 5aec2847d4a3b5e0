package filesystem

import (
	"maps"
	"os"
	"os/exec"
	"syscall"

	"github.com/stretchr/testify/require"
)

// program is the agent as a program of its own name.
func (r *resource) program() string {
	r.w.t.Helper()
	path := r.w.path("Filesystem")
	if _, err := os.Lstat(path); err != nil {
		binary, err := os.Executable()
		require.NoError(r.w.t, err)
		require.NoError(r.w.t, os.Symlink(binary, path))
	}
	return path
}

// environment is what Pacemaker gives to the agent.
func (r *resource) environment() []string {
	vars := map[string]string{
		"OCF_ROOT": "/usr/lib/ocf", "OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "1",
		"OCF_RESOURCE_INSTANCE": "t", "OCF_RESKEY_CRM_meta_timeout": "20000",
		"OCF_RESKEY_CRM_meta_interval": "10000", "HA_RSCTMP": r.w.state, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
	}
	for name, value := range r.Params {
		vars["OCF_RESKEY_"+name] = value
	}
	maps.Copy(vars, r.Env)
	var all []string
	for name, value := range vars {
		all = append(all, name+"="+value)
	}
	return all
}

// process is the action as a process of its own that leads a group, as Pacemaker starts it.
func (r *resource) process(action string) *exec.Cmd {
	r.w.t.Helper()
	cmd := exec.Command(r.program(), action)
	cmd.Env = r.environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}
