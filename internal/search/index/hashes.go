package index

import "math/bits"

// hashes maps hashes of 64 bits to numbers other than 0. It is a map with one
// access to memory where the language's own has three, which is what reading
// back millions of words is made of.
type hashes struct {
	slots []hashSlot // as many as a power of two, at most half of them in use
	used  int
	shift uint
}

type hashSlot struct {
	hash   uint64
	number uint32 // 0 in an empty slot
}

func newHashes(size int) hashes {
	slots := 1 << max(6, bits.Len(uint(2*size)))
	return hashes{slots: make([]hashSlot, slots), shift: uint(64 - bits.TrailingZeros(uint(slots)))}
}

// get returns the number of a hash, 0 when it has none.
func (h *hashes) get(hash uint64) uint32 {
	mask := uint64(len(h.slots)) - 1
	for i := hash >> h.shift; ; i++ {
		s := &h.slots[i&mask]
		if s.hash == hash || s.number == 0 {
			return s.number
		}
	}
}

// put gives a number to a hash that has none.
func (h *hashes) put(hash uint64, number uint32) {
	if 2*(h.used+1) > len(h.slots) {
		larger := newHashes(2 * h.used)
		for _, s := range h.slots {
			if s.number != 0 {
				larger.insert(s)
			}
		}
		*h = larger
	}
	h.insert(hashSlot{hash, number})
}

func (h *hashes) insert(s hashSlot) {
	mask := uint64(len(h.slots)) - 1
	i := s.hash >> h.shift & mask
	for h.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	h.slots[i] = s
	h.used++
}
