// Package tesim is a stand-in for the TE customer information system: both
// interfaces through which others fetch its job postings, the old v1 (a token,
// numbered pages) and P67 v2 (a key, lines of JSON), over the postings that
// package corpus makes up. Its postings live on: they are published, changed
// and archived over time or on request, and it fails on request in the ways in
// which the real system can.
package tesim

import (
	"net/http"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

// Options say what the system holds and who may fetch it. Empty credentials are
// never right ones.
type Options struct {
	// Seed and Postings choose the postings; as many more as a twentieth of
	// them are archived from the start.
	Seed     uint64
	Postings int
	// Key is the subscription key of P67.
	Key string
	// ClientID and ClientSecret get a token for v1.
	ClientID, ClientSecret string
	// Clock is the system's time.
	Clock func() time.Time
	// RateLimit is how many P67 requests are answered in a minute; 600 when
	// zero.
	RateLimit int
	// TokenLife is how long a v1 token is good; an hour when zero.
	TokenLife time.Duration
}

// System is the running stand-in. Its methods may be called while it serves.
type System struct {
	opt  Options
	mux  *http.ServeMux
	base time.Time

	mu      sync.RWMutex
	offset  time.Duration
	entries []entry
	throws  uint64
	fault   Fault
	tokens  map[string]time.Time
	issued  uint64
	minute  time.Time
	used    int
	served  map[string]int
}

// entry is what is kept of a posting; the rest is made again when asked for.
type entry struct {
	index int
	// base is the time the posting was made for, fresh whether it was
	// published while the system ran.
	base  time.Time
	fresh time.Time
	edits []time.Time

	created, published, modified, expires, archived time.Time
}

// New fills a system with its postings. Their times count back from the last
// midnight, so that a second start on the same day finds the same ones.
func New(opt Options) *System {
	if opt.RateLimit == 0 {
		opt.RateLimit = 600
	}
	if opt.TokenLife == 0 {
		opt.TokenLife = time.Hour
	}
	s := &System{opt: opt, base: opt.Clock().UTC().Truncate(24 * time.Hour)}
	s.fill()
	s.routes()
	return s
}

func (s *System) routes() {
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("POST /kipa/p67/v2/jobpostings", s.serveP67)
	s.mux.HandleFunc("GET /jobpostingprovider/v1/tyopaikat", s.serveV1)
	s.mux.HandleFunc("GET /api/v1/tyopaikat", s.serveV1)
	s.mux.HandleFunc("POST /oauth2/v2.0/token", s.serveToken)
	s.mux.HandleFunc("POST /{tenant}/{policy}/oauth2/v2.0/token", s.serveToken)
	s.controls()
}

// ServeHTTP answers both interfaces, the token endpoint and /control/.
func (s *System) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *System) fill() {
	total := s.opt.Postings + s.opt.Postings/20
	entries := make([]entry, total)
	var wg sync.WaitGroup
	const workers = 4
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < total; i += workers {
				entries[i] = s.describe(entry{index: i, base: s.base})
				if e := &entries[i]; i >= s.opt.Postings {
					e.archived = e.modified.Add(s.base.Sub(e.modified) / 2).Truncate(time.Microsecond)
					e.modified = e.archived
				}
			}
		})
	}
	wg.Wait()

	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries, s.throws, s.offset, s.fault = entries, 0, 0, Fault{}
	s.tokens, s.served = map[string]time.Time{}, map[string]int{}
	s.used, s.minute = 0, time.Time{}
}

// describe fills in the times that selection needs.
func (s *System) describe(e entry) entry {
	p := s.posting(e)
	e.created, e.published, e.modified, e.expires = p.Created, p.Published, p.Modified, p.Expires
	return e
}

// posting makes the posting as it stands after its edits.
func (s *System) posting(e entry) corpus.Posting {
	p := corpus.At(s.opt.Seed, e.index, e.base)
	if !e.fresh.IsZero() {
		p.Created, p.Published, p.Modified = e.fresh, e.fresh, e.fresh
	}
	for _, at := range e.edits {
		p = corpus.Change(s.opt.Seed, p, at)
	}
	return p
}

// now is the system's time, to the microsecond as the interfaces tell it.
func (s *System) now() time.Time {
	return s.opt.Clock().UTC().Add(s.offset).Truncate(time.Microsecond)
}

// closedAt tells when a posting left the public's eye: archived by its
// publisher or past its deadline. It is zero while the posting is open.
func (e *entry) closedAt(now time.Time) time.Time {
	if !e.archived.IsZero() {
		return e.archived
	}
	if !e.expires.IsZero() && !e.expires.After(now) {
		return e.expires
	}
	return time.Time{}
}

// live lists the places of open postings. The caller holds the lock.
func (s *System) live(now time.Time) []int {
	places := make([]int, 0, len(s.entries))
	for i := range s.entries {
		if s.entries[i].closedAt(now).IsZero() {
			places = append(places, i)
		}
	}
	return places
}
