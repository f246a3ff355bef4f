package oidcsim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// endSession logs people out of the provider and sends them back
// (RP-initiated log-out).
func (s *Simulator) endSession(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	m := s.current()
	back := q.Get("post_logout_redirect_uri")
	switch {
	case m.down == "logout":
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	case r.Method == http.MethodHead:
		w.WriteHeader(http.StatusNoContent)
		return
	case q.Get("client_id") != s.o.Client.ID:
		http.Error(w, s.fault("log-out: the client is not known"), http.StatusBadRequest)
		return
	case back == "":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><html lang=\"en\"><title>Logged out</title><h1>You are logged out</h1></html>")
		return
	case !slices.Contains(s.o.Client.LogOutRedirectURLs, back):
		http.Error(w, s.fault("log-out: post_logout_redirect_uri is not registered"), http.StatusBadRequest)
		return
	}
	values := url.Values{}
	if state := q.Get("state"); state != "" {
		values.Set("state", state)
	}
	if m.answer != nil {
		m.answer(values)
		if values.Has("logout_state") {
			values.Set("state", values.Get("logout_state"))
			values.Del("logout_state")
		}
	}
	target := back
	if values.Get("state") != "" {
		target += "?" + values.Encode()
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

const logOutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logOutModes spoil log-out messages.
var logOutModes = map[string]func(*draft){
	"":            func(*draft) {},
	"sub-only":    func(d *draft) { delete(d.claims, "sid") },
	"sid-only":    func(d *draft) { delete(d.claims, "sub") },
	"nobody":      func(d *draft) { delete(d.claims, "sid"); delete(d.claims, "sub") },
	"alg-none":    func(d *draft) { d.header["alg"], d.sign = "none", unsigned },
	"wrong-alg":   func(d *draft) { d.header["alg"], d.sign = "HS256", hs256([]byte("secret")) },
	"other-key":   func(d *draft) { d.sign = rs256(rsaKey(0)) },
	"kid-random":  func(d *draft) { d.header["kid"] = random() },
	"wrong-aud":   func(d *draft) { d.claims["aud"] = "somebody-else" },
	"wrong-iss":   func(d *draft) { d.claims["iss"] = "https://other.example" },
	"no-event":    func(d *draft) { delete(d.claims, "events") },
	"wrong-event": func(d *draft) { d.claims["events"] = map[string]any{"urn:example": map[string]any{}} },
	"event-text":  func(d *draft) { d.claims["events"] = map[string]any{logOutEvent: "yes"} },
	"with-nonce":  func(d *draft) { d.claims["nonce"] = "n" },
	"no-jti":      func(d *draft) { delete(d.claims, "jti") },
	"replayed":    func(d *draft) { d.claims["jti"] = "the-same-each-time" },
	"other-sid":   func(d *draft) { d.claims["sid"] = "somebody-else's"; delete(d.claims, "sub") },
	"expired":     func(d *draft) { d.claims["exp"] = d.now.Unix() - 61; d.claims["iat"] = d.now.Unix() - 600 },
	"encrypted":   nil,
}

// LogOutModes lists the ways in which a log-out message can be spoilt.
func LogOutModes() []string {
	var all []string
	for name := range logOutModes {
		if name != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// LogOutToken makes a log-out message for a log-in.
func (s *Simulator) LogOutToken(ctx context.Context, of Login, mode string) (string, error) {
	spoil, ok := logOutModes[mode]
	if !ok {
		return "", fmt.Errorf("no log-out mode %q", mode)
	}
	d := s.draft()
	d.header["typ"] = "logout+jwt"
	d.claims["jti"] = random()
	d.claims["sub"], d.claims["sid"] = of.Subject, of.Session
	d.claims["events"] = map[string]any{logOutEvent: map[string]any{}}
	if spoil != nil {
		spoil(d)
	} else {
		key, err := s.encryptionKey(ctx)
		if err != nil {
			return "", err
		}
		d.encrypt = &encryption{alg: jose.RSA_OAEP, enc: jose.A128CBC_HS256, key: key.Key, kid: key.KeyID}
	}
	return d.token(), nil
}

// SendLogOut sends the client a log-out message for the newest log-in of a
// person and returns the status of its answer.
func (s *Simulator) SendLogOut(ctx context.Context, person, mode string) (int, error) {
	logins := s.Logins()
	i := len(logins) - 1
	for ; i >= 0 && logins[i].Person != person; i-- {
	}
	if i < 0 {
		return 0, fmt.Errorf("%q has not logged in", person)
	}
	token, err := s.LogOutToken(ctx, logins[i], mode)
	if err != nil {
		return 0, err
	}
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.o.Client.LogOutURL, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	return res.StatusCode, nil
}
