package oidcsim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// transaction is a person who is being asked who he or she is.
type transaction struct {
	request request
	mode    string
	at      time.Time
}

// grant is an identification that is done: what the code stands for.
type grant struct {
	request          request
	mode             string
	person           world.Person
	acr              string
	subject, session string
	at               time.Time
	used             bool
}

func (s *Simulator) authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	req, err := s.readRequest(r)
	if err != nil {
		http.Error(w, s.fault("authorization request: %s", err), http.StatusBadRequest)
		return
	}
	t := &transaction{request: req, mode: r.Form.Get("mode"), at: s.now()}
	if t.mode == "" {
		t.mode = s.takeMode()
	}
	hint := r.Form.Get("login_hint")
	if hint == "" {
		s.mu.Lock()
		hint = s.auto
		s.mu.Unlock()
	}
	if hint != "" {
		person, ok := s.person(hint)
		if !ok {
			http.Error(w, "there is nobody called "+strconv.Quote(hint), http.StatusBadRequest)
			return
		}
		s.approve(w, r, t, person, "")
		return
	}
	id := random()
	s.mu.Lock()
	s.transactions[id] = t
	if len(s.transactions) > 10_000 {
		maps.DeleteFunc(s.transactions, func(_ string, other *transaction) bool { return t.at.Sub(other.at) > 10*time.Minute })
	}
	s.mu.Unlock()
	s.show(w, id, t, "")
}

// crowd are people for load: crowd-0 to crowd-19999.
var crowd = sync.OnceValue(func() []world.Person { return world.Crowd(20_000) })

func (s *Simulator) person(key string) (world.Person, bool) {
	if number, ok := strings.CutPrefix(key, "crowd-"); ok {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n >= len(crowd()) {
			return world.Person{}, false
		}
		return crowd()[n], true
	}
	i := slices.IndexFunc(s.o.People, func(p world.Person) bool { return p.Key == key })
	if i < 0 {
		return world.Person{}, false
	}
	return s.o.People[i], true
}

func (s *Simulator) pick(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("transaction")
	s.mu.Lock()
	t := s.transactions[id]
	s.mu.Unlock()
	if t == nil {
		http.Error(w, "this identification is over", http.StatusGone)
		return
	}
	s.show(w, id, t, r.FormValue("lang"))
}

// choose takes the person who was picked or typed in.
func (s *Simulator) choose(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("transaction")
	s.mu.Lock()
	t := s.transactions[id]
	delete(s.transactions, id)
	s.mu.Unlock()
	if t == nil {
		http.Error(w, "this identification is over", http.StatusGone)
		return
	}
	if r.PostForm.Has("cancel") {
		s.giveBack(w, r, t, url.Values{"error": {"access_denied"}})
		return
	}
	person, ok := s.person(r.PostForm.Get("person"))
	if !ok {
		text := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
		person = world.Person{
			Key: "typed:" + text("code") + text("foreign_id"), Code: strings.ToUpper(text("code")), ForeignID: text("foreign_id"),
			FirstNames: text("first_names"), CallName: text("call_name"), FamilyName: text("family_name"),
			Municipality: text("municipality"), NonDisclosure: r.PostForm.Has("non_disclosure"),
		}
	}
	s.approve(w, r, t, person, r.PostForm.Get("acr"))
}

// approve makes the grant and sends the person back.
func (s *Simulator) approve(w http.ResponseWriter, r *http.Request, t *transaction, person world.Person, acr string) {
	if !slices.Contains(t.request.acr, acr) {
		acr = t.request.acr[0]
	}
	now := s.now()
	g := &grant{
		request: t.request, mode: t.mode, person: person, acr: acr, at: now,
		subject: "sub-" + segment(hs256([]byte("pairwise"))([]byte(person.Key)))[:20], session: random(),
	}
	code := random()
	s.mu.Lock()
	s.grants[code] = g
	s.logins = append(s.logins, Login{Person: person.Key, Subject: g.subject, Session: g.session, At: now})
	if len(s.logins) > 20_000 {
		s.logins = slices.Clone(s.logins[len(s.logins)-10_000:])
	}
	if len(s.grants) > 20_000 {
		old := func(_ string, g *grant) bool { return now.Sub(g.at) > 10*time.Minute }
		maps.DeleteFunc(s.grants, old)
		maps.DeleteFunc(s.access, old)
	}
	s.mu.Unlock()
	s.giveBack(w, r, t, url.Values{"code": {code}})
}

// giveBack sends the browser back to the client with an answer.
func (s *Simulator) giveBack(w http.ResponseWriter, r *http.Request, t *transaction, values url.Values) {
	values.Set("state", t.request.state)
	values.Set("iss", s.address(""))
	m := modes[t.mode]
	if m.answer != nil {
		m.answer(values)
	}
	target := t.request.redirect + "?" + values.Encode()
	s.wait(r)
	s.mu.Lock()
	double := s.double
	s.mu.Unlock()
	if double || m.double {
		// Something between us and the browser opens the address first.
		if req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, target, nil); err == nil {
			if res, err := s.http.Do(req); err == nil {
				_ = res.Body.Close()
			}
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

// wait holds an answer back for a random time, so that answers overtake one
// another.
func (s *Simulator) wait(r *http.Request) {
	s.mu.Lock()
	most := s.delay
	s.mu.Unlock()
	if most <= 0 {
		return
	}
	select {
	case <-time.After(rand.N(most)): //nolint:gosec // no secret
	case <-r.Context().Done():
	}
}

// claimsOf is what is told of a person.
func (s *Simulator) claimsOf(p world.Person) map[string]any {
	claims := map[string]any{}
	tell := func(field, name, value string) {
		if other, ok := s.o.ClaimNames[field]; ok {
			name = other
		}
		if value != "" && name != "" {
			claims[name] = value
		}
	}
	tell("code", "urn:oid:1.2.246.21", p.Code)
	tell("foreign_id", "http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier", p.ForeignID)
	tell("first_names", "urn:oid:1.2.246.575.1.14", p.FirstNames)
	tell("call_name", "urn:oid:2.5.4.42", p.CallName)
	tell("family_name", "urn:oid:2.5.4.4", p.FamilyName)
	tell("name", "urn:oid:2.16.840.1.113730.3.1.241", strings.TrimSpace(fmt.Sprint(p.FamilyName, " ", p.FirstNames)))
	tell("birth_date", "urn:oid:1.3.6.1.5.5.7.9.1", p.BirthDate)
	tell("municipality", "urn:oid:1.2.246.517.2002.2.18", p.Municipality)
	if p.NonDisclosure {
		tell("non_disclosure", "urn:oid:1.2.246.517.2002.2.27", "1")
	}
	return claims
}
