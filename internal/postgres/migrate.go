package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Migrate brings the schema up to the newest migration of fsys, and the task
// queue's own tables to theirs. It returns how many migrations ran. It is safe
// to run twice and from two places at once.
func Migrate(ctx context.Context, db *DB, fsys fs.FS) (int, error) {
	conn, err := db.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("connect to migrate: %w", err)
	}
	defer conn.Release()
	// Two starting processes must not migrate at the same time; the lock is the
	// session's, so a killed process leaves none behind.
	if err := lockMigrations(ctx, conn); err != nil {
		return 0, fmt.Errorf("lock migrations: %w", err)
	}
	defer conn.Exec(context.WithoutCancel(ctx), sqlUnlockMigration) //nolint:errcheck // the session's end unlocks too

	std := stdlib.OpenDBFromPool(db.Pool)
	defer std.Close() //nolint:errcheck // the pool below it stays
	provider, err := goose.NewProvider(goose.DialectPostgres, std, fsys)
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	queue, err := rivermigrate.New(riverpgxv5.New(db.Pool), nil)
	if err != nil {
		return 0, fmt.Errorf("read the task queue's migrations: %w", err)
	}
	done, err := queue.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return 0, fmt.Errorf("migrate the task queue: %w", err)
	}
	return len(results) + len(done.Versions), nil
}

const sqlLockMigration = `SELECT pg_try_advisory_lock(7420113)`

// lockMigrations tries again and again: a statement that waits for the lock would
// hold a snapshot, which a migration that builds an index in the background waits
// for.
func lockMigrations(ctx context.Context, conn *pgxpool.Conn) error {
	for {
		var locked bool
		if err := conn.QueryRow(ctx, sqlLockMigration).Scan(&locked); err != nil || locked {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

const sqlGrantRights = `SELECT grant_app_rights($1)`

// Grant gives the role that the portal runs as its rights, no more: tables whose
// comment begins with append-only take rows but neither change nor lose them.
// The caller is the owner of the schema, and role another one that is there.
func Grant(ctx context.Context, db *DB, role string) error {
	if _, err := db.Exec(ctx, sqlGrantRights, role); err != nil {
		return fmt.Errorf("grant rights to the portal's role: %w", err)
	}
	return nil
}

const sqlUnlockMigration = `SELECT pg_advisory_unlock(7420113)`
