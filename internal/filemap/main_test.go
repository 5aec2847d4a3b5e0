package filemap_test

import (
	"testing"

	"ocfbox/test/lab"
)

func TestMain(m *testing.M) { lab.Main(m, lab.Mount) }
