package terms

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The mails: the first word of a coming version, and the reminders of it.
const (
	mailAnnounced mail.Kind = "terms_announced"
	mailReminder  mail.Kind = "terms_reminder"
)

// actionAnnounced is audited for each run that told anybody of a version.
const actionAnnounced = "terms.announced"

// AnnounceTask is the kind of the task that calls Announce.
const AnnounceTask = "terms.announce"

// reminders are the days before the effect on which a version is told again,
// nearest first.
//
//nolint:gochecknoglobals // a constant table
var reminders = [...]int{1, 7, 30}

// Announce tells every receiver of every coming version what is due: at once
// when it was never told, and again 30, 7 and 1 days before. It goes by what was
// told, so that runs may be missed or repeated: one mail makes up for all that
// were missed, and none goes out twice.
func (t *Terms) Announce(ctx context.Context) error {
	if t.Receivers == nil {
		return nil
	}
	for _, kind := range Kinds() {
		coming, err := t.Coming(ctx, kind)
		if err != nil {
			return err
		}
		for _, v := range coming {
			if err := t.db.InTx(ctx, func(tx *postgres.Tx) error { return t.announce(ctx, tx, v) }); err != nil {
				return fmt.Errorf("announce terms %s/%d: %w", v.Kind, v.Number, err)
			}
		}
	}
	return nil
}

func (t *Terms) announce(ctx context.Context, tx *postgres.Tx, v Version) error {
	left := i18n.DaysUntil(tx.Now, v.InForceSince())
	if left < 1 {
		return nil
	}
	receivers, err := t.Receivers(ctx, tx, v.Kind)
	if err != nil {
		return fmt.Errorf("list receivers: %w", err)
	}
	told, err := selectTold(ctx, tx, v)
	if err != nil {
		return err
	}
	n := 0
	for _, r := range receivers {
		last, before := told[r.Key]
		if !mail.ValidAddress(r.Email) || before && !due(left, last) {
			continue
		}
		isNew, err := insertTold(ctx, tx, v, r.Key, left)
		if err != nil {
			return err
		}
		if !isNew {
			continue
		}
		if err := mail.Enqueue(ctx, tx, t.letter(v, r, left, before)); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return nil
	}
	return audit.Record(ctx, tx, audit.Event{
		Actor: audit.System(AnnounceTask), Action: actionAnnounced, Subject: v.ref(),
		Detail: map[string]any{"count": n, "days_left": left},
	})
}

// due tells whether a reminder lies between the days that were left when the
// receiver was told last and those that are left now.
func due(left, last int) bool {
	for _, days := range reminders {
		if left <= days && days < last {
			return true
		}
	}
	return false
}

func (t *Terms) letter(v Version, r Receiver, left int, again bool) mail.Message {
	kind := mailAnnounced
	if again {
		kind = mailReminder
	}
	m := mail.Message{
		Kind: kind, To: r.Email, Lang: r.Language, Priority: mail.PriorityBulk, ExpiresAt: v.InForceSince(),
		Key: fmt.Sprintf("terms:%s:%d:%s:%d", v.Kind, v.Number, r.Key, left),
		Data: map[string]string{
			"organisation": r.Organisation,
			"terms":        v.Title[r.Language],
			"date":         v.EffectiveOn.Format(time.DateOnly),
			"number":       strconv.Itoa(v.Number),
			"days":         strconv.Itoa(left),
		},
	}
	if t.Link != nil {
		m.Data["link"] = t.Link(r.Language, v.Kind, v.Number)
	}
	return m
}

const sqlSelectTold = `
SELECT receiver, min(days_left)
  FROM terms_told
 WHERE kind = $1
   AND number = $2
 GROUP BY receiver`

func selectTold(ctx context.Context, q postgres.Querier, v Version) (map[string]int, error) {
	rows, err := q.Query(ctx, sqlSelectTold, v.Kind, v.Number)
	if err != nil {
		return nil, fmt.Errorf("select who was told: %w", err)
	}
	defer rows.Close()
	told := map[string]int{}
	for rows.Next() {
		var receiver string
		var days int
		if err := rows.Scan(&receiver, &days); err != nil {
			return nil, fmt.Errorf("read who was told: %w", err)
		}
		told[receiver] = days
	}
	return told, rows.Err()
}

const sqlInsertTold = `
INSERT INTO terms_told (kind, number, receiver, days_left, told_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT terms_told_pkey DO NOTHING`

func insertTold(ctx context.Context, tx *postgres.Tx, v Version, receiver string, left int) (isNew bool, err error) {
	tag, err := tx.Exec(ctx, sqlInsertTold, v.Kind, v.Number, receiver, left, tx.Now)
	if err != nil {
		return false, fmt.Errorf("insert who was told: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}
