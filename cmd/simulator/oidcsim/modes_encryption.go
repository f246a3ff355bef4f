package oidcsim

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// encryptionModes change how the ID token is encrypted.
func encryptionModes() map[string]mode {
	change := func(to func(*draft, *encryption)) mode {
		return mode{token: func(d *draft) {
			if d.encrypt != nil {
				to(d, d.encrypt)
			}
		}}
	}
	return map[string]mode{
		"enc-a256gcm":   change(func(_ *draft, e *encryption) { e.alg, e.enc = jose.RSA_OAEP_256, jose.A256GCM }),
		"enc-kid-none":  change(func(_ *draft, e *encryption) { e.kid = "" }),
		"enc-plain":     {token: func(d *draft) { d.encrypt = nil }},
		"enc-other-key": change(func(_ *draft, e *encryption) { e.key = &rsaKey(0).PublicKey }),
		"enc-rsa1_5":    change(func(_ *draft, e *encryption) { e.alg = jose.RSA1_5 }),
		"enc-a192gcm":   change(func(_ *draft, e *encryption) { e.enc = jose.A192GCM }),
		"enc-dir": change(func(_ *draft, e *encryption) {
			e.alg, e.enc, e.key = jose.DIRECT, jose.A256GCM, []byte(strings.Repeat("k", 32))
		}),
		// Making the token would be as costly as opening it: only the header is
		// what it should be.
		"enc-pbes2": change(func(_ *draft, e *encryption) {
			e.plan = func(string) string {
				header := segment([]byte(`{"alg":"PBES2-HS256+A128KW","enc":"A128CBC-HS256","cty":"JWT","p2s":"c2FsdHNhbHQ","p2c":100000000}`))
				return header + "." + segment(make([]byte, 40)) + "." + segment(make([]byte, 16)) + "." + segment(make([]byte, 64)) + "." + segment(make([]byte, 16))
			}
		}),
		"enc-zip": change(func(_ *draft, e *encryption) { e.zip = true }),
		"enc-zip-bomb": change(func(_ *draft, e *encryption) {
			one := *e
			one.zip = true
			e.plan = func(string) string {
				return large("bomb", func() string { return one.encrypt(strings.Repeat("A", 32<<20)) })
			}
		}),
		"token-1mib": change(func(d *draft, e *encryption) {
			one := *e
			d.claims["pad"] = strings.Repeat("x", 1<<20)
			jws := *d
			jws.encrypt = nil
			e.plan = func(string) string { return large("1mib", func() string { return one.encrypt(jws.token()) }) }
			d.jws = "made before"
		}),
		"token-1mib-jws": {token: func(d *draft) {
			d.claims["pad"] = strings.Repeat("x", 1<<20)
			jws := *d
			jws.encrypt = nil
			d.whole = large("1mib-jws", jws.token)
		}},
		"enc-no-jws": change(func(d *draft, _ *encryption) { d.jws = string(encode(d.claims)) }),
		"enc-twice": change(func(_ *draft, e *encryption) {
			one := *e
			e.plan = func(jws string) string { return one.encrypt(one.encrypt(jws)) }
		}),
		"enc-cty": change(func(_ *draft, e *encryption) { e.header = map[jose.HeaderKey]any{"cty": "text/plain"} }),
		"enc-jku": change(func(d *draft, e *encryption) {
			e.header = map[jose.HeaderKey]any{"jku": d.sim.address("/attacker/jwks")}
		}),
		"enc-tampered": change(func(_ *draft, e *encryption) {
			one := *e
			e.plan = func(jws string) string { return tampered(one.encrypt(jws), 3) }
		}),
		"enc-tag": change(func(_ *draft, e *encryption) {
			one := *e
			e.plan = func(jws string) string { return tampered(one.encrypt(jws), 4) }
		}),
		"enc-key-garbage": change(func(_ *draft, e *encryption) {
			one := *e
			e.plan = func(jws string) string { return tampered(one.encrypt(jws), 1) }
		}),
		"enc-garbage": {token: func(d *draft) { d.whole = "a.b.c.d.e" }},
		"enc-dots":    {token: func(d *draft) { d.whole = strings.Repeat(".", 60_000) }},
	}
}

var larges sync.Map

// large makes a large token once, so that whoever measures what opening it costs
// does not measure its making. It is nobody's log-in.
func large(name string, made func() string) string {
	if text, ok := larges.Load(name); ok {
		return fmt.Sprint(text)
	}
	text := made()
	larges.Store(name, text)
	return text
}

// tampered flips a bit in one part of a token.
func tampered(token string, part int) string {
	parts := strings.Split(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err != nil {
		panic(err)
	}
	b[len(b)/2] ^= 1
	parts[part] = segment(b)
	return strings.Join(parts, ".")
}
