// Command prepare builds the image of the guests that make test-drbd runs, unless it is there, and says what
// it is doing: the tests, which would build it as well, could not.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"ocfbox/test/drbdvm/image"
)

func main() {
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "prepare:", err)
		os.Exit(1)
	}
}

func prepare() error {
	cache, err := image.Cache()
	if err != nil {
		return err
	}
	built, err := image.Ensure(filepath.Join(cache, "drbdvm"), os.Stdout)
	if err != nil {
		return err
	}
	return built.Close()
}
