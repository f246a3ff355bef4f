package identity

import (
	"context"
	"fmt"
	"strconv"

	"tyomarkkinatori.fi/portal/internal/audit"
)

const actionResealed = "person_key.rotated"

// Reseal encrypts at most batch rows anew that are under an old key, and returns
// how many those were: 0 means that old keys are needed no more. It runs while
// the portal does.
func (p *People) Reseal(ctx context.Context, batch int) (int, error) {
	var n int
	err := p.inTx(ctx, func(c *change) error {
		persons, err := p.resealPersons(ctx, c, batch)
		if err != nil {
			return err
		}
		sessions, err := p.resealSessions(ctx, c, batch-persons)
		if n = persons + sessions; n > 0 {
			c.record(audit.System("keys_rotate"), actionResealed, audit.Ref{Kind: "person_key", ID: p.keys.Current()}, map[string]any{"persons": persons, "sessions": sessions})
		}
		return err
	})
	return n, err
}

// resealed seals the value anew, nil for none.
func (p *People) resealed(sealed []byte, place string, id int64) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	at := place + strconv.FormatInt(id, 10)
	plain, err := p.keys.Open(sealed, at)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", at, err)
	}
	return p.keys.Seal(plain, at), nil
}

const sqlSelectOldPersons = `
SELECT id, code_sealed, foreign_sealed
  FROM person
 WHERE key_id <> $1
 ORDER BY id
 LIMIT $2
   FOR NO KEY UPDATE`

const sqlResealPersons = `
UPDATE person
   SET key_id = $1, code_sealed = fresh.code, foreign_sealed = fresh.foreign_id
  FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) AS fresh (id, code, foreign_id)
 WHERE person.id = fresh.id`

func (p *People) resealPersons(ctx context.Context, c *change, batch int) (int, error) {
	rows, err := c.Query(ctx, sqlSelectOldPersons, p.keys.Current(), batch)
	if err != nil {
		return 0, fmt.Errorf("select persons under old keys: %w", err)
	}
	defer rows.Close()
	var ids []int64
	var codes, foreign [][]byte
	for rows.Next() {
		var id int64
		var code, other []byte
		if err := rows.Scan(&id, &code, &other); err != nil {
			return 0, fmt.Errorf("select persons under old keys: %w", err)
		}
		if code, err = p.resealed(code, placeCode, id); err != nil {
			return 0, err
		}
		if other, err = p.resealed(other, placeForeign, id); err != nil {
			return 0, err
		}
		ids, codes, foreign = append(ids, id), append(codes, code), append(foreign, other)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return 0, err
	}
	if _, err := c.Exec(ctx, sqlResealPersons, p.keys.Current(), ids, codes, foreign); err != nil {
		return 0, fmt.Errorf("reseal persons: %w", err)
	}
	return len(ids), nil
}

const sqlSelectOldSessions = `
SELECT id, id_token_sealed
  FROM session
 WHERE id_token_sealed IS NOT NULL
   AND key_id <> $1
 ORDER BY id
 LIMIT $2
   FOR NO KEY UPDATE`

const sqlResealSessions = `
UPDATE session
   SET key_id = $1, id_token_sealed = fresh.id_token
  FROM unnest($2::bigint[], $3::bytea[]) AS fresh (id, id_token)
 WHERE session.id = fresh.id`

func (p *People) resealSessions(ctx context.Context, c *change, batch int) (int, error) {
	rows, err := c.Query(ctx, sqlSelectOldSessions, p.keys.Current(), batch)
	if err != nil {
		return 0, fmt.Errorf("select sessions under old keys: %w", err)
	}
	defer rows.Close()
	var ids []int64
	var tokens [][]byte
	for rows.Next() {
		var id int64
		var token []byte
		if err := rows.Scan(&id, &token); err != nil {
			return 0, fmt.Errorf("select sessions under old keys: %w", err)
		}
		if token, err = p.resealed(token, placeIDToken, id); err != nil {
			return 0, err
		}
		ids, tokens = append(ids, id), append(tokens, token)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return 0, err
	}
	if _, err := c.Exec(ctx, sqlResealSessions, p.keys.Current(), ids, tokens); err != nil {
		return 0, fmt.Errorf("reseal sessions: %w", err)
	}
	return len(ids), nil
}
