package jobwatch

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// Manage returns the watch that the token of its own page opens, or
// fault.ErrNotFound when it has ended.
func (w *Watches) Manage(ctx context.Context, token string) (Subscription, error) {
	id, err := w.watchOf(ctx, w.db, ToManage, token)
	if err != nil {
		return Subscription{}, err
	}
	return selectSubscription(ctx, w.db, id)
}

// act runs fn on the watch that a token of its own page opens. Cursor and watch
// stay as they are until fn is through.
func (w *Watches) act(ctx context.Context, token string, fn func(tx *postgres.Tx, s Subscription, seq int64) error) error {
	return w.db.InTx(ctx, func(tx *postgres.Tx) error {
		id, err := w.watchOf(ctx, tx, ToManage, token)
		if err != nil {
			return err
		}
		seq, err := lockCursor(ctx, tx)
		if err != nil {
			return err
		}
		s, err := lockSubscription(ctx, tx, id)
		if err != nil {
			return err
		}
		return fn(tx, s, seq)
	})
}

// minPause and maxPause bound the day until which a watch can be paused.
const (
	minPause = time.Hour
	maxPause = 93 * 24 * time.Hour
)

const sqlPause = `
UPDATE job_watch
   SET state = 'paused', paused_at = $2, paused_until = $3, next_at = $3
 WHERE id = $1`

// Pause silences a watch until a moment. What is published meanwhile is not
// told afterwards. A pause does not put off the end of the watch.
func (w *Watches) Pause(ctx context.Context, token string, until time.Time) error {
	return w.act(ctx, token, func(tx *postgres.Tx, s Subscription, _ int64) error {
		var check fault.Checker
		check.Check(!until.Before(tx.Now.Add(minPause)) && !until.After(tx.Now.Add(maxPause)), "until", "watches.pause.until")
		check.Check(s.State != Suspended, "until", "watches.pause.suspended")
		if err := check.Err(); err != nil {
			return err
		}
		since := tx.Now
		if s.State == Paused {
			since = s.pausedAt
		}
		if _, err := tx.Exec(ctx, sqlPause, s.ID, since, until); err != nil {
			return fmt.Errorf("pause job watch: %w", err)
		}
		return record(ctx, tx, actionPaused, s.ID, nil)
	})
}

const sqlResume = `
UPDATE job_watch
   SET state = 'active', paused_at = NULL, paused_until = NULL, suspended_at = NULL, done_seq = $2, next_at = $3, regular_at = $4
 WHERE id = $1`

// Resume ends a pause, or a suspension once the subscriber has seen to the
// mailbox. What was published meanwhile is not told.
func (w *Watches) Resume(ctx context.Context, token string) error {
	return w.act(ctx, token, func(tx *postgres.Tx, s Subscription, seq int64) error {
		if s.State != Paused && s.State != Suspended {
			return nil
		}
		done, err := skipSilence(ctx, tx, s, seq)
		if err != nil {
			return err
		}
		regular := nextRegular(s.Schedule.Rhythm, s.Weekday, tx.Now)
		next := regular
		if s.Schedule.Rhythm == AtOnce {
			next = tx.Now // for what came before the silence
		}
		if _, err := tx.Exec(ctx, sqlResume, s.ID, done, orNull(next), orNull(regular)); err != nil {
			return fmt.Errorf("resume job watch: %w", err)
		}
		return record(ctx, tx, actionResumed, s.ID, nil)
	})
}

// Change is what a subscriber wants otherwise.
type Change struct {
	Criteria search.Criteria
	Schedule Schedule
	Language i18n.Lang
	// TermsVersion is of the terms that were shown: a change renews the watch,
	// under the terms in force.
	TermsVersion int
}

const sqlChange = `
UPDATE job_watch
   SET terms_version = $13, terms_hash = $14, language = $2, rhythm = $3, daily_cap = $4, params_version = $5, criteria = $6, search_id = $7,
       start_seq = $8, done_seq = $9, regular_at = $10, ends_at = $11, warned_at = NULL,
       next_at = CASE WHEN state = 'paused' THEN next_at ELSE $12 END
 WHERE id = $1`

