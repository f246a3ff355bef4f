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

// Order is what somebody asks for.
type Order struct {
	// ID is given out with the form; an order sent again has the same one and
	// no second effect.
	ID       string
	Address  string
	Language i18n.Lang
	Criteria search.Criteria
	Schedule Schedule
	// TermsVersion is of the terms that were shown, and Accepted tells that
	// they were accepted.
	TermsVersion int
	Accepted     bool
	// Source is the network that the order comes from: an IPv4 address or an
	// IPv6 /64. Orders of a source are bounded; "" is not.
	Source string
}

const (
	// maxPerDay is how many postings a day a watch may bring.
	maxPerDay = 20
	// recentDays is how far back is looked to tell what a watch will bring.
	recentDays = 30
	// maxUnconfirmed is how many orders of an address wait at a time, and
	// maxWatches how many watches it has.
	maxUnconfirmed = 3
	maxWatches     = 30
)

// Order takes an order in. The answer is the same whether the address is known
// or not, and whether it will be sent a confirmation: an address gets one a day.
// What breaks a rule is an *fault.InvalidError; too many orders of a source are
// ErrTooMany.
func (w *Watches) Order(ctx context.Context, o Order) error {
	o.Schedule = o.Schedule.tidied()
	current, err := w.terms.Current(ctx, terms.JobWatch)
	if err != nil {
		return fmt.Errorf("terms of job watch: %w", err)
	}
	var check fault.Checker
	check.Check(mail.ValidAddress(o.Address), "email", "watches.email.invalid")
	o.Schedule.check(&check)
	check.Check(o.Accepted && o.TermsVersion == current.Number, "terms", "watches.terms.missing")
	if err := w.checkCriteria(ctx, &check, o.Criteria); err != nil {
		return err
	}
	if err := check.Err(); err != nil {
		return err
	}
	criteria, err := encodeCriteria(canonical(o.Criteria))
	if err != nil {
		return err
	}
	return w.db.InTx(ctx, func(tx *postgres.Tx) error {
		var known bool
		if err := tx.QueryRow(ctx, sqlKnowsOrder, o.ID).Scan(&known); err != nil {
			return fmt.Errorf("select order of a job watch: %w", err)
		}
		if known {
			return nil
		}
		if err := w.takeSource(ctx, tx, o.Source); err != nil {
			return err
		}
		return w.keepOrder(ctx, tx, o, criteria, current)
	})
}

const sqlLockMailbox = `SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0))`

const sqlSelectHad = `
SELECT count(*) FILTER (WHERE state = 'pending' AND ends_at > $2), count(*),
       coalesce((array_agg(id ORDER BY created_at, id) FILTER (WHERE state = 'pending' AND confirmation_at IS NULL AND ends_at > $2))[1], 0)
  FROM job_watch
 WHERE address_index = $1`

const sqlInsertOrder = `
INSERT INTO job_watch
       (submission, state, address, address_index, language, rhythm, daily_cap, weekday, params_version, criteria,
        terms_version, terms_hash, seed, created_at, ends_at)
VALUES ($1, 'pending', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT ON CONSTRAINT job_watch_submission_key DO NOTHING`

const sqlReplaceOrder = `
UPDATE job_watch
   SET submission = $1, address = $2, address_index = $3, language = $4, rhythm = $5, daily_cap = $6, weekday = $7,
       params_version = $8, criteria = $9, terms_version = $10, terms_hash = $11, seed = $12, created_at = $13, ends_at = $14
 WHERE id = $15`

// keepOrder keeps an order. A mailbox for which enough orders wait has it in
// place of the oldest one that nobody has been asked about yet, so that no
// stranger can shut its owner out. Orders for one mailbox take turns.
func (w *Watches) keepOrder(ctx context.Context, tx *postgres.Tx, o Order, criteria []byte, current terms.Version) error {
	index := w.addressIndex(o.Address)
	if _, err := tx.Exec(ctx, sqlLockMailbox, index); err != nil {
		return fmt.Errorf("lock a mailbox: %w", err)
	}
	var unconfirmed, watches int
	var oldest int64
	if err := tx.QueryRow(ctx, sqlSelectHad, index, tx.Now).Scan(&unconfirmed, &watches, &oldest); err != nil {
		return fmt.Errorf("count job watches of a mailbox: %w", err)
	}
	args := []any{
		o.ID, o.Address, index, o.Language, o.Schedule.Rhythm, o.Schedule.Cap, tx.Now.In(i18n.Helsinki).Weekday(), paramsVersion, criteria,
		current.Number, current.Hash[o.Language], newSeed(), tx.Now, tx.Now.Add(unconfirmedFor),
	}
	query := sqlInsertOrder
	if unconfirmed >= maxUnconfirmed || watches >= maxWatches {
		query, args = sqlReplaceOrder, append(args, oldest)
	}
	if _, err := tx.Exec(ctx, query, args...); err != nil {
		return fmt.Errorf("keep order of a job watch: %w", err)
	}
	return nil
}

const sqlKnowsOrder = `SELECT EXISTS (SELECT FROM job_watch WHERE submission = $1)`

