package convert

import (
	"fmt"
	"strings"
)

func (c *converter) write(p primitive) {
	fmt.Fprintf(&c.text, "primitive %s %s", p.id, p.agent)
	if len(p.params) > 0 {
		c.text.WriteString(" \\\n    params")
		for _, one := range p.params {
			// Values that cannot be quoted were refused before.
			value, _ := quoted(one.value)
			fmt.Fprintf(&c.text, " %s=%s", one.name, value)
		}
	}
	for _, op := range p.ops {
		fmt.Fprintf(&c.text, " \\\n    op %s interval=%s timeout=%ds", op.name, seconds(op.interval), op.timeout)
	}
	c.text.WriteByte('\n')
}

func seconds(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%ds", n)
}

// id makes an identifier of a text, of the characters that XML and crmsh allow, and one that is not taken.
func (c *converter) id(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '-'
	}, text)
	if first := text[0] | 0x20; first < 'a' || first > 'z' {
		text = "r-" + text
	}
	// Numbers go on where they were: a file may name a node thousands of times.
	name, base := text, strings.ToLower(text)
	for c.ids[strings.ToLower(name)] > 0 {
		c.ids[base]++
		name = fmt.Sprintf("%s-%d", text, c.ids[base])
	}
	c.ids[strings.ToLower(name)]++
	return name
}

// word reports whether a text is a name of a node or a service: nothing that crmsh reads otherwise.
func word(text string) bool {
	for _, r := range text {
		if !strings.ContainsRune("-_.@", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return text != "" && text[0] != '-'
}

// quoted is a value as crmsh reads it back.
func quoted(value string) (string, error) {
	for _, r := range value {
		if r < ' ' || r == 0x7f || r == 0xfffd || strings.ContainsRune("\"'\\", r) {
			return "", fmt.Errorf("the value %q cannot be written for crmsh", value)
		}
	}
	if value == "" || strings.ContainsAny(value, " =#;&|<>(){}[]$*?!~`") {
		return `"` + value + `"`, nil
	}
	return value, nil
}
