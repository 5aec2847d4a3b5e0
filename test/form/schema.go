// Package form holds what the tools print for other programs against the rules of its form: JSON against a
// schema, the text format of Prometheus, and the performance data of monitoring plugins. It is for tests; what
// it does not know of a form, it refuses.
package form

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Fits checks that a JSON document is what a schema says, as far as our schemas use JSON Schema: a word that
// is not known here fails, and so does a field that the schema does not name. A rule that is a description alone
// takes anything.
func Fits(t testing.TB, schema, document string) {
	t.Helper()
	s := fitting{t: t}
	require.NoError(t, json.Unmarshal([]byte(schema), &s.root))
	var value any
	require.NoError(t, json.Unmarshal([]byte(document), &value))
	s.fits("document", s.root, value)
}

// A fitting is one comparison of a document with a schema.
type fitting struct {
	t    testing.TB
	root map[string]any
}

func (s fitting) fits(at string, rule map[string]any, value any) {
	s.t.Helper()
	if _, described := rule["description"]; described && len(rule) == 1 {
		return
	}
	for word, what := range rule {
		s.word(at, word, what, value)
	}
	if name, ok := rule["$ref"].(string); ok {
		s.fits(at, s.definition(at, name), value)
		return
	}
	switch value := value.(type) {
	case map[string]any:
		s.object(at, rule, value)
	case []any:
		items, ok := rule["items"].(map[string]any)
		require.True(s.t, ok, "%s: the schema does not say of what it is a list", at)
		for _, inner := range value {
			s.fits(at+"[]", items, inner)
		}
	}
}

// word checks what one word of a rule demands by itself.
func (s fitting) word(at, word string, what, value any) {
	s.t.Helper()
	switch word {
	case "$schema", "$ref", "$defs", "title", "description", "format", "properties", "items", "additionalProperties":
	case "type":
		require.Equal(s.t, what, kindOf(value, what), at)
	case "const":
		require.Equal(s.t, what, value, at)
	case "enum":
		require.Contains(s.t, what, value, at)
	case "pattern":
		require.Regexp(s.t, what, value, at)
	case "minimum":
		require.GreaterOrEqual(s.t, value, what, at)
	case "maximum":
		require.LessOrEqual(s.t, value, what, at)
	case "required":
		for _, name := range what.([]any) {
			require.Contains(s.t, value, name, at)
		}
	default:
		s.t.Fatalf("%s: the schema says %q, which this test does not know", at, word)
	}
}

func (s fitting) object(at string, rule, value map[string]any) {
	s.t.Helper()
	properties, _ := rule["properties"].(map[string]any)
	more, _ := rule["additionalProperties"].(map[string]any)
	for name, inner := range value {
		described, ok := properties[name].(map[string]any)
		if !ok {
			described = more
		}
		require.NotNil(s.t, described, "%s.%s is not in the schema", at, name)
		s.fits(at+"."+name, described, inner)
	}
}

// definition is the part of the schema that "#/$defs/NAME" names.
func (s fitting) definition(at, name string) map[string]any {
	s.t.Helper()
	const below = "#/$defs/"
	all, _ := s.root["$defs"].(map[string]any)
	require.Greater(s.t, len(name), len(below), at)
	found, ok := all[name[len(below):]].(map[string]any)
	require.True(s.t, ok, "%s: the schema has no %s", at, name)
	return found
}

func kindOf(value, wanted any) string {
	switch value := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if wanted == "integer" && value == float64(int64(value)) {
			return "integer"
		}
		return "number"
	}
	return "null"
}
