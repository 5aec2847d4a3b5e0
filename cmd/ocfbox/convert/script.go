package convert

// A script is one of heartbeat's resource scripts that has become an OCF agent: which, and what its arguments are called.
type script struct {
	agent string
	// params are the names of the arguments in their order; the first must of them have to be there.
	params []string
	must   int
	// start is how long the agent may take to start and to stop, in seconds; 0 is the usual time.
	start int
}

// scripts are those of heartbeat 3.0.6 and of what was installed beside it: DRBD, ldirectord, Oracle's wrappers. The
// addresses and Filesystem are not here: their arguments are read as the agents themselves read them.
func scripts() map[string]script {
	return map[string]script{
		"drbddisk":   {agent: "drbddisk", params: []string{"drbd_resource"}, must: 1},
		"oracle":     {agent: "oracle", params: []string{"sid", "home", "user"}, must: 1, start: 600},
		"oralsnr":    {agent: "oralsnr", params: []string{"sid", "home", "user", "listener"}, must: 1, start: 120},
		"IPsrcaddr":  {agent: "IPsrcaddr", params: []string{"ipaddress"}, must: 1},
		"LVM":        {agent: "LVM", params: []string{"volgrpname"}, must: 1},
		"MailTo":     {agent: "MailTo", params: []string{"email", "subject"}, must: 1},
		"Raid1":      {agent: "Raid1", params: []string{"raidconf", "raiddev"}, must: 2},
		"Xinetd":     {agent: "Xinetd", params: []string{"service"}, must: 1},
		"WinPopup":   {agent: "WinPopup", params: []string{"hostfile"}},
		"portblock":  {agent: "portblock", params: []string{"protocol", "portno", "action"}, must: 3},
		"Delay":      {agent: "Delay", params: []string{"startdelay", "stopdelay"}},
		"apache":     {agent: "apache", params: []string{"configfile"}},
		"db2":        {agent: "db2", params: []string{"instance"}, must: 1, start: 120},
		"ids":        {agent: "ids", params: []string{"informixdir", "informixserver", "onconfig"}, start: 120},
		"ICP":        {agent: "ICP", params: []string{"driveid", "device"}, must: 2},
		"LinuxSCSI":  {agent: "LinuxSCSI", params: []string{"scsi"}, must: 1},
		"ServeRAID":  {agent: "ServeRAID", params: []string{"serveraid", "mergegroup"}, must: 2},
		"ldirectord": {agent: "ldirectord", params: []string{"configfile"}},
	}
}

// refused are the scripts that nothing can be made of without knowing more, and what to do.
func refused() map[string]string {
	return map[string]string{
		"OCF":               "its parameters are in a file below /etc/ha.d/conf/OCF: write the agent with its parameters as a primitive",
		"oractl":            "it does not say which database: write oracle::SID in its place",
		"drbdupper":         "stacked resources need ocf:linbit:drbd for both levels, see DRBD's guide",
		"drbddisk":          "without a name it stands for all resources of DRBD: write drbddisk::NAME for each that the group needs",
		"hto-mapfuncs":      "it is a library and no resource",
		"LVSSyncDaemonSwap": "there is no agent for IPVS' sync daemons: run both of them on both nodes, from the system",
		"IPMI":              "fencing is configured in ha.cf, with stonith_host",
	}
}
