package site

// Resolve returns the address of a site's host in the replication network: global.ini may name one.
func (s System) Resolve(host string) string {
	ini, err := ReadIni(s.GlobalIni())
	if err != nil {
		return host
	}
	for _, k := range ini.Keys("system_replication_hostname_resolution") {
		if k.Value == host {
			return k.Name
		}
	}
	return host
}
