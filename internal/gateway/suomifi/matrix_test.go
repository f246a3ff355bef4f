package suomifi_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/identity"
)

// row is a case of the matrix: what the provider does wrong or unusually, and
// what must come of it.
type row struct {
	mode string
	as   string // what else is special
	want string // accepted, cancelled, unavailable, or the reason of a refusal
	// fresh asks for a new identification.
	fresh bool
	// change sets both sides up; prepare comes after the first log-in.
	change  func(*setup)
	prepare func(*rig)
}

func matrix() []row {
	withTest := func(s *setup) { s.cfg.ACR = append(s.cfg.ACR, "http://ftn.ficora.fi/2017/loatest2=substantial") }
	tokenOnly := func(s *setup) { s.cfg.UserInfo = false }
	return []row{
		{mode: "", want: "accepted"},
		{mode: "", want: "accepted", fresh: true},
		{mode: "nonce-invalid", want: "nonce"},
		{mode: "nonce-missing", want: "nonce"},
		{mode: "iss-invalid", want: "iss"},
		{mode: "iss-slash", want: "iss"},
		{mode: "aud-invalid", want: "aud"},
		{mode: "aud-missing", want: "aud"},
		{mode: "aud-array", want: "accepted"},
		{mode: "aud-two", want: "aud"},
		{mode: "aud-two-azp-other", want: "aud"},
		{mode: "azp-other", want: "azp"},
		{mode: "azp-ours", want: "accepted"},
		{mode: "iat-missing", want: "iat"},
		{mode: "sub-missing", want: "sub"},
		{mode: "exp-missing", want: "exp"},
		{mode: "userinfo-sub-other", want: "userinfo"},
		{mode: "userinfo-sub-missing", want: "userinfo"},
		{mode: "userinfo-down", want: "unavailable"},
		{mode: "metadata-issuer", want: "metadata_issuer"},
		{mode: "metadata-plain", want: "metadata"},
		{mode: "metadata-1mib", want: "unavailable"},
		{mode: "userinfo-1mib", want: "unavailable"},
		{mode: "jwks-1mib", want: "unavailable"},
		{mode: "metadata-down", want: "unavailable"},

		{mode: "alg-none", want: "token_header"},
		{mode: "alg-None", want: "token_header"},
		{mode: "alg-nOnE", want: "token_header"},
		{mode: "alg-missing", want: "token_header"},
		{mode: "signature-empty", want: "signature"},
		{mode: "signature-rs256", want: "signature"},
		{mode: "signature-es256", want: "token_header"},
		{mode: "signature-es256", as: "allowed", want: "signature", change: func(s *setup) { s.cfg.SignatureAlgorithms = []string{"RS256", "ES256"} }},
		{mode: "signature-hs256", want: "token_header"},
		{mode: "other-key", want: "signature"},
		{mode: "hs256-public-pem", want: "token_header"},
		{mode: "hs256-public-jwk", want: "token_header"},
		{mode: "header-jwk", want: "token_header"},
		{mode: "header-jku", want: "token_header"},
		{mode: "header-x5u", want: "token_header"},
		{mode: "header-x5c", want: "token_header"},
		{mode: "header-twice", want: "token_header"},
		{mode: "json-form", want: "decryption"},
		{mode: "crit", want: "token_header"},
		{mode: "claims-twice", want: "claims"},
		{mode: "claims-escaped-twice", want: "claims"},
		{mode: "claims-list", want: "claims"},
		{mode: "claims-tail", want: "claims"},
		{mode: "claims-deep", want: "claims"},
		{mode: "exp-text", want: "exp"},
		{mode: "exp-huge", want: "exp"},
		{mode: "nbf-text", want: "nbf"},
		{mode: "token-100kib", want: "decryption"},
		{mode: "token-1mib", want: "unavailable"},
		{mode: "token-1mib-jws", want: "unavailable"},

		{mode: "kid-absent", want: "accepted"},
		{mode: "kid-absent", as: "several keys", want: "accepted", prepare: func(r *rig) { r.sim.Rotate() }},
		{mode: "kid-random", want: "kid"},
		{mode: "kid-hostile", want: "kid"},
		{mode: "jwks-odd-keys", want: "accepted"},
		{mode: "jwks-down", want: "unavailable"},

		{mode: "exp-past-61s", want: "exp"},
		{mode: "exp-past-59s", want: "accepted"},
		{mode: "iat-ahead-61s", want: "iat"},
		{mode: "iat-ahead-59s", want: "accepted"},
		{mode: "nbf-ahead", want: "nbf"},
		{mode: "nbf-now", want: "accepted"},
		{mode: "life-61min", want: "lifetime"},

		{mode: "acr-missing", want: "acr"},
		{mode: "acr-loa1", want: "acr"},
		{mode: "acr-unknown", want: "acr"},
		{mode: "acr-test", want: "acr"},
		{mode: "acr-test", as: "configured", want: "accepted", change: withTest},
		{mode: "acr-loa2", want: "accepted"},
		{mode: "acr-loa3", want: "accepted"},
		{mode: "auth-missing", want: "auth_time", fresh: true},
		{mode: "auth-old", want: "auth_time", fresh: true},
		{mode: "auth-ahead", want: "auth_time", fresh: true},
		{mode: "auth-old", want: "accepted"},
		{mode: "auth-missing", want: "accepted"},

		{mode: "enc-a256gcm", want: "accepted"},
		{mode: "enc-kid-none", want: "accepted"},
		{mode: "enc-plain", want: "decryption"},
		{mode: "enc-other-key", want: "decryption"},
		{mode: "enc-rsa1_5", want: "decryption"},
		{mode: "enc-a192gcm", want: "decryption"},
		{mode: "enc-dir", want: "decryption"},
		{mode: "enc-pbes2", want: "decryption"},
		{mode: "enc-zip", want: "decryption"},
		{mode: "enc-zip-bomb", want: "decryption"},
		{mode: "enc-no-jws", want: "decryption"},
		{mode: "enc-twice", want: "decryption"},
		{mode: "enc-jku", want: "decryption"},
		{mode: "enc-cty", want: "decryption"},
		{mode: "enc-tampered", want: "decryption"},
		{mode: "enc-tag", want: "decryption"},
		{mode: "enc-key-garbage", want: "decryption"},
		{mode: "enc-garbage", want: "decryption"},
		{mode: "enc-dots", want: "decryption"},

		{mode: "state-missing", want: "state"},
		{mode: "state-wrong", want: "state"},
		{mode: "state-twice", want: "answer"},
		{mode: "answer-iss-gone", want: "answer_issuer"},
		{mode: "answer-iss-wrong", want: "answer_issuer"},
		{mode: "code-wrong", want: "code"},
		{mode: "code-gone", want: "answer"},
		{mode: "code-twice", want: "answer"},
		{mode: "code-huge", want: "answer"},

		{mode: "error-access-denied", want: "cancelled"},
		{mode: "error-cancel", want: "cancelled"},
		{mode: "error-login-required", want: "cancelled"},
		{mode: "error-server-error", want: "unavailable"},
		{mode: "error-temporarily-unavailable", want: "unavailable"},
		{mode: "error-unknown", want: "provider_error"},
		{mode: "error-html", want: "provider_error"},
		{mode: "error-5kb", want: "provider_error"},

		{mode: "token-500", want: "unavailable"},
		{mode: "token-429", want: "unavailable"},
		{mode: "token-401", want: "token_request"},
		{mode: "token-half", want: "unavailable"},
		{mode: "token-10mib", want: "unavailable"},
		{mode: "token-html", want: "unavailable"},
		{mode: "token-plain", want: "decryption"},
		{mode: "token-empty", want: "unavailable"},
		{mode: "token-redirect", want: "unavailable"},
		{mode: "token-no-id", want: "token_answer"},
		{mode: "token-id-list", want: "token_answer"},
		{mode: "token-type", want: "token_answer"},

		{mode: "code-invalid", change: tokenOnly, want: "code_claim"},
		{mode: "code-list", change: tokenOnly, want: "code_claim"},
		{mode: "foreign-long", change: tokenOnly, want: "foreign_id_claim"},
		{mode: "foreign-only", change: tokenOnly, want: "accepted"},
		{mode: "auth-text", want: "auth_time"},
		{mode: "auth-ahead", want: "auth_time"},
		{mode: "member-nameless", want: "claims"},
		{mode: "code-missing", change: tokenOnly, want: "nobody"},
		{mode: "names-joined", change: tokenOnly, want: "accepted"},
		{mode: "names-missing", change: tokenOnly, want: "name"},
		{mode: "names-hostile", change: tokenOnly, want: "accepted"},
		{mode: "name-changed", change: tokenOnly, want: "accepted"},
		{mode: "deceased", want: "deceased"},
	}
}

