package rack

import (
	"cmp"
	"slices"

	"ocfbox/test/lab/fence"
)

// slotTable is what the shared storage of sbd holds: a mail box for each member.
func (r *rack) slotTable() fence.Answer {
	r.power.Lock()
	defer r.power.Unlock()
	var a fence.Answer
	for _, s := range r.members() {
		a.Slots = append(a.Slots, fence.Slot{Node: s.Name, Message: cmp.Or(s.message.Message, fence.Clear), From: s.message.From})
	}
	return a
}

// write puts a message into a member's slot. One that is on obeys it at once, as the sbd that runs there would;
// test and exit are for that sbd, and leave nothing.
func (r *rack) write(target *slot, message string, from sender) error {
	r.power.Lock()
	defer r.power.Unlock()
	if !from.living() {
		return errSenderOff
	}
	target.message = fence.Slot{Message: message, From: from.name}
	if slices.Contains([]string{fence.Clear, "test", "exit"}, message) {
		target.message = fence.Slot{}
	}
	if message == "reset" || message == "off" {
		// The sender may be the target: it gets its answer first.
		go r.obeyMessage(target, message, target.now)
	}
	return nil
}

func (r *rack) obeyMessage(target *slot, message string, life *life) {
	r.power.Lock()
	defer r.power.Unlock()
	if life == nil || target.now != life {
		return
	}
	err := r.offLocked(target, "sbd message "+message)
	if err == nil && message == "reset" {
		err = r.onLocked(target)
	}
	if err != nil {
		r.record(Event{Node: target.Name, What: BootFailed, Detail: err.Error()})
	}
}