// Change changes criteria, rhythm or language, and renews the watch under the
// terms in force: whoever edits it wants it. What waited to be told under other criteria is not told.
func (w *Watches) Change(ctx context.Context, token string, c Change) error {
	c.Schedule = c.Schedule.tidied()
	current, err := w.terms.Current(ctx, terms.JobWatch)
	if err != nil {
		return fmt.Errorf("terms of job watch: %w", err)
	}
	var check fault.Checker
	c.Schedule.check(&check)
	check.Check(c.TermsVersion == current.Number, "send", "watches.terms.changed")
	if err := w.checkCriteria(ctx, &check, c.Criteria); err != nil {
		return err
	}
	if err := check.Err(); err != nil {
		return err
	}
	return w.act(ctx, token, func(tx *postgres.Tx, s Subscription, seq int64) error {
		criteria, err := encodeCriteria(canonical(c.Criteria))
		if err != nil {
			return err
		}
		search, err := keepSearch(ctx, tx, criteria)
		if err != nil {
			return err
		}
		start, done := s.startSeq, s.doneSeq
		if search != s.searchID {
			if err := skipAll(ctx, tx, s, reasonEdited); err != nil {
				return err
			}
			start, done = seq, seq
		}
		regular := nextRegular(c.Schedule.Rhythm, s.Weekday, tx.Now)
		next := regular
		if c.Schedule.Rhythm == AtOnce {
			next = tx.Now
		}
		if err := withdrawWarning(ctx, tx, s); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sqlChange, s.ID, c.Language, c.Schedule.Rhythm, c.Schedule.Cap, paramsVersion, criteria, search,
			start, done, orNull(regular), endOf(tx.Now), orNull(next), current.Number, current.Hash[c.Language])
		if err != nil {
			return fmt.Errorf("change job watch: %w", err)
		}
		if search != s.searchID {
			if err := dropSearches(ctx, tx, []int64{s.searchID}); err != nil {
				return err
			}
		}
		return record(ctx, tx, actionChanged, s.ID, map[string]any{"rhythm": c.Schedule.Rhythm})
	})
}

const sqlRenew = `
UPDATE job_watch
   SET ends_at = $2, warned_at = NULL, terms_version = $3, terms_hash = $4
 WHERE id = $1`

// Renew puts the watch in force for three months from now, under the terms with
// that number, which must be those in force: else it is fault.ErrConflict, and
// the page is to show the terms again.
func (w *Watches) Renew(ctx context.Context, token string, termsVersion int) error {
	current, err := w.terms.Current(ctx, terms.JobWatch)
	if err != nil {
		return fmt.Errorf("terms of job watch: %w", err)
	}
	if termsVersion != current.Number {
		return fmt.Errorf("terms of job watch: %w", fault.ErrConflict)
	}
	return w.act(ctx, token, func(tx *postgres.Tx, s Subscription, _ int64) error {
		if err := withdrawWarning(ctx, tx, s); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlRenew, s.ID, endOf(tx.Now), current.Number, current.Hash[s.Language]); err != nil {
			return fmt.Errorf("renew job watch: %w", err)
		}
		return record(ctx, tx, actionRenewed, s.ID, map[string]any{"terms": current.Number})
	})
}

// withdrawWarning takes the warning of the watch's end back, if it has not been
// sent yet: the end moves, or the links in it are closed.
func withdrawWarning(ctx context.Context, tx *postgres.Tx, s Subscription) error {
	return mail.Withdraw(ctx, tx, []string{endKey(s)})
}

const sqlReseed = `UPDATE job_watch SET seed = $2, warned_at = NULL WHERE id = $1`

// NewLinks closes every link of the watch that has been sent, for one that went
// to the wrong hands, and returns the token of the own page from now on.
func (w *Watches) NewLinks(ctx context.Context, token string) (string, error) {
	seed := newSeed()
	err := w.act(ctx, token, func(tx *postgres.Tx, s Subscription, _ int64) error {
		// A mail on its way would bring the links that are being closed.
		if err := mail.Withdraw(ctx, tx, []string{begunKey(s.ID), endKey(s)}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlReseed, s.ID, seed); err != nil {
			return fmt.Errorf("revoke links of a job watch: %w", err)
		}
		if err := w.keepTokens(ctx, tx, s.ID, seed, ToConfirm, ToManage, ToEnd); err != nil {
			return err
		}
		return record(ctx, tx, actionRevoked, s.ID, nil)
	})
	return w.token(ToManage, seed), err
}
