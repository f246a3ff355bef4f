package index

import (
	"encoding/base64"
	"encoding/binary"
	"slices"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/search"
)

// A sortKey gives a posting its place in an order: the smaller rank first, of
// equal ranks the larger ID.
type sortKey struct {
	rank uint64
	id   int64
}

func (k sortKey) less(o sortKey) bool {
	return k.rank < o.rank || k.rank == o.rank && k.id > o.id
}

// tierShift leaves a time beyond the year 4000 below the tier.
const tierShift = 57

// ranker returns the rank of each slot in an order. Tiers are for relevance.
func (c *corpus) ranker(order search.Sort, t tiers) func(slot uint32) uint64 {
	switch order {
	case search.SortClosing:
		return func(slot uint32) uint64 { return clamp(c.expires[slot]) }
	case search.SortRelevance:
		return func(slot uint32) uint64 {
			const latest = 1<<tierShift - 1
			return uint64(t.of(slot))<<tierShift | (latest - min(clamp(c.published[slot]), latest)) //nolint:gosec // never negative
		}
	case search.SortNewest:
	}
	return func(slot uint32) uint64 { return noDeadline - clamp(c.published[slot]) }
}

// clamp returns a time that is neither before 1970 nor beyond noDeadline.
func clamp(micros int64) uint64 {
	return uint64(min(max(micros, 0), noDeadline))
}

// A cursor is where a page begins or ends.
type cursor struct {
	order search.Sort
	// back asks for what comes before key, and not for what comes after.
	back bool
	key  sortKey
}

const cursorSize = 1 + 8 + 8

func (c cursor) String() string {
	b := make([]byte, 0, cursorSize)
	mark := orderMark(c.order) << 1
	if c.back {
		mark |= 1
	}
	b = append(b, mark)
	b = binary.BigEndian.AppendUint64(b, c.key.rank)
	b = binary.BigEndian.AppendUint64(b, uint64(c.key.id)) //nolint:gosec // parseCursor turns it back
	return base64.RawURLEncoding.EncodeToString(b)
}

func orderMark(order search.Sort) byte {
	switch order {
	case search.SortRelevance:
		return 2
	case search.SortClosing:
		return 3
	case search.SortNewest:
	}
	return 1
}

// parseCursor reads a cursor and refuses one of another order.
func parseCursor(text string, order search.Sort) (cursor, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != cursorSize || b[0]>>1 != orderMark(order) {
		return cursor{}, &fault.InvalidError{Fields: []fault.FieldError{{Field: "after", MessageID: "search.bad_cursor"}}}
	}
	return cursor{
		order: order,
		back:  b[0]&1 == 1,
		key:   sortKey{binary.BigEndian.Uint64(b[1:]), int64(binary.BigEndian.Uint64(b[9:]))}, //nolint:gosec // as it was written
	}, nil
}

// A selection keeps the best keys of those offered, in order.
type selection struct {
	keys    []sortKey
	limit   int
	reverse bool // the largest are the best
}

func (s *selection) offer(k sortKey) {
	n := len(s.keys)
	if n == s.limit {
		if n == 0 || !s.before(k, s.keys[n-1]) {
			return
		}
		s.keys = s.keys[:n-1]
	}
	at, _ := slices.BinarySearchFunc(s.keys, k, func(have, k sortKey) int {
		if s.before(have, k) {
			return -1
		}
		return 1
	})
	s.keys = slices.Insert(s.keys, at, k)
}

func (s *selection) before(a, b sortKey) bool {
	if s.reverse {
		return b.less(a)
	}
	return a.less(b)
}

// page fills in the counts of the matches, the page at the cursor and its
// neighbours.
func (c *corpus) page(r *search.Result, matches bitset, rank func(uint32) uint64, at *cursor, order search.Sort, limit int) {
	s := selection{limit: limit, keys: make([]sortKey, 0, limit+1)}
	if at != nil {
		s.reverse = at.back
	}
	ahead := 0 // of the cursor
	for slot := range matches.all {
		r.Total++
		r.Positions += int(c.positions[slot])
		if limit == 0 {
			continue
		}
		k := sortKey{rank(slot), c.ids[slot]}
		switch {
		case at == nil:
			s.offer(k)
		case at.back:
			if k.less(at.key) {
				ahead++
				s.offer(k)
			}
		case at.key.less(k):
			s.offer(k)
		default:
			ahead++
		}
	}
	if at != nil && at.back {
		if ahead < limit {
			// The beginning has moved closer: show the first page whole.
			*r = search.Result{}
			c.page(r, matches, rank, nil, order, limit)
			return
		}
		slices.Reverse(s.keys)
		ahead -= len(s.keys)
	}
	r.Offset = ahead
	for _, k := range s.keys {
		r.IDs = append(r.IDs, k.id)
	}
	n := len(s.keys)
	switch {
	case n > 0:
		if r.Offset > 0 {
			r.Previous = cursor{order, true, s.keys[0]}.String()
		}
		if r.Offset+n < r.Total {
			r.Next = cursor{order, false, s.keys[n-1]}.String()
		}
	case r.Offset > 0:
		// Everything behind the cursor has gone: the way back includes it.
		r.Previous = cursor{order, true, sortKey{at.key.rank, at.key.id - 1}}.String()
	}
}
