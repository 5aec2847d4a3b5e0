package ocf

import (
	"encoding"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// A Flag marks what is special about a parameter.
type Flag uint16

// Flags of parameters, combined with |.
const (
	// Required: without a value the agent cannot work.
	Required Flag = 1 << iota
	// Unique: no two resources may share the value; tools warn.
	Unique
	// NoDefault: the meta-data carries no default attribute.
	NoDefault
	// Hidden: accepted for old configurations and not advertised.
	Hidden
	// AsString: the meta-data calls the type "string" although it is a boolean or a number, because
	// the agents this one stands in for do.
	AsString
)

// A Parameter is what the meta-data and the manual say about one instance attribute.
type Parameter struct {
	Name string
	// Type is "string", "integer" or "boolean".
	Type string
	// Default is the value of an unset parameter in the meta-data's spelling.
	Default     string
	Flags       Flag
	Short, Long string
}

// Params binds a resource's instance attributes to typed values, as package flag binds flags. A bad
// value does not fail at once: its error is kept, and an action fails only on the parameters it
// needs, because a stop must not fail for a value that has nothing to do with stopping.
type Params struct {
	lookup   func(name string) (string, bool)
	declared []Parameter
	values   map[string]bound
}

type bound struct {
	value string
	err   error
}

// NewParams makes an empty set that reads values with lookup; nil is no values at all, which is how
// meta-data and manual pages ask for the declarations.
func NewParams(lookup func(name string) (string, bool)) *Params {
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	return &Params{lookup: lookup, values: make(map[string]bound)}
}

// Declared are the parameters in the order of their declaration.
func (p *Params) Declared() []Parameter { return p.declared }

// IsSet reports whether the configuration names the parameter, with whatever value. It may be asked
// before the parameter is declared, for a default that costs something to find out.
func (p *Params) IsSet(name string) bool {
	_, set := p.lookup(name)
	return set
}

// Value is the text the parameter was bound from: the configured value, or the default.
func (p *Params) Value(name string) string { return p.values[name].value }

// Err is the first error of the named parameters, or of all when none is named, in the order of
// declaration. It carries ErrConfigured and the parameter's name.
func (p *Params) Err(names ...string) error {
	for _, parameter := range p.declared {
		if len(names) > 0 && !slices.Contains(names, parameter.Name) {
			continue
		}
		if err := p.values[parameter.Name].err; err != nil {
			return ErrConfigured.With("parameter %s: %w", parameter.Name, err)
		}
	}
	return nil
}

// Bad are the parameters whose values could not be read, with their errors; for a log line of an
// action that goes on without them.
func (p *Params) Bad() []error {
	var all []error
	for _, parameter := range p.declared {
		if err := p.values[parameter.Name].err; err != nil {
			all = append(all, fmt.Errorf("parameter %s: %w", parameter.Name, err))
		}
	}
	return all
}

// Func declares a parameter whose text is read by parse. Parse runs for a configured value, however
// odd, and for a default that is not empty.
func (p *Params) Func(parse func(string) error, par Parameter) {
	if par.Type == "" || par.Flags&AsString != 0 {
		par.Type = "string"
	}
	p.declared = append(p.declared, par)
	value, set := p.lookup(par.Name)
	var err error
	switch {
	case set && value == "" && par.Flags&Required != 0, !set && par.Flags&Required != 0:
		err = errors.New("must be set")
	case set:
		err = parse(value)
	default:
		value = par.Default
		if value != "" {
			err = parse(value)
		}
	}
	if err != nil && isSecret(par.Name) {
		err = errors.New("is not valid; its value is not shown")
	}
	p.values[par.Name] = bound{value: value, err: err}
}

// String binds a text.
func (p *Params) String(to *string, name, def string, flags Flag, short, long string) {
	*to = def
	p.Func(func(value string) error { *to = value; return nil },
		Parameter{Name: name, Default: def, Flags: flags, Short: short, Long: long})
}

// Text binds a value that reads itself.
func (p *Params) Text(to encoding.TextUnmarshaler, name, def string, flags Flag, short, long string) {
	p.Func(func(value string) error { return to.UnmarshalText([]byte(value)) },
		Parameter{Name: name, Default: def, Flags: flags, Short: short, Long: long})
}

// Bool binds a truth value. Only the words of [True] are true; anything else is false and no error
// (ocf-framework.md 2).
func (p *Params) Bool(to *bool, name string, def bool, flags Flag, short, long string) {
	*to = def
	p.Func(func(value string) error { *to = True(value); return nil },
		Parameter{Name: name, Type: "boolean", Default: strconv.FormatBool(def), Flags: flags, Short: short, Long: long})
}

// Int binds a decimal number without a sign.
func (p *Params) Int(to *int, name string, def int, flags Flag, short, long string) {
	*to = def
	p.Func(func(value string) error {
		n, err := Decimal(value)
		if err == nil {
			*to = n
		}
		return err
	}, Parameter{Name: name, Type: "integer", Default: strconv.Itoa(def), Flags: flags, Short: short, Long: long})
}

// True reports whether a parameter's value means true: exactly one of the nine words that the shell
// agents know. The list must not grow, since a value that means false today must stay false.
func True(value string) bool {
	switch value {
	case "yes", "true", "1", "YES", "TRUE", "True", "ja", "on", "ON":
		return true
	}
	return false
}

// Decimal reads one or more of 0-9, without sign or blank.
func Decimal(value string) (int, error) {
	if value == "" {
		return 0, errors.New("a decimal number is needed, not an empty value")
	}
	for _, r := range value {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%q is not a decimal number", value)
		}
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("%q is too large", value)
	}
	return n, nil
}
