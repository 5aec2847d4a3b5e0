package crmtest_test

import (
	"testing"

	"ocfbox/internal/crm/crmtest"
)

func TestFakeKeepsTheContract(t *testing.T) {
	t.Parallel()
	for _, nodes := range [][]string{{"suse01"}, {"suse01", "suse02"}} {
		cluster := crmtest.New(nodes...)
		for _, node := range nodes {
			t.Run(node, func(t *testing.T) { crmtest.Contract(t, cluster.On(node), node) })
		}
	}
}

func TestFakeKeepsTheContractOfAStoppedNode(t *testing.T) {
	t.Parallel()
	cluster := crmtest.New("suse01", "suse02")
	cluster.Stop("suse02")
	crmtest.ContractStopped(t, cluster.On("suse02"))
}
