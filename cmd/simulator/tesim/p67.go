package tesim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

// filters is P67's FiltersV2; everything is optional.
type filters struct {
	OnlyStatus string    `json:"onlyStatus"`
	Created    *interval `json:"created"`
	Modified   *interval `json:"modified"`
	Published  *interval `json:"published"`
	Archived   *interval `json:"archived"`
	Expires    *interval `json:"expires"`

	EmployerType   []string `json:"employerTypeIn"`
	WorkTime       []string `json:"workTimeIn"`
	Continuity     []string `json:"continuityOfWorkIn"`
	Languages      []string `json:"postingLanguageIn"`
	Countries      []string `json:"countryIn"`
	Regions        []string `json:"regionIn"`
	Municipalities []string `json:"municipalityIn"`
	Occupations    []string `json:"occupationIscoIn"`
}

// interval is from inclusive to exclusive; either end may be open.
type interval struct {
	From stamp `json:"from"`
	To   stamp `json:"to"`
}

// stamp is a time without an offset, which is UTC, or with one.
type stamp struct{ time.Time }

// UnmarshalJSON reads a naive time as UTC and takes an offset where there is
// one.
func (s *stamp) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	if text == "" {
		return nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			s.Time = t.UTC()
			return nil
		}
	}
	return &time.ParseError{Layout: naive, Value: text, Message: ": not a date-time"}
}

func (i *interval) holds(t time.Time) bool {
	if i == nil {
		return true
	}
	if t.IsZero() {
		return false
	}
	return (i.From.IsZero() || !t.Before(i.From.Time)) && (i.To.IsZero() || t.Before(i.To.Time))
}

func (f *filters) selects(e *entry, closed time.Time) bool {
	switch f.OnlyStatus {
	case "PUBLISHED":
		if !closed.IsZero() {
			return false
		}
	case "ARCHIVED":
		if closed.IsZero() {
			return false
		}
	}
	return f.Created.holds(e.created) && f.Modified.holds(e.modified) && f.Published.holds(e.published) &&
		f.Archived.holds(closed) && f.Expires.holds(e.expires)
}

func (f *filters) matches(p *corpus.Posting) bool {
	return among(f.EmployerType, p.Employer.Kind) && among(f.WorkTime, p.Hours.WorkTime) &&
		among(f.Continuity, p.Terms.Continuity) && among(f.Languages, p.Languages...) &&
		among(f.Countries, p.Location.Countries...) && among(f.Regions, p.Location.Regions...) &&
		among(f.Municipalities, p.Location.Municipalities...) && inGroup(f.Occupations, p.ISCO)
}

func among(wanted []string, have ...string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(have, func(s string) bool { return slices.Contains(wanted, s) })
}

// inGroup takes an ISCO group at any level, with or without its C.
func inGroup(wanted []string, isco string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(s string) bool { return strings.HasPrefix(isco, strings.TrimPrefix(s, "C")) })
}

func (s *System) serveP67(w http.ResponseWriter, r *http.Request) {
	fault := s.takeFault("p67")
	if s.faultAnswers(w, r, fault, refuseP67) {
		return
	}
	if key := r.Header.Get("KIPA-Subscription-Key"); key == "" || key != s.opt.Key {
		refuseP67(w, http.StatusUnauthorized, "subscription key missing or not valid")
		return
	}
	if wait := s.limit(w.Header()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		refuseP67(w, http.StatusTooManyRequests, "rate limit exceeded")
		return
	}
	var f filters
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		refuseP67(w, http.StatusBadRequest, "filters not valid: "+err.Error())
		return
	}
	if f.OnlyStatus != "" && f.OnlyStatus != "PUBLISHED" && f.OnlyStatus != "ARCHIVED" {
		refuseP67(w, http.StatusBadRequest, "onlyStatus must be PUBLISHED or ARCHIVED")
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if fault.Mode == "empty" {
		return
	}
	chosen, now := s.choose(&f)
	s.stream(w, r, fault, &f, chosen, now)
}

func (s *System) choose(f *filters) ([]entry, time.Time) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.now()
	var chosen []entry
	for i := range s.entries {
		if f.selects(&s.entries[i], s.entries[i].closedAt(now)) {
			chosen = append(chosen, s.entries[i])
		}
	}
	return chosen, now
}

func (s *System) stream(w http.ResponseWriter, r *http.Request, fault Fault, f *filters, chosen []entry, now time.Time) {
	out := http.NewResponseController(w)
	n := 0
	for _, e := range chosen {
		p := s.posting(e)
		if !f.matches(&p) {
			continue
		}
		if e.archived.After(p.Modified) {
			p.Modified = e.archived
		}
		record := encode(p67Form(&p, e.closedAt(now)))
		lines := [][]byte{record}
		if n == fault.After {
			if fault.breaks(w, r, record) {
				return
			}
			lines = fault.spoil(record, p67Paths)
		}
		fault.drag(r)
		for _, line := range lines {
			if _, err := w.Write(append(line, '\n')); err != nil {
				return
			}
		}
		n++
		if n%200 == 0 && out.Flush() != nil {
			return
		}
	}
}

// limit counts the request and tells the limit's state in the headers. It
// returns the seconds to wait when the limit is used up.
func (s *System) limit(h http.Header) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if minute := now.Truncate(time.Minute); !minute.Equal(s.minute) {
		s.minute, s.used = minute, 0
	}
	reset := int(s.minute.Add(time.Minute).Sub(now)/time.Second) + 1
	s.used++
	h.Set("RateLimit-Limit", strconv.Itoa(s.opt.RateLimit))
	h.Set("RateLimit-Remaining", strconv.Itoa(max(0, s.opt.RateLimit-s.used)))
	h.Set("RateLimit-Reset", strconv.Itoa(reset))
	if s.used > s.opt.RateLimit {
		return reset
	}
	return 0
}

func refuseP67(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]any{"statusCode": status, "message": message}))
}
