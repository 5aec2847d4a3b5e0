package crm

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

const toolUpdater = "attrd_updater"

// Told is the value of a transient attribute of this node as its attribute daemon has it, which may be newer
// than the CIB: the daemon writes what it is told after a while. It costs a program. The error is
// ErrNoAttribute when the daemon has none.
func (c *Cluster) Told(ctx context.Context, name string) (string, error) {
	if err := (Attribute{Store: Transient, Name: name}).Check(); err != nil {
		return "", err
	}
	result, err := c.ask(ctx, nil, toolUpdater, "--query", "--name="+name)
	// 2.1.5 exits with 78 when there is none.
	var refused *Error
	if errors.Is(err, ErrNoMatch) || errors.As(err, &refused) && strings.HasSuffix(refused.Message, "attribute does not exist") {
		return "", fmt.Errorf("ask for %s: %w: %w", name, ErrNoAttribute, err)
	}
	if err != nil {
		return "", fmt.Errorf("ask for %s: %w", name, err)
	}
	// name="hana_ha1_sra" host="suse01" value="T"
	text := result.Text()
	_, value, ok := strings.Cut(text, ` value="`)
	value, ended := strings.CutSuffix(value, `"`)
	if !ok || !ended || !strings.HasPrefix(text, `name="`+name+`" `) || strings.Contains(text, "\n") {
		return "", fmt.Errorf("ask for %s: %w: %q", name, ErrGarbled, text)
	}
	return value, nil
}
