package identity

import (
	"errors"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// SignInOptions say how the provider is to identify.
type SignInOptions struct {
	// Lang is the language of the provider's pages.
	Lang i18n.Lang
	// Fresh asks for a new identification even of somebody whom the provider
	// still knows.
	Fresh bool
}

// SignIn is an identification that has begun. All but URL are secret between
// the browser that began it and us, and are needed to finish it.
type SignIn struct {
	// URL is the provider's page to go to.
	URL                    string
	State, Nonce, Verifier string
	// Fresh is what was asked for in SignInOptions.
	Fresh bool
}

// Identified is what the identification service told of a person, checked.
type Identified struct {
	// Code is empty for people who have no Finnish identity code; they have a
	// ForeignID.
	Code Code
	// ForeignID is the identifier of an eIDAS identification.
	ForeignID string
	// FirstNames are all of them; CallName is the one in use and may be empty.
	FirstNames, CallName, FamilyName string
	// BirthDate is zero when it was not told.
	BirthDate time.Time
	// Country is where the person lives, as two letters of ISO 3166; it may be
	// empty.
	Country string
	// Municipality is the code of the municipality of residence. Whatever is in
	// it and in Country is not kept when NonDisclosure is set.
	Municipality string
	// NonDisclosure is the protection order (turvakielto).
	NonDisclosure bool
	// Level is the level of assurance that was reached.
	Level Level
	// At is when the person was identified.
	At time.Time
	// Subject and ProviderSession name person and session at the provider, for
	// its log-out messages. They are not kept as identity.
	Subject, ProviderSession string
	// IDToken is handed back when logging out; it may be empty.
	IDToken string
}

// Level is a level of assurance.
type Level string

// The levels that are strong enough.
const (
	LevelSubstantial Level = "substantial"
	LevelHigh        Level = "high"
)

// LoggedOut is what a log-out message of the provider says, checked.
type LoggedOut struct {
	// Subject and ProviderSession are as in Identified; one of them may be empty.
	Subject, ProviderSession string
	// ID names the message; a message is obeyed once.
	ID string
}

// Outcomes of an identification that ended without a person.
var (
	// ErrCancelled means that the person gave up or was denied at the provider.
	ErrCancelled = errors.New("identification cancelled")
	// ErrUnavailable means that the provider did not answer, or not in time.
	ErrUnavailable = errors.New("identification unavailable")
)

// RefusedError means that an answer of the provider must not be believed.
type RefusedError struct {
	// Reason is a code for the audit event and the log, such as nonce or
	// signature. It holds nothing that came from outside.
	Reason string
}

// Error names the reason.
func (e *RefusedError) Error() string { return "identification refused: " + e.Reason }
