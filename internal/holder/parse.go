package holder

import (
	"bytes"
	"strconv"
	"strings"

	"ocfbox/internal/mount"
)

// mountID is the mount's number in the text of an fdinfo file (proc_pid_fdinfo(5)):
//
//	pos:	0
//	flags:	0100000
//	mnt_id:	29
func mountID(text []byte) (int, bool) {
	value, ok := infoField(text, "mnt_id")
	if !ok {
		return 0, false
	}
	id, err := strconv.Atoi(value)
	return id, err == nil && id >= 0
}

// infoField is the value of a line "name:	value".
func infoField(text []byte, name string) (string, bool) {
	for line := range bytes.Lines(text) {
		key, value, ok := bytes.Cut(line, []byte{':'})
		if ok && string(key) == name {
			return string(bytes.TrimSpace(value)), true
		}
	}
	return "", false
}

// A mapping is a file in a process's memory, a line of /proc/PID/maps.
type mapping struct {
	// from and to are the addresses, in hexadecimal and without leading zeros.
	from, to string
	// device is the number of the file's superblock; path its name, seen from this process's root.
	device mount.Device
	path   string
}

// parseMapping reads a line of a maps file (proc_pid_maps(5)), and is false for memory without a file:
//
//	7f1c0a5d1000-7f1c0a5d2000 r--p 00000000 fd:01 131 /m/a/lib so.1
func parseMapping(line []byte) (mapping, bool) {
	device, path, ok := mappedFile(line)
	if !ok {
		return mapping{}, false
	}
	addresses, _, _ := bytes.Cut(line, []byte{' '})
	from, to, ok := strings.Cut(string(addresses), "-")
	number, good := hexDevice(string(device))
	if !ok || !good {
		return mapping{}, false
	}
	return mapping{withoutZeros(from), withoutZeros(to), number, strings.ReplaceAll(string(path), `\012`, "\n")}, true
}

// mappedFile is the device and the path in a line of a maps file, as they stand there. Most lines are of no interest,
// and there are many: this takes nothing but a look at each byte.
func mappedFile(line []byte) (device, path []byte, ok bool) {
	rest := line
	var fields [5][]byte
	for i := range fields {
		end := bytes.IndexByte(rest, ' ')
		if end < 0 {
			return nil, nil, false
		}
		fields[i], rest = rest[:end], rest[end+1:]
	}
	if len(fields[4]) == 1 && fields[4][0] == '0' {
		return nil, nil, false
	}
	path = bytes.TrimSuffix(bytes.TrimLeft(rest, " "), []byte{'\n'})
	return fields[3], path, true
}

// file is the name of the mapping in the directory map_files.
func (m mapping) file() string { return m.from + "-" + m.to }

func withoutZeros(address string) string {
	if short := strings.TrimLeft(address, "0"); short != "" {
		return short
	}
	return "0"
}

// hexDevice reads a device number as maps files have it, "fd:01".
func hexDevice(text string) (mount.Device, bool) {
	major, minor, ok := strings.Cut(text, ":")
	a, errA := strconv.ParseUint(major, 16, 32)
	b, errB := strconv.ParseUint(minor, 16, 32)
	return mount.MakeDevice(uint32(a), uint32(b)), ok && errA == nil && errB == nil
}

// A status is what /proc/PID/stat tells of a process.
type status struct {
	name   string
	state  byte
	parent int
	kernel bool
	// begun is when the process began, in ticks since the boot.
	begun string
}

// kernelThread is PF_KTHREAD of the kernel's flags (include/linux/sched.h).
const kernelThread = 0x200000

// parseStatus reads a stat file (proc_pid_stat(5)). The name may have blanks and parentheses of its own.
func parseStatus(text []byte) (status, bool) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return status{}, false
	}
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) < 20 || len(fields[0]) != 1 {
		return status{}, false
	}
	parent, errParent := strconv.Atoi(fields[1])
	flags, errFlags := strconv.ParseUint(fields[6], 10, 64)
	if errParent != nil || errFlags != nil {
		return status{}, false
	}
	return status{string(text[open+1 : end]), fields[0][0], parent, flags&kernelThread != 0, fields[19]}, true
}
