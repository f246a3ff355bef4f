package mandate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// nearlyOver is how long a token must still be good to be used.
const nearlyOver = 20 * time.Second

// Recheck asks e-Authorizations whether the session may still act for its
// organisation. It fails with fault.ErrForbidden when it may not: acting is then
// taken away. ErrConfirm means that the person must go to e-Authorizations once
// more, which is usual ten minutes after the last visit, ErrUnavailable that
// nobody could tell. Only nil opens anything.
func (m *Mandates) Recheck(ctx context.Context, s identity.Session) error {
	if s.Acting == nil {
		return fmt.Errorf("act for an organisation: %w", fault.ErrForbidden)
	}
	id := organisation.BusinessID(s.Acting.BusinessID)
	k, err := m.visitOf(ctx, m.DB, s.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(k.choices, func(c Choice) bool { return c.BusinessID == id }) {
		return ErrConfirm // the last visit was about another organisation
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if k, err = m.withAccess(waiting, s.ID, k); err != nil {
		return err
	}
	checkedAt := m.DB.Now()
	granted, err := m.Register.Organisations(waiting, k.visit, k.tokens.Access, id)
	if err != nil {
		return err
	}
	choice, err := m.standing(id, granted)
	if err != nil {
		return m.note(ctx, s, err)
	}
	switch choice.Standing {
	case StandingAccepted:
		return m.People.Confirmed(ctx, s.ID, choice.acting(checkedAt))
	case StandingIncomplete:
		return fmt.Errorf("incomplete answer: %w", ErrUnavailable)
	case StandingRefused:
		return errors.Join(fmt.Errorf("the right to act has ended: %w", fault.ErrForbidden), m.People.ActingEnded(ctx, s.ID, s.Acting.BusinessID), m.drop(ctx, s.ID))
	}
	return unbelieved(&RefusedError{"standing"})
}

// standing judges the answer to a question about one organisation. No answer
// about it, complete or not, means that no right is left; an answer about
// another one is not believed.
func (m *Mandates) standing(id organisation.BusinessID, granted []Granted) (Choice, error) {
	choices, err := m.choices(granted)
	if err != nil {
		return Choice{}, unbelieved(err)
	}
	for _, c := range choices {
		if c.BusinessID == id {
			return c, nil
		}
	}
	if len(choices) > 0 {
		return Choice{}, unbelieved(&RefusedError{"organisation"})
	}
	return Choice{BusinessID: id, Standing: StandingRefused}, nil
}

// unbelieved is an answer that decides nothing.
func unbelieved(err error) error { return fmt.Errorf("%w: %w", ErrUnavailable, err) }

// withAccess returns k with an access token that is good for a while.
func (m *Mandates) withAccess(ctx context.Context, sessionID int64, k kept) (kept, error) {
	if k.accessUntil.Sub(m.DB.Now()) > nearlyOver {
		return k, nil
	}
	if !k.tokens.Refresh.IsSet() {
		return kept{}, ErrConfirm
	}
	asked := m.DB.Now()
	tokens, err := m.Register.Refresh(ctx, k.tokens.Refresh)
	if errors.Is(err, ErrConfirm) {
		// Another request of the session may have used it up a moment ago.
		again, readErr := m.visitOf(ctx, m.DB, sessionID)
		if readErr == nil && again.accessUntil.Sub(asked) > nearlyOver {
			return again, nil
		}
	}
	if err != nil {
		return kept{}, err
	}
	if !tokens.Refresh.IsSet() {
		tokens.Refresh = k.tokens.Refresh
	}
	k.tokens, k.accessUntil = tokens, asked.Add(tokens.Life)
	return k, m.DB.InTx(ctx, func(tx *postgres.Tx) error { return m.keepTokens(ctx, tx, sessionID, k) })
}

// drop forgets what the last visit told, since it no longer stands.
func (m *Mandates) drop(ctx context.Context, sessionID int64) error {
	return m.DB.InTx(ctx, func(tx *postgres.Tx) error { return m.takeAway(ctx, tx, []int64{sessionID}) })
}
