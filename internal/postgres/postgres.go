// Package postgres opens the database and runs transactions. It and the
// capabilities' stores are the only code that knows the driver.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Querier is what a read needs: a *DB or a *Tx.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// DB is a pool of connections and the clock that stamps their transactions.
type DB struct {
	*pgxpool.Pool

	// Now is the one source of time for everything that is stored or compared
	// with what is stored.
	Now func() time.Time
}

// Tx is a transaction. Everything written in it carries the same time.
type Tx struct {
	pgx.Tx

	Now time.Time
}

// Options are the limits of a pool.
type Options struct {
	// MaxConns is the size of the pool; 0 leaves the driver's default.
	MaxConns int32
	// StatementTimeout ends a statement that runs longer; 0 sets no limit.
	StatementTimeout time.Duration
}

// Open connects to the database at url and checks that it answers and that its
// character type is UTF-8: without it Finnish letters are not letters.
func Open(ctx context.Context, url string, now func() time.Time, o Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The driver's text may hold the password.
		return nil, errors.New("parse the database address: not a postgres:// address")
	}
	if o.MaxConns > 0 {
		cfg.MaxConns = o.MaxConns
	}
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["application_name"] = "portal"
	// No statement here runs long enough to be worth compiling, and a bad
	// estimate makes Postgres think otherwise.
	cfg.ConnConfig.RuntimeParams["jit"] = "off"
	if o.StatementTimeout > 0 {
		cfg.ConnConfig.RuntimeParams["statement_timeout"] = strconv.FormatInt(o.StatementTimeout.Milliseconds(), 10)
		cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(2*o.StatementTimeout.Milliseconds(), 10)
	}
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &DB{Pool: pool, Now: now}, nil
}

const sqlSelectLower = `SELECT lower('ÄÖÅ') = 'äöå'`

// Check reports why the database cannot be used, or nil.
func (db *DB) Check(ctx context.Context) error {
	var lowers bool
	if err := db.QueryRow(ctx, sqlSelectLower).Scan(&lowers); err != nil {
		return fmt.Errorf("ask the database: %w", err)
	}
	if !lowers {
		return errors.New("the database's LC_CTYPE is not a UTF-8 locale: create it with initdb -E UTF8 --locale=C.UTF-8")
	}
	return nil
}

// InTx runs fn in a transaction and commits unless fn fails or panics.
func (db *DB) InTx(ctx context.Context, fn func(tx *Tx) error) error {
	return db.inTx(ctx, pgx.TxOptions{}, fn)
}

// InReadTx runs fn on one consistent snapshot, without the right to write.
func (db *DB) InReadTx(ctx context.Context, fn func(tx *Tx) error) error {
	return db.inTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

type patience struct{}

// WithPatience lets each statement of a transaction under the context run for as
// long as limit, whatever Options say: nobody waits for the answer.
func WithPatience(ctx context.Context, limit time.Duration) context.Context {
	return context.WithValue(ctx, patience{}, limit)
}

const sqlSetStatementTimeout = `SELECT set_config('statement_timeout', $1, true)`

func (db *DB) inTx(ctx context.Context, o pgx.TxOptions, fn func(tx *Tx) error) error {
	// Postgres keeps microseconds: a time read back must equal the one written.
	now := db.Now().UTC().Truncate(time.Microsecond)
	err := pgx.BeginTxFunc(ctx, db.Pool, o, func(tx pgx.Tx) error {
		if limit, ok := ctx.Value(patience{}).(time.Duration); ok {
			if _, err := tx.Exec(ctx, sqlSetStatementTimeout, strconv.FormatInt(limit.Milliseconds(), 10)); err != nil {
				return fmt.Errorf("bound the time of statements: %w", err)
			}
		}
		return fn(&Tx{Tx: tx, Now: now})
	})
	if err != nil {
		return fmt.Errorf("transaction: %w", err)
	}
	return nil
}

// IsUnavailable reports whether err says that the database is away or
// overloaded rather than that the statement was wrong.
func IsUnavailable(err error) bool {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pgErr.Code[:2] {
		case "53", "57", "58": // out of resources, operator intervention, system error
			return true
		case "08": // connection
			return true
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	// A server that dies in the middle of an answer leaves only this behind.
	if _, ok := errors.AsType[*net.OpError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return true
	}
	return pgconn.SafeToRetry(err) || pgconn.Timeout(err)
}

// IsOrphan reports whether err says that a row was to hang on one of the table
// referenced that is gone by now, as when an account is deleted in one window
// while another one saves. It goes by the constraints' names.
func IsOrphan(err error, referenced string) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pgErr.Code == "23503" && strings.HasSuffix(pgErr.ConstraintName, "_"+referenced+"_fkey")
}
