package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// A statement is words that a semicolon ends, or a section in braces.
type statement struct {
	words []string
	// section tells that there were braces.
	section bool
	body    []statement
	file    string
	line    int
}

// word is a word of the statement, or nothing.
func (s statement) word(i int) string {
	if i < len(s.words) {
		return s.words[i]
	}
	return ""
}

// all are the statements below that begin with a word.
func (s statement) all(first string, section bool) []statement {
	return slices.DeleteFunc(slices.Clone(s.body), func(b statement) bool { return b.word(0) != first || b.section != section })
}

// value is the second word of the last statement that begins with a word.
func (s statement) value(first string) string {
	value := ""
	for _, b := range s.all(first, false) {
		value = b.word(1)
	}
	return value
}

// maxDepth bounds how deep sections and includes go.
const maxDepth = 16

// readFile reads a file and those that it includes.
func readFile(path string, depth int) ([]statement, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%s: includes go too deep", path)
	}
	p := &parser{text: string(text), file: path, line: 1}
	all, err := p.statements(0)
	if err != nil {
		return nil, err
	}
	var list []statement
	for _, s := range all {
		if s.word(0) != "include" {
			list = append(list, s)
			continue
		}
		pattern := s.word(1)
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(path), pattern)
		}
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: include %q: %w", path, s.line, pattern, err)
		}
		for _, file := range files {
			more, err := readFile(file, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
	}
	return list, nil
}

type parser struct {
	text, file string
	line       int
}

func (p *parser) statements(depth int) ([]statement, error) {
	if depth > maxDepth {
		return nil, p.fault("sections go too deep")
	}
	var list []statement
	s := statement{file: p.file}
	for {
		token, quoted := p.next()
		if len(s.words) == 0 {
			s.line = p.line
		}
		switch {
		case quoted:
			s.words = append(s.words, token)
		case token == "":
			if depth > 0 || len(s.words) > 0 {
				return nil, p.fault("the file ends in the middle")
			}
			return list, nil
		case token == ";":
			if len(s.words) > 0 {
				list = append(list, s)
			}
			s = statement{file: p.file}
		case token == "{":
			body, err := p.statements(depth + 1)
			if err != nil {
				return nil, err
			}
			s.section, s.body = true, body
			list = append(list, s)
			s = statement{file: p.file}
		case token == "}":
			if depth == 0 || len(s.words) > 0 {
				return nil, p.fault("a brace is not expected here")
			}
			return list, nil
		default:
			s.words = append(s.words, token)
		}
	}
}

func (p *parser) fault(text string) error {
	return fmt.Errorf("%s:%d: Parse error: %s", p.file, p.line, text)
}

// next is the next word, brace or semicolon.
func (p *parser) next() (token string, quoted bool) {
	for p.text != "" {
		switch c := p.text[0]; {
		case c == '\n':
			p.line++
			p.text = p.text[1:]
		case unicode.IsSpace(rune(c)):
			p.text = p.text[1:]
		case c == '#':
			_, p.text, _ = strings.Cut(p.text, "\n")
			p.line++
		case strings.ContainsRune("{};", rune(c)):
			p.text = p.text[1:]
			return string(c), false
		case c == '"':
			token, p.text, _ = strings.Cut(p.text[1:], `"`)
			p.line += strings.Count(token, "\n")
			return token, true
		default:
			end := strings.IndexFunc(p.text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`{};"#`, r) })
			if end < 0 {
				end = len(p.text)
			}
			token, p.text = p.text[:end], p.text[end:]
			return token, false
		}
	}
	return "", false
}
