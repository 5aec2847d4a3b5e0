package drbdvm

import (
	"encoding/json"
	"fmt"
	"net"
	"time"
)

// A command is one of qemu's own control commands (QMP).
type command struct {
	Execute   string         `json:"execute"`
	Arguments map[string]any `json:"arguments,omitempty"`
}

// qmpLimit is how long qemu may take for a command; it answers at once and works in the background.
const qmpLimit = 2 * time.Minute

// control has qemu carry out commands and returns the last one's answer.
func (g *Guest) control(commands ...command) (json.RawMessage, error) {
	conn, err := net.Dial("unix", g.path("qmp.sock"))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(qmpLimit)); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(conn)
	var greeting json.RawMessage
	if err := decoder.Decode(&greeting); err != nil {
		return nil, fmt.Errorf("greeting of qemu: %w", err)
	}
	var answer json.RawMessage
	for _, c := range append([]command{{Execute: "qmp_capabilities"}}, commands...) {
		if err := json.NewEncoder(conn).Encode(c); err != nil {
			return nil, err
		}
		if answer, err = answerTo(decoder); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Execute, err)
		}
	}
	return answer, nil
}

// answerTo reads the next answer, past the events in front of it.
func answerTo(decoder *json.Decoder) (json.RawMessage, error) {
	for {
		var reply struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
			Event  string
		}
		if err := decoder.Decode(&reply); err != nil {
			return nil, err
		}
		switch {
		case reply.Event != "":
		case reply.Error != nil:
			return nil, fmt.Errorf("qemu refuses: %s", reply.Error.Desc)
		default:
			return reply.Return, nil
		}
	}
}

// status asks one of qemu's queries for the word under "status".
func (g *Guest) status(query string) (string, error) {
	answer, err := g.control(command{Execute: query})
	if err != nil {
		return "", err
	}
	var found struct{ Status string }
	err = json.Unmarshal(answer, &found)
	return found.Status, err
}
