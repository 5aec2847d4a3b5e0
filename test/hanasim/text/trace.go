package text

import (
	"fmt"
	"time"
)

// TraceLine is a line of a trace file (hana-hooks.md 2.5). The component is padded and cut to 16 characters.
func TraceLine(thread int, at time.Time, level byte, component, source, message string) string {
	return fmt.Sprintf("[%d]{-1}[-1/-1] %s %c %-16.16s %s : %s\n", thread, at.Format("2006-01-02 15:04:05.000000"), level, component, source, message)
}
