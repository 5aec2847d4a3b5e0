package hook

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/srhook"
	"ocfbox/test/lab"
	"ocfbox/test/product"
)

// The example files are what the program prints for the systems and sites of the guide.
func TestTheExampleRulesAreThoseThatTheProgramPrintsGolden(t *testing.T) {
	for name, want := range map[string]string{
		"exact":   srhook.Exact(sid, []srhook.Site{"WDF", "ROT"}),
		"generic": srhook.Generic(sid),
	} {
		path := filepath.Join(product.Root(t), "sudoers", name)
		if os.Getenv("OCFBOX_GOLDEN") == "1" {
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
			continue
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, string(text), "sudoers/%s is stale: make golden", name)
	}
}

func TestVisudoAcceptsTheExampleRules(t *testing.T) {
	lab.Need(t, "visudo")
	for _, name := range []string{"exact", "generic"} {
		path := filepath.Join(product.Root(t), "sudoers", name)
		out, code := answerOf(t, "/", "visudo", "-c", "-f", path)
		require.Zero(t, code, out)
	}
}

// The rules name what the providers run, word for word, and nothing else.
func TestTheExactRulesAreWhatTheProvidersRun(t *testing.T) {
	h := newHANA(t).start(python{path: python3(t)})
	for _, site := range []string{"WDF", "ROT"} {
		h.call(inSync(site))
		h.call(lost(site))
	}
	other := newSecondary(t).start(python{path: python3(t)})
	other.takeover(false)
	var ran, allowed []string
	for _, call := range append(h.cluster.calls(), other.cluster.calls()...) {
		ran = append(ran, strings.TrimPrefix(call, "sudo -n "))
	}
	for line := range strings.Lines(srhook.Exact(sid, []srhook.Site{"WDF", "ROT"})) {
		if _, command, ok := strings.Cut(strings.TrimSpace(line), " = "); ok && strings.HasPrefix(command, "/") {
			command = strings.ReplaceAll(command, `\=`, "=")
			allowed = append(allowed, command)
			require.False(t, strings.ContainsAny(command, `*?[^$\`), "a wildcard: %s", command)
		}
	}
	slices.Sort(ran)
	slices.Sort(allowed)
	require.Equal(t, ran, allowed)
}
