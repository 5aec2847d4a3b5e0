package convert

import "strings"

// A Group is a logical line of haresources: resources that are started from left to right on one node.
type Group struct {
	// Line is where it begins, from 1.
	Line int
	// Node is the one that it prefers.
	Node    string
	Members []Member
}

// A Member is one resource of a group: a script and its arguments.
type Member struct {
	Line int
	// Text is the word as it stands in the file.
	Text string
	Name string
	Args []string
}

// ParseHaresources reads haresources as heartbeat 3.0.6 does. A backslash that is the last character of a line continues
// it; what follows a # is a comment, wherever it stands. A line with no more than a node is a group without members.
func ParseHaresources(text string) []Group {
	var groups []Group
	open := false
	for number, line := range strings.Split(text, "\n") {
		words, more := wordsOf(line)
		if !open && len(words) > 0 {
			groups = append(groups, Group{Line: number + 1, Node: words[0]})
			words = words[1:]
			open = true
		}
		for _, word := range words {
			last := &groups[len(groups)-1]
			last.Members = append(last.Members, member(number+1, word))
		}
		open = open && more
	}
	return groups
}

// wordsOf are the words of a line, and whether the next one continues it.
func wordsOf(line string) (words []string, more bool) {
	line, _, _ = strings.Cut(strings.TrimSuffix(line, "\r"), "#")
	line, more = strings.CutSuffix(line, `\`)
	return strings.Fields(line), more
}

// member divides a word at its double colons. A bare IPv4 address is one for the script IPaddr.
func member(line int, word string) Member {
	parts := strings.Split(word, "::")
	m := Member{Line: line, Text: word, Name: parts[0], Args: parts[1:]}
	if isAddress(m.Name) {
		m.Name, m.Args = "IPaddr", parts
	}
	return m
}

// isAddress is heartbeat's pattern: four parts with dots between them, each of which begins with a digit.
func isAddress(word string) bool {
	address, _, _ := strings.Cut(word, "/")
	parts := strings.Split(address, ".")
	if len(parts) != 4 {
		return false
	}
	for _, part := range parts {
		if part == "" || part[0] < '0' || part[0] > '9' {
			return false
		}
	}
	return true
}
