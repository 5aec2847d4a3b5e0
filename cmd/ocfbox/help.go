package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
)

func (b *toolbox) helpCommand() *cli.Command {
	return &cli.Command{
		Name:      "help",
		Usage:     "explain a command or an agent",
		ArgsUsage: "[COMMAND|AGENT]",
		Action: func(c *cli.Context) error {
			if err := noMore(c, 1); err != nil {
				return err
			}
			name := c.Args().First()
			if name == "" {
				return cli.ShowAppHelp(c)
			}
			if agent := agents.Find(name); agent != nil {
				return explain(b.stdout, agent, name)
			}
			if command := c.App.Command(name); command != nil {
				return explainCommand(c, command)
			}
			return unknown("command or agent", name, append(commandNames(c.App), agentNames()...))
		},
	}
}

func explainCommand(c *cli.Context, command *cli.Command) error {
	// Of a context that belongs to a command, the library looks among the commands below it.
	return cli.ShowCommandHelp(cli.NewContext(c.App, nil, c), command.Name)
}

// width is that of the help texts in columns.
const width = 80

// explain writes what an agent is, its parameters and its actions: the declaration, for people.
func explain(to io.Writer, agent *ocf.Agent, name string) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s\n", agent.Name, agent.Short)
	if name != agent.Name {
		fmt.Fprintf(&text, "(%s is a name for it in heartbeat's haresources)\n", name)
	}
	fmt.Fprintf(&text, "\n%s", wrap(agent.Long, 0))
	text.WriteString("\nParameters\n")
	for _, parameter := range agent.Parameters() {
		if parameter.Flags&ocf.Hidden == 0 {
			fmt.Fprintf(&text, "\n  %s (%s)\n%s", parameter.Name, facts(parameter), wrap(parameter.Long, 6))
		}
	}
	text.WriteString("\nActions, with the time-outs and intervals to configure at least\n\n")
	for _, op := range agent.Ops {
		fmt.Fprintf(&text, "  %-14s timeout=%v", op.Name, op.Timeout)
		if op.Interval != 0 {
			fmt.Fprintf(&text, " interval=%v", op.Interval)
		}
		text.WriteByte('\n')
	}
	if agent.Heartbeat != nil {
		fmt.Fprintf(&text, "\nAs a resource script of heartbeat\n\n")
		for _, script := range agent.Heartbeat.Names {
			fmt.Fprintf(&text, "  %s %s {start|stop|status}\n", script, agent.Heartbeat.Usage)
		}
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// facts are a parameter's type and what is special about it.
func facts(p ocf.Parameter) string {
	words := []string{p.Type}
	if p.Flags&ocf.Required != 0 {
		words = append(words, "required")
	}
	if p.Flags&ocf.Unique != 0 {
		words = append(words, "unique")
	}
	if p.Default != "" && p.Flags&ocf.NoDefault == 0 {
		words = append(words, "default "+p.Default)
	}
	return strings.Join(words, ", ")
}

// wrap sets prose in lines behind an indent. An empty line separates paragraphs.
func wrap(prose string, indent int) string {
	var text strings.Builder
	margin := strings.Repeat(" ", indent)
	for i, paragraph := range strings.Split(strings.TrimSpace(prose), "\n\n") {
		if i > 0 {
			text.WriteByte('\n')
		}
		column := 0
		for _, word := range strings.Fields(paragraph) {
			switch {
			case column == 0:
				text.WriteString(margin)
				column = indent
			case column+1+len(word) > width:
				text.WriteString("\n" + margin)
				column = indent
			default:
				text.WriteByte(' ')
				column++
			}
			text.WriteString(word)
			column += len(word)
		}
		text.WriteByte('\n')
	}
	return text.String()
}
