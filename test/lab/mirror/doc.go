// Package mirror has the scenarios of a service on a replicated disk: the simulated DRBD, the agent synccheck as a clone,
// its location rule, and a service that writes through the device wherever it runs.
package mirror
