package mandatesim

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is a way of failing. The zero value is none.
type Fault struct {
	// Mode is one of Modes.
	Mode string `json:"mode"`
	// On limits the fault to one call: register, roles, token or unregister.
	On string `json:"on,omitempty"`
	// Times is how many calls fail; 0 means until the fault is cleared.
	Times int `json:"times,omitempty"`
}

// Modes lists the ways of failing: those that answer instead, then those that
// answer wrongly.
func Modes() []string {
	return []string{
		"401", "403", "500", "503", "drop", "hang", "slow", "html", "long", "redirect",
		"incomplete", "wrong-organisation", "other-person", "unknown-fields", "same-visit", "no-refresh",
	}
}

// Calls lists what a fault may be limited to.
func Calls() []string { return []string{"register", "roles", "token", "unregister"} }

// SetFault makes the following calls fail; the zero Fault ends that.
func (s *System) SetFault(f Fault) error {
	if f.Mode != "" && !slices.Contains(Modes(), f.Mode) {
		return fmt.Errorf("no fault mode %q; there are %s", f.Mode, strings.Join(Modes(), ", "))
	}
	if f.On != "" && !slices.Contains(Calls(), f.On) {
		return fmt.Errorf("no call %q; there are %s", f.On, strings.Join(Calls(), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	return nil
}

// takeFault counts a call and returns the fault that concerns it.
func (s *System) takeFault(call string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[call]++
	f := s.fault
	if f.Mode == "" || f.On != "" && f.On != call {
		return Fault{}
	}
	if s.fault.Times > 0 {
		if s.fault.Times--; s.fault.Times == 0 {
			s.fault = Fault{}
		}
	}
	return f
}

// slowness is how long "slow" takes.
const slowness = 2 * time.Second

// answers does so in place of the call where the fault is of that kind.
func (f Fault) answers(w http.ResponseWriter, r *http.Request) bool {
	switch f.Mode {
	case "drop":
		panic(http.ErrAbortHandler)
	case "hang":
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case "slow":
		select {
		case <-time.After(slowness):
		case <-r.Context().Done():
		}
		return false
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Huolto</title><p>Palvelu on suljettu."))
		return true
	case "long":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("[" + strings.Repeat(`{"name":"pitkä"},`, 200_000) + "{}]"))
		return true
	case "redirect":
		http.Redirect(w, r, "https://elsewhere.invalid"+r.URL.Path, http.StatusFound) //nolint:gosec // to see that nobody follows
		return true
	}
	status, err := strconv.Atoi(f.Mode)
	if err != nil {
		return false
	}
	refuse(w, status, "asked to fail: "+r.URL.Path)
	return true
}

// State is what the system tells of itself. It holds no IDs.
type State struct {
	Visits  int            `json:"visits"`
	Calls   map[string]int `json:"calls"`
	Fault   Fault          `json:"fault"`
	Clock   string         `json:"clock_offset"`
	Several bool           `json:"several"`
}

// State tells how many visits are open, what was called and which switches are
// on.
func (s *System) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{Visits: len(s.visits), Calls: maps.Clone(s.calls), Fault: s.fault, Clock: s.offset.String(), Several: s.several}
}

// controls mounts the switches: they are for tests and for people at a terminal,
// so every parameter may be given in the query.
func (s *System) controls() {
	told := func(do func(r *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := do(r); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answer(w, s.State())
		}
	}
	s.mux.HandleFunc("GET /control/state", told(func(*http.Request) error { return nil }))
	s.mux.HandleFunc("POST /control/reset", told(func(*http.Request) error { s.Reset(); return nil }))
	s.mux.HandleFunc("POST /control/fault", told(func(r *http.Request) error {
		times := 0
		if text := r.FormValue("times"); text != "" {
			var err error
			if times, err = strconv.Atoi(text); err != nil || times < 0 {
				return errors.New("times must be a number")
			}
		}
		return s.SetFault(Fault{Mode: r.FormValue("mode"), On: r.FormValue("on"), Times: times})
	}))
	s.mux.HandleFunc("POST /control/clock", told(func(r *http.Request) error {
		offset, err := time.ParseDuration(r.FormValue("offset"))
		if err != nil {
			return errors.New("offset must be a duration such as -6m")
		}
		s.SetClock(offset)
		return nil
	}))
	s.mux.HandleFunc("POST /control/several", told(func(r *http.Request) error { s.SetSeveral(r.FormValue("on") != "0"); return nil }))
	s.mux.HandleFunc("POST /control/end", told(func(r *http.Request) error {
		if !s.End(r.FormValue("person"), r.FormValue("organisation"), r.FormValue("role")) {
			return errors.New("there is no such right")
		}
		return nil
	}))
	s.mux.HandleFunc("POST /control/grant", told(func(r *http.Request) (err error) {
		defer func() {
			if unknown := recover(); unknown != nil {
				err = fmt.Errorf("%v", unknown)
			}
		}()
		s.Grant(r.FormValue("person"), r.FormValue("organisation"), r.FormValue("role"))
		return nil
	}))
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(`The stand-in of Suomi.fi e-Authorizations. All people and organisations are invented.

GET  /service/ypa/user/register/{clientId}/{code}
GET  /oauth/authorize                     the page to choose on
POST /oauth/token
GET  /service/ypa/api/organizationRoles/{sessionId}[/{organisation}]
GET  /service/ypa/user/unregister/{sessionId}

GET  /control/state
POST /control/fault?mode=&on=&times=      modes: ` + strings.Join(Modes(), " ") + `
                                          on: ` + strings.Join(Calls(), " ") + `; no mode ends the fault
POST /control/end?person=&organisation=&role=      keys of the world; no role ends all
POST /control/grant?person=&organisation=&role=
POST /control/clock?offset=-6m
POST /control/several?on=1                several organisations may be chosen at once
POST /control/reset
`))
	})
}
