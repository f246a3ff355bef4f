package mandate

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// kept is what is kept of a visit.
type kept struct {
	visit       secret.String
	tokens      Tokens
	accessUntil time.Time
	choices     []Choice
	checkedAt   time.Time
}

// reasonTaken refuses a visit that another session has.
const reasonTaken = "taken"

// Begun and current visits are sealed alike, since both become leaving ones.
func (m *Mandates) seal(column string, sessionID int64, s secret.String) []byte {
	return m.Keys.Seal([]byte(s.Reveal()), column+":"+strconv.FormatInt(sessionID, 10))
}

func (m *Mandates) open(column string, sessionID int64, sealed []byte) (secret.String, error) {
	plain, err := m.Keys.Open(sealed, column+":"+strconv.FormatInt(sessionID, 10))
	if err != nil {
		return secret.String{}, fmt.Errorf("open %s: %w", column, err)
	}
	return secret.New(string(plain)), nil
}

const sqlSelectBegun = `
SELECT state_hash, begun, begun_at, return_to
  FROM mandate_session
 WHERE session_id = $1
   FOR UPDATE`

const sqlUpdateBegunTaken = `
UPDATE mandate_session
   SET state_hash = NULL, begun = NULL, begun_at = NULL
 WHERE session_id = $1`

// takeBegun returns the visit that the session has begun with that state, and
// the path to go back to. It succeeds once.
func (m *Mandates) takeBegun(ctx context.Context, tx *postgres.Tx, sessionID int64, state []string) (secret.String, string, error) {
	var stateHash, begun []byte
	var begunAt *time.Time
	var back string
	err := tx.QueryRow(ctx, sqlSelectBegun, sessionID).Scan(&stateHash, &begun, &begunAt, &back)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return secret.String{}, "", &RefusedError{"state"}
	case err != nil:
		return secret.String{}, "", fmt.Errorf("select the visit that has begun: %w", err)
	case begunAt == nil, tx.Now.Sub(*begunAt) > away, len(state) != 1,
		subtle.ConstantTimeCompare(stateHash, hash(state[0])) != 1:
		return secret.String{}, back, &RefusedError{"state"}
	}
	if _, err := tx.Exec(ctx, sqlUpdateBegunTaken, sessionID); err != nil {
		return secret.String{}, "", fmt.Errorf("take the visit that has begun: %w", err)
	}
	visit, err := m.open("mandate_session.visit", sessionID, begun)
	if err != nil {
		return secret.String{}, back, &RefusedError{"sealed"}
	}
	return visit, back, nil
}

const sqlUpsertBegun = `
WITH before AS (SELECT begun FROM mandate_session WHERE session_id = $1),
     after AS (INSERT INTO mandate_session (session_id, state_hash, begun, begun_at, return_to)
               VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (session_id) DO UPDATE
                  SET state_hash = excluded.state_hash, begun = excluded.begun,
                      begun_at = excluded.begun_at, return_to = excluded.return_to)
INSERT INTO mandate_leaving (session_id, visit, next_try_at)
SELECT $1, begun, $4
  FROM before
 WHERE begun IS NOT NULL`

// keepBegun keeps a visit that has begun; one begun before is left.
func (m *Mandates) keepBegun(ctx context.Context, tx *postgres.Tx, sessionID int64, visit secret.String, stateHash []byte, back string) error {
	sealed := m.seal("mandate_session.visit", sessionID, visit)
	if _, err := tx.Exec(ctx, sqlUpsertBegun, sessionID, stateHash, sealed, tx.Now, back); err != nil {
		return fmt.Errorf("keep a visit that begins: %w", err)
	}
	return nil
}

const sqlUpdateVisit = `
WITH before AS (SELECT visit FROM mandate_session WHERE session_id = $1),
     after AS (UPDATE mandate_session
                  SET visit = $2, visit_index = $3, access_token = $4, access_until = $5,
                      refresh_token = $6, choices = $7, checked_at = $8
                WHERE session_id = $1)
INSERT INTO mandate_leaving (session_id, visit, next_try_at)
SELECT $1, visit, $9
  FROM before
 WHERE visit IS NOT NULL`

