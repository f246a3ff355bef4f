// Package viewing records whose data officers look at and stops one who looks at
// more people than the work calls for.
package viewing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Limits are how many different people one officer may look at.
type Limits struct{ PerHour, PerDay int }

// DefaultLimits leave a busy officer in peace and a thief with little.
func DefaultLimits() Limits { return Limits{PerHour: 100, PerDay: 300} }

// The audited actions.
const (
	actionViewed  = "person.viewed"
	actionStopped = "viewing.stopped"
)

// ErrLimit means that the officer has looked at as many people as one may. It is
// a fault.ErrForbidden.
var ErrLimit = fmt.Errorf("too many people looked at: %w", fault.ErrForbidden)

// Stop tells of an officer who was stopped.
type Stop struct {
	Officer identity.PersonID
	// People is how many the officer had looked at, Hours in what time.
	People, Hours int
	At            time.Time
}

// Looks counts and records.
type Looks struct {
	db     *postgres.DB
	limits Limits
	alarm  func(ctx context.Context, tx *postgres.Tx, s Stop) error
}

// New returns Looks kept in db. alarm tells those who must know that an officer
// was stopped, in the transaction that records it; it is called at every
// stopped look and may be nil.
func New(db *postgres.DB, limits Limits, alarm func(ctx context.Context, tx *postgres.Tx, s Stop) error) *Looks {
	return &Looks{db: db, limits: limits, alarm: alarm}
}

// Look records that officer looks at the data of people, for reason, which is a
// code or the reference of a case. It must come before the data is shown: when
// it fails nothing may be. ErrLimit means that the officer is stopped.
func (l *Looks) Look(ctx context.Context, officer identity.Session, reason string, people ...audit.Ref) error {
	if officer.Kind != identity.KindStaff {
		return fmt.Errorf("look by no officer: %w", fault.ErrForbidden)
	}
	var stopped bool
	err := l.db.InTx(ctx, func(tx *postgres.Tx) error {
		stop, err := l.exceeds(ctx, tx, officer.PersonID, people)
		if err != nil {
			return err
		}
		if stop != nil {
			stopped = true
			return l.stop(ctx, tx, officer, *stop)
		}
		if err := upsertViewings(ctx, tx, officer.PersonID, people); err != nil {
			return err
		}
		for _, who := range people {
			err := audit.Record(ctx, tx, audit.Event{
				Actor: officer.Actor(), Action: actionViewed, Subject: who, Detail: map[string]any{"reason": reason},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && stopped {
		return ErrLimit
	}
	return err
}

// exceeds tells which limit the look would go beyond, nil for none.
func (l *Looks) exceeds(ctx context.Context, tx *postgres.Tx, officer identity.PersonID, people []audit.Ref) (*Stop, error) {
	if err := lockOfficer(ctx, tx, officer); err != nil {
		return nil, err
	}
	for _, limit := range []struct{ hours, most int }{{1, l.limits.PerHour}, {24, l.limits.PerDay}} {
		n, err := countOthers(ctx, tx, officer, tx.Now.Add(-time.Duration(limit.hours)*time.Hour), people)
		if err != nil {
			return nil, err
		}
		if limit.most > 0 && n+distinct(people) > limit.most {
			return &Stop{Officer: officer, People: n, Hours: limit.hours, At: tx.Now}, nil
		}
	}
	return nil, nil //nolint:nilnil // no limit is exceeded
}

func (l *Looks) stop(ctx context.Context, tx *postgres.Tx, officer identity.Session, s Stop) error {
	if l.alarm != nil {
		if err := l.alarm(ctx, tx, s); err != nil {
			return fmt.Errorf("alarm about an officer's looks: %w", err)
		}
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: officer.Actor(), Action: actionStopped,
		Subject: audit.Ref{Kind: "staff", ID: officer.PersonID.String()},
		Detail:  map[string]any{"people": s.People, "hours": s.Hours},
	})
}

// IsLimit tells whether err says that an officer is stopped.
func IsLimit(err error) bool { return errors.Is(err, ErrLimit) }

func distinct(people []audit.Ref) int {
	seen := map[audit.Ref]bool{}
	for _, p := range people {
		seen[p] = true
	}
	return len(seen)
}

// names writes each person as one text, kind and ID, for the statements.
func names(people []audit.Ref) (kinds, ids []string) {
	unique := slices.Clone(people)
	slices.SortFunc(unique, func(a, b audit.Ref) int {
		return slices.Compare([]string{a.Kind, a.ID}, []string{b.Kind, b.ID})
	})
	for _, p := range slices.Compact(unique) {
		kinds, ids = append(kinds, p.Kind), append(ids, p.ID)
	}
	return kinds, ids
}
