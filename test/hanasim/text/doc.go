// Package text writes what SAP's commands print. Everything here is a function of its arguments, and is
// compared with the specifications' and the guide's own texts.
package text
