package compare

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
)

// A Recording is what an agent has answered, by the name of the case.
type Recording map[string]Recorded

// A Recorded case is what came of it, and the fingerprint of the case as it was then.
type Recorded struct {
	Fingerprint string
	Answers     []Answer
}

// Text is the recording as its file has it, in the order of the cases: a line for each case and each step, and below
// a step a line for each value but the exit code.
func (r Recording) Text(cases []Case) string {
	var out strings.Builder
	for _, c := range cases {
		recorded, ok := r[c.Name]
		if !ok {
			continue
		}
		fmt.Fprintf(&out, "# %s %s\n", recorded.Fingerprint, c.Name)
		out.WriteString(AnswersText(recorded.Answers))
	}
	return out.String()
}

// AnswersText is what a recording has below the name of a case.
func AnswersText(answers []Answer) string {
	var out strings.Builder
	for _, a := range answers {
		fmt.Fprintf(&out, "%s: %s\n", a.Step, a.Values["code"])
		for _, kind := range kinds {
			if value := a.Values[kind]; value != "" && kind != "code" {
				fmt.Fprintf(&out, "\t%s %s\n", kind, value)
			}
		}
	}
	return out.String()
}

// ParseRecording reads what Text has written.
func ParseRecording(text string) (Recording, error) {
	all := make(Recording)
	name := ""
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if head, ok := strings.CutPrefix(line, "# "); ok {
			print, title, _ := strings.Cut(head, " ")
			if _, twice := all[title]; twice {
				return nil, fmt.Errorf("case %q is recorded twice", title)
			}
			name = title
			all[name] = Recorded{Fingerprint: print}
			continue
		}
		recorded := all[name]
		answers, err := addLine(recorded.Answers, line)
		if err != nil {
			return nil, fmt.Errorf("case %q: %w", name, err)
		}
		recorded.Answers = answers
		all[name] = recorded
	}
	return all, lines.Err()
}

// ParseAnswers reads what AnswersText has written.
func ParseAnswers(text string) ([]Answer, error) {
	all, err := ParseRecording(text)
	return all[""].Answers, err
}

func addLine(answers []Answer, line string) ([]Answer, error) {
	if value, ok := strings.CutPrefix(line, "\t"); ok {
		kind, text, _ := strings.Cut(value, " ")
		if len(answers) == 0 || !slices.Contains(kinds, kind) {
			return nil, fmt.Errorf("a line in the wrong place: %q", line)
		}
		answers[len(answers)-1].Values[kind] = text
		return answers, nil
	}
	step, code, ok := strings.Cut(line, ": ")
	if !ok {
		return nil, fmt.Errorf("neither step nor value: %q", line)
	}
	return append(answers, Answer{Step: step, Values: map[string]string{"code": code}}), nil
}
