package scenario

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScenariosOfAKitStayTogether(t *testing.T) {
	kit := func(name string) Scenario { return Scenario{Kit: Kit{Name: name}} }
	require.Equal(t, [][]int{{0, 2}, {1, 4}, {3}}, groups([]Scenario{kit("a"), kit("b"), kit("a"), kit(""), kit("b")}, []int{0, 1, 2, 3, 4}))
}