// keepVisit keeps what a visit told in place of what the one before told, which
// is left. A visit that another session has is refused.
func (m *Mandates) keepVisit(ctx context.Context, tx *postgres.Tx, sessionID int64, k kept) error {
	choices, err := json.Marshal(k.choices)
	if err != nil {
		return fmt.Errorf("write choices: %w", err)
	}
	_, err = tx.Exec(ctx, sqlUpdateVisit, sessionID,
		m.seal("mandate_session.visit", sessionID, k.visit),
		m.Keys.Index("mandate_session.visit", k.visit.Reveal()),
		m.seal("mandate_session.access_token", sessionID, k.tokens.Access),
		k.checkedAt.Add(k.tokens.Life),
		m.sealRefresh(sessionID, k.tokens.Refresh),
		m.seal("mandate_session.choices", sessionID, secret.New(string(choices))),
		k.checkedAt, tx.Now)
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.ConstraintName == "mandate_session_visit_key" {
		return &RefusedError{reasonTaken}
	}
	if err != nil {
		return fmt.Errorf("keep a visit: %w", err)
	}
	return nil
}

// sealRefresh returns nil for no refresh token.
func (m *Mandates) sealRefresh(sessionID int64, token secret.String) []byte {
	if !token.IsSet() {
		return nil
	}
	return m.seal("mandate_session.refresh_token", sessionID, token)
}

const sqlUpdateTokens = `
UPDATE mandate_session
   SET access_token = $2, access_until = $3, refresh_token = $4
 WHERE session_id = $1
   AND visit_index = $5`

// keepTokens keeps new tokens, unless the session has another visit by now.
func (m *Mandates) keepTokens(ctx context.Context, tx *postgres.Tx, sessionID int64, k kept) error {
	_, err := tx.Exec(ctx, sqlUpdateTokens, sessionID,
		m.seal("mandate_session.access_token", sessionID, k.tokens.Access), k.accessUntil,
		m.sealRefresh(sessionID, k.tokens.Refresh),
		m.Keys.Index("mandate_session.visit", k.visit.Reveal()))
	if err != nil {
		return fmt.Errorf("keep tokens: %w", err)
	}
	return nil
}

const sqlSelectVisit = `
SELECT visit, access_token, access_until, refresh_token, choices, checked_at
  FROM mandate_session
 WHERE session_id = $1
   AND visit IS NOT NULL`

// visitOf returns what is kept of the session's last visit, or ErrConfirm when
// there was none.
func (m *Mandates) visitOf(ctx context.Context, q postgres.Querier, sessionID int64) (kept, error) {
	var k kept
	var visit, access, refresh, choices []byte
	err := q.QueryRow(ctx, sqlSelectVisit, sessionID).Scan(&visit, &access, &k.accessUntil, &refresh, &choices, &k.checkedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return kept{}, ErrConfirm
	}
	if err != nil {
		return kept{}, fmt.Errorf("select a visit: %w", err)
	}
	var told secret.String
	for _, c := range []struct {
		column string
		sealed []byte
		to     *secret.String
	}{
		{"mandate_session.visit", visit, &k.visit},
		{"mandate_session.access_token", access, &k.tokens.Access},
		{"mandate_session.refresh_token", refresh, &k.tokens.Refresh},
		{"mandate_session.choices", choices, &told},
	} {
		if c.sealed == nil {
			continue
		}
		if *c.to, err = m.open(c.column, sessionID, c.sealed); err != nil {
			// Its key has been taken away: what was told can be told again.
			return kept{}, fmt.Errorf("%w: %w", ErrConfirm, err)
		}
	}
	if err := json.Unmarshal([]byte(told.Reveal()), &k.choices); err != nil {
		return kept{}, errors.New("read choices: not what was written")
	}
	return k, nil
}

const sqlDeleteVisits = `
WITH gone AS (DELETE FROM mandate_session WHERE session_id = ANY($1) RETURNING session_id, visit, begun)
INSERT INTO mandate_leaving (session_id, visit, next_try_at)
SELECT gone.session_id, left_visit, $2
  FROM gone, unnest(ARRAY[gone.visit, gone.begun]) AS left_visit
 WHERE left_visit IS NOT NULL`

// takeAway forgets what sessions were told; their visits are left.
func (m *Mandates) takeAway(ctx context.Context, tx *postgres.Tx, sessions []int64) error {
	if _, err := tx.Exec(ctx, sqlDeleteVisits, sessions, tx.Now); err != nil {
		return fmt.Errorf("delete visits: %w", err)
	}
	return nil
}
