package filemap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/mount"
)

// FindMount finds where the file system with a superblock is mounted, by its type and UUID: the device that is mounted
// may be another one with the same contents, as DRBD's is for the disk below it. The Mount is empty when there is none.
func FindMount(head mount.Superblock) (Mount, error) {
	if head.UUID == "" {
		return Mount{}, nil
	}
	table, err := mount.Read()
	if err != nil {
		return Mount{}, err
	}
	var unread error
	for _, e := range table {
		// The driver of ext4 mounts its predecessors too. A bind mount of a folder shows a part of the files.
		if e.Device.Anonymous() || e.Root != "/" || strings.TrimRight(e.Type, "234") != strings.TrimRight(head.Type, "234") {
			continue
		}
		if top, ok := table.Visible(e.Point); !ok || top.ID != e.ID {
			continue
		}
		there, err := superblockOf(e.Device)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		if there.UUID == head.UUID {
			return Mount{e.Point, e.Device}, nil
		}
	}
	return Mount{}, unread
}

func superblockOf(device mount.Device) (mount.Superblock, error) {
	file, err := os.OpenFile(mount.Node(device), os.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return mount.Superblock{}, err
	}
	defer file.Close()
	return mount.ReadSuperblock(file)
}

// mounted asks the kernel what a mounted file system has at the wanted parts.
func (m *mapper) mounted(ctx context.Context, s space, wanted block.Ranges, at Mount, kind string) error {
	root, err := openRoot(at.Point)
	if err != nil {
		m.all(s, wanted, Finding{Kind: Unknown, Name: fmt.Sprintf("%s cannot be opened: %v", at.Point, err)})
		return nil
	}
	defer unix.Close(root)
	if !slices.Contains(m.answer.Mounts, at.Point) {
		m.answer.Mounts = append(m.answer.Mounts, at.Point)
	}
	w := &walk{mapper: m, space: s, owned: make(map[uint64][]owned)}
	end := fileSystemEnd(s, kind)
	for _, r := range wanted {
		for _, inside := range (block.Ranges{{Length: end}}).Within(r) {
			if err := w.classify(root, at.Device, inside); err != nil {
				m.doubt("%s does not tell what its space is used for: %v", at.Point, err)
			}
		}
		m.all(s, block.Ranges{block.Between(end, s.size())}.Within(r), behindEnd())
	}
	w.journal(kind)
	if err := w.all(ctx, root); err != nil {
		return err
	}
	w.rest()
	return nil
}

// openRoot opens the top of a file system without what is mounted over its folders, where the kernel lets it (Linux
// 5.2), and as it is seen otherwise.
func openRoot(point string) (int, error) {
	tree, err := unix.OpenTree(unix.AT_FDCWD, point, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return unix.Open(point, folderFlags, 0)
	}
	defer unix.Close(tree)
	return unix.Openat(tree, ".", folderFlags, 0)
}

const folderFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// behindEnd is what lies behind a file system.
func behindEnd() Finding { return Finding{Kind: Outside, Name: "behind the file system's end"} }

// classify asks what a part of the file system is used for. What belongs to files is left for the walk: with an owner
// where the file system knows it (xfs with rmapbt), without a name otherwise. The same holds for what the kernel does
// not mention: ext4 of Linux 6.18 leaves out some of what files own.
func (w *walk) classify(root int, device mount.Device, r block.Range) error {
	var mentioned block.Ranges
	err := fsmap(root, device, r, func(e fsmapEntry) {
		part := block.Between(max(e.Offset, r.Offset), min(e.End(), r.End()))
		if part.Length <= 0 || e.Flags&fsmapUnknownOwner != 0 {
			return
		}
		mentioned.Add(part)
		switch f, special := e.special(); {
		case special:
			w.found(w.space, part, f)
		case e.Flags&(fsmapAttributes|fsmapExtents) != 0:
			w.own(part, e.Owner, Finding{Kind: Metadata, Name: "extents or attributes"})
		default:
			w.own(part, e.Owner, Finding{Kind: File, FileOffset: int64(e.FileOffset) + part.Offset - e.Offset})
		}
	})
	for _, gap := range mentioned.Gaps(r) {
		w.nameless.Add(gap)
	}
	return err
}
