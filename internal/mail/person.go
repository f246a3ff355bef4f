package mail

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlTieMail = `
UPDATE mail_outbox
   SET person_id = $2
 WHERE key = $1
   AND status = 'waiting'`

const sqlHoldAccount = `SELECT EXISTS (SELECT FROM person WHERE id = $1 FOR KEY SHARE)`

// EnqueueTo is Enqueue for a mail to somebody with an account: the person sees
// that it was sent, and it goes with the account. There is no mail to an account
// that is gone.
func EnqueueTo(ctx context.Context, tx *postgres.Tx, person int64, m Message) error {
	var there bool
	if err := tx.QueryRow(ctx, sqlHoldAccount, person).Scan(&there); err != nil {
		return fmt.Errorf("hold the account of a mail: %w", err)
	}
	if !there {
		return nil
	}
	if err := Enqueue(ctx, tx, m); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlTieMail, m.Key, person); err != nil {
		return fmt.Errorf("tie a mail to its account: %w", err)
	}
	return nil
}

// Keeper keeps the mails to persons with accounts. They go with the account,
// sent or not.
func Keeper() keeping.Keeper {
	return keeping.Keeper{Name: "mail", Export: export, Erase: erase}
}

const sqlExportMails = `
SELECT id, kind, language, address, data, status, created_at, finished_at
  FROM mail_outbox
 WHERE person_id = $1
 ORDER BY created_at DESC, id DESC`

func export(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := postgres.Rows(ctx, tx, sqlExportMails, person)
	if err != nil {
		return nil, fmt.Errorf("export mails: %w", err)
	}
	var all []keeping.Record
	for _, row := range rows {
		at, _ := row["created_at"].(time.Time)
		id := fmt.Sprint(row["id"])
		delete(row, "id")
		all = append(all, keeping.Record{Table: "mail_outbox", Row: id, At: at, Source: keeping.SourceService, Values: row})
	}
	return all, nil
}

const sqlEraseMails = `DELETE FROM mail_outbox WHERE person_id = $1`

// A mail about what a person has sent for an organisation goes to the address
// given there. Where that is the person's own, nobody else waits for it.
const sqlEraseToAddress = `
DELETE FROM mail_outbox AS m
 USING person AS p, application AS a
 WHERE p.id = $1
   AND a.submitted_by = p.id
   AND m.status = 'waiting'
   AND p.email <> ''
   AND lower(m.address) = lower(p.email)
   AND m.data ->> 'application' = a.id::text`

func erase(ctx context.Context, tx *postgres.Tx, person int64) error {
	for _, statement := range []string{sqlEraseMails, sqlEraseToAddress} {
		if _, err := tx.Exec(ctx, statement, person); err != nil {
			return fmt.Errorf("erase mails: %w", err)
		}
	}
	return nil
}

const sqlWithdrawFrom = `
UPDATE mail_outbox
   SET status = 'dropped', finished_at = $3, claimed_until = NULL, address = '', data = '{}'
 WHERE person_id = $1
   AND kind = $2
   AND status = 'waiting'`

// WithdrawFrom takes back the mails of a kind to a person that the mail server does
// not have yet, as Withdraw does.
func WithdrawFrom(ctx context.Context, tx *postgres.Tx, person int64, kind Kind) error {
	if _, err := tx.Exec(ctx, sqlWithdrawFrom, person, kind, tx.Now); err != nil {
		return fmt.Errorf("withdraw mails from a person: %w", err)
	}
	return nil
}

const sqlWithdrawOld = `
UPDATE mail_outbox
   SET status = 'dropped', finished_at = $1, claimed_until = NULL, address = '', data = '{}'
 WHERE status = 'waiting'
   AND created_at <= $1`

// WithdrawAll takes back every mail that waits, and returns how many those were.
// It is for a database that was restored from a backup: what waited in it has
// been sent since, or has lost its receiver.
func WithdrawAll(ctx context.Context, tx *postgres.Tx) (int, error) {
	tag, err := tx.Exec(ctx, sqlWithdrawOld, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("withdraw old mails: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
