package suomifi_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestMatrixLogOutMessages(t *testing.T) {
	t.Parallel()

	for mode, want := range map[string]string{
		"": "accepted", "sub-only": "accepted", "sid-only": "accepted", "encrypted": "accepted", "other-sid": "accepted", "replayed": "accepted",
		"alg-none": "token_header", "wrong-alg": "token_header", "other-key": "signature", "kid-random": "kid", "wrong-aud": "aud", "wrong-iss": "iss", "expired": "exp",
		"no-event": "claims", "wrong-event": "claims", "event-text": "events", "with-nonce": "claims", "no-jti": "claims", "nobody": "claims",
	} {
		t.Run("logout "+mode, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			who := r.mustLogIn(t, "aino", "010594Y9032")
			token, err := r.sim.LogOutToken(t.Context(), r.sim.Logins()[0], mode)
			if err != nil {
				t.Fatal(err)
			}
			out, err := r.provider.LogOutMessage(t.Context(), token)
			t.Logf("%-30s %-16s", "logout "+mode, outcome(err))
			if outcome(err) != want {
				t.Errorf("%s came of it, not %s", outcome(err), want)
			}
			if err != nil {
				return
			}
			// That the one is nobody's and the other a repetition is for the
			// register of sessions to see.
			fits := out.ID != "" && (out.Subject == who.Subject || mode == "sid-only" || mode == "other-sid") &&
				(out.ProviderSession == who.ProviderSession || mode == "sub-only" || mode == "other-sid")
			if !fits {
				t.Errorf("%+v", out)
			}
		})
	}
}

func TestIDTokensAndLogOutMessagesAreNotExchanged(t *testing.T) {
	t.Parallel()

	r := newRig(t, func(s *setup) { s.cfg.Encrypted, s.sim.Client.PlainTokens = false, true })
	r.mustLogIn(t, "aino", "010594Y9032")
	for _, token := range []string{"", ".", "a.b.c", "a.b.c.d.e", "no token at all"} {
		if _, err := r.provider.LogOutMessage(t.Context(), token); err == nil {
			t.Errorf("%q was believed", token)
		}
	}
}

func TestLogOutURL(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	if got := r.provider.LogOutURL("", "s", "fi"); got != "" {
		t.Errorf("before anything is known: %q", got)
	}
	r.mustLogIn(t, "aino", "010594Y9032")
	if !r.provider.Answers(t.Context()) {
		t.Error("the provider is thought not to answer")
	}
	r.sim.SetMode("logout-down", 0)
	if r.provider.Answers(t.Context()) {
		t.Error("a provider that is down is thought to answer")
	}
	r.sim.SetMode("", 0)
	target := r.provider.LogOutURL("", "the-state", "sv")
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); q.Has("id_token_hint") || q.Get("client_id") != "portal" || q.Get("state") != "the-state" || q.Get("ui_locales") != "sv" {
		t.Errorf("%s", target)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if back, err := res.Location(); err != nil || back.String() != "https://portal.example/signin/logged-out?state=the-state" {
		t.Errorf("%v, %v", back, err)
	}
}
