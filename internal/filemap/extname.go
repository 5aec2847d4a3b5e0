package filemap

import (
	"context"
	"encoding/binary"
	"path"
)

// names walks through the folders until every file that owns something wanted has its name.
func (q *extQuery) names(ctx context.Context) error {
	type folder struct {
		inode int64
		path  string
	}
	missing := make(map[int64]bool)
	for inode, hits := range q.files {
		if hits[0].Kind != Journal && (inode >= extFirstInode || inode == extRoot) {
			missing[inode] = true
		}
	}
	seen := map[int64]bool{extRoot: true}
	q.name(missing, extRoot, "/")
	for waiting := []folder{{extRoot, "/"}}; len(waiting) > 0 && len(missing) > 0; waiting = waiting[1:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		i, ok := q.fs.inode(waiting[0].inode)
		if !ok || i.mode&modeType != modeFolder {
			continue
		}
		q.fs.entries(i, func(inode int64, name string, isFolder bool) {
			full := path.Join(waiting[0].path, name)
			q.name(missing, inode, full)
			if isFolder && !seen[inode] {
				seen[inode] = true
				waiting = append(waiting, folder{inode, full})
			}
		})
	}
	for inode := range missing {
		for n := range q.files[inode] {
			if f := &q.files[inode][n]; f.Name == "" {
				f.Name = "of a file that has no name any more"
			}
		}
	}
	return nil
}

// name gives a name to what an inode owns; the first of several counts.
func (q *extQuery) name(missing map[int64]bool, inode int64, full string) {
	if !missing[inode] {
		return
	}
	delete(missing, inode)
	for n := range q.files[inode] {
		q.files[inode][n].Path = full
	}
}

// maxFolderBlocks bounds what is read of one folder.
const maxFolderBlocks = 1 << 20

// entries are a folder's, without itself and the one above.
func (f *extFS) entries(i extInode, each func(inode int64, name string, isFolder bool)) {
	if i.flags&extInodeInline != 0 {
		// The inode above, then entries.
		f.entriesIn(i.blocks[4:], each)
		return
	}
	left := int64(maxFolderBlocks)
	f.runs(i, func(r run) {
		if r.ofMap {
			return
		}
		for n := int64(0); n < r.count && left > 0; n, left = n+1, left-1 {
			f.entriesIn(f.readBlock(r.physical+n), each)
		}
	})
}

func (f *extFS) entriesIn(b []byte, each func(inode int64, name string, isFolder bool)) {
	for len(b) >= 8 {
		inode, length, nameLength := int64(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint16(b[4:])), int(b[6])
		if length < 8 || length > len(b) || 8+nameLength > length {
			return
		}
		name, kind := string(b[8:8+nameLength]), b[7]
		b = b[length:]
		if inode == 0 || nameLength == 0 || name == "." || name == ".." {
			continue
		}
		isFolder := kind == 2
		if f.incompat&extFileType == 0 {
			i, ok := f.inode(inode)
			isFolder = ok && i.mode&modeType == modeFolder
		}
		each(inode, name, isFolder)
	}
}
