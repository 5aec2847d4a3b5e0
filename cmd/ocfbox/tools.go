package main

import (
	"fmt"
	"os"
)

func tools(args []string) int {
	fmt.Fprintln(os.Stderr, "ocfbox: no such command")
	return 2
}
