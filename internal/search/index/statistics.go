package index

import (
	"time"

	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
)

// Statistics sum up the open postings.
type Statistics struct {
	Open, Positions int
	// Regions and Occupations count postings, the most first; Occupations by
	// ISCO-08 major and sub-major group (levels 1 and 2).
	Regions, Occupations []search.FacetValue
	// Newest are the postings published last, ClosingSoon those whose deadline
	// is nearest, in that order.
	Newest, ClosingSoon []int64
	// Today counts the postings published within the last 24 hours.
	Today   int
	Version uint64
}

// maxOverview is how many postings Newest and ClosingSoon hold.
const maxOverview = 10

// Statistics returns the sums as they stand.
func (ix *Index) Statistics() Statistics {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	e := ix.evaluation()
	defer ix.evaluations.Put(e)
	c := ix.corpus
	values := e.values(c.totals)
	s := Statistics{Open: c.live, Positions: c.livePositions, Regions: values[document.FieldRegion], Version: ix.version()}
	for _, v := range values[document.FieldOccupation] {
		if len(v.Code) <= 2 {
			s.Occupations = append(s.Occupations, v)
		}
	}
	since := ix.now().Add(-24 * time.Hour).UnixMicro()
	newest := selection{limit: maxOverview}
	closing := selection{limit: maxOverview}
	rankNewest, rankClosing := c.ranker(search.SortNewest, tiers{}), c.ranker(search.SortClosing, tiers{})
	for slot := range c.alive.all {
		if c.published[slot] >= since {
			s.Today++
		}
		newest.offer(sortKey{rankNewest(slot), c.ids[slot]})
		if c.expires[slot] != noDeadline {
			closing.offer(sortKey{rankClosing(slot), c.ids[slot]})
		}
	}
	for _, k := range newest.keys {
		s.Newest = append(s.Newest, k.id)
	}
	for _, k := range closing.keys {
		s.ClosingSoon = append(s.ClosingSoon, k.id)
	}
	return s
}
