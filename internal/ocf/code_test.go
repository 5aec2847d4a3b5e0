package ocf_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

func TestAnErrorHasACodeAndAReason(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "/dev/x", Err: fs.ErrNotExist}
	for _, test := range []struct {
		name   string
		err    error
		code   ocf.Code
		reason string
	}{
		{"no error is success", nil, ocf.Success, ""},
		{"a bare code explains itself", ocf.NotRunning, ocf.NotRunning, ""},
		{"a code with a reason", ocf.ErrConfigured.With("no interface carries %s", "10.0.0.1"), ocf.ErrConfigured, "no interface carries 10.0.0.1"},
		{"any other error is a passing failure", missing, ocf.ErrGeneric, "open /dev/x: file does not exist"},
		{"the code survives wrapping", fmt.Errorf("start: %w", ocf.ErrPerm.With("not root")), ocf.ErrPerm, "start: not root"},
		{"so does a bare one, which then has words", fmt.Errorf("the disk: %w", ocf.NotRunning), ocf.NotRunning, "the disk: not running"},
		{"the outermost code wins", ocf.ErrGeneric.With("stop: %w", ocf.NotRunning), ocf.ErrGeneric, "stop: not running"},
		{"a code among joined errors", errors.Join(missing, ocf.ErrInstalled.With("no mount.nfs")), ocf.ErrInstalled, "open /dev/x: file does not exist no mount.nfs"},
		{"a line stays one line", ocf.ErrGeneric.With("a\n\tb\r\n  c  "), ocf.ErrGeneric, "a b c"},
		{"what a terminal or XML would trip over is masked", ocf.ErrGeneric.With("a\x00b\x1b[31mc\xff\ufffe"), ocf.ErrGeneric, "a?b?[31mc??"},
		{"success has no reason whatever it says", ocf.Success.With("fine"), ocf.Success, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.code, ocf.CodeOf(test.err))
			require.Equal(t, test.reason, ocf.Reason(test.err))
		})
	}
	require.ErrorIs(t, ocf.ErrInstalled.With("read: %w", missing), fs.ErrNotExist, "the cause stays available")
}

func TestCodesHaveTheNamesOfCrmMon(t *testing.T) {
	for code, want := range map[ocf.Code]string{
		ocf.Success: "ok", ocf.ErrGeneric: "unspecified error", ocf.ErrArgs: "invalid argument", ocf.ErrUnimplemented: "not implemented",
		ocf.ErrPerm: "insufficient privileges", ocf.ErrInstalled: "not installed", ocf.ErrConfigured: "not configured",
		ocf.NotRunning: "not running", ocf.RunningPromoted: "promoted", ocf.FailedPromoted: "promoted (failed)",
		ocf.Degraded: "degraded", ocf.DegradedPromoted: "promoted (degraded)", -1: "code -1", 99: "code 99",
	} {
		require.Equal(t, want, code.Error())
	}
}

func TestALongReasonIsCutAtAWholeCharacter(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"the longest that fits", strings.Repeat("x", 199), strings.Repeat("x", 199)},
		{"one more", strings.Repeat("x", 200), strings.Repeat("x", 196) + "..."},
		{"in the middle of a character", "x" + strings.Repeat("ü", 100), "x" + strings.Repeat("ü", 97) + "..."},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, ocf.Reason(ocf.ErrGeneric.With("%s", test.text)))
		})
	}
}

func FuzzReason(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\nb", "\x00\xff", strings.Repeat("ü€", 99), "\u2028\u0085", "ocf-exit-reason:x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		reason := ocf.Reason(errors.New(text))
		require.LessOrEqual(t, len(reason), 199)
		require.True(t, utf8.ValidString(reason), "%q", reason)
		require.Equal(t, strings.Join(strings.Fields(reason), " "), reason, "one line, single blanks")
		require.NotContains(t, reason, "\x00")
		require.Equal(t, reason, ocf.Reason(errors.New(reason)), "what is tidy stays as it is")
	})
}
