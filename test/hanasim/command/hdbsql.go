package command

import (
	"fmt"
	"net"
	"strings"
	"time"

	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// hdbsql is SAP's client. It asks for no password, so that a line of the guide runs as it is printed.
func hdbsql(c call) int {
	o := sqlOptions(c.args)
	s, err := site.Own()
	if err != nil && o.node == "" {
		fmt.Fprintln(c.err, err)
		return 1
	}
	if o.instance == "" {
		o.instance = s.Number
	}
	if o.node == "" {
		o.node = o.address(s)
	}
	began := time.Now()
	a, err := query(o.node, o.statement)
	if err != nil {
		fmt.Fprintf(c.err, "* -10709: Connection failed (RTE:[89006] System call 'connect' failed, rc=111:Connection refused {%s}) (%v)\n", o.node, err)
		return 43
	}
	if a.Error != "" {
		fmt.Fprintf(c.err, "* %s\n", a.Error)
		return 3
	}
	c.say("%s", o.show(a, time.Since(began)))
	return 0
}

// A sqlCall is what the options of hdbsql say.
type sqlCall struct {
	instance, node, database, statement string
	// bare leaves out headings and counts.
	bare bool
}

func sqlOptions(args []string) sqlCall {
	var o sqlCall
	for i := 0; i < len(args); i++ {
		next := func() string {
			i++
			if i < len(args) {
				return args[i]
			}
			return ""
		}
		switch a := args[i]; a {
		case "-i":
			o.instance = next()
		case "-n":
			o.node = next()
		case "-d":
			o.database = next()
		case "-u", "-p", "-U", "-c", "-F", "-V":
			next()
		case "-a", "-x":
			o.bare = true
		default:
			if !strings.HasPrefix(a, "-") {
				o.statement = strings.TrimSpace(o.statement + " " + a)
			}
		}
	}
	return o
}

// address is where a database of this host is served: the system database without a name, or the tenant.
func (o sqlCall) address(s site.System) string {
	port := 0
	for _, v := range s.Services() {
		if v.SQL > 0 && (v.Database == o.database || o.database == "" && v.Database == s.SID) {
			port = v.SQL
		}
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// query runs one statement.
func query(node, statement string) (wire.Answer, error) {
	var a wire.Answer
	c, err := net.DialTimeout("tcp", node, 10*time.Second)
	if err != nil {
		return a, err
	}
	conn := wire.New(c)
	defer conn.Close()
	return a, conn.Ask(wire.Question{SQL: statement}, &a)
}

func (o sqlCall) show(a wire.Answer, took time.Duration) string {
	var b strings.Builder
	if a.Columns == nil {
		if !o.bare {
			fmt.Fprintf(&b, "%d rows affected (overall time %s; server time %s)\n", a.Count, seconds(took), seconds(a.Server))
		}
		return b.String()
	}
	if !o.bare {
		b.WriteString(strings.Join(a.Columns, ",") + "\n")
	}
	for _, row := range a.Rows {
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	if !o.bare {
		fmt.Fprintf(&b, "%d rows selected (overall time %s; server time %s)\n", len(a.Rows), seconds(took), seconds(a.Server))
	}
	return b.String()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f sec", d.Seconds()) }
