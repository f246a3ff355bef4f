// Package registersim is a stand-in for the open data of the business register,
// PRH's interface opendata-ytj-api v3, over the organisations of package world.
// It pages like the real one and fails on request as it does.
package registersim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// pageSize is how many companies a page has.
const pageSize = 100

// Options say what time it is.
type Options struct{ Clock func() time.Time }

// System is the running stand-in. Its methods may be called while it serves.
type System struct {
	opt Options
	mux *http.ServeMux

	mu     sync.Mutex
	start  *world.World
	world  *world.World
	fault  Fault
	served int
}

// Fault is a way of failing. The zero value is none.
type Fault struct {
	// Mode is one of Modes.
	Mode string `json:"mode"`
	// Times is how many requests fail; 0 means until the fault is cleared.
	Times int `json:"times,omitempty"`
	// Wait is the Retry-After of "429" in seconds; 0 sends none, as the real one
	// does.
	Wait int `json:"wait,omitempty"`
}

// Modes lists the ways of failing: those that answer instead, then those that
// answer wrongly. "endless" answers page 1 for every page and tells of more.
func Modes() []string {
	return []string{
		"400", "429", "500", "503", "drop", "hang", "html", "long", "empty",
		"endless", "missing-fields", "unknown-fields", "wrong-types", "other-company", "truncate",
	}
}

// New returns a system over w.
func New(w *world.World, opt Options) *System {
	s := &System{opt: opt, start: w, mux: http.NewServeMux()}
	s.Reset()
	s.mux.HandleFunc("GET /opendata-ytj-api/v3/companies", s.companies)
	s.controls()
	return s
}

// ServeHTTP answers the interface and /control/.
func (s *System) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Reset forgets every fault and change.
func (s *System) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world, s.fault, s.served = s.start.Clone(), Fault{}, 0
}

