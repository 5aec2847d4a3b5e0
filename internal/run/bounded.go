package run

// bounded keeps the first bytes written to it and drops the rest, so that a program gone mad cannot
// take the node's memory.
type bounded struct {
	data []byte
	max  int
	cut  bool
}

func newBounded(limit int) *bounded {
	if limit <= 0 {
		limit = DefaultOutput
	}
	return &bounded{max: limit}
}

// Write never fails and never blocks: the writer must not notice the bound.
func (b *bounded) Write(p []byte) (int, error) {
	room := b.max - len(b.data)
	if len(p) > room {
		b.cut = true
		b.data = append(b.data, p[:room]...)
		return len(p), nil
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
