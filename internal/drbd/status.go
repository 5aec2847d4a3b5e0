package drbd

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ParseStatusJSON reads `drbdsetup status --json` of 9 (replication-checker.md 3). Keys may be missing and others may
// be there; numbers have 64 bits. Nothing configured is a host without resources. The error is ErrTruncated or
// ErrUnreadable, and then there is no host.
func ParseStatusJSON(text []byte) (Host, error) {
	text, err := plainJSON(text)
	if err != nil {
		return Host{}, fmt.Errorf("status: %w", err)
	}
	var answer []jsonResource
	if err := json.Unmarshal(text, &answer); err != nil {
		return Host{}, fmt.Errorf("status: %w: %w", ErrUnreadable, err)
	}
	h := Host{Loaded: true, Version: Version{Generation: Gen9}, Resources: make([]Resource, 0, len(answer))}
	for i := range answer {
		h.Resources = append(h.Resources, answer[i].resource())
	}
	slices.SortFunc(h.Resources, func(a, b Resource) int { return cmp.Compare(a.Name, b.Name) })
	return h, nil
}

// maxDepth bounds the nesting of an answer; DRBD's own is seven deep.
const maxDepth = 16

// plainJSON takes what is no JSON out of an answer: comment lines before it, and the words nan and inf that the C
// library prints for a quotient of nothing, which become 0. It bounds the depth.
func plainJSON(text []byte) ([]byte, error) {
	text = afterComments(text)
	if len(text) == 0 {
		return nil, ErrTruncated
	}
	if text[0] != '[' {
		return nil, ErrUnreadable
	}
	depth, plain := 0, text
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := endOfString(text, i)
			if end < 0 {
				return nil, ErrTruncated
			}
			i = end
		case '[', '{':
			if depth++; depth > maxDepth {
				return nil, fmt.Errorf("%w: nested too deep", ErrUnreadable)
			}
		case ']', '}':
			depth--
		case 'i', 'n':
			if word := bareWord(text[i:]); word == "nan" || word == "inf" {
				plain = withoutWord(plain, text, i)
			}
		}
	}
	if depth > 0 {
		return nil, ErrTruncated
	}
	return plain, nil
}

// withoutWord puts a 0 in place of the word of three letters and of the sign before it. plain is a copy of text from
// the first word on.
func withoutWord(plain, text []byte, at int) []byte {
	if &plain[0] == &text[0] {
		plain = slices.Clone(text)
	}
	copy(plain[at:], "0  ")
	if at > 0 && text[at-1] == '-' {
		plain[at-1] = ' '
	}
	return plain
}

func bareWord(text []byte) string {
	end := 0
	for end < len(text) && text[end] >= 'a' && text[end] <= 'z' {
		end++
	}
	return string(text[:end])
}

// endOfString is where the string that begins at a quotation mark ends, -1 when it does not.
func endOfString(text []byte, at int) int {
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// afterComments is a text without white space and lines of # at its begin.
func afterComments(text []byte) []byte {
	for len(text) > 0 {
		switch text[0] {
		case ' ', '\t', '\r', '\n':
			text = text[1:]
		case '#':
			end := slices.Index(text, '\n')
			if end < 0 {
				return nil
			}
			text = text[end:]
		default:
			return text
		}
	}
	return nil
}

var errNoNumber = errors.New("no number")
