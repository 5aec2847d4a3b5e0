// Package process is the processes of a simulated HANA: sapstartsrv, sapstart, hdbdaemon, and the
// services that it starts.
//
// They are related as SAP's are. sapstartsrv starts sapstart, which starts hdbdaemon, which starts
// the services and restarts those that die, but for the nameserver, without which the instance ends.
// Services talk to their nameserver, which knows the site's role, tells them of changes, and calls the
// HA/DR providers. Each service with data has a volume, and a replication connection of its own.
package process
