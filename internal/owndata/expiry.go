package owndata

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// KindEnds is the mail that tells when an account ends and how to keep it.
const KindEnds mail.Kind = "account_ends"

// Purges gives up accounts a year after their last log-in. An officer's stays as
// long as the officer is in a group, and those of Held as long as they are held.
func (o *OwnData) Purges() []keeping.Purge {
	return []keeping.Purge{{
		Kind: RuleKind,
		Due: func(ctx context.Context, tx *postgres.Tx, r keeping.Rule) (int, error) {
			i, err := o.idleness(ctx, tx, r, 0)
			if err != nil {
				return 0, err
			}
			return identity.CountIdle(ctx, tx, i)
		},
		Run: o.expire, Warn: o.warn,
	}}
}

// idleness is when an account goes under r. Whoever has told an address is told
// before, if need be after the end: the portal may have slept, or officers may
// have shortened the period.
func (o *OwnData) idleness(ctx context.Context, tx *postgres.Tx, r keeping.Rule, only identity.PersonID) (identity.Idleness, error) {
	held, err := o.held(ctx, tx, only)
	return identity.Idleness{Period: r.Period, Notice: notice(r), Except: held}, err
}

// notice is how many days before the end people are told at the latest, 0 when
// they are not.
func notice(r keeping.Rule) int {
	if len(r.WarnDays) == 0 {
		return 0
	}
	return slices.Min(r.WarnDays)
}

// expire takes each account away in a transaction of its own. Whoever has logged
// in since, be it at the last second, keeps it.
func (o *OwnData) expire(ctx context.Context, r keeping.Rule, limit int) (int, error) {
	var idle []identity.PersonID
	err := o.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		i, err := o.idleness(ctx, tx, r, 0)
		if err != nil {
			return err
		}
		idle, err = identity.Idle(ctx, tx, i, limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	n := 0
	var failed []error
	for _, person := range idle {
		gone, err := o.expireOne(ctx, r, person)
		if err != nil {
			failed = append(failed, err)
		} else if gone {
			n++
		}
	}
	if n > 0 {
		return n, nil // the others are tried again
	}
	return 0, errors.Join(failed...)
}

func (o *OwnData) expireOne(ctx context.Context, r keeping.Rule, person identity.PersonID) (gone bool, err error) {
	err = o.inErasure(ctx, func(tx *postgres.Tx) error {
		gone = false
		account, err := o.people.Hold(ctx, tx, person)
		if err != nil {
			return err
		}
		i, err := o.idleness(ctx, tx, r, person)
		if err != nil {
			return err
		}
		if idle, err := identity.IsIdle(ctx, tx, i, person); err != nil || !idle {
			return err
		}
		if err := o.people.CheckOfficer(ctx, tx, person); err != nil {
			return err
		}
		gone = true
		return o.erase(ctx, tx, account, erasure{
			cause: causeExpiry, actor: audit.System(keeping.Task), detail: map[string]any{"rule": r.Version},
		})
	})
	if errors.Is(err, fault.ErrNotFound) || errors.Is(err, identity.ErrOfficer) {
		return false, nil
	}
	return gone && err == nil, err
}

// LoggedIn takes back what would tell somebody who has just logged in that the
// account ends.
func LoggedIn(ctx context.Context, tx *postgres.Tx, person identity.PersonID) error {
	return mail.WithdrawFrom(ctx, tx, int64(person), KindEnds)
}

// warn tells people by mail that their accounts end, if they have told an
// address. Those of Held are told when they are held no more.
func (o *OwnData) warn(ctx context.Context, r keeping.Rule, limit int) (int, error) {
	n := 0
	err := o.db.InTx(ctx, func(tx *postgres.Tx) error {
		held, err := o.held(ctx, tx, 0)
		if err != nil {
			return err
		}
		people, err := identity.MarkWarned(ctx, tx, r.Period, r.WarnDays, held, limit)
		if err != nil {
			return err
		}
		sent := 0
		for _, p := range people {
			if !mail.ValidAddress(p.Email) {
				continue
			}
			ends := r.Period.End(p.LoggedInAt)
			if told := p.WarnedAt.AddDate(0, 0, notice(r)); told.After(ends) {
				ends = told
			}
			err := mail.EnqueueTo(ctx, tx, int64(p.ID), mail.Message{
				Kind: KindEnds, To: p.Email, Lang: p.Language, ExpiresAt: ends,
				Key:  fmt.Sprintf("%s:%s:%d:%d", KindEnds, p.ID, p.LoggedInAt.Unix(), p.Days),
				Data: map[string]string{"date": ends.UTC().Format(time.RFC3339), "days": strconv.Itoa(p.Days)},
			})
			if err != nil {
				return err
			}
			sent++
		}
		if n = len(people); n == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: audit.System(keeping.Task), Action: actionWarned, Subject: audit.Ref{Kind: "account", ID: "*"},
			Detail: map[string]any{"count": sent, "rule": r.Version},
		})
	})
	return n, err
}
