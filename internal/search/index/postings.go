package index

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// A bitset holds slots. Its length covers whole containers of a roaring bitmap,
// which is what writing one into it takes.
type bitset []uint64

const containerWords = 1 << 10

func bitsetWords(slots int) int {
	return (slots + containerWords*64 - 1) / (containerWords * 64) * containerWords
}

func (b bitset) set(slot uint32)   { b[slot>>6] |= 1 << (slot & 63) }
func (b bitset) unset(slot uint32) { b[slot>>6] &^= 1 << (slot & 63) }

func (b bitset) has(slot uint32) bool { return b[slot>>6]>>(slot&63)&1 == 1 }

func (b bitset) and(o bitset) {
	o = o[:len(b)]
	for i := range b {
		b[i] &= o[i]
	}
}

func (b bitset) andNot(o bitset) {
	o = o[:len(b)]
	for i := range b {
		b[i] &^= o[i]
	}
}

func (b bitset) or(o bitset) {
	o = o[:len(b)]
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// all yields the slots in ascending order.
func (b bitset) all(yield func(slot uint32) bool) {
	for i, w := range b {
		for w != 0 {
			if !yield(number(i<<6 | bits.TrailingZeros64(w))) {
				return
			}
			w &= w - 1
		}
	}
}

// maxTail is how many slots a list keeps beside its bitmap: appending to a
// slice is several times quicker than adding to a bitmap.
const maxTail = 128

// A list holds the slots of a term. Slots are added in ascending order, and
// stay when their posting goes.
type list struct {
	bitmap *roaring.Bitmap
	tail   []uint32
}

func (l *list) add(slot uint32) {
	if n := len(l.tail); n > 0 && l.tail[n-1] == slot {
		return
	}
	if len(l.tail) >= maxTail {
		if l.bitmap == nil {
			l.bitmap = roaring.New()
		}
		l.bitmap.AddMany(l.tail)
		l.tail = l.tail[:0]
	}
	l.tail = append(l.tail, slot)
}

// addRun adds slots in ascending order and keeps no hold of them.
func (l *list) addRun(slots []uint32) {
	if len(l.tail)+len(slots) <= maxTail {
		if l.tail == nil {
			l.tail = make([]uint32, 0, len(slots))
		}
		l.tail = append(l.tail, slots...)
		return
	}
	if l.bitmap == nil {
		l.bitmap = roaring.New()
	}
	l.bitmap.AddMany(l.tail)
	l.bitmap.AddMany(slots)
	l.tail = l.tail[:0]
}

func (l *list) len() int {
	n := len(l.tail)
	if l.bitmap != nil {
		n += int(l.bitmap.GetCardinality()) //nolint:gosec // no more than slots
	}
	return n
}

// all yields the slots in ascending order.
func (l *list) all(yield func(slot uint32) bool) {
	if l.bitmap != nil {
		for it := l.bitmap.Iterator(); it.HasNext(); {
			if !yield(it.Next()) {
				return
			}
		}
	}
	for _, slot := range l.tail {
		if !yield(slot) {
			return
		}
	}
}

// denseShare is the share of all slots from which on it is quicker to unpack a
// list whole than slot by slot.
const denseShare = 256

// addTo adds the slots to dst; scratch is of the same length and may hold
// anything.
func (l *list) addTo(dst, scratch bitset, buffer []uint32) {
	for _, slot := range l.tail {
		dst.set(slot)
	}
	if l.bitmap == nil {
		return
	}
	if l.bitmap.GetCardinality()*denseShare/64 > uint64(len(dst)) {
		clear(scratch)
		l.bitmap.WriteDenseTo(scratch)
		dst.or(scratch)
		return
	}
	it := l.bitmap.ManyIterator()
	for n := it.NextMany(buffer); n > 0; n = it.NextMany(buffer) {
		for _, slot := range buffer[:n] {
			dst.set(slot)
		}
	}
}
