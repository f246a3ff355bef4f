package suomifi_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// payload is what a signed token says.
func payload(t *testing.T, token []byte) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(string(token), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestProviderRotatesItsKeys(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.mustLogIn(t, "aino", "010594Y9032")
	r.mustLogIn(t, "aino", "010594Y9032")
	if n := r.sim.Calls()["/op/jwks"]; n != 1 {
		t.Fatalf("the keys were fetched %d times", n)
	}
	r.sim.Rotate() // just before it signs
	r.mustLogIn(t, "aino", "010594Y9032")
	r.mustLogIn(t, "aino", "010594Y9032")
	if n := r.sim.Calls()["/op/jwks"]; n != 2 {
		t.Errorf("after the rotation the keys were fetched %d times", n-1)
	}
}

func TestWithdrawnKeysEndInFiveMinutes(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.mustLogIn(t, "aino", "010594Y9032")
	r.sim.Rotate()
	r.sim.Withdraw()
	r.clock.move(5 * time.Minute)
	r.sim.SetMode("kid-withdrawn", 0)
	if _, err := r.logIn(t, "aino"); outcome(err) != "kid" {
		t.Errorf("a withdrawn key: %v", err)
	}
	r.sim.SetMode("", 0)
	r.mustLogIn(t, "aino", "010594Y9032")
}

func TestForgedKidsDoNotFloodTheProvider(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.mustLogIn(t, "aino", "010594Y9032")
	before := r.sim.Calls()["/op/jwks"]
	r.sim.SetMode("kid-random", 0)
	const times = 1000
	for i := range times {
		if _, err := r.logIn(t, "aino"); outcome(err) != "kid" {
			t.Fatal(err)
		}
		if i%100 == 99 {
			r.clock.move(time.Minute)
		}
	}
	if n := r.sim.Calls()["/op/jwks"] - before; n < 1 || n > 2 {
		t.Errorf("%d forged tokens in 10 minutes made %d calls", times, n)
	}
	r.sim.SetMode("", 0)
	r.mustLogIn(t, "aino", "010594Y9032")
}

func TestForgedLogOutMessagesDoNotKeepNewKeysOut(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.mustLogIn(t, "aino", "010594Y9032")
	before := r.sim.Calls()["/op/jwks"]
	for range 50 {
		token, err := r.sim.LogOutToken(t.Context(), r.sim.Logins()[0], "kid-random")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.provider.LogOutMessage(t.Context(), token); outcome(err) != "kid" {
			t.Fatal(err)
		}
	}
	if n := r.sim.Calls()["/op/jwks"] - before; n != 1 {
		t.Errorf("50 forged messages made %d calls", n)
	}
	r.sim.Rotate()
	r.mustLogIn(t, "aino", "010594Y9032")
}

func TestKeysServeForADayWhenTheProviderIsSilent(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.mustLogIn(t, "aino", "010594Y9032")
	r.sim.SetMode("jwks-down", 0)
	r.clock.move(23 * time.Hour)
	r.mustLogIn(t, "aino", "010594Y9032")
	r.clock.move(2 * time.Hour)
	if _, err := r.logIn(t, "aino"); !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("keys of 25 hours: %v", err)
	}
	r.sim.SetMode("", 0)
	r.clock.move(time.Minute)
	r.mustLogIn(t, "aino", "010594Y9032")
}

func TestProvidersKeySetMayHaveToBeSigned(t *testing.T) {
	t.Parallel()

	var trusted string
	signed := func(s *setup) { s.cfg.TrustedKeys, s.cfg.Endpoints.Keys = trusted, s.cfg.Issuer+"/op/signed-jwks" }
	trusted = string(newRig(t).sim.EntityKeys())
	newRig(t, signed).mustLogIn(t, "aino", "010594Y9032")

	forged := newRig(t, signed)
	forged.sim.SetMode("jwks-forged", 0)
	plain := newRig(t, signed, func(s *setup) { s.cfg.Endpoints.Keys = "" })
	for name, r := range map[string]*rig{"forged": forged, "plain": plain} {
		if who, err := r.logIn(t, "aino"); err == nil {
			t.Errorf("%s: logged in as %+v", name, who)
		}
	}
}

func TestOwnKeysRotateWithoutAFailedLogIn(t *testing.T) {
	t.Parallel()

	// The simulated provider fetches our keys itself, and keeps them for a day.
	var portal http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { portal.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	r := newRig(t, func(s *setup) { s.sim.Client.KeysURL, s.sim.KeysFor, s.sim.Patient = server.URL, 23*time.Hour, true })
	portal = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, err := r.provider.SignedKeys(req.Context())
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/jwk-set+jwt")
		_, _ = w.Write(b)
	})
	keys := privateKeys()
	kids := map[string]bool{}
	for hour := range 24 * 9 {
		if hour%72 == 30 {
			var err error
			if keys, err = suomifi.RotateKeys(keys, r.clock.now()); err != nil {
				t.Fatal(err)
			}
			if err := r.provider.SetKeys(keys); err != nil {
				t.Fatal(err)
			}
			// Other processes have the new key yet to learn of.
			if shown := string(r.provider.Keys()); strings.Count(shown, `"use":"sig"`) != 2 || strings.Count(shown, `"use":"enc"`) != 1 {
				t.Errorf("after %d hours these are shown: %s", hour, shown)
			}
		}
		if hour%3 == 0 {
			r.mustLogIn(t, "aino", "010594Y9032")
		}
		kids[string(r.provider.Keys())] = true
		r.clock.move(time.Hour)
	}
	if faults := r.sim.Faults(); len(faults) > 0 || len(kids) < 6 {
		t.Errorf("%d key sets were shown; faults: %v", len(kids), faults)
	}
	// Two of each use at most, and the entity key.
	if n := strings.Count(keys, `"kid"`); n > 5 {
		t.Errorf("%d keys are left", n)
	}
}

func TestPrivateKeysAreChecked(t *testing.T) {
	t.Parallel()

	good := privateKeys()
	for name, keys := range map[string]string{
		"empty":          "",
		"no set":         `[]`,
		"no keys":        `{"keys":[]}`,
		"symmetric":      `{"keys":[{"kty":"oct","k":"c2VjcmV0","use":"sig","kid":"a"}]}`,
		"no encryption":  strings.ReplaceAll(good, `"use": "enc"`, `"use": "sig"`),
		"unknown use":    strings.ReplaceAll(good, `"use": "enc"`, `"use":"tls"`),
		"no kid":         strings.ReplaceAll(good, `"kid": "enc`, `"kidd":"enc`),
		"signs tomorrow": strings.ReplaceAll(good, `"nbf": 1`, `"nbf": 9`),
	} {
		if keys == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		c := suomifi.FTN()
		c.Issuer, c.ClientID, c.RedirectURL, c.Keys = "https://op.example", "portal", callback, secret.New(keys)
		_, err := suomifi.New(c, func() time.Time { return start })
		if err == nil || containsAny(err.Error(), "c2VjcmV0", "{") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
