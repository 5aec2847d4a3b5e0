package form

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A verdict is what a check says of a text, without failing the test that asks.
type verdict struct {
	testing.TB
	failed bool
}

type stopped struct{}

func (v *verdict) Helper()               {}
func (v *verdict) Name() string          { return "refused" }
func (v *verdict) Errorf(string, ...any) { v.failed = true }
func (v *verdict) Fatalf(string, ...any) { v.FailNow() }
func (v *verdict) FailNow()              { v.failed = true; panic(stopped{}) }

func refused(check func(testing.TB)) (failed bool) {
	v := &verdict{}
	defer func() {
		if what := recover(); what != nil {
			if _, ours := what.(stopped); !ours {
				panic(what)
			}
		}
		failed = v.failed
	}()
	check(v)
	return v.failed
}

func TestASchemaRefusesWhatItDoesNotSay(t *testing.T) {
	const schema = `{"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/count"}, "b": {"type": "array", "items": {"enum": ["x"]}}},
		"$defs": {"count": {"type": "integer", "minimum": 0, "maximum": 9}}}`
	for document, want := range map[string]bool{
		`{"a": 1}`:             true,
		`{"a": 1, "b": ["x"]}`: true,
		`{}`:                   false,
		`{"a": "1"}`:           false,
		`{"a": 1.5}`:           false,
		`{"a": -1}`:            false,
		`{"a": 10}`:            false,
		`{"a": 1, "b": ["y"]}`: false,
		`{"a": 1, "c": 2}`:     false,
		`[]`:                   false,
	} {
		require.Equal(t, !want, refused(func(tb testing.TB) { Fits(tb, schema, document) }), document)
	}
	require.True(t, refused(func(tb testing.TB) { Fits(tb, `{"type": "object", "oneOf": []}`, `{}`) }), "a word that is not known")
	require.True(t, refused(func(tb testing.TB) { Fits(tb, `{"$ref": "#/$defs/none"}`, `{}`) }))
}

func TestMetricsRefuseWhatPrometheusWould(t *testing.T) {
	const head = "# HELP a what it is\n# TYPE a gauge\n"
	require.Equal(t, map[string]float64{"a": 1, `a{b="c\"d"}`: 2.5}, Metrics(t, head+"a 1\na{b=\"c\\\"d\"} 2.5\n"))
	for _, text := range []string{
		"a 1\n", head + "a 1", head + "a one\n", head + "a 1\na 2\n", head + "b 1\n", head + "a{b=\"c} 1\n",
		head + "a 1\n" + head, "# TYPE a thing\na 1\n", head + "\n",
	} {
		require.True(t, refused(func(tb testing.TB) { Metrics(tb, text) }), text)
	}
}

func TestPerfdataRefusesWhatMonitoringWould(t *testing.T) {
	state, values := Perfdata(t, "DRBD OK - fine | r0_0_oos=12KB;0;0;0 'a b'=43.1%\n")
	require.Equal(t, "DRBD OK - fine", state)
	require.Equal(t, map[string]float64{"r0_0_oos": 12, "'a b'": 43.1}, values)
	for _, text := range []string{"OK", "OK | a=1 a=2\n", "OK | a\n", "OK | a=x\n", "OK | a=1  b=2\n", "OK\nmore\n", "OK | a=1;0;0;0;0;0\n"} {
		require.True(t, refused(func(tb testing.TB) { Perfdata(tb, text) }), text)
	}
}
