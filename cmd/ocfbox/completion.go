package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"ocfbox/agents"
)

func (b *toolbox) completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script for a shell",
		ArgsUsage: "bash|zsh",
		Action: func(c *cli.Context) error {
			if err := noMore(c, 1); err != nil {
				return err
			}
			switch shell := c.Args().First(); shell {
			case "bash":
				fmt.Fprint(b.stdout, completion(c.App))
			case "zsh":
				fmt.Fprint(b.stdout, "#compdef ocfbox\nautoload -U +X bashcompinit && bashcompinit\n"+completion(c.App))
			default:
				return usage(fmt.Errorf("no completion for the shell %q", shell), "bash or zsh")
			}
			return nil
		},
	}
}

// completion is a script that knows all words, so that completing starts no program.
func completion(app *cli.App) string {
	var cases strings.Builder
	commands := commandNames(app)
	for _, command := range app.Commands {
		words := flagWords(command.Flags)
		for _, below := range command.Subcommands {
			// The library puts a command help below every command.
			if below.Name != "help" {
				words = append(append(words, below.Name), flagWords(below.Flags)...)
			}
		}
		switch command.Name {
		case "help":
			words = append(words, append(commands, agentNames()...)...)
		case "completion":
			words = append(words, "bash", "zsh")
		}
		fmt.Fprintf(&cases, "\t%s) words='%s' ;;\n", command.Name, strings.Join(unique(words), " "))
	}
	for _, agent := range agents.All() {
		fmt.Fprintf(&cases, "\t%s) words='%s usage' ;;\n", agent.Name, strings.Join(actionNames(agent), " "))
	}
	return fmt.Sprintf(`_ocfbox() {
	local words='%s'
	[ "$COMP_CWORD" -eq 1 ] || case ${COMP_WORDS[1]} in
%s	*) words='' ;;
	esac
	COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ocfbox ocfbox
`, strings.Join(append(commands, agentNames()...), " "), cases.String())
}

func flagWords(flags []cli.Flag) []string {
	var words []string
	for _, flag := range flags {
		if name := flag.Names()[0]; name != "help" {
			words = append(words, "--"+name)
		}
	}
	return words
}

// unique keeps the first of equal words: subcommands share flags.
func unique(words []string) []string {
	var kept []string
	for _, word := range words {
		if !slices.Contains(kept, word) {
			kept = append(kept, word)
		}
	}
	return kept
}
