// Package identity knows the persons who log in with strong identification:
// their identity codes, their sessions, and the groups of staff that they
// belong to.
package identity

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
)

// PersonID names a person.
type PersonID int64

// String is the ID in decimals, for audit events and addresses.
func (id PersonID) String() string { return strconv.FormatInt(int64(id), 10) }

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
	// Municipality is the code of the municipality of residence; it is empty
	// whenever NonDisclosure is set.
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

// Kind says what a session is for.
type Kind string

// A person session is for one's own matters and those of organisations; a staff
// session is for an officer's work. Neither opens the other's pages.
const (
	KindPerson Kind = "person"
	KindStaff  Kind = "staff"
)

// Group is a group of staff (virkailijaryhmä); it opens the pages of one task.
type Group string

// The groups.
const (
	GroupApplications   Group = "applications"
	GroupSupervision    Group = "supervision"
	GroupContent        Group = "content"
	GroupAppeals        Group = "appeals"
	GroupDataProtection Group = "data_protection"
	GroupInterfaces     Group = "interfaces"
	GroupAudit          Group = "audit"
	// GroupMain (pääkäyttäjä) maintains the staff register.
	GroupMain Group = "main"
)

// Groups lists every group in the order in which they are shown.
func Groups() []Group {
	return []Group{
		GroupApplications, GroupSupervision, GroupContent, GroupAppeals,
		GroupDataProtection, GroupInterfaces, GroupAudit, GroupMain,
	}
}

// Session is a person who is logged in. Its zero value is nobody.
type Session struct {
	// ID names the session in the list of one's own, in audit events and in the
	// tokens of forms. It opens nothing.
	ID       int64
	PersonID PersonID
	Kind     Kind
	// Name is the call name, or the first names, and the family name.
	Name string
	// Language is the one the person last used.
	Language i18n.Lang
	// Groups are those in force at this request; only a staff session has any.
	Groups []Group
	// Acting is the organisation that the person acts for now, nil for none.
	Acting *Acting
	// CreatedAt is the log-in, IdentifiedAt the newest identification, SeenAt
	// the request before this one.
	CreatedAt, IdentifiedAt, SeenAt time.Time
	// IdleUntil and EndsAt are when the session ends unused, and at the latest.
	IdleUntil, EndsAt time.Time
}

// Acting is the right of a session to act for an organisation.
type Acting struct {
	// BusinessID is the organisation's, checked, as it is written: 1234567-1.
	BusinessID string
	Name       string
	// Roles are all roles and mandates that e-Authorizations told of, Authority
	// the accepted one that the right stands on.
	Roles     []string
	Authority string
	// CheckedAt is when e-Authorizations last confirmed it.
	CheckedAt time.Time
}

// LoggedIn tells whether there is anybody.
func (s Session) LoggedIn() bool { return s.ID != 0 }

// In tells whether the session is a staff session of one of groups.
func (s Session) In(groups ...Group) bool {
	return s.Kind == KindStaff && slices.ContainsFunc(groups, func(g Group) bool { return slices.Contains(s.Groups, g) })
}

// Binding ties a form token to the person: a form that was opened before a new
// log-in of the same person is still good, anybody else's is not.
func (s Session) Binding() string {
	if !s.LoggedIn() {
		return ""
	}
	return string(s.Kind) + ":" + s.PersonID.String()
}

// Actor is who an audit event names: a person, a representative together with
// the organisation, or an officer.
func (s Session) Actor() audit.Ref {
	switch {
	case !s.LoggedIn():
		return audit.Ref{Kind: "reader", ID: "anonymous"}
	case s.Kind == KindStaff:
		return audit.Ref{Kind: "staff", ID: s.PersonID.String()}
	case s.Acting != nil:
		return audit.Ref{Kind: "representative", ID: s.PersonID.String() + "/" + s.Acting.BusinessID}
	}
	return audit.Ref{Kind: "person", ID: s.PersonID.String()}
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
func (e *RefusedError) Error() string { return fmt.Sprintf("identification refused: %s", e.Reason) }
