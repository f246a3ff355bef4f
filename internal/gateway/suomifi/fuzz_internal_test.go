package suomifi

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/identity"
)

// FuzzReadObject holds the strict reader to the loose one: what it accepts, the
// standard library reads alike.
func FuzzReadObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":2}`, `{"a":[{"b":null}]}`, `[]`, `{"a":1}{}`, `{"\u0061":1,"a":2}`, `{"":1}`, `{"a":1e400}`, "{\"a\":\"\xff\"}", strings.Repeat(`{"a":`, 20)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := readObject(b)
		if err != nil {
			return
		}
		loose := map[string]any{}
		if err := json.Unmarshal(b, &loose); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%q is read by us only: %v", b, err)
		}
		for name := range o {
			if _, ok := loose[name]; !ok && len(loose) > 0 {
				t.Errorf("%q: %q is seen by us only", b, name)
			}
		}
		if len(loose) > len(o) {
			t.Errorf("%q: %d members, not %d", b, len(o), len(loose))
		}
	})
}

// FuzzIdentified holds whoever comes of claims to what the portal stands on.
func FuzzIdentified(f *testing.F) {
	names := FTN().Claims
	now := time.Date(2026, time.March, 29, 1, 0, 0, 0, time.UTC)
	read := claimReader{names: names, levels: map[string]identity.Level{"2": identity.LevelSubstantial}, now: func() time.Time { return now }}
	for _, seed := range []map[string]any{
		{names.Code: "010594Y9032", names.FirstNames: "Aino", names.FamilyName: "Korhonen", "acr": "2", "iat": 1774746000},
		{names.ForeignID: "DE/FI/1", names.Name: "Weiß Jürgen", names.BirthDate: "1981-11-30"},
		{names.Code: 7, names.Municipality: "0911"},
		{names.Code: "010594-9032", names.FamilyName: "x\u0000y\u202ez", names.NonDisclosure: true, names.Municipality: "091", names.Deceased: false},
	} {
		b, err := json.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		claims, err := readObject(b)
		if err != nil {
			return
		}
		who, err := read.identified(claims)
		if err != nil {
			return
		}
		if !who.Code.IsSet() && who.ForeignID == "" || who.NonDisclosure && who.Municipality+who.Country != "" || who.At.After(now) {
			t.Errorf("%s became %+v", b, who)
		}
		for _, name := range []string{who.FirstNames, who.CallName, who.FamilyName} {
			if strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) || utf8.RuneCountInString(name) > longestName {
				t.Errorf("%s has the name %q", b, name)
			}
		}
	})
}

// FuzzReadHeader holds the reader of headers to letting nothing pass that would
// have us fetch or unpack something.
func FuzzReadHeader(f *testing.F) {
	for _, seed := range []string{"", "..", "e30..", "eyJhbGciOiJub25lIn0..", "eyJqd2siOnt9fQ.a.b", "a.b.c.d.e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		header, err := readHeader(token, 3)
		if err != nil {
			return
		}
		for name := range header {
			if strings.HasPrefix(name, "jwk") || strings.HasPrefix(name, "x5u") || name == "crit" || name == "zip" || name == "jku" {
				t.Errorf("%q has the header %q", token, name)
			}
		}
	})
}

// FuzzReadKeySet holds the provider's key set to keys that can check signatures.
func FuzzReadKeySet(f *testing.F) {
	for _, seed := range []string{`{"keys":[]}`, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`, `{"keys":[{"kty":"oct","k":"AQAB"}]}`, `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":[1,null,{}]}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		keys, err := readKeySet(b)
		if err != nil {
			return
		}
		for _, key := range keys {
			switch public := key.Key.(type) {
			case *rsa.PublicKey:
				if public.N.BitLen() < 2048 {
					t.Errorf("%s has a short key", b)
				}
			case *ecdsa.PublicKey:
			default:
				t.Errorf("%s has a %T", b, public)
			}
		}
	})
}
