package compare

import "fmt"

// DrbddiskCases are the rows of drbddisk.md 8 that the script can be asked about, and generated combinations.
func DrbddiskCases() []Case {
	return append(drbddiskRows(), generate(90, drbddiskPlans())...)
}

func drbddiskRows() []Case {
	var cases []Case
	add := func(name, params string, steps ...string) {
		for _, kernel := range []string{"84", "9"} {
			c := Case{Name: name + ", kernel " + kernel, Params: append([]string{"kernel=" + kernel}, words(params)...), Steps: steps}
			cases = append(cases, c)
		}
	}
	add("row 1 the first try is good", "resource=r0", "status", "start", "status", "stop", "status")
	add("row 2 three failures and then good", "resource=r0", "% fault primary 11 3", "start", "status")
	add("row 3 always 11", "resource=r0", "% fault primary 11 -1", "start", "status")
	add("row 4 no good data", "resource=r0", "% fault primary 17 -1", "start", "status")
	add("row 5 already primary", "resource=r0", "start", "start", "status")
	add("row 7 outdated", "resource=r0", "% cut", "% wait 20", "% alfa outdate r0", "start", "status")
	add("row 7 diskless, the peer is up to date", "resource=r0", "% alfa drbdadm detach r0", "start", "status", "stop")
	add("row 7 diskless alone", "resource=r0", "% alfa drbdadm detach r0", "% cut", "% wait 20", "start", "status")
	add("row 8 StandAlone", "resource=r0", "% alfa drbdadm disconnect r0", "% wait 2", "start", "status", "stop")
	add("row 9 the peer is primary and stays it", "resource=r0", "% bravo drbdadm primary r0", "start", "status", "stop")
	add("row 10 all, and one fails", "resource=all", "% bravo drbdadm primary r0", "start", "stop")
	add("row 13 stop while the device is held", "resource=r0", "start", "% alfa hold r0", "stop", "status", "% alfa release r0", "stop", "status")
	add("row 14 not in the kernel", "resource=r0", "% alfa drbdadm down r0", "stop", "status", "stop")
	add("row 14 no module", "resource=r0 state=unloaded", "status", "stop")
	add("row 16 a peer without power", "resource=r0", "start", "% crash bravo", "status", "% wait 20", "status", "stop", "status")
	add("row 17 the role cannot be asked", "resource=r0", "start", "% fault role 20 -1", "status")
	add("row 18 two volumes", "resource=pair", "status", "start", "status", "stop", "status")
	add("row 19 all, none and three words", "resource=all", "status", "= resource", "status", "= resource=r0 r1", "status", "stop")
	add("row 20 no word of heartbeat's", "resource=r0", "monitor", "validate-all")
	add("row 29 two primaries are allowed", "resource=r0 net=allow-two-primaries;", "% bravo drbdadm primary r0", "start", "status", "stop")
	add("an unknown resource", "resource=nosuch", "status", "start", "stop")
	add("a takeover, and back", "resource=r0", "% bravo drbdadm primary r0", "% bravo write r0 20", "% crash bravo", "% wait 20", "start", "status",
		"% boot bravo", "% bravo drbdadm up r0", "% wait 30", "status", "stop", "status")
	return cases
}

func drbddiskPlans() []plan {
	histories := []history{
		{"comes and goes", "status / start / status / stop / status"},
		{"twice each", "start / start / status / stop / stop / status"},
		{"stopped before it starts", "stop / status / start / status"},
		{"held, and let go", "start / % alfa hold r0 / stop / status / % alfa release r0 / stop / status"},
		{"the peer dies meanwhile", "start / % crash bravo / % wait 20 / status / stop / start / status"},
		{"the peer comes back", "start / % crash bravo / % wait 20 / % boot bravo / % bravo drbdadm up r0 / % wait 30 / status / stop / status"},
		{"the link is cut and healed", "start / % cut / % wait 20 / status / % heal / % wait 20 / status / stop / status"},
		{"demoted by hand", "start / % alfa drbdadm secondary r0 / status / stop / status"},
		{"promoted by hand", "% alfa drbdadm primary r0 / status / start / stop / status"},
	}
	traits := func() []trait {
		var all []trait
		add := func(group, name, before string) { all = append(all, trait{group, name, "", "% " + before}) }
		add("peer", "the peer primary", "bravo drbdadm primary r0")
		add("peer", "the peer down", "bravo drbdadm down r0")
		add("peer", "the peer detached", "bravo drbdadm detach r0")
		add("own", "the resource down", "alfa drbdadm down r0")
		add("own", "the connection given up", "alfa drbdadm disconnect r0")
		add("own", "the disk detached", "alfa drbdadm detach r0")
		add("own", "the resync paused", "alfa drbdadm pause-sync r0")
		for _, code := range []int{1, 5, 10, 11, 16, 17, 20} {
			add("primary", fmt.Sprintf("one promotion failing with %d", code), fmt.Sprintf("fault primary %d 1", code))
			add("secondary", fmt.Sprintf("one demotion failing with %d", code), fmt.Sprintf("fault secondary %d 1", code))
		}
		add("secondary", "every demotion failing", "fault secondary 11 -1")
		add("role", "the role refused", "fault role 20 -1")
		return all
	}
	return []plan{
		{"r0 of 8.4", "resource=r0 kernel=84", traits(), histories, 3},
		{"r0 of 9", "resource=r0 kernel=9", traits(), histories, 3},
	}
}
