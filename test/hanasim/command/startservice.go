package command

import (
	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/site"
)

// startService starts sapstartsrv where it does not answer.
func (k controlCall) startService() int {
	if _, ok := k.ask("AccessCheck"); !ok {
		if err := process.StartStartSrv(k.system, k.system.Executable("sapstartsrv")); err != nil {
			k.head("FAIL: " + err.Error())
			return callFailed
		}
	}
	k.head("OK")
	return 0
}

func (k controlCall) stopService() int {
	if _, ok := k.ask("StopService"); !ok {
		return k.unreachable()
	}
	k.head("OK")
	return 0
}

func (k controlCall) restartService() int {
	if _, ok := k.ask("StopService"); !ok {
		return k.unreachable()
	}
	return k.startService()
}

func (k controlCall) version() int {
	if _, ok := k.ask("GetVersionInfo"); !ok {
		return k.unreachable()
	}
	k.head("OK")
	k.say("Filename, VersionInfo, Time\n")
	for _, name := range []string{"sapstartsrv", "hdbindexserver"} {
		k.say("%s, 753, patch 1010, changelist 2124070, RKS compatibility level 1, linuxx86_64, 2021 11 09 12:00:00\n", k.system.Executable(name))
	}
	return 0
}

// saphostctrl is the host agent's command.
func saphostctrl(c call) int {
	if c.option("-function") != "ListInstances" {
		c.say("saphostctrl -function <Webmethod>\n")
		return callFailed
	}
	list, err := site.Systems()
	if err != nil {
		return callFailed
	}
	for _, s := range list {
		c.say(" Inst Info : %s - %s - %s - 753, patch 1010, changelist 2124070\n", s.SID, s.Number, s.Host)
	}
	return 0
}
