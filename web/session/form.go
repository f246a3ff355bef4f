package session

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/edge"
)

// Hidden fields of forms besides edge.TokenField.
const (
	// OwnerField tells, sealed, who opened the form and what it is for.
	OwnerField = "form_owner"
	// UnsentField names the kept form that is sent again.
	UnsentField = "form_unsent"
)

// ownerLife is how long a form that was left open is still known as its
// owner's.
const ownerLife = 7 * 24 * time.Hour

// owner is what OwnerField holds.
type owner struct {
	Kind    identity.Kind     `json:"k"`
	Person  identity.PersonID `json:"p"`
	Purpose string            `json:"f"`
	At      time.Time         `json:"t"`
	// BusinessID and Organisation are those of the organisation that the form
	// was opened for.
	BusinessID   string `json:"b,omitempty"`
	Organisation string `json:"o,omitempty"`
}

// ownerIn is the owner of a form for purpose that is opened in s.
func ownerIn(s identity.Session, purpose string, at time.Time) owner {
	o := owner{Kind: s.Kind, Person: s.PersonID, Purpose: purpose, At: at}
	if s.Acting != nil {
		o.BusinessID, o.Organisation = s.Acting.BusinessID, s.Acting.Name
	}
	return o
}

// entry is the owner for whom the form waits.
func (o owner) entry() entry.Owner { return entry.Owner{Person: o.Person, Kind: o.Kind} }

// binding is that of the owner's sessions.
func (o owner) binding() string {
	return identity.Session{ID: 1, Kind: o.Kind, PersonID: o.Person}.Binding()
}

// CheckForm checks the token that FormFields has put into a form, and returns
// its ID: the same for a form that is sent twice. It fails with edge.ErrToken,
// which is fault.ErrForbidden too.
func CheckForm(ctx context.Context, values url.Values, purpose string) (string, error) {
	s := of(ctx)
	if s.manager == nil {
		return "", fmt.Errorf("form without sessions: %w", edge.ErrToken)
	}
	id, err := s.manager.Tokens.Check(values.Get(edge.TokenField), purpose, s.session.Binding())
	if err != nil {
		return "", fmt.Errorf("%w: %w", fault.ErrForbidden, err)
	}
	return id, nil
}

// hidden are the fields of a new form.
func hidden(ctx context.Context, purpose string) []field {
	s := of(ctx)
	if s.manager == nil {
		return nil
	}
	fields := []field{{edge.TokenField, s.manager.Tokens.Issue(purpose, s.session.Binding())}}
	if s.session.LoggedIn() {
		o := ownerIn(s.session, purpose, s.manager.Now())
		fields = append(fields, field{OwnerField, s.manager.sealOwner(o)})
	}
	return fields
}

type field struct{ name, value string }

// sealOwner hides an owner in a form. Its key comes from that of form tokens.
func (m *Manager) sealOwner(o owner) string {
	plain, err := json.Marshal(o)
	if err != nil {
		panic(err) // plain values only
	}
	gcm := m.ownerCipher()
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(gcm.Seal(nonce, nonce, plain, []byte(OwnerField)))
}

// openOwner returns false for what is not sealed by us, or long ago.
func (m *Manager) openOwner(text string) (owner, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	gcm := m.ownerCipher()
	if err != nil || len(b) < gcm.NonceSize() {
		return owner{}, false
	}
	plain, err := gcm.Open(nil, b[:gcm.NonceSize()], b[gcm.NonceSize():], []byte(OwnerField))
	if err != nil {
		return owner{}, false
	}
	var o owner
	if err := json.Unmarshal(plain, &o); err != nil {
		return owner{}, false
	}
	age := m.Now().Sub(o.At)
	return o, age > -time.Minute && age < ownerLife
}

func (m *Manager) ownerCipher() cipher.AEAD {
	mac := hmac.New(sha256.New, m.Tokens.Key)
	mac.Write([]byte(OwnerField))
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		panic(err) // the key has the right length
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}
