package account

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// raw makes a message of the connector, as a 64-bit kernel of the small end writes it.
func raw(t *testing.T, text string) []byte {
	b, err := hex.DecodeString("01000000" + "01000000" + "2a000000" + "00000000" + "28000000" + text)
	require.NoError(t, err)
	return b
}

func TestEventsAreDecoded(t *testing.T) {
	const when = "00000000" + "00ca9a3b00000000"
	for _, c := range []struct {
		name, text string
		want       event
		ok         bool
	}{
		{"a process", "01000000" + when + "0a000000" + "0b000000" + "0c000000" + "0c000000",
			event{kind: forked, at: time.Second, parent: 11, process: 12}, true},
		{"a thread", "01000000" + when + "0a000000" + "0b000000" + "0c000000" + "0b000000", event{}, false},
		{"a program", "02000000" + when + "0c000000" + "0c000000" + "0000000000000000",
			event{kind: executed, at: time.Second, process: 12}, true},
		{"an end", "00000080" + when + "0c000000" + "0c000000" + "00070000" + "11000000",
			event{kind: ended, at: time.Second, process: 12, status: 7 << 8}, true},
		{"an end of a thread", "00000080" + when + "0d000000" + "0c000000" + "00000000" + "ffffffff", event{}, false},
		{"another event", "04000000" + when + "0c000000" + "0c000000" + "0000000000000000", event{}, false},
		{"half a message", "01000000" + when + "0a000000", event{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := decodeEvent(raw(t, c.text))
			require.Equal(t, c.ok, ok)
			if ok {
				require.Equal(t, c.want, got)
			}
		})
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte("\x14\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		messages(b, func(_ uint16, payload []byte) {
			decodeEvent(payload)
			decodeSpent(payload)
		})
	})
}
