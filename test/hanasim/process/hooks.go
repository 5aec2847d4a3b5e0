package process

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// ProviderHost is the Python program that loads the HA/DR providers, in the folder python_support.
const ProviderHost = "python_support/hanasim_providers.py"

// hooks are the HA/DR providers. HANA embeds a Python interpreter; here it is a process of its own, which
// gets one call at a time. A provider that hangs holds up the calling thread for ever, as with HANA.
type hooks struct {
	system site.System
	trace  *trace

	in      io.WriteCloser
	out     *bufio.Scanner
	process *exec.Cmd

	mu   sync.Mutex
	list []wire.Provider
}

// A hookCall is a line to the Python program.
type hookCall struct {
	Method string         `json:"method"`
	Args   []any          `json:"args"`
	Named  map[string]any `json:"named,omitempty"`
}

// A hookWord is a line from it: a line for the trace, or the end of a call.
type hookWord struct {
	Trace     []string        `json:"trace"`
	Done      bool            `json:"done"`
	Results   []hookResult    `json:"results"`
	Providers []wire.Provider `json:"providers"`
}

// A hookResult is what one provider returned.
type hookResult struct {
	Provider string `json:"provider"`
	Code     int    `json:"code"`
	Error    string `json:"error"`
}

func newHooks(s site.System, t *trace) *hooks { return &hooks{system: s, trace: t} }

// providerSection is a section of global.ini that names a provider.
type providerSection struct {
	Provider string            `json:"provider"`
	Path     string            `json:"path"`
	Order    int               `json:"order"`
	Config   map[string]string `json:"config"`
}

func (h *hooks) sections() []providerSection {
	ini, err := site.ReadIni(h.system.GlobalIni())
	if err != nil {
		h.trace.line('e', "ha_dr_provider", "HADRProviderManager.cpp(00070)", "%v", err)
		return nil
	}
	var list []providerSection
	for _, name := range ini.Sections() {
		if !strings.HasPrefix(strings.ToLower(name), "ha_dr_provider_") {
			continue
		}
		p := providerSection{Provider: ini.Get(name, "provider"), Path: ini.Get(name, "path"), Config: map[string]string{}}
		p.Order, _ = strconv.Atoi(ini.Get(name, "execution_order"))
		for _, k := range ini.Keys(name) {
			p.Config[strings.ToLower(k.Name)] = k.Value
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b providerSection) int { return a.Order - b.Order })
	return list
}

// load loads the providers of global.ini anew.
func (h *hooks) load() {
	h.unload()
	sections := h.sections()
	if len(sections) == 0 {
		return
	}
	if err := h.start(); err != nil {
		h.trace.line('e', "ha_dr_provider", "HADRProviderManager.cpp(00071)", "%v", err)
		return
	}
	for _, p := range sections {
		h.trace.line('i', "ha_dr_provider", "HADRProviderManager.cpp(00073)", "loading HA/DR Provider '%s' from %s", p.Provider, p.Path)
	}
	word := h.call(hookCall{Method: "load", Args: []any{sections}})
	h.mu.Lock()
	h.list = word.Providers
	h.mu.Unlock()
}

func (h *hooks) unload() {
	h.mu.Lock()
	h.list = nil
	h.mu.Unlock()
	if h.process == nil {
		return
	}
	// It ends when it has nothing to read; if it does not, it is made to.
	h.in.Close()
	stop := time.AfterFunc(time.Second, func() { _ = h.process.Process.Kill() })
	_ = h.process.Wait()
	stop.Stop()
	h.process = nil
}

// start runs the Python program in the surroundings of HANA's interpreter.
func (h *hooks) start() error {
	cmd := exec.Command("/usr/bin/python3", "-u", h.system.Executable(ProviderHost))
	cmd.Dir = h.system.HostFolder()
	cmd.Env = append(os.Environ(), "SAPSYSTEM="+h.system.Number)
	cmd.Stderr = h.trace.file
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the Python interpreter: %w", err)
	}
	h.process, h.in, h.out = cmd, in, bufio.NewScanner(out)
	h.out.Buffer(nil, 1<<20)
	return nil
}

