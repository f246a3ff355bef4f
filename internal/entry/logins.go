// Package entry keeps what must outlive the way to the identification service
// and back: the log-in that is under way, and the form that could not be sent
// because the session had ended.
package entry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// LoginLife is the time to come back from the identification service.
const LoginLife = 10 * time.Minute

// Login is a log-in that is under way.
type Login struct {
	identity.SignIn

	Kind     identity.Kind
	Language i18n.Lang
	// Return is the path of the page to go to afterwards, "" for none.
	Return string
}

// Why a log-in cannot be finished, as codes for audit events.
const (
	// ReasonUnknown: no log-in has that state.
	ReasonUnknown = "state_unknown"
	// ReasonBrowser: another browser began it, or none that can be told.
	ReasonBrowser = "browser"
	// ReasonUsed: it was finished or given up before.
	ReasonUsed = "used"
	// ReasonLate: it began too long ago.
	ReasonLate = "late"
)

// Logins keeps log-ins that are under way.
type Logins struct {
	db   *postgres.DB
	keys *secret.Keyring
}

// NewLogins returns the log-ins kept in db, their secrets sealed with keys.
func NewLogins(db *postgres.DB, keys *secret.Keyring) *Logins { return &Logins{db, keys} }

const sqlInsertLogin = `
INSERT INTO signin_transaction (state_hash, browser_hash, kind, language, return_path, sealed, begun_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`

// Begin keeps l until the browser comes back with its state. browser is the
// secret that only that browser has.
func (l *Logins) Begin(ctx context.Context, login Login, browser string) error {
	plain, err := json.Marshal(login.SignIn)
	if err != nil {
		return fmt.Errorf("write a log-in: %w", err)
	}
	hash := digest(login.State)
	_, err = l.db.Exec(ctx, sqlInsertLogin, hash, digest(browser), login.Kind, login.Language, login.Return,
		l.keys.Seal(plain, place(hash)), l.db.Now())
	if err != nil {
		return fmt.Errorf("insert a log-in: %w", err)
	}
	return nil
}

const sqlTakeLogin = `
   UPDATE signin_transaction
      SET used_at = $3
    WHERE state_hash = $1
      AND browser_hash = $2
      AND begun_at > $4
      AND used_at IS NULL
RETURNING kind, language, return_path, sealed`

// Take returns the log-in with that state to the browser that began it, once.
// *identity.RefusedError says why not; the log-in's language and return path
// then come along when the browser is the right one.
func (l *Logins) Take(ctx context.Context, state, browser string) (Login, error) {
	now := l.db.Now()
	hash := digest(state)
	var login Login
	var sealed []byte
	err := l.db.QueryRow(ctx, sqlTakeLogin, hash, digest(browser), now, now.Add(-LoginLife)).
		Scan(&login.Kind, &login.Language, &login.Return, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return l.whyNot(ctx, hash, browser)
	}
	if err != nil {
		return Login{}, fmt.Errorf("take a log-in: %w", err)
	}
	plain, err := l.keys.Open(sealed, place(hash))
	if err != nil {
		return Login{}, fmt.Errorf("open a log-in: %w", err)
	}
	if err := json.Unmarshal(plain, &login.SignIn); err != nil {
		return Login{}, fmt.Errorf("read a log-in: %w", err)
	}
	return login, nil
}

const sqlSelectLogin = `
SELECT browser_hash = $2, used_at IS NOT NULL, kind, language, return_path
  FROM signin_transaction
 WHERE state_hash = $1`

func (l *Logins) whyNot(ctx context.Context, hash []byte, browser string) (Login, error) {
	var login Login
	var own, used bool
	err := l.db.QueryRow(ctx, sqlSelectLogin, hash, digest(browser)).
		Scan(&own, &used, &login.Kind, &login.Language, &login.Return)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Login{}, &identity.RefusedError{Reason: ReasonUnknown}
	case err != nil:
		return Login{}, fmt.Errorf("look for a log-in: %w", err)
	case !own:
		return Login{}, &identity.RefusedError{Reason: ReasonBrowser}
	case used:
		return login, &identity.RefusedError{Reason: ReasonUsed}
	}
	return login, &identity.RefusedError{Reason: ReasonLate}
}

// digest is how a secret of 256 bits is kept.
func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func place(hash []byte) string { return "signin_transaction.sealed:" + hex.EncodeToString(hash) }
