package index

import (
	"encoding/binary"
	"math"

	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A corpus is the postings in slots, numbered in the order of coming. A posting
// that changes takes a new slot; a slot is never used again.
type corpus struct {
	vocabulary *vocabulary

	ids                []int64
	published, expires []int64 // microseconds; expires is noDeadline for none
	positions          []uint32
	slots              map[int64]uint32
	alive              bitset
	live               int
	livePositions      int

	codes    []code
	byCode   [document.FieldEmployerName + 1]map[string]uint32
	counted  []uint32 // codes that are counted, by their number in facets
	facetsAt []uint32 // where each slot's row in facets begins
	facets   []uint16
	totals   []int32 // live postings by counted code

	texts  arena
	textAt []uint64

	// Memory for add.
	numbers []uint32
	encoded []byte
}

const noDeadline = 1 << 61

// A code is a value of a field.
type code struct {
	document.Code

	in     list
	number int // in facets, -1 when it is not counted
}

// number returns how many words, codes, slots or the like there are, always far
// fewer than it can hold.
func number(n int) uint32 { return uint32(n) } //nolint:gosec // see above

// maxCounted is how many values are counted as facets; postings with unknown
// codes must not be able to outgrow the rows.
const maxCounted = 1 << 16

func newCorpus() *corpus {
	c := &corpus{vocabulary: newVocabulary(0), slots: map[int64]uint32{}, facetsAt: []uint32{0}}
	for i := range c.byCode {
		c.byCode[i] = map[string]uint32{}
	}
	return c
}

// add adds a posting in place of what there was of it. A posting whose data is
// no document is left out. Where b is given, the lists of words are left to it.
func (c *corpus) add(id int64, data []byte, analyse func(lexis.Language, string) lexis.Lexemes, b *bulk) error {
	c.remove(id)
	r, err := document.NewReader(data)
	if err != nil {
		return err
	}
	slot := number(len(c.ids))
	for {
		field, value, ok := r.Code()
		if !ok {
			break
		}
		c.addCode(slot, field, value)
	}
	c.facetsAt = append(c.facetsAt, number(len(c.facets)))
	c.readWords(&r, slot, analyse, b)
	encoded := c.encoded[:0]
	for {
		at, ok := r.Next()
		if !ok {
			break
		}
		encoded = binary.AppendUvarint(encoded, uint64(c.numbers[at]))
	}
	c.encoded = encoded
	c.textAt = append(c.textAt, c.texts.put(encoded))
	c.appendSlot(id, r.Published, r.Expires, number(r.Positions))
	if err := r.Err(); err != nil {
		c.remove(id)
		return err
	}
	return nil
}

// readWords adds a posting's words to their lists and leaves their numbers in
// c.numbers, from 1 on.
func (c *corpus) readWords(r *document.Reader, slot uint32, analyse func(lexis.Language, string) lexis.Lexemes, b *bulk) {
	v := c.vocabulary
	numbers := append(c.numbers[:0], 0)
	for {
		language, inTitle, text, ok := r.Word()
		if !ok {
			break
		}
		n := v.byHash.get(v.hash(language, text))
		if n == 0 {
			s := string(text)
			n = v.add(language, s, analyse(language, s))
		}
		if inTitle {
			v.inTitle[n].add(slot)
		}
		numbers = append(numbers, n)
	}
	c.numbers = numbers
	if b != nil {
		b.words = append(b.words, numbers[1:]...)
		b.ends = append(b.ends, number(len(b.words)))
		return
	}
	for _, n := range numbers[1:] {
		v.in[n].add(slot)
	}
}

func (c *corpus) appendSlot(id, published, expires int64, positions uint32) {
	slot := number(len(c.ids))
	if expires == 0 {
		expires = noDeadline
	}
	c.ids = append(c.ids, id)
	c.published = append(c.published, published)
	c.expires = append(c.expires, expires)
	c.positions = append(c.positions, positions)
	c.slots[id] = slot
	if n := bitsetWords(len(c.ids)); n > len(c.alive) {
		c.alive = append(c.alive, make(bitset, n-len(c.alive))...)
	}
	c.alive.set(slot)
	c.live++
	c.livePositions += int(positions)
	for _, number := range c.row(slot) {
		c.totals[number]++
	}
}

func (c *corpus) addCode(slot uint32, field document.Field, value []byte) {
	n, ok := c.byCode[field][string(value)]
	if !ok {
		n = number(len(c.codes))
		s := string(value)
		fresh := code{Code: document.Code{Field: field, Value: s}, number: -1}
		if field.Counted() && len(c.counted) < maxCounted {
			fresh.number = len(c.counted)
			c.counted = append(c.counted, n)
			c.totals = append(c.totals, 0)
		}
		c.codes = append(c.codes, fresh)
		c.byCode[field][s] = n
	}
	k := &c.codes[n]
	k.in.add(slot)
	if k.number >= 0 {
		c.facets = append(c.facets, uint16(k.number)) //nolint:gosec // less than maxCounted
	}
}

// row returns the counted codes of a slot.
func (c *corpus) row(slot uint32) []uint16 {
	return c.facets[c.facetsAt[slot]:c.facetsAt[slot+1]]
}

// remove takes a posting out, if it is there.
func (c *corpus) remove(id int64) {
	slot, ok := c.slots[id]
	if !ok {
		return
	}
	delete(c.slots, id)
	c.alive.unset(slot)
	c.live--
	c.livePositions -= int(c.positions[slot])
	for _, number := range c.row(slot) {
		c.totals[number]--
	}
}

// A spoken is a word of a phrase: its number in each language, noWord where it
// has none.
type spoken [4]uint32

const noWord = math.MaxUint32

func (s *spoken) is(n uint32) bool { return n == s[0] || n == s[1] || n == s[2] || n == s[3] }

// says reports whether the text in a slot has the words one after the other.
func (c *corpus) says(slot uint32, phrase []spoken) bool {
	for data := c.texts.get(c.textAt[slot]); len(data) > 0; {
		n, size := nextNumber(data)
		data = data[size:]
		if !phrase[0].is(n) {
			continue
		}
		rest, left := data, phrase[1:]
		for len(left) > 0 && len(rest) > 0 {
			if n, size = nextNumber(rest); !left[0].is(n) {
				break
			}
			rest, left = rest[size:], left[1:]
		}
		if len(left) == 0 {
			return true
		}
	}
	return false
}

// nextNumber reads a varint, most of which take one or two bytes.
func nextNumber(data []byte) (n uint32, size int) {
	if data[0] < 0x80 {
		return uint32(data[0]), 1
	}
	if len(data) > 1 && data[1] < 0x80 {
		return uint32(data[0]&0x7f) | uint32(data[1])<<7, 2
	}
	long, size := binary.Uvarint(data)
	return uint32(long), size //nolint:gosec // a word's number
}

// An arena keeps byte strings in large pages, so that the collector has little
// to look at.
type arena struct{ pages [][]byte }

const pageSize = 1 << 20

// put keeps a copy of data and returns where it is.
func (a *arena) put(data []byte) uint64 {
	need := len(data) + binary.MaxVarintLen32
	last := len(a.pages) - 1
	if last < 0 || len(a.pages[last])+need > cap(a.pages[last]) {
		a.pages = append(a.pages, make([]byte, 0, max(pageSize, need)))
		last++
	}
	page := a.pages[last]
	at := uint64(last)<<32 | uint64(len(page)) //nolint:gosec // never negative
	page = binary.AppendUvarint(page, uint64(len(data)))
	a.pages[last] = append(page, data...)
	return at
}

func (a *arena) get(at uint64) []byte {
	page := a.pages[at>>32][at&(1<<32-1):]
	n, size := binary.Uvarint(page)
	return page[size:][:n]
}
