package entry

import (
	"context"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The audited actions.
const (
	actionSignInRefused = "signin.refused"
	actionAccessRefused = "access.refused"
)

// Refusals records whom the portal did not let in.
type Refusals struct{ db *postgres.DB }

// NewRefusals returns refusals recorded in db.
func NewRefusals(db *postgres.DB) *Refusals { return &Refusals{db} }

// SignIn records that an identification was not believed. reason is a code of
// ours.
func (r *Refusals) SignIn(ctx context.Context, kind identity.Kind, reason string) error {
	return r.record(ctx, audit.Event{
		Actor: identity.Session{}.Actor(), Action: actionSignInRefused,
		Subject: audit.Ref{Kind: "signin", ID: string(kind)}, Detail: map[string]any{"reason": reason},
	})
}

// Access records that s asked for a page that is not open to it. route is the
// page's pattern.
func (r *Refusals) Access(ctx context.Context, s identity.Session, route string) error {
	return r.record(ctx, audit.Event{
		Actor: s.Actor(), Action: actionAccessRefused, Subject: audit.Ref{Kind: "route", ID: route},
	})
}

func (r *Refusals) record(ctx context.Context, e audit.Event) error {
	return r.db.InTx(ctx, func(tx *postgres.Tx) error { return audit.Record(ctx, tx, e) })
}
