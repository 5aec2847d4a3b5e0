package main

import (
	"os"
	"testing"
	"time"
)

// asProgram makes the test binary the program itself, for tests that need a process of it.
const asProgram = "OCFBOX_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(door(time.Now(), append([]string{program}, os.Args[1:]...)))
	}
	if len(os.Args) > 1 && os.Args[1] == asSSH {
		os.Exit(ssh(os.Args[2:]))
	}
	os.Exit(m.Run())
}
