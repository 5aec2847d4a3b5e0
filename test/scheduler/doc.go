// Package scheduler is a bench for Pacemaker's scheduler without a cluster: a configuration in crmsh's language
// becomes a CIB, a case puts states, histories and attributes into it, crm_simulate is told what happens, and the case
// says what must become of it.
//
//	healthy, err := scheduler.Load(ctx, text)
//	...
//	scheduler.Given("the primary database stops", healthy.Score("rsc_SAPHana", "suse01", "5")).
//		When(scheduler.Reports("rsc_SAPHana", "monitor", 60*time.Second, "suse01", 9)).
//		Then(scheduler.Promoted("rsc_SAPHana", "suse02"), scheduler.Fenced()).
//		Run(t)
//
// What a case proves is what the scheduler does with the scores and exit codes that an agent gives it. It does not prove
// that the agent gives them, nor what becomes of time-outs, of the membership or of fencing devices: that takes the
// laboratory.
package scheduler
