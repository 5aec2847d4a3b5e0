package text

import (
	"fmt"
	"slices"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// An Object is one line of events2: what it is about, and its fields.
type Object struct {
	// Key identifies the object: kind, resource, peer, volume. Head are the fields that name it.
	Key, Head string
	Fields    []string
}

// Line is the object behind an action.
func (o Object) Line(action string) string {
	return strings.Join(append([]string{action, o.Head}, o.Fields...), " ")
}

// Objects are the lines of a dump, in the order of the kernel: 9 has volumes backwards.
func Objects(v core.View, statistics bool) []Object {
	var list []Object
	nine := v.Generation == core.Gen9
	for _, r := range v.Resources {
		list = append(list, resourceObject(r, nine, statistics))
		for _, p := range r.Peers {
			list = append(list, connectionObject(r, p, nine, statistics))
		}
		volumes := slices.Clone(r.Volumes)
		if nine {
			slices.Reverse(volumes)
		}
		for _, vol := range volumes {
			list = append(list, deviceObject(r, vol, nine, statistics))
		}
		for _, p := range r.Peers {
			for _, vol := range volumes {
				list = append(list, peerDeviceObject(r, p, peerVolume(p, vol.Number), nine, statistics))
			}
		}
		for _, p := range r.Peers {
			if nine {
				list = append(list, pathObject(r, p))
			}
		}
	}
	return list
}

func resourceObject(r core.ResourceView, nine, statistics bool) Object {
	o := Object{Key: "resource " + r.Name, Head: "resource name:" + r.Name}
	o.Fields = []string{"role:" + string(r.Role), "suspended:" + suspended(r)}
	if nine {
		o.Fields = append(o.Fields, "force-io-failures:no")
	}
	if statistics {
		o.Fields = append(o.Fields, "write-ordering:flush")
	}
	if nine {
		may, score := Promotion(r)
		o.Fields = append(o.Fields, "may_promote:"+yesNo(may), fmt.Sprintf("promotion_score:%d", score))
	}
	return o
}

// Promotion is whether a resource may become Primary here, and how good its data are.
func Promotion(r core.ResourceView) (may bool, score int) {
	least, local, disks := -1, 0, true
	for _, v := range r.Volumes {
		good := 0
		if v.Disk == core.UpToDate {
			good++
			local++
		}
		disks = disks && v.Disk != core.Diskless
		for _, p := range r.Peers {
			if peerVolume(p, v.Number).Disk == core.UpToDate {
				good++
			}
		}
		if least < 0 || good < least {
			least = good
		}
	}
	if least <= 0 {
		return false, 0
	}
	score = 100*local + least
	if disks {
		score += 10000
	}
	busy := slices.ContainsFunc(r.Peers, func(p core.PeerView) bool { return p.Role == core.Primary })
	return r.Role == core.Secondary && !busy && len(r.Suspended) == 0, score
}

// connHead names a connection. 8.4 has no number for a peer, and no name while StandAlone.
func connHead(r core.ResourceView, p core.PeerView, nine bool) string {
	switch {
	case nine:
		return fmt.Sprintf("name:%s peer-node-id:%d conn-name:%s", r.Name, p.NodeID, p.Name)
	case p.Conn == core.StandAlone:
		return fmt.Sprintf("name:%s peer-node-id:0", r.Name)
	}
	return fmt.Sprintf("name:%s peer-node-id:0 conn-name:peer", r.Name)
}

func connectionObject(r core.ResourceView, p core.PeerView, nine, statistics bool) Object {
	o := Object{Key: "connection " + r.Name + " " + p.Name, Head: "connection " + connHead(r, p, nine)}
	o.Fields = []string{"connection:" + string(p.Conn), "role:" + string(p.Role)}
	if statistics {
		o.Fields = append(o.Fields, "congested:no")
		if nine {
			o.Fields = append(o.Fields, connectionStatistics(p)...)
		}
	}
	return o
}

func deviceObject(r core.ResourceView, v core.VolumeView, nine, statistics bool) Object {
	o := Object{Key: fmt.Sprintf("device %s %d", r.Name, v.Number), Head: fmt.Sprintf("device name:%s volume:%d minor:%d", r.Name, v.Number, v.Minor)}
	if nine {
		o.Fields = append(o.Fields, "backing_dev:"+backing(v))
	}
	o.Fields = append(o.Fields, "disk:"+string(v.Disk))
	if nine {
		o.Fields = append(o.Fields, "client:no", "quorum:yes")
	}
	if statistics {
		o.Fields = append(o.Fields, deviceStatistics(r, v)...)
	}
	return o
}

func peerDeviceObject(r core.ResourceView, p core.PeerView, pv core.PeerVolumeView, nine, statistics bool) Object {
	o := Object{
		Key:    fmt.Sprintf("peer-device %s %s %d", r.Name, p.Name, pv.Number),
		Head:   fmt.Sprintf("peer-device %s volume:%d", connHead(r, p, nine), pv.Number),
		Fields: []string{"replication:" + string(pv.Repl), "peer-disk:" + string(pv.Disk)},
	}
	if nine {
		o.Fields = append(o.Fields, "peer-client:no")
	}
	o.Fields = append(o.Fields, "resync-suspended:"+paused(pv))
	if nine && pv.Progress != nil {
		o.Fields = append(o.Fields, fmt.Sprintf("done:%.2f", done(true, r, pv)))
	}
	if statistics {
		o.Fields = append(o.Fields, peerStatistics(nine, pv)...)
	}
	return o
}

func pathObject(r core.ResourceView, p core.PeerView) Object {
	return Object{
		Key:    "path " + r.Name + " " + p.Name,
		Head:   "path " + connHead(r, p, true),
		Fields: []string{"local:ipv4:" + p.Local.String(), "peer:ipv4:" + p.Remote.String(), "established:" + yesNo(p.Conn == core.Connected)},
	}
}

// Dump is events2 --now.
func Dump(v core.View, statistics bool) []string {
	var lines []string
	for _, o := range Objects(v, statistics) {
		lines = append(lines, o.Line("exists"))
	}
	return append(lines, "exists -")
}

// Changes are the lines that tell how one dump became another. Shown are the objects as they are printed: those of after,
// with statistics or without.
func Changes(before, after, shown []Object) []string {
	var lines []string
	old := map[string]Object{}
	for _, o := range before {
		old[o.Key] = o
	}
	for i, o := range after {
		was, known := old[o.Key]
		delete(old, o.Key)
		switch {
		case !known:
			lines = append(lines, shown[i].Line("create"))
		case was.Head != o.Head || !slices.Equal(was.Fields, o.Fields):
			lines = append(lines, shown[i].Line("change"))
		}
	}
	// What is gone goes from the inside out.
	for _, o := range slices.Backward(before) {
		if _, gone := old[o.Key]; gone {
			lines = append(lines, "destroy "+o.Head)
		}
	}
	return lines
}
