// Package compare runs the distribution's shell agents and ours through the same histories and compares what the
// kernel says afterwards. The shell agents are black boxes.
//
// A Case is a resource and a history: actions of the agent, and what somebody else does in between. Each run of a
// case has a machine of its own, made of namespaces (a rig): two never see each other, and what an agent does to
// strangers hits strangers of its own rig only. What came of a step is an Answer: the exit code, and what has
// changed since the step before. The answers of the shell agents are recorded in testdata, so that ours can be held
// against them where the shell agents are not installed.
//
// A difference is either a mistake or wanted. The wanted ones are rows of testdata/wanted.txt; a row stands for
// one value of one step of one case, and a row that nothing needs fails the run.
package compare
