package abandon

import (
	"errors"
	"io"
	"strconv"
	"syscall"
)

// Calls are what a calling process can do, by name. A call gets the words of Do and returns its result.
type Calls map[string]func(args []string) (string, error)

// errUnknown is the answer to a call that is not in the table.
var errUnknown = errors.New("no such call")

// Serve is the calling process: it makes the calls it is asked for, and ends with its input, even from the midst of a
// call: whoever asked is gone. The result is the exit code.
func Serve(calls Calls, in io.Reader, out io.Writer) int {
	asked := make(chan []string)
	go func() {
		for words := range asked {
			_ = writeWords(out, calls.answer(words).words())
		}
	}()
	for {
		words, err := readWords(in)
		if errors.Is(err, io.EOF) {
			return 0
		}
		if err != nil || len(words) == 0 {
			return 2
		}
		asked <- words
	}
}

func (c Calls) answer(words []string) reply {
	call := c[words[0]]
	if call == nil {
		return replyOf("", errUnknown)
	}
	return replyOf(call(words[1:]))
}

// A reply is an answer on its way: the result, or the error with its number.
type reply struct {
	failed bool
	errno  syscall.Errno
	text   string
}

func replyOf(text string, err error) reply {
	if err == nil {
		return reply{text: text}
	}
	var errno syscall.Errno
	_ = errors.As(err, &errno)
	return reply{true, errno, err.Error()}
}

func (r reply) words() []string {
	if !r.failed {
		return []string{"ok", "0", r.text}
	}
	return []string{"error", strconv.Itoa(int(r.errno)), r.text}
}

func parseReply(words []string) (reply, error) {
	if len(words) != 3 {
		return reply{}, errFrame
	}
	number, err := strconv.ParseUint(words[1], 10, 16)
	if err != nil {
		return reply{}, errFrame
	}
	return reply{words[0] != "ok", syscall.Errno(number), words[2]}, nil
}

func (r reply) result() (string, error) {
	if r.failed {
		return "", &Error{r.errno, r.text}
	}
	return r.text, nil
}
