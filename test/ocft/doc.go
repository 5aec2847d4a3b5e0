// Package ocft holds the runs of Debian's own testers of resource agents against ours: ocf-tester, and
// the cases of ocft that come with the package resource-agents. They run in network and mount
// namespaces in which our binary stands where the shell agent does; nothing of the host is touched.
package ocft
