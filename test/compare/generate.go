package compare

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// A trait is something special about a resource or its history. Of one group a case has one trait at most.
type trait struct {
	group, name string
	// params are parameters as in row, and before what the administrator has done ahead of the history: a command, or a
	// step that begins with "% ".
	params, before string
}

// A plan is a kind of resource, with what can be special about it and the histories it can have.
type plan struct {
	name, params string
	traits       []trait
	histories    []history
	weight       int
}

// A history is a sequence of steps with a name.
type history struct{ name, steps string }

// generate draws cases from plans, always the same ones: each is another combination of up to three traits and a
// history, and its name says which.
func generate(count int, plans []plan) []Case {
	draw := rand.New(rand.NewPCG(7, 2026))
	var pool []plan
	for _, p := range plans {
		for range p.weight {
			pool = append(pool, p)
		}
	}
	var cases []Case
	seen := make(map[string]bool)
	for tries := 0; len(cases) < count && tries < 100*count; tries++ {
		p := pool[draw.IntN(len(pool))]
		traits := pick(draw, p.traits)
		story := p.histories[draw.IntN(len(p.histories))]
		c := assemble(p, traits, story)
		if !seen[c.Name] {
			seen[c.Name] = true
			cases = append(cases, c)
		}
	}
	return cases
}

// pick draws up to three traits of different groups, in the order of the plan.
func pick(draw *rand.Rand, traits []trait) []trait {
	var chosen []trait
	wanted := 1 + draw.IntN(3)
	groups := make(map[string]bool)
	order := draw.Perm(len(traits))
	var at []int
	for _, i := range order {
		if len(at) == wanted {
			break
		}
		if group := traits[i].group; !groups[group] {
			groups[group] = true
			at = append(at, i)
		}
	}
	slices.Sort(at)
	for _, i := range at {
		chosen = append(chosen, traits[i])
	}
	return chosen
}

func assemble(p plan, traits []trait, story history) Case {
	names := []string{}
	c := Case{Params: words(p.params)}
	for _, t := range traits {
		names = append(names, t.name)
		for _, param := range words(t.params) {
			name, _, _ := strings.Cut(param, "=")
			c.Params = slices.DeleteFunc(c.Params, func(other string) bool { return strings.HasPrefix(other, name+"=") })
			c.Params = append(c.Params, param)
		}
		switch {
		case strings.HasPrefix(t.before, "% "):
			c.Steps = append(c.Steps, t.before)
		case t.before != "":
			c.Steps = append(c.Steps, "$ "+t.before)
		}
	}
	c.Name = p.name + " with " + strings.Join(names, ", ") + ": " + story.name
	for step := range strings.SplitSeq(story.steps, " / ") {
		c.Steps = append(c.Steps, strings.TrimSpace(step))
	}
	return c
}
