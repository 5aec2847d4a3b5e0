// Package scenario holds procedures that break a laboratory cluster and demand that it recovers,
// and what runs them: each from the same fresh state, with a trajectory of all that was seen.
//
// A procedure reads like the one an administrator would follow. Its first failing
// step ends it, as testing.T.FailNow ends a test.
package scenario
