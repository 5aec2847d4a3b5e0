package block

import (
	"bytes"
	"runtime"
)

// coarse is the step in which equal parts are passed over, in bytes.
const coarse = 64 << 10

// Differ adds the blocks in which a and b differ, which were read at a byte that is a multiple of leaf. The blocks
// have leaf bytes, the last one what is left. a and b are of one length.
func Differ(a, b []byte, at int64, leaf int, found *Ranges) {
	if bytes.Equal(a, b) {
		return
	}
	if len(a) > coarse && leaf < coarse {
		for from := 0; from < len(a); from += coarse {
			end := min(from+coarse, len(a))
			Differ(a[from:end], b[from:end], at+int64(from), leaf, found)
		}
		return
	}
	for from := 0; from < len(a); from += leaf {
		end := min(from+leaf, len(a))
		if !bytes.Equal(a[from:end], b[from:end]) {
			found.Add(Range{at + int64(from), int64(end - from)})
		}
	}
}

// page is the step in which memory is read ahead.
const page = 4 << 10

// Same reports whether a and b, of one length, are equal. It is for memory that the processor has not read yet: a
// processor stops reading ahead at the end of each page, so the page after the next is touched in time.
func Same(a, b []byte) bool {
	var touched byte
	for from := 0; from < len(a); from += page {
		if ahead := from + 2*page; ahead < len(a) {
			touched ^= a[ahead] ^ b[ahead]
		}
		end := min(from+page, len(a))
		if !bytes.Equal(a[from:end], b[from:end]) {
			return false
		}
	}
	runtime.KeepAlive(touched)
	return true
}

// zeros are compared with; they take no room in the program's file.
var zeros [coarse]byte

// DifferFromZeros is [Differ] against zeros, for the part of a device whose other side is a hole.
func DifferFromZeros(a []byte, at int64, leaf int, found *Ranges) {
	for from := 0; from < len(a); from += coarse {
		end := min(from+coarse, len(a))
		Differ(a[from:end], zeros[:end-from], at+int64(from), leaf, found)
	}
}
