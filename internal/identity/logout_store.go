package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

//nolint:gosec // no credential but the name of a column
const sqlSelectIDToken = `SELECT coalesce(id_token_sealed, '') FROM session WHERE id = $1`

// openIDToken returns "" when there is none and when its key is gone: the local
// log-out must not depend on it.
func (p *People) openIDToken(ctx context.Context, c *change, id int64) (string, error) {
	var sealed []byte
	err := c.QueryRow(ctx, sqlSelectIDToken, id).Scan(&sealed)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("select ID token: %w", err)
	}
	plain, err := p.keys.Open(sealed, placeIDToken+sessionRef(id).ID)
	if err != nil {
		return "", nil //nolint:nilerr // without it the provider asks the person
	}
	return string(plain), nil
}

const sqlInsertLogoutMessage = `
INSERT INTO logout_message (id_index, received_at)
VALUES ($1, $2)
ON CONFLICT (id_index) DO NOTHING`

// insertLogoutMessage reports whether the message is new.
func (p *People) insertLogoutMessage(ctx context.Context, c *change, id string) (bool, error) {
	tag, err := c.Exec(ctx, sqlInsertLogoutMessage, p.keys.Index("logout_message.id", id), c.Now)
	if err != nil {
		return false, fmt.Errorf("insert log-out message: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

const sqlLockPeopleOf = `
SELECT id
  FROM person
 WHERE id IN (SELECT person_id
                FROM session
               WHERE ended_at IS NULL
                 AND (subject_index = $1 OR provider_session_index = $2)
                 AND ($1::bytea IS NULL OR subject_index = $1)
                 AND ($2::bytea IS NULL OR provider_session_index = $2))
 ORDER BY id
   FOR NO KEY UPDATE`

// lockPeopleOf returns whom the message means; a session must fit everything
// that it names.
func (p *People) lockPeopleOf(ctx context.Context, c *change, out LoggedOut) ([]PersonID, error) {
	var subject, session []byte
	if out.Subject != "" {
		subject = p.subjectIndex(out.Subject)
	}
	if out.ProviderSession != "" {
		session = p.providerSessionIndex(out.ProviderSession)
	}
	rows, err := c.Query(ctx, sqlLockPeopleOf, subject, session)
	if err != nil {
		return nil, fmt.Errorf("find who logged out: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[PersonID])
	if err != nil {
		return nil, fmt.Errorf("find who logged out: %w", err)
	}
	return people, nil
}

const sqlEndExpired = `
UPDATE session
   SET ended_at = LEAST(identified_at + $2::interval, seen_at + CASE kind WHEN 'staff' THEN $3::interval ELSE $4::interval END),
       end_reason = CASE WHEN identified_at + $2::interval <= $1 THEN 'age' ELSE 'idle' END,
       acting_business_id = '', acting_name = '', acting_roles = '{}', acting_authority = '', acting_checked_at = NULL,
       subject_index = NULL, provider_session_index = NULL, id_token_sealed = NULL
 WHERE ended_at IS NULL
   AND LEAST(identified_at + $2::interval, seen_at + CASE kind WHEN 'staff' THEN $3::interval ELSE $4::interval END) <= $1
RETURNING id`

func endExpired(ctx context.Context, c *change) ([]int64, error) {
	rows, err := c.Query(ctx, sqlEndExpired, c.Now, SessionAge, StaffIdle, PersonIdle)
	if err != nil {
		return nil, fmt.Errorf("end expired sessions: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("end expired sessions: %w", err)
	}
	return ids, nil
}

const sqlDeleteEnded = `DELETE FROM session WHERE ended_at <= $1`

const sqlDeleteLogoutMessages = `DELETE FROM logout_message WHERE received_at <= $1`

// deleteEnded returns how many sessions it erased.
func deleteEnded(ctx context.Context, c *change) (int, error) {
	before := c.Now.Add(-endedKept)
	if _, err := c.Exec(ctx, sqlDeleteLogoutMessages, before); err != nil {
		return 0, fmt.Errorf("erase log-out messages: %w", err)
	}
	tag, err := c.Exec(ctx, sqlDeleteEnded, before)
	if err != nil {
		return 0, fmt.Errorf("erase sessions: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