// call makes one call and writes what comes meanwhile to the trace.
func (h *hooks) call(c hookCall) hookWord {
	if h.process == nil {
		return hookWord{}
	}
	text, err := json.Marshal(c)
	if err == nil {
		_, err = h.in.Write(append(text, '\n'))
	}
	for err == nil && h.out.Scan() {
		var w hookWord
		if err = json.Unmarshal(h.out.Bytes(), &w); err != nil {
			break
		}
		if len(w.Trace) == 4 {
			h.trace.line(w.Trace[0][0], w.Trace[1], w.Trace[2], "%s", w.Trace[3])
		}
		if w.Done {
			h.complain(c, w)
			return w
		}
	}
	h.trace.line('e', "ha_dr_provider", "PythonProxyImpl.cpp(01100)", "the Python interpreter is gone during %s: %v", c.Method, err)
	return hookWord{}
}

func (h *hooks) complain(c hookCall, w hookWord) {
	for _, r := range w.Results {
		if r.Error != "" {
			h.trace.line('e', "ha_dr_provider", "PythonProxyImpl.cpp(01101)", "%s/%s:%s() failed with python error: %s", r.Provider, r.Provider, c.Method, r.Error)
		}
	}
}

func (h *hooks) loaded() []wire.Provider {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.list)
}

// A connectionEvent is a change of a replication channel.
type connectionEvent struct {
	host             string
	service          site.Service
	report           wire.Report
	database, system core.Status
}

// connectionChanged calls srConnectionChanged with the dictionary of hana-hooks.md 2.4.
func (h *hooks) connectionChanged(e connectionEvent) {
	now := time.Now().Format("2006-01-02T15:04:05.000000-07:00")
	inSync := 0
	if e.report.InSync {
		inSync = 1
	}
	for _, p := range h.loaded() {
		h.trace.line('i', "ha_dr_provider", "PythonProxyImpl.cpp(01120)",
			"calling HA/DR provider %s.hookDRConnectionChanged(hostname=%s, port=%d, volume=%d, service_name=%s, database=%s, status=%d, "+
				"database_status=%d, system_status=%d, timestamp=%s, is_in_sync=%d, reason=%s, siteName=%s)",
			p.Name, e.host, e.service.Port, e.service.Volume, e.service.Name, e.service.Database, e.report.Status,
			e.database, e.system, now, inSync, e.report.Reason, e.report.Name)
	}
	w := h.call(hookCall{Method: "srConnectionChanged", Args: []any{map[string]any{
		"hostname": e.host, "port": strconv.Itoa(e.service.Port), "volume": e.service.Volume, "service_name": e.service.Name,
		"database": e.service.Database, "status": int(e.report.Status), "database_status": int(e.database),
		"system_status": int(e.system), "timestamp": now, "is_in_sync": e.report.InSync, "reason": e.report.Reason, "siteName": e.report.Name,
	}}})
	rc := 0
	for _, r := range w.Results {
		rc = max(rc, r.Code)
	}
	h.trace.line('i', "sr_nameserver", "DRRequestHandler.cpp(00042)", "drConnectionChanged: %d:%d %d(%s): isInSync=%d, HADRProvider hook executed rc=%d",
		e.service.Volume, e.service.Volume, e.report.Site, e.report.Name, inSync, rc)
}

// serviceChanged calls srServiceStateChanged.
func (h *hooks) serviceChanged(host string, v site.Service, status, before, daemon string) {
	h.call(hookCall{Method: "srServiceStateChanged", Args: []any{map[string]any{
		"hostname": host, "service_name": v.Name, "service_port": strconv.Itoa(v.Port), "service_status": status,
		"service_previous_status": before, "timestamp": time.Now().Format("2006-01-02T15:04:05.000000-07:00"),
		"daemon_status": daemon, "database_id": strconv.Itoa(max(v.Volume, 1)), "database_name": v.Database, "database_status": "yes",
	}}})
}

// preTakeover returns the number with which a provider refuses, or 0.
func (h *hooks) preTakeover(force bool) int {
	w := h.call(hookCall{Method: "preTakeover", Args: []any{force}})
	for _, r := range w.Results {
		if r.Code != 0 {
			h.trace.line('e', "ha_dr_provider", "HADRProviderManager.cpp(00080)", "%s.preTakeover() failed with error code %d", r.Provider, r.Code)
			return r.Code
		}
	}
	return 0
}

func (h *hooks) postTakeover(rc int) { h.call(hookCall{Method: "postTakeover", Args: []any{rc}}) }
