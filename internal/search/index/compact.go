package index

import "encoding/binary"

// A corpus is compacted when dead slots are more than both.
const (
	minDead   = 1_000
	deadShare = 5 // a fifth
)

func (c *corpus) wasteful() bool {
	dead := len(c.ids) - c.live
	return dead > minDead && dead*deadShare > len(c.ids)
}

// compacted returns a corpus without the dead slots and the words that only
// they had. It only reads c.
func (c *corpus) compacted() *corpus {
	fresh := newCorpus()
	words := make([]uint32, len(c.vocabulary.words))
	slots := make([]uint32, len(c.ids))
	n := uint32(0)
	for slot := range c.alive.all {
		slots[slot] = n
		n++
	}
	move := func(from, to *list) {
		for slot := range from.all {
			if c.alive.has(slot) {
				to.add(slots[slot])
			}
		}
	}
	for i := 1; i < len(words); i++ {
		old := &c.vocabulary.words[i]
		var in, inTitle list
		move(&c.vocabulary.in[i], &in)
		if in.len() == 0 {
			continue
		}
		move(&c.vocabulary.inTitle[i], &inTitle)
		words[i] = fresh.vocabulary.add(old.language, old.text, c.vocabulary.lexemesOf(uint32(i)))
		fresh.vocabulary.in[words[i]], fresh.vocabulary.inTitle[words[i]] = in, inTitle
	}
	numbers := make([]uint16, len(c.counted))
	for i := range c.codes {
		old := &c.codes[i]
		k := code{Code: old.Code, number: -1}
		move(&old.in, &k.in)
		if k.in.len() == 0 {
			continue
		}
		if old.number >= 0 {
			k.number = len(fresh.counted)
			numbers[old.number] = uint16(k.number) //nolint:gosec // less than maxCounted
			fresh.counted = append(fresh.counted, number(len(fresh.codes)))
			fresh.totals = append(fresh.totals, 0)
		}
		fresh.byCode[old.Field][old.Value] = number(len(fresh.codes))
		fresh.codes = append(fresh.codes, k)
	}
	var encoded []byte
	for slot := range c.alive.all {
		for _, number := range c.row(slot) {
			fresh.facets = append(fresh.facets, numbers[number])
		}
		fresh.facetsAt = append(fresh.facetsAt, number(len(fresh.facets)))
		encoded = encoded[:0]
		for data := c.texts.get(c.textAt[slot]); len(data) > 0; {
			n, size := binary.Uvarint(data)
			data = data[size:]
			encoded = binary.AppendUvarint(encoded, uint64(words[n]))
		}
		fresh.textAt = append(fresh.textAt, fresh.texts.put(encoded))
		expires := c.expires[slot]
		if expires == noDeadline {
			expires = 0
		}
		fresh.appendSlot(c.ids[slot], c.published[slot], expires, c.positions[slot])
	}
	return fresh
}
