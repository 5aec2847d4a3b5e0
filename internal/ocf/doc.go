// Package ocf is the resource agent API: what an agent declares, how Pacemaker calls it, and what it
// answers.
//
// An agent is one [Agent] value. From it come the meta-data, the typed parameters with their checks,
// the usage text and the tables of the manual page. [Main] speaks the protocol: it reads the
// environment, chooses the action, gives it a context that ends before Pacemaker's patience does, and
// turns the error it returns into an exit code and one line for the operator.
//
// The facts are those of docs/spec/ocf-framework.md; a comment cites its sections by number. The
// package knows nothing about any resource: code used by one agent stays in that agent.
package ocf
