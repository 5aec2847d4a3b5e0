package site

import "fmt"

// A Service is a process that hdbdaemon starts.
type Service struct {
	// Program is the executable's name, Name that of the service.
	Program, Name string
	// Title is what GetProcessList says.
	Title string
	// Database is the tenant, or SYSTEMDB.
	Database string
	Port     int
	// Volume is 0 for a service without data.
	Volume int
	// SQL is the port for clients, 0 for a service without.
	SQL int
}

// SystemDB is the name of the system database.
const SystemDB = "SYSTEMDB"

// Services lists the services in the order in which they start.
func (s System) Services() []Service {
	tenant := s.SID
	if len(s.Tenants) > 0 {
		tenant = s.Tenants[0]
	}
	list := []Service{
		{Program: "hdbnameserver", Name: "nameserver", Title: "HDB Nameserver", Database: SystemDB, Port: s.Port(1), Volume: 1, SQL: s.Port(13)},
		{Program: "hdbcompileserver", Name: "compileserver", Title: "HDB Compileserver", Database: SystemDB, Port: s.Port(10)},
		{Program: "hdbpreprocessor", Name: "preprocessor", Title: "HDB Preprocessor", Database: SystemDB, Port: s.Port(2)},
		{Program: "hdbindexserver", Name: "indexserver", Title: "HDB Indexserver-" + tenant, Database: tenant, Port: s.Port(3), Volume: 3, SQL: s.Port(15)},
		{Program: "hdbxsengine", Name: "xsengine", Title: "HDB XSEngine-" + tenant, Database: tenant, Port: s.Port(7), Volume: 2},
	}
	for i := 1; i < len(s.Tenants); i++ {
		// Tenants beyond the first get three ports each, from 40 on; SQL is the second.
		port := s.Port(40 + 3*(i-1))
		list = append(list, Service{
			Program: "hdbindexserver", Name: "indexserver", Title: "HDB Indexserver-" + s.Tenants[i],
			Database: s.Tenants[i], Port: port, Volume: 3 + i, SQL: port + 1,
		})
	}
	return append(list, Service{Program: "hdbwebdispatcher", Name: "webdispatcher", Title: "HDB Web Dispatcher", Database: SystemDB, Port: s.Port(6)})
}

// Volumes lists the services that have data, by volume.
func (s System) Volumes() []Service {
	var list []Service
	for _, v := range s.Services() {
		if v.Volume > 0 {
			list = append(list, v)
		}
	}
	return list
}

// Journal is the file that holds the data of a volume.
func (s System) Journal(v Service) string {
	return fmt.Sprintf("%s/hdb%05d.jsonl", s.JournalFolder(), v.Volume)
}

// Args is the command line of a service as `HDB info` shows it.
func (s System) Args(v Service) []string {
	if v.Name == "indexserver" || v.Name == "xsengine" {
		return []string{v.Program, "-port", fmt.Sprint(v.Port)}
	}
	return []string{v.Program}
}
