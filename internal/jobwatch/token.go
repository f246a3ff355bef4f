package jobwatch

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Purpose says what a token opens.
type Purpose string

// The purposes: the page on which an order is confirmed, the subscriber's own
// page of a watch, and nothing but the end of a watch.
const (
	ToConfirm Purpose = "confirm"
	ToManage  Purpose = "manage"
	ToEnd     Purpose = "end"
)

// tokenBytes is how long a token is: 80 bits, which is 16 letters to type.
const tokenBytes = 10

// tokenLetters has no letters that are taken for one another.
//
//nolint:gochecknoglobals // a constant that needs a call
var tokenLetters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// token returns the token of a watch with that seed, in groups of four. It is
// made anew for each mail, so that only its hash need be kept.
func (w *Watches) token(purpose Purpose, seed []byte) string {
	text := tokenLetters.EncodeToString(w.keys.Index("job_watch.token."+string(purpose), string(seed))[:tokenBytes])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// hashToken returns what is kept of a token, and false for a text that can be
// no token. It reads a token as people type it from paper.
func hashToken(purpose Purpose, text string) ([]byte, bool) {
	if len(text) > 64 {
		return nil, false
	}
	text = strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(text))
	if len(text) != tokenLetters.EncodedLen(tokenBytes) {
		return nil, false // the decoder takes a letter too many
	}
	b, err := tokenLetters.DecodeString(text)
	if err != nil {
		return nil, false
	}
	sum := sha256.Sum256(append([]byte(purpose+":"), b...))
	return sum[:], true
}

const sqlInsertToken = `
INSERT INTO job_watch_token (hash, watch_id, purpose)
VALUES ($1, $2, $3)
    ON CONFLICT ON CONSTRAINT job_watch_token_purpose_key DO UPDATE
   SET hash = excluded.hash`

// keepTokens makes the tokens of the seed the ones that open the watch for
// these purposes.
func (w *Watches) keepTokens(ctx context.Context, tx *postgres.Tx, id int64, seed []byte, purposes ...Purpose) error {
	for _, purpose := range purposes {
		hash, _ := hashToken(purpose, w.token(purpose, seed))
		if _, err := tx.Exec(ctx, sqlInsertToken, hash, id, purpose); err != nil {
			return fmt.Errorf("keep the token of a job watch: %w", err)
		}
	}
	return nil
}

const sqlSelectOpened = `
SELECT w.id
  FROM job_watch_token AS t
  JOIN job_watch AS w ON w.id = t.watch_id
 WHERE t.hash = $1
   AND t.purpose = $2
   AND w.ends_at > $3`

// watchOf returns the watch that a token opens, or fault.ErrNotFound.
func (w *Watches) watchOf(ctx context.Context, q postgres.Querier, purpose Purpose, token string) (int64, error) {
	var id int64
	if hash, ok := hashToken(purpose, token); ok {
		err := q.QueryRow(ctx, sqlSelectOpened, hash, purpose, w.db.Now()).Scan(&id)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return 0, fmt.Errorf("select job watch by token: %w", err)
		}
	}
	if id == 0 {
		return 0, fmt.Errorf("job watch by token: %w", fault.ErrNotFound)
	}
	return id, nil
}
