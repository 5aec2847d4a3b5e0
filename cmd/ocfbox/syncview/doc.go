// Package syncview shows what a host's replicated devices are worth, as `ocfbox sync status` and `ocfbox sync watch`
// print it: a line for each copy, and the same for monitoring systems and other programs. What a state is worth is
// decided in internal/drbd, and asked for in the package feed below it; here it is only put into words.
package syncview
