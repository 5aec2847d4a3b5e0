// Package fuse is a file server of the laboratory that can fail in all the ways in which servers do: it stops taking
// requests, takes them and never answers, answers with an input/output error, or does not let itself be unmounted.
//
// While nothing is wrong with it, it passes a folder through, so that what is written survives it. A node has it as the
// program that mount(8) calls for a type (see Helper); a test of the kernel mounts it by itself.
//
// The protocol is that of linux/fuse.h, version 7.31, as far as a plain folder needs it.
package fuse
