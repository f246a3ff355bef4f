package oidcsim

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const help = `The identification provider's stand-in. All data is invented.

GET  /.well-known/openid-configuration

GET  /control/state
POST /control/mode?mode=&times=      what goes wrong, for so many log-ins; no mode ends it
POST /control/auto?person=           log everybody in as this person without asking; none asks again
                                     (one log-in: add &login_hint=<person> or crowd-0 ... crowd-19999
                                     to the address of the authorization request, and &mode=)
POST /control/delay?most=2s          hold answers back for a random time, so that they overtake one another
POST /control/double?on=true         open the client's address before the browser does
POST /control/clock?offset=-90s      be wrong about the time
POST /control/rotate                 sign with a new key; the old ones are still shown
POST /control/withdraw               show only the newest key
POST /control/logout?person=&mode=   send a log-out message for the person's newest log-in
POST /control/reset

`

// controls mounts the switches: they are for tests and for people at a
// terminal, so every parameter may be given in the query.
func (s *Simulator) controls() {
	do := func(path string, change func(r *http.Request) string) {
		s.mux.HandleFunc("POST /control/"+path, func(w http.ResponseWriter, r *http.Request) {
			if wrong := change(r); wrong != "" {
				http.Error(w, wrong, http.StatusBadRequest)
				return
			}
			s.state(w, r)
		})
	}
	do("mode", func(r *http.Request) string {
		times, err := strconv.Atoi("0" + r.FormValue("times"))
		if err != nil || !s.SetMode(r.FormValue("mode"), times) {
			return "mode must be one of " + strings.Join(Modes(), " ") + ", times a number"
		}
		return ""
	})
	do("auto", func(r *http.Request) string {
		if _, ok := s.person(r.FormValue("person")); !ok && r.FormValue("person") != "" {
			return "there is no such person"
		}
		s.SetAuto(r.FormValue("person"))
		return ""
	})
	do("delay", func(r *http.Request) string {
		most, err := time.ParseDuration(r.FormValue("most"))
		if err != nil || most < 0 || most > time.Minute {
			return "most must be a duration up to 1m"
		}
		s.SetDelay(most)
		return ""
	})
	do("double", func(r *http.Request) string {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.double = r.FormValue("on") == "true"
		return ""
	})
	do("clock", func(r *http.Request) string {
		offset, err := time.ParseDuration(r.FormValue("offset"))
		if err != nil {
			return "offset must be a duration such as -90s"
		}
		s.SetClockOffset(offset)
		return ""
	})
	do("rotate", func(*http.Request) string { s.Rotate(); return "" })
	do("withdraw", func(*http.Request) string { s.Withdraw(); return "" })
	do("reset", func(*http.Request) string { s.Reset(); return "" })
	s.mux.HandleFunc("POST /control/logout", func(w http.ResponseWriter, r *http.Request) {
		status, err := s.SendLogOut(r.Context(), r.FormValue("person"), r.FormValue("mode"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer(w, http.StatusOK, map[string]int{"status": status})
	})
	s.mux.HandleFunc("GET /control/state", s.state)
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(help + "modes: " + strings.Join(Modes(), " ") + "\nlog-out modes: " + strings.Join(LogOutModes(), " ") + "\n"))
	})
}

// SetAuto logs everybody in as a person without asking; "" asks again.
func (s *Simulator) SetAuto(person string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auto = person
}

// SetDelay holds answers back for a random time up to most.
func (s *Simulator) SetDelay(most time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = most
}

// SetClockOffset makes the simulator's clock wrong by offset.
func (s *Simulator) SetClockOffset(offset time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset = offset
}

// Reset ends every switch; keys stay as they are.
func (s *Simulator) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode, s.modeTimes, s.auto, s.delay, s.double, s.offset = "", 0, "", 0, false, 0
	s.faults = nil
	clear(s.calls)
}

func (s *Simulator) state(w http.ResponseWriter, _ *http.Request) {
	calls, faults, logins := s.Calls(), s.Faults(), s.Logins()
	s.mu.Lock()
	state := map[string]any{
		"mode": s.mode, "auto": s.auto, "delay": s.delay.String(), "double": s.double, "clock_offset": s.offset.String(),
		"keys": len(s.keys.shown), "logins": len(logins),
	}
	s.mu.Unlock()
	state["calls"], state["faults"], state["newest"] = calls, faults, logins[max(0, len(logins)-20):]
	answer(w, http.StatusOK, state)
}
