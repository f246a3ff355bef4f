package oidcsim

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// signatureModes change how the ID token is signed.
func signatureModes() map[string]mode {
	alg := func(name string, sign signer) mode {
		return mode{token: func(d *draft) { d.header["alg"], d.sign = name, sign }}
	}
	// byAttacker is what an attacker signs and how the header leads there.
	byAttacker := func(header string, value func(d *draft) any) mode {
		return mode{token: func(d *draft) {
			d.header[header], d.sign = value(d), rs256(rsaKey(0))
			d.header["kid"] = "attacker"
		}}
	}
	return map[string]mode{
		"alg-none":         alg("none", unsigned),
		"alg-None":         alg("None", unsigned),
		"alg-nOnE":         alg("nOnE", unsigned),
		"alg-missing":      {token: func(d *draft) { delete(d.header, "alg"); d.sign = unsigned }},
		"signature-empty":  {token: func(d *draft) { d.sign = unsigned }},
		"signature-rs256":  {token: func(d *draft) { d.sign = flipped(d.sign) }},
		"signature-es256":  alg("ES256", flipped(es256(ecKey()))),
		"signature-hs256":  alg("HS256", hs256([]byte("secret"))),
		"other-key":        {token: func(d *draft) { d.sign = rs256(rsaKey(0)) }},
		"hs256-public-pem": {token: func(d *draft) { d.header["alg"], d.sign = "HS256", hs256(publicPEM(d.key)) }},
		"hs256-public-jwk": {token: func(d *draft) {
			d.header["alg"], d.sign = "HS256", hs256(encode(jose.JSONWebKey{Key: &d.key.PublicKey}))
		}},

		"header-jwk": byAttacker("jwk", func(d *draft) any { return d.sim.attackerKey() }),
		"header-jku": byAttacker("jku", func(d *draft) any { return d.sim.address("/attacker/jwks") }),
		"header-x5u": byAttacker("x5u", func(d *draft) any { return d.sim.address("/attacker/cert") }),
		"header-x5c": byAttacker("x5c", func(*draft) any { return []string{"MIIBAQ=="} }),
		"crit":       {token: func(d *draft) { d.header["crit"], d.header["urn:example"] = []string{"urn:example"}, true }},
		"header-twice": {token: func(d *draft) {
			d.jws = segment([]byte(`{"alg":"none","alg":"RS256","kid":"`+kidOf(d)+`"}`)) + "." + segment(encode(d.claims)) + "."
		}},
		"json-form": {token: func(d *draft) {
			parts := strings.Split(compact(d.header, encode(d.claims), d.sign), ".")
			d.jws = `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`
		}},

		"kid-absent": {token: func(d *draft) { delete(d.header, "kid") }},
		"kid-random": {token: func(d *draft) { d.header["kid"] = random() }},
		"kid-withdrawn": {token: func(d *draft) {
			key := d.sim.withdrawnKey()
			private, _ := key.Key.(*rsa.PrivateKey)
			d.header["kid"], d.sign = key.KeyID, rs256(private)
		}},
		"kid-hostile": {token: func(d *draft) { d.header["kid"] = "../../etc/passwd' OR 1=1 --" }},

		"jwks-1mib":     {keySet: func(keys []any) []any { return append(keys, strings.Repeat("x", 1<<20)) }},
		"jwks-odd-keys": {keySet: func(keys []any) []any { return append(oddKeys(), keys...) }},
	}
}

func kidOf(d *draft) string {
	kid, _ := d.header["kid"].(string)
	return kid
}

// flipped changes one bit of a signature.
func flipped(sign signer) signer {
	return func(input []byte) []byte {
		signature := sign(input)
		signature[len(signature)/2] ^= 1
		return signature
	}
}

func publicPEM(key *rsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// oddKeys are keys that nobody has to understand.
func oddKeys() []any {
	return []any{
		map[string]any{"kty": "XYZ", "kid": "odd-1", "use": "sig", "z": "AQAB"},
		map[string]any{"kty": "EC", "crv": "secp256k1", "kid": "odd-2", "use": "sig", "alg": "ES256K", "x": "AA", "y": "AA"},
		map[string]any{"kty": "OKP", "crv": "Ed448", "kid": "odd-3", "use": "sig", "x": "AA"},
		map[string]any{"kty": "RSA", "kid": "odd-4", "use": "sig", "alg": "RS256"},
		map[string]any{"kty": "oct", "kid": "odd-5", "k": "c2VjcmV0"},
	}
}
