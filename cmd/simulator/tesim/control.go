package tesim

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// controls mounts the switches: they are for tests and for people at a
// terminal, so every parameter may be given in the query.
func (s *System) controls() {
	several := func(do func(int) []string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			n := 1
			if text := r.FormValue("n"); text != "" {
				var err error
				if n, err = strconv.Atoi(text); err != nil || n < 0 || n > 100_000 {
					http.Error(w, "n must be a number up to 100000", http.StatusBadRequest)
					return
				}
			}
			answer(w, map[string]any{"ids": do(n)})
		}
	}
	s.mux.HandleFunc("POST /control/publish", several(s.Publish))
	s.mux.HandleFunc("POST /control/change", several(s.Change))
	s.mux.HandleFunc("POST /control/archive", several(s.Archive))
	s.mux.HandleFunc("POST /control/fault", s.controlFault)
	s.mux.HandleFunc("POST /control/advance", func(w http.ResponseWriter, r *http.Request) {
		by, err := time.ParseDuration(r.FormValue("by"))
		if err != nil || by < 0 {
			http.Error(w, "by must be a duration such as 90m", http.StatusBadRequest)
			return
		}
		s.Advance(by)
		answer(w, s.Status())
	})
	s.mux.HandleFunc("POST /control/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		answer(w, s.Status())
	})
	s.mux.HandleFunc("GET /control/state", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Status()) })
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(`The TE system's stand-in. All data is invented.

POST /kipa/p67/v2/jobpostings             header KIPA-Subscription-Key, filters in the body
POST /oauth2/v2.0/token                   client credentials, for v1
GET  /jobpostingprovider/v1/tyopaikat     ?sivu=0&maara=100

GET  /control/state
POST /control/publish?n=1   /control/change?n=1   /control/archive?n=1
POST /control/fault?mode=&on=&times=&after=&size=&wait=
     modes: ` + strings.Join(Modes(), " ") + `
     on: p67, v1, token; no mode ends the fault
POST /control/advance?by=1h
POST /control/reset
`))
	})
}

func (s *System) controlFault(w http.ResponseWriter, r *http.Request) {
	f := Fault{Mode: r.FormValue("mode"), On: r.FormValue("on")}
	var faults []string
	whole := func(name string) int {
		text := r.FormValue(name)
		if text == "" {
			return 0
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			faults = append(faults, name+" must be a number")
		}
		return n
	}
	f.Times, f.After, f.Size = whole("times"), whole("after"), whole("size")
	if text := r.FormValue("wait"); text != "" {
		wait, err := strconv.ParseFloat(text, 64)
		if err != nil || wait < 0 {
			faults = append(faults, "wait must be seconds")
		}
		f.Wait = wait
	}
	if err := s.SetFault(f); err != nil {
		faults = append(faults, err.Error())
	}
	if len(faults) > 0 {
		http.Error(w, strings.Join(faults, "; "), http.StatusBadRequest)
		return
	}
	answer(w, s.Status())
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encode(v))
}

// parameters reads a list given by repeating the parameter or with commas.
func parameters(q url.Values, names ...string) []string {
	var all []string
	for _, name := range names {
		for _, v := range q[name] {
			for s := range strings.SplitSeq(v, ",") {
				if s = strings.TrimSpace(s); s != "" {
					all = append(all, s)
				}
			}
		}
	}
	return all
}
