package mandate

import (
	"context"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// Register is e-Authorizations. A call fails with ErrConfirm when the visit or
// its tokens are over, and with ErrUnavailable else. No error holds anything that
// was sent or answered.
type Register interface {
	// Open begins a visit of the person with that identity code.
	Open(ctx context.Context, code identity.Code) (Visit, error)
	// ChoosePage is the address to which the browser goes to choose.
	ChoosePage(v Visit, state string, lang i18n.Lang) string
	// Exchange gets the tokens for the code that the browser brought back.
	Exchange(ctx context.Context, code string) (Tokens, error)
	// Refresh gets new tokens for a refresh token.
	Refresh(ctx context.Context, refreshToken secret.String) (Tokens, error)
	// Organisations tells what the visit is about; only, unless empty, leaves out
	// all other organisations.
	Organisations(ctx context.Context, visit, access secret.String, only organisation.BusinessID) ([]Granted, error)
	// Close ends a visit.
	Close(ctx context.Context, visit secret.String) error
}

// Visit is a session of e-Authorizations. Its ID never goes to the browser; the
// UserID is for that.
type Visit struct {
	ID     secret.String
	UserID string
}

// Tokens give access to what a visit is about. Refresh may be empty.
type Tokens struct {
	Access, Refresh secret.String
	Life            time.Duration
}

// Granted is what e-Authorizations told of an organisation, unchecked.
type Granted struct {
	Identifier, Name string
	Complete         bool
	Roles            []string
}