// SetFault makes the following requests fail; the zero Fault ends that.
func (s *System) SetFault(f Fault) error {
	if f.Mode != "" && !slices.Contains(Modes(), f.Mode) {
		return fmt.Errorf("no fault mode %q; there are %s", f.Mode, strings.Join(Modes(), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	return nil
}

// Change puts an organisation called key into another situation: one of the
// world's, "" for a sound one, or ceased.
func (s *System) Change(key, situation string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.world.Organisations {
		if o.Key != key {
			continue
		}
		switch situation {
		case "", world.Reorganisation, world.Liquidation, world.Bankruptcy:
			s.world.Organisations[i].Situation, s.world.Organisations[i].Ceased = situation, false
		case "ceased":
			s.world.Organisations[i].Ceased = true
		default:
			return fmt.Errorf("no situation %q", situation)
		}
		return nil
	}
	return fmt.Errorf("no organisation %q", key)
}

// Served tells how many requests there were.
func (s *System) Served() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served
}

func (s *System) takeFault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served++
	f := s.fault
	if s.fault.Times > 0 {
		if s.fault.Times--; s.fault.Times == 0 {
			s.fault = Fault{}
		}
	}
	return f
}

func (s *System) companies(w http.ResponseWriter, r *http.Request) {
	f := s.takeFault()
	if f.answers(w, r) {
		return
	}
	q := r.URL.Query()
	page := 1
	if text := q.Get("page"); text != "" {
		var err error
		if page, err = strconv.Atoi(text); err != nil || page < 1 {
			s.refuse(w, http.StatusBadRequest, "page")
			return
		}
	}
	s.mu.Lock()
	found := s.find(q.Get("businessId"), q.Get("name"))
	if f.Mode == "other-company" || f.Mode == "endless" {
		found = s.find("", "")[:3]
		found = slices.DeleteFunc(found, func(o world.Organisation) bool { return o.BusinessID == q.Get("businessId") })
	}
	s.mu.Unlock()
	total := len(found)
	if f.Mode == "endless" {
		total = 1_000_000
	}
	from := (page - 1) * pageSize
	if from >= len(found) {
		from = 0 // beyond the end the real one answers page 1
	}
	all := []any{}
	for _, o := range found[from:min(from+pageSize, len(found))] {
		all = append(all, f.spoil(company(o)))
	}
	b, err := json.Marshal(map[string]any{"totalResults": total, "companies": all})
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	if f.Mode == "truncate" {
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		_, _ = w.Write(b[:len(b)/2])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(b)
}

// find returns what is registered under an ID or a part of a name, all for
// neither. The caller holds the lock.
func (s *System) find(id, name string) []world.Organisation {
	found := []world.Organisation{}
	for _, o := range s.world.Organisations {
		if o.Unregistered || id != "" && o.BusinessID != id ||
			name != "" && !strings.Contains(strings.ToLower(o.Name+"\n"+o.SwedishName+"\n"+strings.Join(o.FormerNames, "\n")), strings.ToLower(name)) {
			continue
		}
		found = append(found, o)
	}
	return found
}

// answers does so in place of the companies where the fault is of that kind.
func (f Fault) answers(w http.ResponseWriter, r *http.Request) bool {
	switch f.Mode {
	case "drop":
		panic(http.ErrAbortHandler)
	case "hang":
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Huoltokatko</title>"))
		return true
	case "empty":
		return true
	case "long":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"totalResults":1,"filler":"` + strings.Repeat("x", 8<<20) + `","companies":[]}`))
		return true
	case "429":
		w.Header().Set("Content-Type", "text/plain")
		if f.Wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.Wait))
		}
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte("Too many requests"))
		return true
	}
	status, err := strconv.Atoi(f.Mode)
	if err != nil {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"timestamp":"2026-11-22 02:00:00","message":"asked to fail","errorcode":%d}`, status)
	return true
}

func (s *System) refuse(w http.ResponseWriter, status int, what string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"timestamp":%q,"message":%q,"errorcode":%d}`, s.opt.Clock().Format(time.DateTime), what, status)
}

// spoil returns what is sent in place of a company.
func (f Fault) spoil(c map[string]any) map[string]any {
	c = maps.Clone(c)
	switch f.Mode {
	case "missing-fields":
		maps.DeleteFunc(c, func(name string, _ any) bool {
			return !slices.Contains([]string{"businessId", "tradeRegisterStatus", "registeredEntries", "lastModified"}, name)
		})
	case "unknown-fields":
		c["newer"], c["euId"] = map[string]any{"a": []int{1}}, []any{map[string]any{"unheard": true}}
	case "wrong-types":
		c["names"], c["addresses"], c["companyForms"], c["website"], c["status"] = "Nimi Oy", 7, nil, []int{1}, map[string]any{}
	}
	return c
}

// controls mounts the switches; every parameter may be given in the query.
func (s *System) controls() {
	told := func(do func(r *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := do(r); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			s.mu.Lock()
			state := map[string]any{"fault": s.fault, "served": s.served, "organisations": len(s.find("", ""))}
			s.mu.Unlock()
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(state)
		}
	}
	s.mux.HandleFunc("GET /control/state", told(func(*http.Request) error { return nil }))
	s.mux.HandleFunc("POST /control/reset", told(func(*http.Request) error { s.Reset(); return nil }))
	s.mux.HandleFunc("POST /control/change", told(func(r *http.Request) error {
		return s.Change(r.FormValue("organisation"), r.FormValue("situation"))
	}))
	s.mux.HandleFunc("POST /control/fault", told(func(r *http.Request) error {
		var numbers [2]int
		for i, name := range []string{"times", "wait"} {
			text := r.FormValue(name)
			if text == "" {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return errors.New(name + " must be a number")
			}
			numbers[i] = n
		}
		return s.SetFault(Fault{Mode: r.FormValue("mode"), Times: numbers[0], Wait: numbers[1]})
	}))
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(`The business register's stand-in. All organisations are invented.

GET  /opendata-ytj-api/v3/companies       ?businessId= ?name= ?page=

GET  /control/state
POST /control/fault?mode=&times=&wait=    modes: ` + strings.Join(Modes(), " ") + `
                                          no mode ends the fault
POST /control/change?organisation=&situation=      a key of the world; SANE SELTILA KONK ceased or nothing
POST /control/reset
`))
	})
}
