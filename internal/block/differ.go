package block

import "bytes"

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

// zeros are compared with; they take no room in the program's file.
var zeros [coarse]byte

// DifferFromZeros is [Differ] against zeros, for the part of a device whose other side is a hole.
func DifferFromZeros(a []byte, at int64, leaf int, found *Ranges) {
	for from := 0; from < len(a); from += coarse {
		end := min(from+coarse, len(a))
		Differ(a[from:end], zeros[:end-from], at+int64(from), leaf, found)
	}
}
