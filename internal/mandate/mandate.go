// Package mandate knows who may act for which organisation. It asks Suomi.fi
// e-Authorizations (Suomi.fi-valtuudet), keeps the answer for as long as the
// session lasts, and asks again before anything that counts.
package mandate

import (
	"errors"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
)

// Outcomes that pages handle. The right to act has ended is fault.ErrForbidden.
var (
	// ErrUnavailable means that e-Authorizations did not answer, not in time, or
	// not completely: nothing is decided, try again.
	ErrUnavailable = errors.New("e-Authorizations unavailable")
	// ErrConfirm means that e-Authorizations tells nothing more without the
	// person: they must go there once more.
	ErrConfirm = errors.New("e-Authorizations needs the person to confirm")
	// ErrCancelled means that the person chose nothing at e-Authorizations.
	ErrCancelled = errors.New("choice at e-Authorizations cancelled")
	// ErrNoCode means that the person has no Finnish identity code, without
	// which e-Authorizations knows nobody.
	ErrNoCode = errors.New("no Finnish identity code")
)

// RefusedError means that an answer must not be believed.
type RefusedError struct {
	// Reason is a code for the audit event: state, sealed, error, code, visit,
	// taken, organisation. It holds nothing that came from outside.
	Reason string
}

// Error names the reason.
func (e *RefusedError) Error() string { return "answer of e-Authorizations refused: " + e.Reason }

// CheckedFor is how long a right that e-Authorizations has told of is taken as
// standing where nothing that counts is done.
const CheckedFor = 30 * time.Minute

// Accepted says what gives the right to act in the partner network.
type Accepted struct {
	// Roles are roles of the trade register, such as NIMKO, in order of weight.
	Roles []string
	// URIs are mandates of e-Authorizations.
	URIs []string
}

// Authority returns the weightiest accepted one of roles, or false.
func (a Accepted) Authority(roles []string) (string, bool) {
	for _, accepted := range slices.Concat(a.Roles, a.URIs) {
		if slices.Contains(roles, accepted) {
			return accepted, true
		}
	}
	return "", false
}

// Standing says what a choice is worth.
type Standing string

// A choice is accepted, or refused since none of its roles do, or incomplete:
// a source of e-Authorizations did not answer, and a later answer may differ.
const (
	StandingAccepted   Standing = "accepted"
	StandingRefused    Standing = "refused"
	StandingIncomplete Standing = "incomplete"
)

// Choice is an organisation that e-Authorizations told of.
type Choice struct {
	BusinessID organisation.BusinessID `json:"business_id"`
	Name       string                  `json:"name"`
	Roles      []string                `json:"roles"`
	// Authority is the accepted role or mandate, empty unless accepted.
	Authority string   `json:"authority,omitempty"`
	Standing  Standing `json:"standing"`
}

// acting is the right of a session that stands on c.
func (c Choice) acting(checkedAt time.Time) identity.Acting {
	return identity.Acting{
		BusinessID: string(c.BusinessID), Name: c.Name, Roles: c.Roles, Authority: c.Authority, CheckedAt: checkedAt,
	}
}

// The audited actions. Package identity audits who begins and ceases to act.
const (
	actionTold      = "mandate.told"
	actionRefused   = "mandate.answer_refused"
	actionCancelled = "mandate.cancelled"
)
