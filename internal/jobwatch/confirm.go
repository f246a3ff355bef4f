package jobwatch

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The audited actions. Their details hold nothing of the person or the search.
const (
	actionConfirmed = "job_watch.confirmed"
	actionDeclined  = "job_watch.declined"
	actionChanged   = "job_watch.changed"
	actionPaused    = "job_watch.paused"
	actionResumed   = "job_watch.resumed"
	actionRenewed   = "job_watch.renewed"
	actionRevoked   = "job_watch.links_revoked"
	actionCancelled = "job_watch.cancelled"
	actionExpired   = "job_watch.expired"
	actionSuspended = "job_watch.suspended"
	actionBroken    = "job_watch.reconciliation_failed"
)

// subscriber is the actor of what is done with a watch's token.
func subscriber(id int64) audit.Ref {
	return audit.Ref{Kind: "job_watch", ID: strconv.FormatInt(id, 10)}
}

func record(ctx context.Context, tx *postgres.Tx, action string, id int64, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Actor: subscriber(id), Action: action, Subject: subscriber(id), Detail: detail})
}

// justNow is how long after it was confirmed an order can be confirmed again by
// the link of another, to no effect.
const justNow = time.Hour

const sqlSelectOrders = `
  SELECT o.id
    FROM job_watch AS t
    JOIN job_watch AS o ON o.address_index = t.address_index AND o.address = t.address
   WHERE t.id = $1
     AND (o.id = t.id OR o.state = 'pending' AND o.ends_at > $2 OR o.confirmed_at > $3)
ORDER BY o.id = t.id DESC, o.created_at, o.id`

// Orders returns the order that a confirmation's token is for, first, and the
// other orders of the same address that wait: an address is sent one
// confirmation a day, so that one link must do for all. An order that has been
// confirmed already comes as the watch that it is. It is fault.ErrNotFound when
// the order has lapsed.
func (w *Watches) Orders(ctx context.Context, token string) ([]Subscription, error) {
	var all []Subscription
	err := w.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		ids, err := w.orders(ctx, tx, token)
		if err != nil {
			return err
		}
		for _, id := range ids {
			s, err := selectSubscription(ctx, tx, id)
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// ManageToken returns the token of a watch's own page, for whoever has shown that
// the mailbox is theirs.
func (w *Watches) ManageToken(s Subscription) string { return w.token(ToManage, s.seed) }

func (w *Watches) orders(ctx context.Context, tx *postgres.Tx, token string) ([]int64, error) {
	id, err := w.watchOf(ctx, tx, ToConfirm, token)
	if err != nil {
		return nil, err
	}
	now := w.db.Now()
	rows, err := tx.Query(ctx, sqlSelectOrders, id, now, now.Add(-justNow))
	if err != nil {
		return nil, fmt.Errorf("select orders of an address: %w", err)
	}
	ids, err := collect(rows, func(row scanner) (id int64, err error) { return id, row.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("select orders of an address: %w", err)
	}
	return ids, nil
}

// orderOf returns the order with that number, which must be one of those that
// the token is good for.
func (w *Watches) orderOf(ctx context.Context, tx *postgres.Tx, token string, id int64) (Subscription, error) {
	ids, err := w.orders(ctx, tx, token)
	if err != nil {
		return Subscription{}, err
	}
	if !slices.Contains(ids, id) {
		return Subscription{}, fmt.Errorf("order of job watch %d: %w", id, fault.ErrNotFound)
	}
	return lockSubscription(ctx, tx, id)
}

const sqlConfirm = `
UPDATE job_watch
   SET state = 'active', search_id = $2, confirmed_at = $3, ends_at = $4, start_seq = $5, done_seq = $5, next_at = $6, regular_at = $6
 WHERE id = $1`

// Confirm puts an order in force for three months. Confirming again changes
// nothing. It returns the token of the subscriber's own page.
func (w *Watches) Confirm(ctx context.Context, token string, id int64) (manage string, err error) {
	err = w.db.InTx(ctx, func(tx *postgres.Tx) error {
		seq, err := lockCursor(ctx, tx)
		if err != nil {
			return err
		}
		s, err := w.orderOf(ctx, tx, token, id)
		if err != nil {
			return err
		}
		manage = w.token(ToManage, s.seed)
		if s.State != Pending {
			return nil
		}
		if s.Unreadable {
			return fmt.Errorf("confirm job watch %d: %w", id, fault.ErrGone)
		}
		search, err := keepCriteria(ctx, tx, s)
		if err != nil {
			return err
		}
		regular := nextRegular(s.Schedule.Rhythm, s.Weekday, tx.Now)
		if _, err := tx.Exec(ctx, sqlConfirm, id, search, tx.Now, endOf(tx.Now), seq, orNull(regular)); err != nil {
			return fmt.Errorf("confirm job watch: %w", err)
		}
		if err := w.keepTokens(ctx, tx, id, s.seed, ToManage, ToEnd); err != nil {
			return err
		}
		if err := w.tellBegun(ctx, tx, s); err != nil {
			return err
		}
		return record(ctx, tx, actionConfirmed, id, map[string]any{"rhythm": s.Schedule.Rhythm, "terms": s.TermsVersion})
	})
	return manage, err
}

// KindBegun is the mail that tells that a watch has begun. It keeps the links of
// the own page and of the end where they are found.
const KindBegun mail.Kind = "watch_begun"

func (w *Watches) tellBegun(ctx context.Context, tx *postgres.Tx, s Subscription) error {
	ends := endOf(tx.Now)
	return mail.Enqueue(ctx, tx, mail.Message{
		Kind: KindBegun, To: s.Address, Lang: s.Language, Key: begunKey(s.ID), Priority: mail.PriorityNormal,
		Data: map[string]string{
			"link": w.link(ToManage, s.Language, w.token(ToManage, s.seed)),
			"end":  w.link(ToEnd, s.Language, w.token(ToEnd, s.seed)),
			"date": ends.In(i18n.Helsinki).Format(time.RFC3339),
		},
		ExpiresAt: ends,
	})
}

func keepCriteria(ctx context.Context, tx *postgres.Tx, s Subscription) (int64, error) {
	criteria, err := encodeCriteria(canonical(s.Criteria))
	if err != nil {
		return 0, err
	}
	return keepSearch(ctx, tx, criteria)
}

const sqlDeleteOrder = `DELETE FROM job_watch WHERE id = $1 AND state = 'pending'`

// Decline deletes an order that its receiver did not want. The address is still
// sent no other confirmation for the rest of the day.
func (w *Watches) Decline(ctx context.Context, token string, id int64) error {
	return w.db.InTx(ctx, func(tx *postgres.Tx) error {
		s, err := w.orderOf(ctx, tx, token, id)
		if err != nil || s.State != Pending {
			return err
		}
		if err := mail.Withdraw(ctx, tx, []string{confirmationKey(id)}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlDeleteOrder, id); err != nil {
			return fmt.Errorf("delete order of a job watch: %w", err)
		}
		return record(ctx, tx, actionDeclined, id, nil)
	})
}
