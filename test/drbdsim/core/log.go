package core

// words are the states that the kernel logs when they change, by what they are about.
func (n *Node) words(r *resource) map[string]map[string]string {
	all := map[string]map[string]string{"": {"role": string(r.role)}}
	for _, v := range r.volumes {
		all[sprintf("v%d", v.Number)] = map[string]string{"disk": string(v.disk)}
	}
	for _, p := range r.peers {
		all["p"+p.Name] = map[string]string{"conn": string(p.conn), "peer": string(p.role)}
		for _, pv := range p.volumes {
			all[sprintf("p%s/%d", p.Name, pv.number)] = map[string]string{"pdsk": string(pv.disk), "repl": string(pv.repl)}
		}
	}
	return all
}

// logChanges writes lines like those of the kernel: 9 with one line for each object, 8.4 with the states of a volume in one.
func (n *Node) logChanges(r *resource, before, after map[string]map[string]string) {
	change := func(key, word, as string) string {
		a, b := before[key][word], after[key][word]
		if word == "conn" && n.Generation == Gen84 {
			a, b = oldConn(a), oldConn(b)
		}
		if a == b {
			return ""
		}
		return sprintf("%s( %s -> %s ) ", as, a, b)
	}
	if text := change("", "role", "role"); text != "" {
		n.logLine("drbd " + r.Name + ": " + text)
	}
	for _, p := range r.peers {
		for _, v := range r.volumes {
			disk, key := change(sprintf("v%d", v.Number), "disk", "disk"), sprintf("p%s/%d", p.Name, v.Number)
			if n.Generation == Gen9 {
				n.logObject(sprintf("drbd %s/%d drbd%d", r.Name, v.Number, v.Minor), disk)
				n.logObject(sprintf("drbd %s/%d drbd%d %s", r.Name, v.Number, v.Minor, p.Name), change(key, "pdsk", "pdsk")+change(key, "repl", "repl"))
				continue
			}
			conn := change("p"+p.Name, "conn", "conn")
			if a, b := before[key]["repl"], after[key]["repl"]; conn == "" && a != b {
				conn = sprintf("conn( %s -> %s ) ", oldRepl(a), oldRepl(b))
			}
			n.logObject(sprintf("block drbd%d", v.Minor), change("p"+p.Name, "peer", "peer")+conn+disk+change(key, "pdsk", "pdsk"))
		}
		if n.Generation == Gen9 {
			n.logObject("drbd "+r.Name+" "+p.Name, change("p"+p.Name, "conn", "conn")+change("p"+p.Name, "peer", "peer"))
		}
	}
}

func (n *Node) logObject(object, text string) {
	if text != "" {
		n.logLine(object + ": " + text)
	}
}

// oldConn and oldRepl are the words of 8.4, which has one state for both.
func oldConn(c string) string {
	if c == string(Connecting) {
		return "WFConnection"
	}
	return c
}

func oldRepl(r string) string {
	if r == string(Established) {
		return string(Connected)
	}
	return r
}

func (n *Node) logLine(text string) { n.log = append(n.log, text) }

// logDevice is a line about a volume here.
func (n *Node) logDevice(r *resource, v *volume, text string) {
	if n.Generation == Gen9 {
		n.logLine(sprintf("drbd %s/%d drbd%d: %s", r.Name, v.Number, v.Minor, text))
		return
	}
	n.logLine(sprintf("block drbd%d: %s", v.Minor, text))
}

// logForced is a line that 8.4 has for each volume and 9 for the resource.
func (n *Node) logForced(r *resource, v *volume) {
	const text = "Forced to consider local data as UpToDate!"
	if n.Generation == Gen84 {
		n.logDevice(r, v, text)
	} else if v == r.volumes[0] {
		n.logLine("drbd " + r.Name + ": " + text)
	}
}

// logVolume is a line about a volume and its peer.
func (n *Node) logVolume(r *resource, p *peer, v *volume, text string) {
	if n.Generation == Gen9 {
		n.logLine(sprintf("drbd %s/%d drbd%d %s: %s", r.Name, v.Number, v.Minor, p.Name, text))
		return
	}
	n.logLine(sprintf("block drbd%d: %s", v.Minor, text))
}

// logConn is a line about a connection, in the words of each generation.
func (n *Node) logConn(r *resource, p *peer, old, now string) {
	if n.Generation == Gen9 {
		if now != old {
			now = sprintf(now, p.NodeID)
		}
		n.logLine(sprintf("drbd %s %s: %s", r.Name, p.Name, now))
		return
	}
	n.logLine(sprintf("drbd %s: %s", r.Name, old))
}

// logRefusal is what 8.4 logs of a state that may not be; 9 leaves that to the tools.
func (n *Node) logRefusal(r *resource, number int) {
	if n.Generation == Gen9 {
		return
	}
	n.logLine(sprintf("block drbd%d: State change failed: %s", r.volumes[0].Minor, refusals()[number]))
}
