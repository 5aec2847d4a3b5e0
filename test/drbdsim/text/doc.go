// Package text is what DRBD's tools and /proc/drbd print of a core.View: word by word what version 8.4.11 and 9.2.14 of the module say
// through drbd-utils 9.22, as the recorded situations show it, and /proc/drbd of 0.7 and 8.3 as the specification describes it.
package text
