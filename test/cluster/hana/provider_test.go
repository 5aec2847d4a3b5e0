package hana_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
)

// recorder is a provider that writes down how it was called, and refuses takeovers while a file is there.
const recorder = `
import os
from hdb_ha_dr.client import HADRBase

class Recorder(HADRBase):
    def __init__(self, *args, **kwargs):
        super(Recorder, self).__init__(*args, **kwargs)
        self.tracer.info("{0}.init()".format(self.__class__.__name__))

    def about(self):
        return {"provider_company": "ocfbox", "provider_name": "Recorder", "provider_description": "writes down", "provider_version": "1.0"}

    def note(self, text):
        with open("/tmp/recorder", "a") as f:
            f.write(text + "\n")

    def srConnectionChanged(self, ParamDict, **kwargs):
        self.tracer.info("Recorder.srConnectionChanged method called with Dict={0}".format(ParamDict))
        self.note("%(service_name)s %(port)s %(database)s status=%(status)d system=%(system_status)d sync=%(is_in_sync)s reason=%(reason)s site=%(siteName)s" % ParamDict)
        os.system("sleep %s" % self.config.get("delay", "0"))
        self.note("%s done in %s as %s of %s" % (ParamDict["service_name"], os.getcwd(), os.environ["USER"], os.environ["SAPSYSTEMNAME"]))
        return 0

    def srServiceStateChanged(self, ParamDict, **kwargs):
        if ParamDict["service_name"] == "indexserver":
            self.note("service %(service_status)s before=%(service_previous_status)s daemon=%(daemon_status)s" % ParamDict)
        return 0

    def preTakeover(self, isForce, **kwargs):
        self.note("preTakeover %s" % isForce)
        return self.errorCodeClusterConfigured if os.path.exists("/tmp/refuse") and not isForce else 0

    def postTakeover(self, rc, **kwargs):
        self.note("postTakeover %s" % rc)
        return 0
`

const recorderIni = `
[ha_dr_provider_Recorder]
provider = Recorder
path = /usr/share/recorder
execution_order = 1
delay = 0.5

[ha_dr_provider_broken]
provider = Broken
path = /usr/share/recorder
execution_order = 2

[trace]
ha_dr_recorder = info
`

// addRecorder configures the provider, and one that cannot be loaded.
func addRecorder(p *pair, on string) {
	_, err := p.lab.RunWith(p.Context(), recorder, on, "sh", "-c", "mkdir -p /usr/share/recorder; cat >/usr/share/recorder/Recorder.py; echo 'import nothing' >/usr/share/recorder/Broken.py")
	require.NoError(p, err)
	_, err = p.lab.RunWith(p.Context(), recorderIni, on, "sh", "-c", "cat >>/usr/sap/HA1/SYS/global/hdb/custom/config/global.ini")
	require.NoError(p, err)
	require.Equal(p, "done.\n", p.do(on, "hdbnsutil -reloadHADRProviders"))
}

func recorded(p *pair, on string) string {
	out, _ := p.root(on, "cat", "/tmp/recorder")
	return out
}

func TestProviders(t *testing.T) {
	p := newPair(t, 2, nil)
	addRecorder(p, wdf)
	addRecorder(p, rot)
	trace := "/usr/sap/HA1/HDB10/suse01/trace/nameserver_suse01.31001.000.trc"
	out, _ := p.root(wdf, "cat", trace)
	require.Regexp(t, `i ha_dr_provider   HADRProviderManager.cpp\(00073\) : loading HA/DR Provider 'Recorder' from /usr/share/recorder\n`, out)
	require.Regexp(t, `i ha_dr_Recorder   Recorder.py\(00008\) : Recorder.init\(\)\n`, out)
	require.Regexp(t, `e ha_dr_provider .*Broken/Broken:load\(\) failed with python error: ModuleNotFoundError`, out)
	require.Contains(t, p.do(wdf, `hdbsql -d SYSTEMDB -a "select * from M_HA_DR_PROVIDERS"`), "Recorder,ocfbox,writes down,1.0,CUSTOM,/usr/share/recorder,1\n")
	t.Run("a lost secondary is reported once a service, before the commit ends", func(t *testing.T) { reportLoss(p.with(t)) })
	t.Run("services are reported", func(t *testing.T) {
		p := p.with(t)
		p.signal(wdf, "KILL", "^hdbindexserver")
		p.await("the restart", func() error {
			seen := recorded(p, wdf)
			if strings.Contains(seen, "service no before=yes daemon=yes\n") && strings.Contains(seen, "service yes before=starting daemon=yes\n") {
				return nil
			}
			return fmt.Errorf("recorded: %s", seen)
		})
		p.awaitStatus(wdf, core.Active)
		require.NotContains(t, recorded(p, wdf)[strings.Index(recorded(p, wdf), "service no"):], "system=11 sync=False", "no data was missing")
	})
	t.Run("a provider can refuse a takeover", func(t *testing.T) {
		p := p.with(t)
		p.root(rot, "touch", "/tmp/refuse")
		out, code := p.try(rot, "hdbnsutil -sr_takeover")
		require.Equal(t, 1, code)
		require.Contains(t, out, "50277")
		require.Contains(t, p.do(rot, "hdbnsutil -sr_stateConfiguration"), "mode: sync\n")
		out, _ = p.root(rot, "sh", "-c", "cat /usr/sap/HA1/HDB10/suse02/trace/nameserver_*")
		require.Regexp(t, `Recorder.preTakeover.*failed.*50277`, out)
		p.root(rot, "rm", "/tmp/refuse")
		p.do(rot, "hdbnsutil -sr_takeover")
		require.Contains(t, recorded(p, rot), "preTakeover False\npreTakeover False\npostTakeover 0\n")
	})
}

func reportLoss(p *pair) {
	p.do(rot, "HDB stop")
	p.await("three reports", func() error {
		if seen := recorded(p, wdf); strings.Count(seen, " done in ") < 3 {
			return fmt.Errorf("recorded: %s", seen)
		}
		return nil
	})
	seen := recorded(p, wdf)
	for _, service := range []string{"nameserver 31001 SYSTEMDB", "xsengine 31007 HA1", "indexserver 31003 HA1"} {
		require.Equal(p, 1, strings.Count(seen, service+" status=11 system=11 sync=False reason= site=ROT\n"), seen)
	}
	require.Contains(p, seen, "done in /hana/shared/HA1/HDB10/suse01 as ha1adm of HA1\n")
	p.do(rot, "HDB start")
	p.awaitStatus(wdf, core.Active)
	p.await("three more", func() error {
		if seen := recorded(p, wdf); strings.Count(seen, "status=15") < 3 {
			return fmt.Errorf("recorded: %s", seen)
		}
		return nil
	})
	seen = recorded(p, wdf)
	// What a service's call says of the system is what is true when the call is made.
	require.Regexp(p, `status=15 system=14 sync=True`, seen)
	require.Contains(p, seen[strings.LastIndex(seen, "status=15"):], "system=15 sync=True")
}
