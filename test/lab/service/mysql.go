package service

import (
	"context"
	"fmt"
	"strings"

	"ocfbox/test/lab/cluster"
)

// mysql is the database, asked by Debian's own client from the clients' network.
type mysql struct{ lab *cluster.Lab }

// put commits a row.
func (m mysql) put(ctx context.Context, row int) (by string, err error) {
	return m.ask(ctx, fmt.Sprintf("START TRANSACTION; INSERT INTO ledger VALUES (%d); COMMIT; SELECT @@hostname", row))
}

func (m mysql) rows(ctx context.Context) ([]int, error) {
	text, err := m.ask(ctx, "SELECT n FROM ledger ORDER BY n")
	if err != nil {
		return nil, err
	}
	return numbers(text)
}

// ask runs statements in a connection of their own. It does not read the settings of the machine it runs on.
func (m mysql) ask(ctx context.Context, statements string) (string, error) {
	text, err := m.lab.Run(ctx, cluster.ClientHost, "mysql", "--no-defaults", "--protocol=tcp", "--connect-timeout=1",
		"--host="+address().String(), "--user=client", "--batch", "--skip-column-names", "--execute="+statements, "shop")
	return strings.TrimSpace(text), err
}

// schema makes the table and who may write to it, by root, on the node where the server is.
const schema = `CREATE DATABASE shop;
CREATE TABLE shop.ledger (n BIGINT PRIMARY KEY) ENGINE=InnoDB;
CREATE USER client@'192.168.101.%';
GRANT SELECT, INSERT ON shop.* TO client@'192.168.101.%';`
