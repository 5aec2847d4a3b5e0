package crm

import (
	"bytes"
	"testing"

	"github.com/beevik/etree"
)

// bigCIB is a CIB whose operation history is that of many resources.
func bigCIB(b *testing.B) []byte {
	data := fixture(b, "cib-2.1.5-two-node.xml")
	begin, end := bytes.Index(data, []byte("<lrm_resource ")), bytes.Index(data, []byte("</lrm_resources>"))
	history := bytes.Repeat(data[begin:end], 100)
	return bytes.Join([][]byte{data[:begin], history, data[end:]}, nil)
}

// BenchmarkParseCIB compares reading a big CIB as a stream with making a document tree of it.
func BenchmarkParseCIB(b *testing.B) {
	data := bigCIB(b)
	b.Run("stream", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ParseCIB(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("etree", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			doc := etree.NewDocument()
			if err := doc.ReadFromBytes(data); err != nil {
				b.Fatal(err)
			}
			doc.FindElements("//nvpair")
		}
	})
}
