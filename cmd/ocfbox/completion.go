package main

import (
	"fmt"
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
		var words []string
		for _, flag := range command.Flags {
			if name := flag.Names()[0]; name != "help" {
				words = append(words, "--"+name)
			}
		}
		switch command.Name {
		case "help":
			words = append(words, append(commands, agentNames()...)...)
		case "completion":
			words = append(words, "bash", "zsh")
		}
		fmt.Fprintf(&cases, "\t%s) words='%s' ;;\n", command.Name, strings.Join(words, " "))
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
