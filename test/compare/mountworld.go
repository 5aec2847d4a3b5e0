package compare

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// top is where a rig for Filesystem has its mount points a and b, on a tmpfs of its own: what an agent does to the
// file system below a mount point stays in the rig.
const top = "/mnt"

// A mountWorld is a node with disks, which are loop devices with an ext4 file system (filesystem.md 15).
type mountWorld struct {
	// folder has the images; its name is in those of their loop devices, and nobody else's.
	folder string
	disks  []disk
}

type disk struct {
	name, image, device, label, uuid string
	// held keeps the device; the kernel frees it when the rig ends.
	held *os.File
}

func newMountWorld(o order) (world, error) {
	folder, err := os.MkdirTemp(o.Folder, "rig")
	if err != nil {
		return nil, err
	}
	w := &mountWorld{folder: folder}
	if err := unix.Mount("tmpfs", top, "tmpfs", 0, "mode=755"); err != nil {
		return nil, fmt.Errorf("mount %s: %w", top, err)
	}
	for _, name := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(top, name), 0o755); err != nil {
			return nil, err
		}
	}
	text := fmt.Sprintf("%q %q", o.Case.Params, o.Case.Steps)
	for i, name := range []string{"L0", "L1"} {
		if strings.Contains(text, "{"+name) {
			if err := w.addDisk(name, i, text); err != nil {
				w.close()
				return nil, err
			}
		}
	}
	return w, nil
}

// addDisk makes a file system, and a loop device of it unless the case only speaks of its image.
func (w *mountWorld) addDisk(name string, number int, text string) error {
	token := fmt.Sprintf("%x", filepath.Base(w.folder)+"--------")
	d := disk{name: name, image: filepath.Join(w.folder, name+".img"), label: fmt.Sprintf("%s%d", filepath.Base(w.folder)[3:], number)}
	d.uuid = fmt.Sprintf("%s-%s-4000-8000-%s", token[6:14], token[14:18], token[4:14]+fmt.Sprintf("%02d", number))
	steps := [][]string{
		{"truncate", "-s", "8M", d.image},
		{"mkfs.ext4", "-q", "-F", "-L", d.label, "-U", d.uuid, d.image},
	}
	for _, args := range steps {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", args[0], err, out)
		}
	}
	wholly := []string{"{" + name + "}", "{" + name + ".label}", "{" + name + ".uuid}"}
	if slices.ContainsFunc(wholly, func(part string) bool { return strings.Contains(text, part) }) {
		if err := d.attach(); err != nil {
			return err
		}
	}
	w.disks = append(w.disks, d)
	return nil
}

// attach makes the loop device. Others look for a free one at the same time, so it may take several tries.
func (d *disk) attach() error {
	var out []byte
	var err error
	for range 20 {
		if out, err = exec.Command("losetup", "-f", "--show", d.image).Output(); err == nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("losetup: %w", err)
	}
	d.device = strings.TrimSpace(string(out))
	if d.held, err = os.Open(d.device); err != nil {
		return err
	}
	return exec.Command("losetup", "-d", d.device).Run()
}

func (w *mountWorld) close() {
	for _, d := range w.disks {
		if d.held != nil {
			d.held.Close()
		}
	}
	_ = os.RemoveAll(w.folder)
}

// names are what a case calls the parts of its disks, with what they are on this machine.
func (w *mountWorld) names() [][2]string {
	var all [][2]string
	for _, d := range w.disks {
		all = append(all, [2]string{"{" + d.name + ".img}", d.image}, [2]string{"{" + d.name + ".label}", d.label},
			[2]string{"{" + d.name + ".uuid}", d.uuid})
		if d.device != "" {
			all = append(all, [2]string{"{" + d.name + "}", d.device})
		}
	}
	return all
}

func (w *mountWorld) fill(text string) string {
	for _, name := range w.names() {
		text = strings.ReplaceAll(text, name[0], name[1])
	}
	return text
}

func (w *mountWorld) plain(text string) string {
	for _, name := range w.names() {
		text = strings.ReplaceAll(text, name[1], name[0])
	}
	return text
}

func (w *mountWorld) heard() string { return "" }

func (w *mountWorld) look() (map[string][]string, error) {
	mounts, err := w.mounts()
	if err != nil {
		return nil, err
	}
	loops := w.loops()
	for end := time.Now().Add(time.Second); len(loops) > mounted(mounts) && time.Now().Before(end); loops = w.loops() {
		time.Sleep(5 * time.Millisecond)
	}
	return map[string][]string{"mount": mounts, "loop": loops, "name": names()}, nil
}

// mounted counts the mounts of loop devices that an agent has made. The kernel frees such a device a moment after
// it was unmounted.
func mounted(mounts []string) int {
	count := 0
	for _, text := range mounts {
		if strings.Contains(text, " a loop device ") {
			count++
		}
	}
	return count
}

// mounts are those below top.
func (w *mountWorld) mounts() ([]string, error) {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		one, two := strings.Fields(before), strings.Fields(after)
		if !ok || len(one) < 6 || len(two) < 3 || !strings.HasPrefix(one[4], top+"/") {
			continue
		}
		all = append(all, mountText(one, two, w))
	}
	return all, nil
}

// mountText is a line of mountinfo without numbers: where, what, its root if it is a part, and its options. What is
// mounted is told by the number of the device: its name there may be one of several.
func mountText(one, two []string, w *mountWorld) string {
	source := two[1]
	if strings.HasPrefix(source, "/dev/loop") && w.plain(source) == source {
		source = "a loop device"
	}
	for _, d := range w.disks {
		if d.device != "" && "7:"+strings.TrimPrefix(d.device, "/dev/loop") == one[2] {
			source = d.device
		}
	}
	options := strings.Split(one[5], ",")
	for option := range strings.SplitSeq(two[2], ",") {
		if option == "ro" && !slices.Contains(options, "ro") {
			option = "super-ro"
		}
		if option == "super-ro" || strings.HasPrefix(option, "size=") || strings.HasPrefix(option, "mode=") {
			options = append(options, option)
		}
	}
	slices.Sort(options)
	text := one[4] + " " + source + " " + two[0]
	if one[3] != "/" {
		text += " from " + one[3]
	}
	return text + " " + strings.Join(slices.Compact(options), ",")
}

// loops are the devices behind which is an image of this rig, besides the rig's own.
func (w *mountWorld) loops() []string {
	files, _ := filepath.Glob("/sys/block/loop*/loop/backing_file")
	var all []string
	for _, file := range files {
		device := "/dev/" + strings.Split(file, "/")[3]
		backing, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(backing), filepath.Base(w.folder)) {
			continue
		}
		if !slices.ContainsFunc(w.disks, func(d disk) bool { return d.device == device }) {
			all = append(all, "a device of "+strings.TrimSpace(filepath.Base(string(backing))))
		}
	}
	return all
}

// names are the files and directories below top, three levels deep.
func names() []string {
	var all []string
	_ = filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, top+"/")
		if err != nil || path == top {
			return nil
		}
		if entry.IsDir() && (strings.Count(name, "/") > 2 || entry.Name() == "lost+found" || strings.HasPrefix(name, "w/")) {
			return fs.SkipDir
		}
		all = append(all, fmt.Sprintf("%q", name))
		return nil
	})
	return all
}
