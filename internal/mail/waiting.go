package mail

import (
	"context"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlSelectWaiting = `
SELECT count(*), coalesce(min(due_at), $1)
  FROM mail_outbox
 WHERE status = 'waiting'`

// Waiting returns how many mails wait to be sent, and for how long the one has
// waited that should have gone first; both are 0 when none waits.
func Waiting(ctx context.Context, db *postgres.DB) (int, time.Duration, error) {
	now := db.Now()
	var n int
	var due time.Time
	if err := db.QueryRow(ctx, sqlSelectWaiting, now).Scan(&n, &due); err != nil {
		return 0, 0, fmt.Errorf("count waiting mails: %w", err)
	}
	return n, max(0, now.Sub(due)), nil
}