// checkCriteria refuses criteria that ask for nothing in particular or for too
// much, and those that the search page would refuse.
func (w *Watches) checkCriteria(ctx context.Context, check *fault.Checker, c search.Criteria) error {
	c = canonical(c)
	if c.Empty() {
		check.Check(false, "criteria", "watches.criteria.empty")
		return nil
	}
	n, err := w.recent(ctx, c, recentDays)
	if err != nil {
		return err
	}
	if n > maxPerDay*recentDays {
		check.Add(fault.FieldError{Field: "criteria", MessageID: "watches.criteria.wide", Data: map[string]any{"Count": i18n.Number(n)}})
	}
	return nil
}

// recent counts the open postings of the last days that match.
func (w *Watches) recent(ctx context.Context, c search.Criteria, days int) (int, error) {
	c.Since = w.db.Now().AddDate(0, 0, -days)
	q, _, err := w.analyser.Compile(c)
	if err != nil {
		return 0, fmt.Errorf("criteria of a job watch: %w", err)
	}
	r, err := w.searcher.Search(ctx, q, search.Request{Criteria: c})
	if err != nil {
		return 0, fmt.Errorf("count postings for a job watch: %w", err)
	}
	return r.Total, nil
}

// KindConfirmation asks whoever reads an address to confirm an order. It holds
// nothing that was typed into it.
const KindConfirmation mail.Kind = "watch_confirmation"

// confirmationEvery is how often an address may be sent a confirmation.
const confirmationEvery = 24 * time.Hour

const sqlCountBraked = `SELECT count(*) FROM job_watch_brake WHERE sent_at > $1`

const sqlDeleteBrakes = `DELETE FROM job_watch_brake WHERE sent_at <= $1`

const sqlSelectUnconfirmed = `
SELECT w.id, w.address, w.address_index, w.language, w.seed, w.ends_at
  FROM job_watch AS w
 WHERE w.state = 'pending'
   AND w.confirmation_at IS NULL
   AND w.ends_at > $1
   AND NOT EXISTS (SELECT FROM job_watch_brake AS b WHERE b.address_index = w.address_index)
 ORDER BY w.created_at, w.id
 LIMIT $2
   FOR UPDATE SKIP LOCKED`

const sqlInsertBrake = `
INSERT INTO job_watch_brake (address_index, sent_at)
VALUES ($1, $2)
    ON CONFLICT (address_index) DO NOTHING`

const sqlMarkConfirmation = `UPDATE job_watch SET confirmation_at = $2 WHERE id = $1`

// Confirmations puts the confirmations out that may go now: one a day to an
// address, and so many in a minute to all of them. The others wait.
func (w *Watches) Confirmations(ctx context.Context) (int, error) {
	n := 0
	err := w.db.InTx(ctx, func(tx *postgres.Tx) error {
		n = 0
		if _, err := tx.Exec(ctx, sqlDeleteBrakes, tx.Now.Add(-confirmationEvery)); err != nil {
			return fmt.Errorf("delete brakes of job watches: %w", err)
		}
		if err := forgetSources(ctx, tx); err != nil {
			return err
		}
		var braked int
		if err := tx.QueryRow(ctx, sqlCountBraked, tx.Now.Add(-time.Minute)).Scan(&braked); err != nil {
			return fmt.Errorf("count brakes of job watches: %w", err)
		}
		waiting, err := selectUnconfirmed(ctx, tx, max(0, w.ConfirmationsPerMinute-braked))
		if err != nil {
			return err
		}
		for _, s := range waiting {
			sent, err := w.confirmation(ctx, tx, s)
			if err != nil {
				return err
			}
			n += sent
		}
		return nil
	})
	return n, err
}

func (w *Watches) confirmation(ctx context.Context, tx *postgres.Tx, s unconfirmed) (int, error) {
	tag, err := tx.Exec(ctx, sqlInsertBrake, s.index, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("insert brake of job watches: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return 0, nil
	}
	if err := w.keepTokens(ctx, tx, s.id, s.seed, ToConfirm); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, sqlMarkConfirmation, s.id, tx.Now); err != nil {
		return 0, fmt.Errorf("mark confirmation of a job watch: %w", err)
	}
	return 1, mail.Enqueue(ctx, tx, mail.Message{
		Kind: KindConfirmation, To: s.address, Lang: s.language, Key: confirmationKey(s.id), Priority: mail.PriorityConfirmation,
		Data:      map[string]string{"link": w.link(ToConfirm, s.language, w.token(ToConfirm, s.seed))},
		ExpiresAt: s.endsAt,
	})
}

// unconfirmed is an order whose confirmation is still to be put out.
type unconfirmed struct {
	id       int64
	address  string
	index    []byte
	language i18n.Lang
	seed     []byte
	endsAt   time.Time
}

func selectUnconfirmed(ctx context.Context, tx *postgres.Tx, limit int) ([]unconfirmed, error) {
	rows, err := tx.Query(ctx, sqlSelectUnconfirmed, tx.Now, limit)
	if err != nil {
		return nil, fmt.Errorf("select orders of job watches: %w", err)
	}
	all, err := collect(rows, func(row scanner) (s unconfirmed, err error) {
		err = row.Scan(&s.id, &s.address, &s.index, &s.language, &s.seed, &s.endsAt)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("select orders of job watches: %w", err)
	}
	return all, nil
}
