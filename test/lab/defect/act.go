package defect

import (
	"path/filepath"
	"strings"
	"time"
)

// The codes of the OCF standard that a fault answers with.
const (
	success    = 0
	failure    = 1
	notRunning = 7
)

// score is the attribute from which Pacemaker takes whom to promote.
const score = "master-"

// lie does nothing and says that it is done.
func lie(*call) (int, bool) { return success, true }

// seeNothing is a monitor that is always content. A probe stays honest: otherwise the cluster would not even begin.
func seeNothing(c *call) (int, bool) { return success, !c.probe() }

// rateBlindly lets the real monitor rate a secondary, and then gives it the score of one in sync.
func rateBlindly(c *call) (int, bool) {
	code := c.healthy()
	if code == success && !c.probe() && !c.primary() {
		resource, _, _ := strings.Cut(c.env("OCF_RESOURCE_INSTANCE"), ":")
		c.run("attrd_updater", "--name", score+resource, "--update", "100")
	}
	return code, true
}

// takeOverBlindly takes over. The real agent finds a primary then, and has nothing more to ask.
func takeOverBlindly(c *call) (int, bool) {
	if !c.primary() {
		c.login("hdbnsutil -sr_takeover")
	}
	return 0, false
}

// startAsPrimary starts a database that is configured as primary.
func startAsPrimary(c *call) (int, bool) {
	if !c.primary() {
		return 0, false
	}
	for _, function := range [][]string{{"Start"}, {"WaitforStarted", "3600", "1"}} {
		if _, code := c.run(c.sapcontrol(), append([]string{"-nr", c.number(), "-function"}, function...)...); code != 0 {
			return failure, true
		}
	}
	return success, true
}

// excuseRival calls it well when the real monitor wants to stop a primary that is one too many.
func excuseRival(c *call) (int, bool) {
	code := c.healthy()
	if code == notRunning && !c.probe() && c.running() && c.primary() {
		code = success
	}
	return code, true
}

// hangWhenDown never comes back when there is something to report.
func hangWhenDown(c *call) (int, bool) {
	if !c.probe() && !c.running() {
		c.sleep(1 << 20 * time.Hour)
	}
	return 0, false
}

// loseFallback deletes the hook's files before the real monitor can read them.
func loseFallback(c *call) (int, bool) {
	files, _ := filepath.Glob(filepath.Join(c.root, "usr/sap", c.sid(), "HDB"+c.number(), ".crm_attribute.*"))
	for _, file := range files {
		c.remove(file)
	}
	return 0, false
}
