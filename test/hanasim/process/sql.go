package process

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/wire"
)

// A client keeps its connection; the statements of one follow each other.
func (s *service) serveClients(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			conn := wire.New(c)
			defer conn.Close()
			var q wire.Question
			for conn.Receive(&q) == nil {
				began := time.Now()
				a, err := s.execute(strings.TrimRight(strings.TrimSpace(q.SQL), "; \n"))
				if err != nil {
					a = wire.Answer{Error: err.Error()}
				}
				a.Server = time.Since(began)
				if conn.Send(a) != nil {
					return
				}
				q = wire.Question{}
			}
		}()
	}
}

// sqlPattern recognizes the statements that there are.
type sqlPattern struct {
	pattern *regexp.Regexp
	run     func(s *service, words []string) (wire.Answer, error)
}

func sqlPatterns() []sqlPattern {
	compile := func(p string) *regexp.Regexp { return regexp.MustCompile(`(?is)^` + p + `$`) }
	return []sqlPattern{
		{compile(`backup data.*`), (*service).sqlBackup},
		{compile(`create (?:column |row )?table (\S+?)\s*\(.*\)`), sqlCreate},
		{compile(`drop table (\S+)`), sqlDrop},
		{compile(`insert into (\S+?)\s*values\s*\((.*)\)`), sqlInsert},
		{compile(`select count\(\*\) from (\S+)`), sqlCount},
		{compile(`select (.+) from (\S+)(?: .*)?`), sqlSelect},
		{compile(`(?:alter|create|drop|grant|set|connect|commit|call|upsert).*`), sqlAccepted},
	}
}

// execute runs a statement.
func (s *service) execute(statement string) (wire.Answer, error) {
	for _, p := range sqlPatterns() {
		if words := p.pattern.FindStringSubmatch(statement); words != nil {
			return p.run(s, words[1:])
		}
	}
	return wire.Answer{}, fmt.Errorf("257: sql syntax error: %s", statement)
}

// sqlBackup notes that there is a backup of this site.
func (s *service) sqlBackup([]string) (wire.Answer, error) {
	time.Sleep(s.system.Lasts(backupTime))
	var a wire.Answer
	err := askLocal(s.system, "nameserver", wire.Question{Ask: wire.AskBackedUp}, &a)
	return wire.Answer{}, err
}

func sqlCreate(s *service, words []string) (wire.Answer, error) {
	return wire.Answer{}, s.volume.commit(core.Row{Table: strings.ToUpper(words[0])})
}

func sqlDrop(s *service, words []string) (wire.Answer, error) {
	return wire.Answer{}, s.volume.commit(core.Row{Table: strings.ToUpper(words[0]), Drop: true})
}

func sqlInsert(s *service, words []string) (wire.Answer, error) {
	table := strings.ToUpper(words[0])
	if _, ok := s.volume.tables()[table]; !ok {
		return wire.Answer{}, fmt.Errorf("259: invalid table name: Could not find table/view %s", table)
	}
	if err := s.volume.commit(core.Row{Table: table, Values: splitValues(words[1])}); err != nil {
		return wire.Answer{}, err
	}
	return wire.Answer{Count: 1}, nil
}

// splitValues takes the commas of a list of literals that are not inside quotes.
func splitValues(list string) []string {
	var values []string
	quoted, start := false, 0
	for i, c := range list + "," {
		if c == '\'' {
			quoted = !quoted
		}
		if c == ',' && (!quoted || i == len(list)) {
			values = append(values, strings.Trim(strings.TrimSpace(list[start:i]), "'"))
			start = i + 1
		}
	}
	return values
}

func sqlCount(s *service, words []string) (wire.Answer, error) {
	table, err := s.table(words[0])
	if err != nil {
		return wire.Answer{}, err
	}
	return wire.Answer{Columns: []string{"COUNT(*)"}, Rows: [][]string{{strconv.Itoa(len(table.Rows))}}}, nil
}

// sqlSelect knows the columns of views only; of tables it returns all.
func sqlSelect(s *service, words []string) (wire.Answer, error) {
	table, err := s.table(words[1])
	if err != nil || strings.TrimSpace(words[0]) == "*" {
		return table, err
	}
	var at []int
	var names []string
	for _, name := range strings.Split(strings.ToUpper(words[0]), ",") {
		for i, column := range table.Columns {
			if column == strings.TrimSpace(name) {
				at, names = append(at, i), append(names, column)
			}
		}
	}
	if len(at) == 0 {
		return table, nil
	}
	rows := make([][]string, len(table.Rows))
	for r, row := range table.Rows {
		for _, i := range at {
			rows[r] = append(rows[r], row[i])
		}
	}
	return wire.Answer{Columns: names, Rows: rows}, nil
}

// sqlAccepted is for statements that change nothing here.
func sqlAccepted(*service, []string) (wire.Answer, error) { return wire.Answer{}, nil }

// table returns a table, or one of the views of system replication.
func (s *service) table(name string) (wire.Answer, error) {
	name = strings.ToUpper(name)
	rows, ok := s.volume.tables()[name]
	if ok {
		a := wire.Answer{Rows: rows}
		for i := range widest(rows) {
			a.Columns = append(a.Columns, fmt.Sprintf("C%d", i+1))
		}
		return a, nil
	}
	if name == "DUMMY" {
		return wire.Answer{Columns: []string{"DUMMY"}, Rows: [][]string{{"X"}}}, nil
	}
	view, ok := views()[strings.TrimPrefix(name, "SYS.")]
	if !ok {
		return wire.Answer{}, fmt.Errorf("259: invalid table name: Could not find table/view %s", name)
	}
	var a wire.Answer
	if err := askLocal(s.system, "nameserver", wire.Question{Ask: wire.AskState}, &a); err != nil {
		return wire.Answer{}, err
	}
	return view(s, a), nil
}

func widest(rows [][]string) int {
	width := 1
	for _, r := range rows {
		width = max(width, len(r))
	}
	return width
}

// tables returns what the volume holds.
func (v *volume) tables() map[string][][]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.log.Tables()
}
