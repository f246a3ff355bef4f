package mandate

import (
	"context"
	"errors"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

const (
	// A visit that cannot be closed is tried again after closePause, twice as
	// long each time, and left to run out at e-Authorizations after closeTries.
	closePause = 10 * time.Second
	closeTries = 6
	closeBatch = 50
)

// sessionsEnded forgets all that sessions were told, in the transaction that
// ends them; Work then closes their visits.
func (m *Mandates) sessionsEnded(ctx context.Context, tx *postgres.Tx, sessions []int64) error {
	return m.takeAway(ctx, tx, sessions)
}

// leave has Work close a visit whose answer brought err. One that is somebody
// else's is not ours to close.
func (m *Mandates) leave(ctx context.Context, sessionID int64, visit secret.String, err error) error {
	if refused, ok := errors.AsType[*RefusedError](err); ok && refused.Reason == reasonTaken {
		return nil
	}
	return m.DB.InTx(ctx, func(tx *postgres.Tx) error {
		return insertLeaving(ctx, tx, sessionID, m.seal("mandate_session.visit", sessionID, visit))
	})
}

// Work closes at e-Authorizations the visits that are over for us, those too
// whose session ended while they began. Only one Work may run at a time.
func (m *Mandates) Work(ctx context.Context) error {
	err := m.DB.InTx(ctx, func(tx *postgres.Tx) error { return m.takeOld(ctx, tx, tx.Now.Add(-identity.SessionAge)) })
	if err != nil {
		return err
	}
	leaving, err := selectLeaving(ctx, m.DB, m.DB.Now())
	if err != nil {
		return err
	}
	for _, l := range leaving {
		visit, err := m.open("mandate_session.visit", l.sessionID, l.visit)
		if err == nil {
			err = m.close(ctx, visit)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err = m.DB.InTx(ctx, func(tx *postgres.Tx) error {
			if err == nil || l.tries+1 >= closeTries {
				return deleteLeaving(ctx, tx, l.id)
			}
			return updateLeaving(ctx, tx, l.id, tx.Now.Add(closePause<<l.tries))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// close closes a visit; one that is over already is closed.
func (m *Mandates) close(ctx context.Context, visit secret.String) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := m.Register.Close(ctx, visit)
	if errors.Is(err, ErrConfirm) {
		return nil
	}
	return err
}
