package command

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/text"
	"ocfbox/test/hanasim/wire"
)

// Exit codes of sapcontrol.
const (
	callFailed = 1
	callLate   = 2
)

// A controlCall is a function of sapcontrol.
type controlCall struct {
	call
	system   site.System
	function string
	params   []string
	script   bool
}

// controlFunctions are the functions that there are.
func controlFunctions() map[string]func(controlCall) int {
	return map[string]func(controlCall) int{
		"Start": controlCall.order, "Stop": controlCall.order, "StartSystem": controlCall.order, "StopSystem": controlCall.order,
		"StartWait": controlCall.orderAndWait, "StopWait": controlCall.orderAndWait,
		"WaitforStarted": controlCall.waitStarted, "WaitforStopped": controlCall.waitStopped,
		"GetProcessList": controlCall.processList, "GetSystemInstanceList": controlCall.instanceList,
		"ParameterValue": controlCall.parameter, "AccessCheck": controlCall.access, "GetInstanceProperties": controlCall.properties,
		"StartService": controlCall.startService, "StopService": controlCall.stopService, "RestartService": controlCall.restartService,
		"GetVersionInfo": controlCall.version,
	}
}

// sapcontrol asks sapstartsrv.
func sapcontrol(c call) int {
	s, err := site.ByNumber(c.option("-nr"))
	k := controlCall{call: c, system: s, function: c.option("-function"), script: c.option("-format") == "script"}
	if i := slices.Index(c.args, "-function"); i >= 0 {
		for _, a := range c.args[min(i+2, len(c.args)):] {
			if strings.HasPrefix(a, "-") {
				break
			}
			k.params = append(k.params, a)
		}
	}
	run, known := controlFunctions()[k.function]
	if !known {
		c.say("sapcontrol -nr <Instance Number> -function <Webmethod> [parameter1] ...\n")
		return callFailed
	}
	if err != nil {
		return k.unreachable()
	}
	return run(k)
}

// head prints the beginning of an answer.
func (k controlCall) head(result string) { k.say("%s", text.Call(time.Now(), k.function, result)) }

func (k controlCall) unreachable() int {
	k.head("FAIL: NIECONN_REFUSED (Connection refused), NiRawConnect failed in plugin_fopen()")
	return callFailed
}

// ask asks sapstartsrv; ok is false when it does not answer.
func (k controlCall) ask(function string) (a wire.Answer, ok bool) {
	conn, err := wire.Dial(k.system.StartSocket(), 5*time.Second)
	if err != nil {
		return a, false
	}
	defer conn.Close()
	return a, conn.Ask(wire.Question{Ask: function}, &a) == nil
}

func (k controlCall) order() int {
	a, ok := k.ask(k.function)
	switch {
	case !ok:
		return k.unreachable()
	case a.Error != "":
		k.head("FAIL: " + a.Error)
		return callFailed
	}
	k.head("OK")
	return 0
}

// orderAndWait is StartWait or StopWait: the order is printed under its own name, then the waiting.
func (k controlCall) orderAndWait() int {
	wait := k.waitStarted
	first := k
	if first.function = strings.TrimSuffix(k.function, "Wait"); first.function == "Stop" {
		wait = k.waitStopped
	}
	if code := first.order(); code != 0 {
		return code
	}
	return wait()
}

func (k controlCall) waitStarted() int { return k.waitFor("GREEN") }
func (k controlCall) waitStopped() int { return k.waitFor("GRAY") }

// waitFor polls until the instance has a color. The delay between two polls is a second in SAP's smallest
// step; here it is a tenth of what is asked for, since everything is faster.
func (k controlCall) waitFor(color string) int {
	limit, delay := 0, 1
	if len(k.params) > 0 {
		limit, _ = strconv.Atoi(k.params[0])
	}
	if len(k.params) > 1 {
		delay, _ = strconv.Atoi(k.params[1])
	}
	end := time.Now().Add(time.Duration(limit) * time.Second)
	for {
		a, ok := k.ask("GetProcessList")
		switch {
		case !ok:
			return k.unreachable()
		case text.Color(a.Processes) == color:
			k.head("OK")
			return 0
		case time.Now().After(end):
			k.head("FAIL: process hdbdaemon HDB Daemon not " + map[string]string{"GREEN": "running", "GRAY": "stopped"}[color])
			return callLate
		}
		time.Sleep(time.Duration(delay) * 100 * time.Millisecond)
	}
}

func (k controlCall) processList() int {
	a, ok := k.ask(k.function)
	if !ok {
		return k.unreachable()
	}
	k.head("OK")
	k.say("%s", text.ProcessList(a.Processes, time.Now(), k.script))
	return text.ProcessListCode(a.Processes)
}

func (k controlCall) instanceList() int {
	a, ok := k.ask("GetProcessList")
	if !ok {
		return k.unreachable()
	}
	k.head("OK")
	k.say("hostname, instanceNr, httpPort, httpsPort, startPriority, features, dispstatus\n")
	number, _ := strconv.Atoi(k.system.Number)
	k.say("%s, %d, 5%s13, 5%s14, 0.3, HDB|HDB_WORKER, %s\n", k.system.Host, number, k.system.Number, k.system.Number, text.Color(a.Processes))
	return 0
}

func (k controlCall) parameter() int {
	if _, ok := k.ask("ParameterValue"); !ok {
		return k.unreachable()
	}
	values := map[string]string{
		"INSTANCE_NAME": k.system.Instance(), "SAPSYSTEM": k.system.Number, "SAPSYSTEMNAME": k.system.SID,
		"SAPLOCALHOST": k.system.Host, "DIR_EXECUTABLE": k.system.InstanceFolder() + "/exe",
	}
	value, known := "", false
	if len(k.params) > 0 {
		value, known = values[k.params[0]]
	}
	if !known {
		k.head("FAIL: Invalid parameter")
		return callFailed
	}
	k.head("OK")
	if k.script {
		k.say("0 : %s\n", value)
	} else {
		k.say("%s\n", value)
	}
	return 0
}

func (k controlCall) access() int {
	if _, ok := k.ask("AccessCheck"); !ok {
		return k.unreachable()
	}
	k.head("OK")
	return 0
}

func (k controlCall) properties() int {
	if _, ok := k.ask("GetInstanceProperties"); !ok {
		return k.unreachable()
	}
	k.head("OK")
	k.say("property, propertytype, value\nINSTANCE_NAME, string, %s\nSAPSYSTEMNAME, string, %s\nSAPSYSTEM, string, %s\n",
		k.system.Instance(), k.system.SID, k.system.Number)
	return 0
}
