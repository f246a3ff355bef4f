package jobwatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Item is a posting in a mail. Changed tells that it was open before and its
// deadline, place, pay or title has changed.
type Item struct {
	jobposting.Card

	Changed bool
	// Why are the criteria that the posting meets; nil when it meets all of them.
	Why []Criterion
}

// Digest is what a mail tells.
type Digest struct {
	Subscription

	// Items are the postings, newest first; all of them are open.
	Items []Item
	// ManagePath opens the subscriber's own page, and EndPath ends the watch:
	// by a button on a page, and by RFC 8058's POST.
	ManagePath, EndPath string
	// Token opens the own page, and the page of each posting on it.
	Token string
}

// explained is how many postings of a mail are told why they match.
const explained = 100

// mergeAfter is how old a mail must be for what has come since to go into it:
// it was held up. One of which a copy may have been delivered stays as it is.
const mergeAfter = time.Hour

const sqlSelectMailWatch = `SELECT watch_id FROM job_watch_mail WHERE id = $1`

const sqlLockMail = `
SELECT state, made_at
  FROM job_watch_mail
 WHERE id = $1
   FOR UPDATE`

// Compose returns what the mail m, of kind KindDigest, tells at this moment.
// Postings that have closed since it was made are left out, and what has come
// since is taken in if the mail was held up; both stand in the ledger
// afterwards. It is mail.ErrDropped when there is nothing to tell any more.
func (w *Watches) Compose(ctx context.Context, m mail.Message) (Digest, error) {
	id := numberIn(m.Key, digestPrefix)
	var d Digest
	dropped := false
	err := w.db.InTx(ctx, func(tx *postgres.Tx) error {
		d, dropped = Digest{}, false
		var watch int64
		err := tx.QueryRow(ctx, sqlSelectMailWatch, id).Scan(&watch)
		if isNoRows(err) {
			dropped = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("select mail of a job watch: %w", err)
		}
		s, err := lockSubscription(ctx, tx, watch)
		if errors.Is(err, fault.ErrNotFound) {
			dropped = true
			return nil
		}
		if err != nil {
			return err
		}
		d, dropped, err = w.compose(ctx, tx, s, id, m.Again)
		return err
	})
	if err != nil {
		return Digest{}, fmt.Errorf("compose mail of a job watch: %w", err)
	}
	if dropped {
		return Digest{}, mail.ErrDropped
	}
	return d, nil
}

func (w *Watches) compose(ctx context.Context, tx *postgres.Tx, s Subscription, id int64, again bool) (d Digest, dropped bool, err error) {
	var state string
	var made time.Time
	if err := tx.QueryRow(ctx, sqlLockMail, id).Scan(&state, &made); isNoRows(err) {
		return d, true, nil
	} else if err != nil {
		return d, false, fmt.Errorf("lock mail of a job watch: %w", err)
	}
	switch {
	case state != stateQueued:
		return d, true, nil
	case s.State != Active:
		return d, true, release(ctx, tx, s, id)
	case tx.Now.Sub(made) >= mergeAfter && !again:
		if err := merge(ctx, tx, s, id); err != nil {
			return d, false, err
		}
	}
	if err := dropClosed(ctx, tx, id); err != nil {
		return d, false, err
	}
	d.Subscription = s
	if d.Items, err = items(ctx, tx, id); err != nil || len(d.Items) == 0 {
		if err == nil {
			err = finishMail(ctx, tx, id, mailEmpty)
		}
		return d, true, err
	}
	if !s.Unreadable {
		if err := w.explain(ctx, tx, s.Criteria, d.Items[:min(explained, len(d.Items))]); err != nil {
			return d, false, err
		}
	}
	d.Token = w.token(ToManage, s.seed)
	d.ManagePath = w.link(ToManage, s.Language, w.token(ToManage, s.seed))
	d.EndPath = w.link(ToEnd, s.Language, w.token(ToEnd, s.seed))
	return d, false, nil
}

