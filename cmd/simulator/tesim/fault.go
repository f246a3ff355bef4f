package tesim

import (
	"encoding/json"
	"fmt"
	"io"
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
	// On limits the fault to one interface: "p67", "v1" or "token".
	On string `json:"on,omitempty"`
	// Times is how many requests fail; 0 means until the fault is cleared.
	Times int `json:"times,omitempty"`
	// After is how many records are answered rightly before the one that the
	// fault concerns.
	After int `json:"after"`
	// Size is the length of a big line in bytes, 10 MB when zero.
	Size int `json:"size,omitempty"`
	// Wait is the pause per record of "slow", and Retry-After of "429" and
	// "503", in seconds.
	Wait float64 `json:"wait,omitempty"`
}

// Modes lists the ways of failing: first those that answer instead of the
// postings, then those that break the answer off, then those that spoil one
// record and go on.
func Modes() []string {
	return []string{
		"400", "401", "403", "404", "429", "500", "502", "503", "drop", "hang", "html", "empty",
		"truncate", "cut", "stall", "slow",
		"bigline", "badjson", "wrongtypes", "duplicate", "year9999", "baddate", "script", "surrogate", "noid", "notitle", "null", "unknown", "deep",
		"spec",
	}
}

// SetFault makes the following requests fail; the zero Fault ends that. A mode
// that is not one of Modes is refused.
func (s *System) SetFault(f Fault) error {
	if f.Mode != "" && !slices.Contains(Modes(), f.Mode) {
		return fmt.Errorf("no fault mode %q; there are %s", f.Mode, strings.Join(Modes(), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	return nil
}

// takeFault counts a request and returns the fault that concerns it.
func (s *System) takeFault(on string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served[on]++
	f := s.fault
	if f.Mode == "" || f.On != "" && f.On != on {
		return Fault{After: -1}
	}
	if s.fault.Times > 0 {
		s.fault.Times--
		if s.fault.Times == 0 {
			s.fault = Fault{}
		}
	}
	return f
}

// faultAnswers answers instead of the postings where the fault is of that kind.
func (s *System) faultAnswers(w http.ResponseWriter, r *http.Request, f Fault, refuse func(http.ResponseWriter, int, string)) bool {
	switch f.Mode {
	case "drop":
		panic(http.ErrAbortHandler)
	case "hang":
		waitForClient(r)
		panic(http.ErrAbortHandler)
	case "html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Sign in</title><p>A gateway's page where data should be."))
		return true
	}
	status, err := strconv.Atoi(f.Mode)
	if err != nil {
		return false
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(f.Wait))))
	}
	refuse(w, status, "asked to fail")
	return true
}

// breaks ends the answer in the middle of a record, and reports whether it did.
func (f Fault) breaks(w http.ResponseWriter, r *http.Request, record []byte) bool {
	switch f.Mode {
	case "truncate", "cut", "stall":
	default:
		return false
	}
	_, _ = w.Write(record[:len(record)/2])
	_ = http.NewResponseController(w).Flush()
	switch f.Mode {
	case "truncate":
		panic(http.ErrAbortHandler)
	case "stall":
		waitForClient(r)
		panic(http.ErrAbortHandler)
	}
	return true
}

// waitForClient waits until the client gives up, which the server notices only
// once the body has been read.
func waitForClient(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// drag pauses before a record.
func (f Fault) drag(r *http.Request) {
	if f.Mode != "slow" {
		return
	}
	wait := f.Wait
	if wait == 0 {
		wait = 0.05
	}
	select {
	case <-time.After(time.Duration(wait * float64(time.Second))):
	case <-r.Context().Done():
	}
}

// paths tell where an interface keeps what the faults spoil.
type paths struct{ id, title, description, expires, positions, languages string }

var (
	p67Paths = paths{"metadata.externalId", "position.title", "position.jobDescription", "application.expires", "application.openPositions", "languages"}
	v1Paths  = paths{"ilmoituksenID", "perustiedot.tyonOtsikko", "perustiedot.tyonKuvaus", "hakeminen.hakuaikaPaattyy", "perustiedot.paikkojenMaara", "ilmoituksenKielet"}
)

// spoil returns what is sent in place of a record.
func (f Fault) spoil(record []byte, at paths) [][]byte {
	text := func(s string) any {
		if at == v1Paths {
			return []any{map[string]any{"kieliKoodi": "fi", "arvo": s}}
		}
		return map[string]any{"fi": s}
	}
	with := func(changes map[string]any) []byte { return changed(record, changes) }
	switch f.Mode {
	case "bigline":
		size := f.Size
		if size == 0 {
			size = 10 << 20
		}
		return [][]byte{with(map[string]any{at.description: text(strings.Repeat("pitkä ", size/7))})}
	case "badjson":
		return [][]byte{append([]byte(`{"broken": [1, 2`), record[1:len(record)/3]...)}
	case "wrongtypes":
		return [][]byte{with(map[string]any{at.title: 42, at.languages: "fi", at.positions: []any{"many"}, at.description: true})}
	case "duplicate":
		return [][]byte{record, with(map[string]any{at.title: text("Sama ilmoitus toiseen kertaan")})}
	case "year9999":
		return [][]byte{with(map[string]any{at.expires: "9999-12-31T23:59:59.999999"})}
	case "baddate":
		return [][]byte{with(map[string]any{at.expires: "2026-02-30T25:61:00"})}
	case "script":
		evil := "<script>alert('feed')</script><img src=x onerror=alert(1)> [x](javascript:alert(2)) <a href=\"data:text/html,x\">y</a>"
		return [][]byte{with(map[string]any{at.title: text("Kokki " + evil), at.description: text("Teksti " + evil)})}
	case "surrogate":
		line := with(map[string]any{at.title: text("Kokki SPOIL")})
		return [][]byte{[]byte(strings.Replace(string(line), "SPOIL", `\ud800 \u0000 \u202e`, 1))}
	case "noid":
		return [][]byte{with(map[string]any{at.id: nil})}
	case "notitle":
		return [][]byte{with(map[string]any{at.title: nil})}
	case "null":
		return [][]byte{[]byte("null")}
	case "unknown":
		return [][]byte{with(map[string]any{"newField": map[string]any{"a": []any{1, "b"}}, "position.newer": true})}
	case "deep":
		deep := strings.Repeat(`{"a":`, 12_000) + "1" + strings.Repeat("}", 12_000)
		return [][]byte{[]byte(`{"deep":` + deep + "," + string(record[1:]))}
	default:
		return [][]byte{record}
	}
}

// changed sets values at dotted paths of a record; nil takes the field away.
func changed(record []byte, changes map[string]any) []byte {
	var o map[string]any
	if err := json.Unmarshal(record, &o); err != nil {
		panic(err)
	}
	for path, value := range changes {
		at := o
		names := strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			next, ok := at[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[name] = next
			}
			at = next
		}
		last := names[len(names)-1]
		if value == nil {
			delete(at, last)
			continue
		}
		at[last] = value
	}
	return encode(o)
}
