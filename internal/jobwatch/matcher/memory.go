package matcher

import (
	"math/bits"

	"tyomarkkinatori.fi/portal/internal/search/document"
)

// A bitset holds places in a batch.
type bitset []uint64

// narrow leaves what o has too and reports whether anything is left.
func (b bitset) narrow(o bitset) bool {
	var left uint64
	for i := range b {
		b[i] &= o[i]
		left |= b[i]
	}
	return left != 0
}

// join joins o, nil for nothing, as And or Or does.
func (b bitset) join(kind kind, o bitset) {
	switch {
	case kind == isOr && o != nil:
		for i := range b {
			b[i] |= o[i]
		}
	case kind == isAnd && o == nil:
		clear(b)
	case kind == isAnd:
		for i := range b {
			b[i] &= o[i]
		}
	}
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// memory is what one batch needs, kept for the next.
type memory struct {
	stamp   uint32
	size    int // words of a bitset
	all     bitset
	byAtom  []bitset
	touched []uint32 // atoms that some posting has
	page    []uint64
	used    int
	pages   [][]uint64
	free    []bitset
}

// pageWords is how much memory is taken at a time.
const pageWords = 1 << 16

func (m *memory) begin(s *Set, batch []*document.Document) {
	for _, atom := range m.touched {
		m.byAtom[atom] = nil
	}
	m.touched = m.touched[:0]
	if n := s.atoms.n; n > len(m.byAtom) {
		m.byAtom = append(m.byAtom, make([]bitset, n-len(m.byAtom))...)
	}
	m.stamp++
	m.size = (len(batch) + 63) / 64
	m.free, m.used = m.free[:0], 0
	m.page = nil
	m.all = m.keep()
	for i := range batch {
		m.all[i>>6] |= 1 << (i & 63)
	}
}

// keep returns an empty bitset for as long as the batch lasts.
func (m *memory) keep() bitset {
	if len(m.page) < m.size {
		if m.used == len(m.pages) {
			m.pages = append(m.pages, make([]uint64, pageWords))
		}
		m.page = m.pages[m.used]
		m.used++
	}
	b := bitset(m.page[:m.size:m.size])
	m.page = m.page[m.size:]
	clear(b)
	return b
}

// take returns a bitset that holds anything.
func (m *memory) take() bitset {
	if n := len(m.free); n > 0 {
		b := m.free[n-1]
		m.free = m.free[:n-1]
		return b
	}
	return m.keep()
}

func (m *memory) give(b bitset) { m.free = append(m.free, b) }

func (m *memory) mark(atom uint32, place int) {
	b := m.byAtom[atom]
	if b == nil {
		b = m.keep()
		m.byAtom[atom] = b
		m.touched = append(m.touched, atom)
	}
	b[place>>6] |= 1 << (place & 63)
}

func (m *memory) has(atom uint32, place int) bool {
	b := m.byAtom[atom]
	return b != nil && b[place>>6]>>(place&63)&1 == 1
}