// outcome names what came of a log-in.
func outcome(err error) string {
	refused := (*identity.RefusedError)(nil)
	switch {
	case err == nil:
		return "accepted"
	case errors.As(err, &refused):
		return refused.Reason
	case errors.Is(err, identity.ErrCancelled):
		return "cancelled"
	case errors.Is(err, identity.ErrUnavailable):
		return "unavailable"
	}
	return err.Error()
}

// early are rows that end before the token endpoint is called, late those in
// which the ID token was good.
var (
	early = map[string]bool{"state": true, "answer": true, "answer_issuer": true, "cancelled": true, "provider_error": true}
	late  = map[string]bool{"userinfo-sub-other": true, "userinfo-sub-missing": true, "userinfo-down": true, "userinfo-1mib": true, "deceased": true}
)

// TestMatrix goes through everything that a provider, or somebody who plays one,
// may answer. It measures memory, and so runs alone.
func TestMatrix(t *testing.T) { //nolint:paralleltest // measures the memory of the process
	for _, c := range matrix() { //nolint:paralleltest // one after the other, for the same reason
		name := c.mode
		if name == "" {
			name = "plain"
		}
		if c.as != "" {
			name += " " + c.as
		}
		if c.fresh {
			name += " fresh"
		}
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
}

func (c row) run(t *testing.T) {
	t.Helper()
	var withUserInfo bool
	r := newRig(t, func(s *setup) {
		s.sim.InUserInfo = c.mode == ""
		if c.change != nil {
			c.change(s)
		}
		withUserInfo = s.cfg.UserInfo
	})
	if c.prepare != nil {
		c.prepare(r)
	}
	if !r.sim.SetMode(c.mode, 0) {
		t.Fatalf("the simulator has no mode %q", c.mode)
	}
	if strings.HasPrefix(c.mode, "token-1mib") || c.mode == "enc-zip-bomb" {
		_, _ = r.logIn(t, "aino") // makes the large token
	}
	var who identity.Identified
	in, err := r.provider.Begin(t.Context(), identity.SignInOptions{Lang: "fi", Fresh: c.fresh})
	var took time.Duration
	var grew uint64
	if err == nil {
		answer := r.identify(t, in, "aino")
		before := allocated()
		began := time.Now()
		who, err = r.provider.Finish(t.Context(), in, answer)
		took, grew = time.Since(began), allocated()-before
	}
	got := outcome(err)
	t.Logf("%-30s %-16s %6.1f ms %6.2f MiB", t.Name()[len("TestMatrix/"):], got, float64(took.Microseconds())/1000, float64(grew)/(1<<20))
	if got != c.want {
		t.Errorf("%s came of it, not %s: %v; faults: %v", got, c.want, err, r.sim.Faults())
	}
	if took > 10*time.Second || grew > 16<<20 {
		t.Errorf("it took %s and %d bytes", took, grew)
	}
	calls := r.sim.Calls()
	if c.want == "accepted" && who.At.Before(start.Add(-time.Hour)) {
		t.Errorf("identified at %s", who.At)
	}
	if c.want != "accepted" && who != (identity.Identified{}) {
		t.Errorf("somebody came of it: %+v", who)
	}
	if n := calls["/op/userinfo"]; c.want == "accepted" && withUserInfo && n != 1 || c.want != "accepted" && n != 0 && !late[c.mode] {
		t.Errorf("the user-info endpoint was called %d times", n)
	}
	if calls["/attacker/"] != 0 {
		t.Error("an address of the attacker was called")
	}
	if early[c.want] && calls["/op/token"] != 0 && c.mode != "code-wrong" {
		t.Error("the token endpoint was called")
	}
	if faults := r.sim.Faults(); len(faults) > 0 && c.mode != "code-wrong" {
		t.Errorf("the client broke rules: %v", faults)
	}
}

// allocated is how much memory the process ever asked for: more than it grows.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// TestMatrixSilence waits for a token endpoint that does not end.
func TestMatrixSilence(t *testing.T) {
	t.Parallel()

	for _, mode := range []string{"token-silence", "token-drip"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()

			r := newRig(t, func(s *setup) { s.cfg.Within = suomifi.FTN().Within })
			r.sim.SetMode(mode, 0)
			began := time.Now()
			_, err := r.logIn(t, "aino")
			took := time.Since(began)
			t.Logf("%-30s %-16s %6.1f ms", mode, outcome(err), float64(took.Microseconds())/1000)
			if !errors.Is(err, identity.ErrUnavailable) || took > 10*time.Second {
				t.Errorf("after %s: %v", took, err)
			}
		})
	}
}

// TestMatrixCancelledRequest ends with the request of the browser.
func TestMatrixCancelledRequest(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.sim.SetMode("token-silence", 0)
	in := r.begin(t, identity.SignInOptions{})
	answer := r.identify(t, in, "aino")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := r.provider.Finish(ctx, in, answer); !errors.Is(err, identity.ErrUnavailable) || time.Since(began) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

// TestMatrixErrorsAreClean looks for what came from outside in the errors.
func TestMatrixErrorsAreClean(t *testing.T) {
	t.Parallel()

	for _, mode := range []string{"error-html", "token-html", "token-500", "kid-hostile", "code-invalid", "claims-twice", "token-10mib"} {
		r := newRig(t)
		r.sim.SetMode(mode, 0)
		_, err := r.logIn(t, "aino")
		if text := fmt.Sprint(err); len(text) > 300 || containsAny(text, "<", "script", "Huoltokatko", "passwd", "010594", "somebody", "xxxx") {
			t.Errorf("%s: %s", mode, text)
		}
	}
}
