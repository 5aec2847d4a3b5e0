// Package site is where one simulated HANA lives on a node: its names, files, ports, and what it
// remembers about system replication while it is down.
//
// As with SAP, the role is kept in global.ini, where administrators and getParameter.py look
// for it; what HANA keeps in its topology is in one small file beside the data.
package site
