package filesystem

// heartbeatParams reads the arguments of a resource script, DEVICE DIRECTORY [FSTYPE [OPTIONS]] (filesystem.md 13).
func heartbeatParams(_ string, args []string) (instance string, params map[string]string, ok bool) {
	if len(args) < 2 || len(args) > 4 {
		return "", nil, false
	}
	params = make(map[string]string)
	for i, name := range []string{"device", "directory", "fstype", "options"}[:len(args)] {
		params[name] = args[i]
	}
	return "Filesystem_" + args[0], params, true
}
