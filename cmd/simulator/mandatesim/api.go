package mandatesim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// tolerance is how far the caller's clock may be off.
const tolerance = 5 * time.Minute

// signed lets through to h what carries a checksum of its address and of a time
// close to ours, and a request ID.
func (s *System) signed(name string, h func(http.ResponseWriter, *http.Request, Fault)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := s.takeFault(name)
		if f.answers(w, r) {
			return
		}
		if !s.authentic(r) {
			refuse(w, http.StatusUnauthorized, "checksum")
			return
		}
		if r.URL.Query().Get("requestId") == "" {
			refuse(w, http.StatusBadRequest, "requestId missing")
			return
		}
		h(w, r, f)
	}
}

func (s *System) authentic(r *http.Request) bool {
	parts := strings.Split(r.Header.Get("X-AsiointivaltuudetAuthorization"), " ")
	if len(parts) != 3 || s.opt.APIKey == "" || parts[0] != s.opt.ClientID {
		return false
	}
	stamp, err := time.Parse(time.RFC3339Nano, parts[1])
	if err != nil {
		return false
	}
	s.mu.Lock()
	off := s.now().Sub(stamp).Abs()
	s.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(s.opt.APIKey))
	mac.Write([]byte(r.RequestURI + " " + parts[1]))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return off <= tolerance && hmac.Equal([]byte(want), []byte(parts[2]))
}

func (s *System) register(w http.ResponseWriter, r *http.Request, f Fault) {
	if r.PathValue("client") != s.opt.ClientID {
		refuse(w, http.StatusUnauthorized, "client")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Mode == "same-visit" {
		for _, v := range s.visits { // somebody else's: what a cache in between can do
			answer(w, map[string]any{"sessionId": v.id, "userId": v.user})
			return
		}
	}
	p, _ := s.world.ByCode(r.PathValue("code"))
	v := &visit{id: newID(), user: newID(), person: p.Key, begun: s.now()}
	s.visits[v.id] = v
	answer(w, map[string]any{"sessionId": v.id, "userId": v.user, "unknownField": map[string]any{"ignored": true}})
}

func (s *System) unregister(w http.ResponseWriter, r *http.Request, _ Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.visits[r.PathValue("visit")]; !ok {
		refuse(w, http.StatusUnauthorized, "session")
		return
	}
	delete(s.visits, r.PathValue("visit"))
	answer(w, true)
}

func (s *System) roles(w http.ResponseWriter, r *http.Request, f Fault) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	g, known := s.tokens["access "+token]
	v, live := s.live(r.PathValue("visit"))
	if !known || !live || g.visit != v.id || !s.now().Before(g.until) {
		refuse(w, http.StatusUnauthorized, "session")
		return
	}
	only := r.PathValue("organisation")
	told := []right{}
	for _, right := range s.rightsOf(v.person) {
		if slices.Contains(v.chosen, right.Identifier) && (only == "" || only == right.Identifier) {
			told = append(told, right)
		}
	}
	switch f.Mode {
	case "incomplete":
		for i := range told {
			told[i].Complete, told[i].Roles = false, []string{}
		}
	case "wrong-organisation":
		told = []right{{Name: "Tarkastettu Oyj", Identifier: s.world.Organisation("tarkastettu").BusinessID, Complete: true, Roles: []string{"NIMKO"}}}
	case "other-person":
		// What the flow of persons answers, of somebody else.
		twin := s.world.Person("twin")
		answer(w, []any{map[string]any{"personId": twin.Code, "identifier": twin.Code, "name": twin.Name(), "complete": true, "roles": []string{"NIMKO"}}})
		return
	case "unknown-fields":
		answer(w, []any{map[string]any{"name": nil, "identifier": told[0].Identifier, "complete": true, "roles": told[0].Roles, "newer": []int{1}}})
		return
	}
	answer(w, told)
}

func (s *System) token(w http.ResponseWriter, r *http.Request) {
	f := s.takeFault("token")
	if f.answers(w, r) {
		return
	}
	id, password, _ := r.BasicAuth()
	if s.opt.Password == "" || id != s.opt.ClientID || password != s.opt.Password {
		refuse(w, http.StatusUnauthorized, "client")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var key string
	switch r.FormValue("grant_type") {
	case "authorization_code":
		key = "code " + r.FormValue("code")
	case "refresh_token":
		key = "refresh " + r.FormValue("refresh_token")
	}
	g, known := s.codes[key]
	delete(s.codes, key)
	if !known || !s.now().Before(g.until) || g.redirect != "" && g.redirect != r.FormValue("redirect_uri") {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	if _, live := s.live(g.visit); !live {
		refuse(w, http.StatusUnauthorized, "session")
		return
	}
	access, refresh := newID(), newID()
	s.tokens["access "+access] = grant{visit: g.visit, until: s.now().Add(s.opt.TokenLife)}
	told := map[string]any{
		"access_token": access, "token_type": "bearer", "expires_in": int(s.opt.TokenLife / time.Second), "scope": "read write trust",
	}
	if f.Mode != "no-refresh" {
		s.codes["refresh "+refresh] = grant{visit: g.visit, until: s.now().Add(s.opt.VisitLife)}
		told["refresh_token"] = refresh
	}
	answer(w, told)
}

// End takes rights of a person in an organisation away: role, or all of them
// when it is empty. It reports whether there was such a right.
func (s *System) End(person, organisation, role string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.world.Rights {
		if r.Person != person || r.Organisation != organisation || role != "" && !slices.Contains(r.Roles, role) {
			continue
		}
		s.world.Rights[i].Roles = slices.DeleteFunc(slices.Clone(r.Roles), func(one string) bool { return role == "" || one == role })
		if len(s.world.Rights[i].Roles) == 0 {
			s.world.Rights = slices.Delete(s.world.Rights, i, i+1)
		}
		return true
	}
	return false
}

// Grant gives a person a role in an organisation.
func (s *System) Grant(person, organisation, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.Person(person)
	s.world.Organisation(organisation)
	for i, r := range s.world.Rights {
		if r.Person == person && r.Organisation == organisation {
			s.world.Rights[i].Roles = append(s.world.Rights[i].Roles, role)
			s.world.Rights[i].Incomplete = false
			return
		}
	}
	s.world.Rights = append(s.world.Rights, world.Right{Person: person, Organisation: organisation, Roles: []string{role}})
}

// SetClock moves the system's clock away from the real time.
func (s *System) SetClock(offset time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset = offset
}

// SetSeveral lets a person choose several organisations at once.
func (s *System) SetSeveral(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.several = on
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) //nolint:errchkjson // what is answered here can be written
}

func refuse(w http.ResponseWriter, status int, what string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "{\"error\":%q}\n", what) //nolint:gosec // JSON, and said so
}