// The states of a mail beside stateQueued and stateSent: it had nothing to tell
// any more, or its address was refused.
const (
	mailEmpty   = "empty"
	mailRefused = "refused"
)

// merge takes what has come since a mail was made into it.
func merge(ctx context.Context, tx *postgres.Tx, s Subscription, id int64) error {
	var seq int64
	if err := tx.QueryRow(ctx, sqlSelectCursor).Scan(&seq); err != nil {
		return fmt.Errorf("select the cursor of job watches: %w", err)
	}
	waiting, err := selectMatches(ctx, tx, []int64{s.ID})
	if err != nil {
		return err
	}
	sent, skips := sift(&s, waiting[s.ID])
	entries := skipped(skips)
	for _, m := range sent {
		entries = append(entries, entry{match: m, state: stateQueued, mailID: id})
	}
	s.doneSeq = max(s.doneSeq, seq)
	if err := reschedule(ctx, tx, []Subscription{s}); err != nil {
		return err
	}
	if err := insertEntries(ctx, tx, entries); err != nil {
		return err
	}
	return supersede(ctx, tx, id)
}

// What was changed once more while the mail was held up is told as it is now.
const sqlSupersedeEntries = `
UPDATE job_watch_entry AS e
   SET state = 'skipped', reason = 'superseded', at = $2
 WHERE e.mail_id = $1
   AND e.state = 'queued'
   AND EXISTS (SELECT
                 FROM job_watch_entry AS n
                WHERE n.watch_id = e.watch_id
                  AND n.posting_id = e.posting_id
                  AND n.revision > e.revision
                  AND n.mail_id = $1)`

func supersede(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlSupersedeEntries, id, tx.Now); err != nil {
		return fmt.Errorf("supersede ledger rows of a job watch: %w", err)
	}
	return countMail(ctx, tx, id)
}

const sqlCloseEntries = `
UPDATE job_watch_entry AS e
   SET state = 'skipped', reason = 'closed', mail_id = NULL, at = $2
  FROM job_posting AS p
 WHERE e.mail_id = $1
   AND e.state = 'queued'
   AND p.id = e.posting_id
   AND (p.status <> 'open' OR p.expires_at <= $2)`

func dropClosed(ctx context.Context, tx *postgres.Tx, id int64) error {
	tag, err := tx.Exec(ctx, sqlCloseEntries, id, tx.Now)
	if err != nil {
		return fmt.Errorf("skip closed postings: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return countMail(ctx, tx, id)
}

const sqlCountMail = `
UPDATE job_watch_mail
   SET postings = (SELECT count(*) FROM job_watch_entry AS e WHERE e.mail_id = $1)
 WHERE id = $1`

// countMail writes down how many ledger rows a mail stands for.
func countMail(ctx context.Context, tx *postgres.Tx, id int64) error {
	if _, err := tx.Exec(ctx, sqlCountMail, id); err != nil {
		return fmt.Errorf("count postings of a mail: %w", err)
	}
	return nil
}

const sqlSelectMailEntries = `
SELECT posting_id, changed
  FROM job_watch_entry
 WHERE mail_id = $1
   AND state = 'queued'
 ORDER BY seq DESC`

func items(ctx context.Context, tx *postgres.Tx, id int64) ([]Item, error) {
	rows, err := tx.Query(ctx, sqlSelectMailEntries, id)
	if err != nil {
		return nil, fmt.Errorf("select postings of a mail: %w", err)
	}
	changed := map[int64]bool{}
	ids, err := collect(rows, func(row scanner) (id int64, err error) {
		var is bool
		err = row.Scan(&id, &is)
		changed[id] = is
		return id, err
	})
	if err != nil {
		return nil, fmt.Errorf("select postings of a mail: %w", err)
	}
	cards, err := jobposting.Cards(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	all := make([]Item, len(cards))
	for i, c := range cards {
		all[i] = Item{Card: c, Changed: changed[c.ID]}
	}
	return all, nil
}
