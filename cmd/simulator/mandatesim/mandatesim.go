// Package mandatesim is a stand-in for Suomi.fi e-Authorizations: its web API
// for organisations and the page on which a person chooses one, over the people
// and rights of package world. Rights end and come, its clock goes wrong and it
// fails on request, as the real system can.
package mandatesim

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// Options say who may call. Empty credentials are never right ones.
type Options struct {
	ClientID, APIKey, Password string
	// Clock is the system's time.
	Clock func() time.Time
	// TokenLife is how long an access token is good, 599 seconds when zero.
	TokenLife time.Duration
	// VisitLife is how long a session is good, an hour when zero.
	VisitLife time.Duration
}

// System is the running stand-in. Its methods may be called while it serves.
type System struct {
	opt Options
	mux *http.ServeMux

	mu     sync.Mutex
	start  *world.World
	world  *world.World
	visits map[string]*visit
	codes  map[string]grant
	tokens map[string]grant
	fault  Fault
	offset time.Duration
	// several lets a person choose several organisations at once.
	several bool
	calls   map[string]int
}

// visit is a session of a person.
type visit struct {
	id, user string
	// person is a key of the world, empty for somebody unknown to it.
	person string
	begun  time.Time
	// chosen are business IDs.
	chosen []string
}

// grant is what a code, an access token or a refresh token stands for.
type grant struct {
	visit, redirect string
	until           time.Time
}

// New returns a system over w.
func New(w *world.World, opt Options) *System {
	if opt.TokenLife == 0 {
		opt.TokenLife = 599 * time.Second
	}
	if opt.VisitLife == 0 {
		opt.VisitLife = time.Hour
	}
	s := &System{opt: opt, start: w}
	s.Reset()
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /service/ypa/user/register/{client}/{code}", s.signed("register", s.register))
	s.mux.HandleFunc("GET /service/ypa/user/unregister/{visit}", s.signed("unregister", s.unregister))
	s.mux.HandleFunc("GET /service/ypa/api/organizationRoles/{visit}", s.signed("roles", s.roles))
	s.mux.HandleFunc("GET /service/ypa/api/organizationRoles/{visit}/{organisation}", s.signed("roles", s.roles))
	s.mux.HandleFunc("POST /oauth/token", s.token)
	s.mux.HandleFunc("GET /oauth/authorize", s.showChoice)
	s.mux.HandleFunc("POST /oauth/authorize", s.takeChoice)
	s.mux.HandleFunc("GET /oauth/style.css", serveStyle)
	s.controls()
	return s
}

// ServeHTTP answers the web API, the page to choose on and /control/.
func (s *System) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Reset forgets every visit, fault and change.
func (s *System) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world = s.start.Clone()
	s.visits, s.codes, s.tokens = map[string]*visit{}, map[string]grant{}, map[string]grant{}
	s.fault, s.offset, s.several, s.calls = Fault{}, 0, false, map[string]int{}
}

// now is the system's time. The caller holds the lock.
func (s *System) now() time.Time { return s.opt.Clock().Add(s.offset) }

// live returns the visit called id while it is good. The caller holds the lock.
func (s *System) live(id string) (*visit, bool) {
	v, ok := s.visits[id]
	return v, ok && s.now().Sub(v.begun) < s.opt.VisitLife
}

// byUser returns the visit whose user ID the browser brings. The caller holds
// the lock.
func (s *System) byUser(user string) (*visit, bool) {
	for _, v := range s.visits {
		if v.user == user {
			return s.live(v.id)
		}
	}
	return nil, false
}

// right is a right as the system tells it.
type right struct {
	Name       string   `json:"name"`
	Identifier string   `json:"identifier"`
	Complete   bool     `json:"complete"`
	Roles      []string `json:"roles"`
}

// rightsOf lists what a person may be for whom. The caller holds the lock.
func (s *System) rightsOf(person string) []right {
	all := []right{}
	for _, r := range s.world.RightsOf(person) {
		o := s.world.Organisation(r.Organisation)
		all = append(all, right{Name: o.Name, Identifier: o.BusinessID, Complete: !r.Incomplete, Roles: r.Roles})
	}
	return all
}

func newID() string { return rand.Text() }
