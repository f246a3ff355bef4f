package identity

import (
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Limits of sessions. A session ends when it has not been used for its idle
// time, and SessionAge after the newest identification at the latest.
const (
	PersonIdle = 30 * time.Minute
	StaffIdle  = 15 * time.Minute
	SessionAge = 8 * time.Hour
	// Fresh is how new an identification must be for what needs a fresh one.
	Fresh = 5 * time.Minute
	// MaxSessions is how many live sessions a person has; the oldest gives way.
	MaxSessions = 5
)

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

// FreshAt tells whether the identification is new enough at now for what needs
// a fresh one.
func (s Session) FreshAt(now time.Time) bool {
	return s.LoggedIn() && now.Sub(s.IdentifiedAt) <= Fresh
}
