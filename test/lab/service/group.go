package service

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
	"ocfbox/test/topologies"
)

// address is that of both groups' configurations; mountpoint is where they have the disk.
func address() netip.Addr { return netip.MustParseAddr("192.168.101.50") }

const mountpoint = "/data1"

// A store is the service as its clients see it.
type store interface {
	// put returns the node that says that a row is on the disk.
	put(ctx context.Context, row int) (by string, err error)
	rows(ctx context.Context) ([]int, error)
}

// A group is what the cluster manages: an address, a file system, and a service.
type group struct {
	// name is that of the group's configuration; id is the group, resource the service in it.
	name, id, resource string
	// fill is a shell's text that puts what the service needs below the mount point.
	fill string
	// ready does the rest, on the node where the service was started first.
	ready func(s *scenario.Stage, home string)
	open  func(*scenario.Stage) store
	// program is the name of the service's processes.
	program string
}

func database() group {
	return group{
		name: "mysql", id: "mysql", resource: "mysqld", program: "mariadbd",
		fill: "mariadb-install-db --defaults-file=/etc/mysql/service.cnf --user=mysql --skip-test-db >/var/log/install-db.log",
		ready: func(s *scenario.Stage, home string) {
			s.Run(home, "mysql", "--no-defaults", "--execute="+schema)
		},
		open: func(s *scenario.Stage) store { return mysql{s.Lab()} },
	}
}

func website() group {
	return group{
		name: "apache", id: "web", resource: "httpd", program: "apache2",
		fill: `mkdir www cgi-bin
cp /usr/lib/ocflab/row.cgi cgi-bin/row
install -o www-data -g www-data -m 644 /dev/null www/rows`,
		ready: func(*scenario.Stage, string) {},
		open: func(s *scenario.Stage) store {
			browser, err := newApache(s.Context(), s.Lab())
			s.Must(err)
			return browser
		},
	}
}

// numbers reads one number a line.
func numbers(text string) ([]int, error) {
	var list []int
	for _, line := range strings.Fields(text) {
		n, err := strconv.Atoi(line)
		if err != nil {
			return nil, fmt.Errorf("row %q is no number", line)
		}
		list = append(list, n)
	}
	return list, nil
}

// kit is a pair of nodes with both services' settings and a disk that they share.
func kit() scenario.Kit {
	return scenario.Kit{Name: "service", Change: func(o *cluster.Options) error {
		if err := installed(); err != nil {
			return err
		}
		p := disk.Default()
		p.SizeMiB = 256
		addition, err := disk.Addition(p, o.Nodes)
		addition.Image = append(addition.Image, image()...)
		o.Additions = append(o.Additions, addition)
		return err
	}}
}

// image are the services' settings. The host's databases stay out of sight.
func image() []node.File {
	return []node.File{
		{Path: "/var/lib/mysql", Emptied: true},
		{Path: "/etc/mysql/service.cnf", Text: topologies.Piece("mysql", "service.cnf")},
		{Path: "/etc/apache2/service.conf", Text: topologies.Piece("apache", "service.conf")},
		{Path: "/usr/lib/ocflab/row.cgi", Text: topologies.Piece("apache", "row.cgi"), Mode: 0o755},
	}
}

// installed tells whether the services are there. Nodes have the host's.
func installed() error {
	var missing []error
	for _, path := range []string{"/usr/bin/mysqld_safe", "/usr/sbin/apache2", "/usr/bin/wget"} {
		if _, err := os.Stat(path); err != nil {
			missing = append(missing, err)
		}
	}
	if err := errors.Join(missing...); err != nil {
		return fmt.Errorf("find the services (make deps installs them): %w", err)
	}
	return nil
}
