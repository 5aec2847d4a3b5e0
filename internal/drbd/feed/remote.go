package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"ocfbox/internal/drbd"
	"ocfbox/internal/run"
)

// A Remote is another machine, asked through ocfbox there.
type Remote struct {
	Runner run.Runner
	// Host is the machine as the shell's configuration names it: a host, USER@HOST or an alias.
	Host string
	// Shell are the words that start a program there, with {host} for the machine; nil is SSH().
	Shell []string
	// Command are the words that ask for its view; nil is StatusCommand().
	Command []string
	// Env is added to the environment, such as SSH_AUTH_SOCK=PATH and HOME=PATH for ssh.
	Env []string
}

// hostWord stands for the machine in Remote.Shell.
const hostWord = "{host}"

// SSH is the user's own ssh, which asks no question: host keys are checked as the user's configuration says, and an
// unknown one is a failure.
func SSH() []string {
	return []string{"ssh", "-oBatchMode=yes", "-oConnectTimeout=5", "-T", "--", hostWord}
}

// StatusCommand is what prints a machine's view.
func StatusCommand() []string { return []string{"ocfbox", "sync", "status", "--output", "json"} }

// maxView bounds another machine's answer, in bytes.
const maxView = 16 << 20

// maxAnswer is the highest exit code with which `sync status` answers; 64 is wrong usage, 255 is ssh's own failure.
const maxAnswer = 4

// Gather asks for the other machine's view. Errors are as those of Source.Gather; the exit code of a state that is
// not good is an answer. Its times are by the other machine's clock.
func (r Remote) Gather(ctx context.Context) (View, error) {
	c, err := r.Cmd()
	if err != nil {
		return View{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	result, err := r.Runner.Run(ctx, c)
	switch {
	case err != nil:
		return View{}, fmt.Errorf("view of %s: %w", r.Host, err)
	case result.Code > maxAnswer:
		return View{}, fmt.Errorf("view of %s: %w", r.Host,
			&AnswerError{Command: c, Code: result.Code, Text: result.FirstError()})
	case result.Truncated:
		return View{}, fmt.Errorf("view of %s: %w", r.Host, tooMuch(c))
	}
	view, err := ParseView(result.Stdout)
	if err != nil {
		return View{}, fmt.Errorf("view of %s: %w", r.Host, err)
	}
	return view, nil
}

// Cmd is the command that is started here to run the words there.
func (r Remote) Cmd() (run.Cmd, error) {
	if !soundHost(r.Host) {
		return run.Cmd{}, fmt.Errorf("%q is no name of a host", r.Host)
	}
	shell, command := r.Shell, r.Command
	if shell == nil {
		shell = SSH()
	}
	if command == nil {
		command = StatusCommand()
	}
	if len(shell) == 0 {
		return run.Cmd{}, fmt.Errorf("no program to reach %s with", r.Host)
	}
	var words []string
	for _, word := range append(shell[:len(shell):len(shell)], command...) {
		words = append(words, strings.ReplaceAll(word, hostWord, r.Host))
	}
	return run.Cmd{Path: words[0], Args: words[1:], Env: r.Env, MaxOutput: maxView}, nil
}

// soundHost reports whether a name is one: it must not be taken for an option or for two words.
func soundHost(name string) bool {
	return name != "" && name[0] != '-' && !strings.ContainsFunc(name, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune("'\"\\$`;&|<>(){}*?!", c)
	})
}

// ParseView reads what `ocfbox sync status --output json` prints; keys that are not the view's are passed over. The
// error is drbd.ErrUnreadable.
func ParseView(text []byte) (View, error) {
	var answer struct {
		View
		Host *drbd.Host `json:"view"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return View{}, fmt.Errorf("%w: %w", drbd.ErrUnreadable, err)
	}
	if answer.Host == nil {
		return View{}, fmt.Errorf("%w: there is no view in it", drbd.ErrUnreadable)
	}
	answer.View.Host = *answer.Host
	return answer.View, nil
}
