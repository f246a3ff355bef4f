package mail

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Outcome is what became of a mail.
type Outcome string

// The outcomes. A mail that waits has none of the others yet. Sent means that
// the mail server has taken it; refused that it never will; given up that there
// was no mail server for 72 hours; dropped that it had lost its point.
const (
	OutcomeWaiting Outcome = "waiting"
	OutcomeSent    Outcome = "sent"
	OutcomeRefused Outcome = statusRefused
	OutcomeGivenUp Outcome = statusGivenUp
	OutcomeDropped Outcome = statusDropped
)

const sqlSelectOutcomes = `
SELECT key, status
  FROM mail_outbox
 WHERE key = ANY($1)`

// Outcomes tells what has become of mails by their keys. It knows nothing of
// mails that ended 30 days ago.
func Outcomes(ctx context.Context, q postgres.Querier, keys []string) (map[string]Outcome, error) {
	rows, err := q.Query(ctx, sqlSelectOutcomes, keys)
	if err != nil {
		return nil, fmt.Errorf("select outcomes of mails: %w", err)
	}
	found := make(map[string]Outcome, len(keys))
	var key string
	var outcome Outcome
	_, err = pgx.ForEachRow(rows, []any{&key, &outcome}, func() error {
		found[key] = outcome
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select outcomes of mails: %w", err)
	}
	return found, nil
}

const sqlWithdrawMails = `
UPDATE mail_outbox
   SET status = 'dropped', finished_at = $2, claimed_until = NULL, address = '', data = '{}'
 WHERE key = ANY($1)
   AND status = 'waiting'`

// Withdraw takes mails back that the mail server does not have yet, and erases
// what they hold. One that is being handed over at this moment still goes out.
func Withdraw(ctx context.Context, tx *postgres.Tx, keys []string) error {
	if _, err := tx.Exec(ctx, sqlWithdrawMails, keys, tx.Now); err != nil {
		return fmt.Errorf("withdraw mails: %w", err)
	}
	return nil
}
