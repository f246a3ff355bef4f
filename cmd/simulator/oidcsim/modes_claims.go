package oidcsim

import (
	"fmt"
	"strings"
	"time"
)

// claimModes change what the ID token says.
func claimModes() map[string]mode {
	set := func(name string, value any) mode {
		return mode{token: func(d *draft) { d.claims[name] = value }}
	}
	drop := func(name string) mode {
		return mode{token: func(d *draft) { delete(d.claims, name) }}
	}
	after := func(name string, by time.Duration) mode {
		return mode{token: func(d *draft) { d.claims[name] = d.now.Add(by).Unix() }}
	}
	return map[string]mode{
		"nonce-invalid": set("nonce", strings.Repeat("x", 43)),
		"nonce-missing": drop("nonce"),
		"iss-invalid":   set("iss", "https://other.example"),
		"iss-slash":     {token: func(d *draft) { d.claims["iss"] = fmt.Sprint(d.claims["iss"], "/") }},
		"aud-invalid":   set("aud", "somebody-else"),
		"aud-missing":   drop("aud"),
		"aud-array":     {token: func(d *draft) { d.claims["aud"] = []any{d.claims["aud"]} }},
		"aud-two":       {token: func(d *draft) { d.claims["aud"] = []any{d.claims["aud"], "somebody-else"} }},
		"aud-two-azp-other": {token: func(d *draft) {
			d.claims["aud"], d.claims["azp"] = []any{d.claims["aud"], "somebody-else"}, "somebody-else"
		}},
		"azp-other":   set("azp", "somebody-else"),
		"azp-ours":    {token: func(d *draft) { d.claims["azp"] = d.claims["aud"] }},
		"iat-missing": drop("iat"),
		"sub-missing": drop("sub"),
		"exp-missing": drop("exp"),
		"exp-past-61s": {token: func(d *draft) {
			d.claims["iat"], d.claims["exp"] = d.now.Add(-10*time.Minute).Unix(), d.now.Add(-61*time.Second).Unix()
		}},
		"exp-past-59s": {token: func(d *draft) {
			d.claims["iat"], d.claims["exp"] = d.now.Add(-10*time.Minute).Unix(), d.now.Add(-59*time.Second).Unix()
		}},
		"iat-ahead-61s": after("iat", 61*time.Second),
		"iat-ahead-59s": after("iat", 59*time.Second),
		"nbf-ahead":     after("nbf", 5*time.Minute),
		"nbf-now":       after("nbf", 0),
		"nbf-text":      set("nbf", "soon"),
		"life-61min":    after("exp", 61*time.Minute),
		"exp-text":      {token: func(d *draft) { d.claims["exp"] = fmt.Sprint(d.claims["exp"]) }},
		"exp-huge":      set("exp", 1e300),

		"acr-missing":  drop("acr"),
		"acr-loa1":     set("acr", "http://ftn.ficora.fi/2017/loa1"),
		"acr-unknown":  set("acr", "urn:example:strong"),
		"acr-test":     set("acr", "http://ftn.ficora.fi/2017/loatest2"),
		"acr-loa2":     set("acr", "http://ftn.ficora.fi/2017/loa2"),
		"acr-loa3":     set("acr", "http://ftn.ficora.fi/2017/loa3"),
		"auth-missing": drop("auth_time"),
		"auth-old":     after("auth_time", -301*time.Second),
		"auth-ahead":   after("auth_time", 10*time.Minute),

		"claims-twice": {token: func(d *draft) {
			d.payload = []byte(strings.Replace(string(encode(d.claims)), "{", `{"sub":"somebody-else",`, 1))
		}},
		"claims-escaped-twice": {token: func(d *draft) {
			d.payload = []byte(strings.Replace(string(encode(d.claims)), "{", `{"\u0073ub":"somebody-else",`, 1))
		}},
		"claims-list":  {token: func(d *draft) { d.payload = []byte(`["iss"]`) }},
		"claims-tail":  {token: func(d *draft) { d.payload = append(encode(d.claims), "{}"...) }},
		"claims-deep":  {token: func(d *draft) { d.payload = deep(d) }},
		"token-100kib": {token: func(d *draft) { d.claims["pad"] = strings.Repeat("x", 100<<10) }},

		"code-invalid": set("urn:oid:1.2.246.21", "010594Y9033"),
		"code-missing": drop("urn:oid:1.2.246.21"),
		"names-joined": {token: func(d *draft) {
			for _, name := range []string{"urn:oid:1.2.246.575.1.14", "urn:oid:2.5.4.42", "urn:oid:2.5.4.4"} {
				delete(d.claims, name)
			}
		}},
		"names-missing": {token: func(d *draft) {
			for _, name := range []string{"urn:oid:1.2.246.575.1.14", "urn:oid:2.5.4.42", "urn:oid:2.5.4.4", "urn:oid:2.16.840.1.113730.3.1.241"} {
				delete(d.claims, name)
			}
		}},
		"names-hostile": set("urn:oid:2.5.4.4", "<b>X</b>\r\nSet-Cookie: a=b\u202e"+strings.Repeat("n", 10_000)),
		"name-changed":  set("urn:oid:2.5.4.4", "Vaihtunut"),
		"code-list":     set("urn:oid:1.2.246.21", []string{"010594Y9032"}),
		"foreign-long":  set("http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier", "DE/FI/"+strings.Repeat("1", 300)),
		"foreign-only": {token: func(d *draft) {
			delete(d.claims, "urn:oid:1.2.246.21")
			d.claims["http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier"] = "DE/FI/1234"
		}},
		"auth-text":       set("auth_time", "now"),
		"member-nameless": set("", "x"),
		"deceased":        set("date_of_death", "2025-01-31"),
	}
}

// deep is a token whose claims lie in one another a thousand times.
func deep(d *draft) []byte {
	nested := strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000)
	return []byte(strings.Replace(string(encode(d.claims)), "{", `{"deep":`+nested+",", 1))
}
