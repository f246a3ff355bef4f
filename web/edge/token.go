package edge

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// TokenField is the name of the form field that holds a token.
const TokenField = "form_token"

// tokenLife is how long a form may lie open.
const tokenLife = 24 * time.Hour

// ErrToken means that a form came without a token of ours, or with an old one.
var ErrToken = errors.New("no valid form token")

// Tokens makes and checks form tokens. A token is signed and says for which form
// and when it was made; nothing is kept of it, and a public form needs no
// cookie. Its ID is unique, so that it also tells a form that is sent twice.
type Tokens struct {
	// Key signs; it must be at least 32 secret bytes and the same in every
	// process.
	Key []byte
	Now func() time.Time
}

const (
	tokenIDSize   = 16
	tokenTimeSize = 8
)

// Issue returns a token for the form called purpose. binding ties it to a
// session; it is "" for forms that anybody may send.
func (t Tokens) Issue(purpose, binding string) string {
	b := make([]byte, tokenIDSize+tokenTimeSize, tokenIDSize+tokenTimeSize+sha256.Size)
	_, _ = rand.Read(b[:tokenIDSize])                                   // never fails
	binary.BigEndian.PutUint64(b[tokenIDSize:], uint64(t.Now().Unix())) //nolint:gosec // after 1970
	return base64.RawURLEncoding.EncodeToString(append(b, t.sign(b, purpose, binding)...))
}

// Check returns the ID of a token that Issue made with the same purpose and
// binding, or ErrToken.
func (t Tokens) Check(token, purpose, binding string) (string, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenIDSize+tokenTimeSize+sha256.Size {
		return "", ErrToken
	}
	said, signature := b[:tokenIDSize+tokenTimeSize], b[tokenIDSize+tokenTimeSize:]
	if !hmac.Equal(signature, t.sign(said, purpose, binding)) {
		return "", ErrToken
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(said[tokenIDSize:])), 0) //nolint:gosec // made by Issue
	if age := t.Now().Sub(made); age < -time.Minute || age > tokenLife {
		return "", ErrToken
	}
	return base64.RawURLEncoding.EncodeToString(said[:tokenIDSize]), nil
}

func (t Tokens) sign(said []byte, purpose, binding string) []byte {
	mac := hmac.New(sha256.New, t.Key)
	for _, part := range [][]byte{[]byte(purpose), []byte(binding), said} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		mac.Write(size[:])
		mac.Write(part)
	}
	return mac.Sum(nil)
}
