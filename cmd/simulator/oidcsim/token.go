package oidcsim

import (
	"net/http"
	"strings"
	"time"
)

// token answers the client's code with an ID token.
func (s *Simulator) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	code := r.PostForm.Get("code")
	s.mu.Lock()
	g := s.grants[code]
	var again bool
	if g != nil {
		again, g.used = g.used, true
	}
	s.mu.Unlock()
	refuse := func(name, why string) {
		answer(w, http.StatusBadRequest, map[string]string{"error": name, "error_description": s.fault("token request: %s", why)})
	}
	switch {
	case g == nil:
		refuse("invalid_grant", "the code is not known")
		return
	case again:
		refuse("invalid_grant", "the code was used before")
		return
	case s.now().Sub(g.at) > 10*time.Minute:
		refuse("invalid_grant", "the code is old")
		return
	}
	if err := s.checkToken(r, g); err != nil {
		refuse("invalid_client", err.Error())
		return
	}
	s.wait(r)
	m := modes[g.mode]
	if m.tokenEnd != nil {
		m.tokenEnd(w, r)
		return
	}
	idToken, err := s.idToken(r.Context(), g)
	if err != nil {
		http.Error(w, s.fault("ID token: %s", err), http.StatusInternalServerError)
		return
	}
	access := random()
	s.mu.Lock()
	s.access[access] = g
	s.mu.Unlock()
	reply := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 600, "scope": "openid", "id_token": idToken}
	if m.reply != nil {
		m.reply(reply)
	}
	answer(w, http.StatusOK, reply)
}

func (s *Simulator) userInfo(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	g := s.access[token]
	s.mu.Unlock()
	if !ok || g == nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		http.Error(w, s.fault("userinfo: no access token of ours"), http.StatusUnauthorized)
		return
	}
	claims := s.claimsOf(g.person)
	claims["sub"] = g.subject
	// A client must not let these stand in for those of the signed token.
	claims["acr"], claims["auth_time"] = "http://ftn.ficora.fi/2017/loa3", 1
	m := modes[g.mode]
	if m.down == "userinfo" {
		http.Error(w, "down", http.StatusInternalServerError)
		return
	}
	if m.userInfo != nil {
		m.userInfo(claims)
	}
	answer(w, http.StatusOK, claims)
}
