package oidcsim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"github.com/go-jose/go-jose/v4"
)

// Tokens are built by hand: no library makes the wrong ones.

// signer makes the signature of what is before it.
type signer func(input []byte) []byte

func compact(header map[string]any, payload []byte, sign signer) string {
	input := segment(encode(header)) + "." + segment(payload)
	return input + "." + segment(sign([]byte(input)))
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func rs256(key *rsa.PrivateKey) signer {
	return func(input []byte) []byte {
		sum := sha256.Sum256(input)
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
		if err != nil {
			panic(err)
		}
		return signature
	}
}

func es256(key *ecdsa.PrivateKey) signer {
	return func(input []byte) []byte {
		sum := sha256.Sum256(input)
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			panic(err)
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature
	}
}

func hs256(secret []byte) signer {
	return func(input []byte) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write(input)
		return mac.Sum(nil)
	}
}

func unsigned([]byte) []byte { return nil }

// encryption is how a token is encrypted to the client.
type encryption struct {
	alg jose.KeyAlgorithm
	enc jose.ContentEncryption
	key any
	kid string
	zip bool
	// header holds more for the header, or something else than JWT for cty.
	header map[jose.HeaderKey]any
	plan   func(jws string) string // instead of all that
}

func (e encryption) encrypt(jws string) string {
	if e.plan != nil {
		return e.plan(jws)
	}
	options := (&jose.EncrypterOptions{}).WithContentType("JWT").WithHeader("kid", e.kid)
	for name, value := range e.header {
		options.WithHeader(name, value)
	}
	if e.zip {
		options.Compression = jose.DEFLATE
	}
	encrypter, err := jose.NewEncrypter(e.enc, jose.Recipient{Algorithm: e.alg, Key: e.key}, options)
	if err != nil {
		panic(err)
	}
	object, err := encrypter.Encrypt([]byte(jws))
	if err != nil {
		panic(err)
	}
	token, err := object.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}
