package tesim

import (
	"context"
	"maps"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

// Rate is how many postings are published, changed and archived in a minute.
type Rate struct{ Published, Changed, Archived float64 }

// Live lets the system live at the given rate until ctx ends.
func (s *System) Live(ctx context.Context, rate Rate) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var due Rate
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		take := func(due *float64, perMinute float64) int {
			*due += perMinute / 60
			n := int(*due)
			*due -= float64(n)
			return n
		}
		s.Publish(take(&due.Published, rate.Published))
		s.Change(take(&due.Changed, rate.Changed))
		s.Archive(take(&due.Archived, rate.Archived))
	}
}

// Publish publishes n new postings and returns their ids.
func (s *System) Publish(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := []string{}
	now := s.now()
	for i := range n {
		// One microsecond apart, so that their order is told by their times.
		at := now.Add(time.Duration(i) * time.Microsecond)
		e := s.describe(entry{index: len(s.entries), base: now.Truncate(time.Minute), fresh: at})
		s.entries = append(s.entries, e)
		ids = append(ids, corpus.ID(s.opt.Seed, e.index))
	}
	return ids
}

// Change edits n of the open postings and returns their ids.
func (s *System) Change(n int) []string {
	return s.pick(n, func(e *entry, now time.Time) {
		e.edits = append(append([]time.Time(nil), e.edits...), now)
		*e = s.describe(*e)
	})
}

// Archive closes n of the open postings and returns their ids.
func (s *System) Archive(n int) []string {
	return s.pick(n, func(e *entry, now time.Time) { e.archived, e.modified = now, now })
}

// Advance moves the system's clock forward.
func (s *System) Advance(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += by
}

// Reset takes the system back to how it started.
func (s *System) Reset() { s.fill() }

// pick does something to n different open postings, always the same ones after
// the same history.
func (s *System) pick(n int, do func(*entry, time.Time)) []string {
	ids := []string{}
	if n <= 0 {
		return ids
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	open := s.live(now)
	for i := range min(n, len(open)) {
		s.throws++
		j := i + int(scatter(s.opt.Seed+s.throws)%uint64(len(open)-i)) //nolint:gosec // below len(open)
		open[i], open[j] = open[j], open[i]
		e := &s.entries[open[i]]
		do(e, now.Add(time.Duration(i)*time.Microsecond))
		ids = append(ids, corpus.ID(s.opt.Seed, e.index))
	}
	return ids
}

// scatter is the finisher of splitmix64.
func scatter(z uint64) uint64 {
	z *= 0x9E3779B97F4A7C15
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// Status counts what the system holds.
type Status struct {
	Now       time.Time      `json:"now"`
	Published int            `json:"published"`
	Archived  int            `json:"archived"`
	Fault     Fault          `json:"fault"`
	Served    map[string]int `json:"served"`
}

// Status counts what the system holds, and the requests that it has served by
// interface.
func (s *System) Status() Status {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.now()
	open := len(s.live(now))
	served := make(map[string]int, len(s.served))
	maps.Copy(served, s.served)
	return Status{Now: now, Published: open, Archived: len(s.entries) - open, Fault: s.fault, Served: served}
}

// Posting returns the posting with the id as it stands, and whether it is open.
func (s *System) Posting(id string) (p corpus.Posting, open, known bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range s.entries {
		if e := &s.entries[i]; corpus.ID(s.opt.Seed, e.index) == id {
			return s.posting(*e), e.closedAt(s.now()).IsZero(), true
		}
	}
	return corpus.Posting{}, false, false
}
