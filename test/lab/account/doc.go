// Package account keeps the account of what agents cost: for each operation that Pacemaker runs on a node,
// when it began and ended, its exit code, how many programs it started, how much processor time all of
// that took, and when it was waiting for tools of SAP's or of the cluster.
//
// It watches from outside the nodes and asks nothing of the agents, so that it measures any agent alike. The
// kernel tells it of each process that is forked, executed or ended (the process events connector), and of
// the processor time of each thread that ends (taskstats). Both are the real root's, in the first process
// namespace; [Watch] says when they cannot be had.
//
// It is for whole scenarios. One call of one agent is measured better by package meter, whose tracer sees the
// arguments of every program, at the price of slowing it down.
package account
