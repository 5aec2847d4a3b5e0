package ocf_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

func given(values map[string]string) *ocf.Params {
	return ocf.NewParams(func(name string) (string, bool) { value, set := values[name]; return value, set })
}

func TestExactlyNineWordsAreTrue(t *testing.T) {
	for _, word := range []string{"yes", "true", "1", "YES", "TRUE", "True", "ja", "on", "ON"} {
		require.True(t, ocf.True(word), word)
	}
	for _, word := range []string{"", "Yes", "On", "y", "Y", "no", "0", "2", "JA", "Ja", "tRUE", "true ", " yes", "oN", "enabled"} {
		require.False(t, ocf.True(word), word)
	}
}

func TestADecimalIsDigitsAndNothingElse(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "7": 7, "007": 7, "86400000": 86400000} {
		n, err := ocf.Decimal(text)
		require.NoError(t, err, text)
		require.Equal(t, want, n)
	}
	for _, text := range []string{"", "-1", "+1", " 1", "1 ", "1.5", "0x10", "1e3", "١", "99999999999999999999"} {
		_, err := ocf.Decimal(text)
		require.Error(t, err, "%q", text)
	}
}

// values are one of each kind, bound with a default.
type values struct {
	text   string
	truth  bool
	number int
	ip     netip.Addr
}

func bind(p *ocf.Params) *values {
	v := new(values)
	p.String(&v.text, "text", "some", 0, "Text", "")
	p.Bool(&v.truth, "truth", true, 0, "Truth", "")
	p.Int(&v.number, "number", 5, 0, "Number", "")
	p.Text(&v.ip, "ip", "127.0.0.1", 0, "Address", "")
	return v
}

func TestADefaultIsForAnUnsetParameterOnly(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	for _, test := range []struct {
		name  string
		given map[string]string
		want  values
		bad   []string
	}{
		{"unset", nil, values{"some", true, 5, loopback}, nil},
		{"set", map[string]string{"text": " a\nb ", "truth": "ja", "number": "7", "ip": "::1"}, values{" a\nb ", true, 7, netip.IPv6Loopback()}, nil},
		{"empty is a value: a text may be empty, a truth is then false, a number is not one",
			map[string]string{"text": "", "truth": "", "number": "", "ip": ""},
			values{"", false, 5, netip.Addr{}}, []string{"parameter number: a decimal number is needed, not an empty value"}},
		{"nonsense is false where truth is asked for, and an error elsewhere",
			map[string]string{"truth": "Yes", "number": "-7", "ip": "host"}, values{"some", false, 5, loopback},
			[]string{`parameter number: "-7" is not a decimal number`, `parameter ip: ParseAddr("host"): unable to parse IP`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := given(test.given)
			v := bind(p)
			if test.given["ip"] == "host" {
				v.ip = loopback // netip clears it
			}
			require.Equal(t, test.want, *v)
			var bad []string
			for _, err := range p.Bad() {
				bad = append(bad, err.Error())
			}
			require.Equal(t, test.bad, bad)
			for name := range map[string]bool{"text": true, "ip": true} {
				_, set := test.given[name]
				require.Equal(t, set, p.IsSet(name))
				if set {
					require.Equal(t, test.given[name], p.Value(name))
				}
			}
		})
	}
}

func TestAnErrorIsKeptUntilTheParameterIsNeeded(t *testing.T) {
	p := given(map[string]string{"number": "many", "ip": "host"})
	bind(p)
	require.NoError(t, p.Err("text", "truth"))
	require.EqualError(t, p.Err("ip", "number"), `parameter number: "many" is not a decimal number`, "in the order of declaration")
	require.EqualError(t, p.Err(), p.Err("number").Error(), "without names, any")
	require.Equal(t, ocf.ErrConfigured, ocf.CodeOf(p.Err("ip")))
}

func TestARequiredParameterMustBeSetAndNotEmpty(t *testing.T) {
	for _, values := range []map[string]string{nil, {"ip": ""}} {
		var text string
		p := given(values)
		p.String(&text, "ip", "", ocf.Required, "Address", "")
		require.EqualError(t, p.Err("ip"), "parameter ip: must be set")
	}
}

func TestTheErrorOfASecretKeepsIt(t *testing.T) {
	var n int
	p := given(map[string]string{"DB_Password": "hunter2"})
	p.Int(&n, "DB_Password", 0, 0, "Number of the safe", "")
	require.EqualError(t, p.Err(), "parameter DB_Password: is not valid; its value is not shown")
}

func TestAFunctionReadsAConfiguredValueAndADefaultThatSaysSomething(t *testing.T) {
	var read []string
	parse := func(text string) error { read = append(read, text); return nil }
	p := given(map[string]string{"set": "", "other": "x"})
	p.Func(parse, ocf.Parameter{Name: "set", Default: "d1"})
	p.Func(parse, ocf.Parameter{Name: "other", Default: "d2"})
	p.Func(parse, ocf.Parameter{Name: "unset", Default: "d3"})
	p.Func(parse, ocf.Parameter{Name: "silent"})
	require.Equal(t, []string{"", "x", "d3"}, read)
	require.Equal(t, "d3", p.Value("unset"))
	require.Equal(t, "string", p.Declared()[0].Type)
}
