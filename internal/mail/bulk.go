package mail

import (
	"context"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Bulk is mails of one kind to many receivers, that are written when they are
// sent: nothing of their content is kept until then.
type Bulk struct {
	Kind     Kind
	Priority Priority
	// To, Lang and Key are by mail.
	To, Key []string
	Lang    []i18n.Lang
}

const sqlInsertMails = `
INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at)
SELECT $1, n.key, $2, n.language, n.address, '{}', $3, $3
  FROM unnest($4::text[], $5::text[], $6::text[]) AS n (key, language, address)
    ON CONFLICT (key) DO NOTHING`

// EnqueueAll is Enqueue for many mails, in one statement.
func EnqueueAll(ctx context.Context, tx *postgres.Tx, b Bulk) error {
	languages := make([]string, len(b.Key))
	for i := range b.Key {
		if err := (Message{Kind: b.Kind, To: b.To[i], Lang: b.Lang[i], Key: b.Key[i]}).check(); err != nil {
			return err
		}
		languages[i] = string(b.Lang[i])
	}
	if _, err := tx.Exec(ctx, sqlInsertMails, b.Kind, b.Priority, tx.Now, b.Key, languages, b.To); err != nil {
		return fmt.Errorf("insert mails %s: %w", b.Kind, err)
	}
	return nil
}
