package filemap

import (
	"slices"
	"strconv"
	"strings"

	"ocfbox/internal/block"
)

// A section is a part of LVM's description: sections by their names, and values, which are lists of words.
type section struct {
	names    []string
	sections map[string]*section
	values   map[string][]string
}

// deepestLVM bounds sections within sections.
const deepestLVM = 16

// parseLVM reads LVM's text: name { ... }, name = value, name = [ value, ... ], strings in quotes, comments from # on.
func parseLVM(text string) (*section, error) {
	words := lvmWords(strings.TrimRight(text, "\x00"))
	root, rest := parseSection(words, 0)
	if root == nil || len(rest) > 0 {
		return nil, errLVM
	}
	return root, nil
}

// parseSection reads up to the section's end; nil says that the text is wrong.
func parseSection(words []string, depth int) (*section, []string) {
	s := &section{sections: make(map[string]*section), values: make(map[string][]string)}
	for len(words) > 0 {
		name := words[0]
		switch {
		case name == "}" && depth > 0:
			return s, words[1:]
		case len(words) < 3 || depth > deepestLVM:
			return nil, nil
		case words[1] == "{":
			inner, rest := parseSection(words[2:], depth+1)
			if inner == nil {
				return nil, nil
			}
			s.names = append(s.names, name)
			s.sections[name], words = inner, rest
		case words[1] == "=" && words[2] == "[":
			end := slices.Index(words, "]")
			if end < 3 {
				return nil, nil
			}
			s.values[name], words = words[3:end], words[end+1:]
		case words[1] == "=":
			s.values[name], words = words[2:3], words[3:]
		default:
			return nil, nil
		}
	}
	if depth > 0 {
		return nil, nil
	}
	return s, nil
}

// lvmWords are the words and signs of a text. Strings lose their quotes.
func lvmWords(text string) []string {
	var words []string
	for text != "" {
		switch c := text[0]; {
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			text = text[1:]
		case c == '#':
			_, text, _ = strings.Cut(text, "\n")
		case strings.IndexByte("{}[]=", c) >= 0:
			words, text = append(words, text[:1]), text[1:]
		case c == '"':
			var word string
			word, text, _ = strings.Cut(text[1:], `"`)
			words = append(words, word)
		default:
			end := strings.IndexAny(text, " \t\r\n,#{}[]=\"")
			if end < 0 {
				end = len(text)
			}
			words, text = append(words, text[:end]), text[end:]
		}
	}
	return words
}

func (s *section) section(name string) *section {
	if inner := s.sections[name]; inner != nil {
		return inner
	}
	return &section{}
}

// number is a value that counts, -1 where there is none.
func (s *section) number(name string) int64 {
	if len(s.values[name]) != 1 {
		return -1
	}
	n, err := strconv.ParseInt(s.values[name][0], 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return -1
	}
	return n
}

// describe is the group as the physical volume with an identifier sees it.
func describe(root *section, id string) (*group, error) {
	for _, name := range root.names {
		g := root.section(name)
		physical := g.section("physical_volumes")
		for _, pv := range physical.names {
			p := physical.section(pv)
			if ids := p.values["id"]; len(ids) != 1 || strings.ReplaceAll(ids[0], "-", "") != id {
				continue
			}
			extent, start, count := g.number("extent_size")*sector, p.number("pe_start")*sector, p.number("pe_count")
			if extent <= 0 || start < 0 || count < 0 || count > 1<<32 {
				return nil, errLVM
			}
			found := &group{name: name, start: start, end: start + count*extent}
			logical := g.section("logical_volumes")
			for _, lv := range logical.names {
				found.volumes = append(found.volumes, onThis(logical.section(lv), lv, pv, start, extent))
			}
			return found, nil
		}
	}
	return nil, errLVM
}

// onThis is what a logical volume has on the physical volume called pv.
func onThis(lv *section, name, pv string, start, extent int64) volume {
	v := volume{name: name, whole: true}
	var next int64
	for _, segment := range lv.names {
		s := lv.section(segment)
		first, count, stripes := s.number("start_extent"), s.number("extent_count"), s.values["stripes"]
		linear := s.number("stripe_count") == 1 && len(stripes) == 2 && stripes[0] == pv && first == next
		v.whole = v.whole && linear && count >= 0
		next += max(count, 0)
		columns := int64(max(1, len(stripes)/2))
		for i := 0; i+1 < len(stripes); i += 2 {
			at, err := strconv.ParseInt(stripes[i+1], 10, 64)
			if stripes[i] == pv && err == nil && at >= 0 && at < 1<<32 && count > 0 {
				v.here = append(v.here, block.Range{Offset: start + at*extent, Length: count / columns * extent})
			}
		}
	}
	return v
}
