package retention_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/retention"
)

// TestPackageOfAnotherRunStays finishes a hand-over at the very moment in which
// another process, whose list is old, takes it for forgotten: the data is gone, so
// the package must stay.
func TestPackageOfAnotherRunStays(t *testing.T) {
	t.Parallel()

	d, dir := newDesk(t), t.TempDir()
	d.Retention = retention.New(d.db, retention.NewHandOver(d.db, dir, parts(t, d.db)...).Purges())
	d.exec(`INSERT INTO handover (kind, subject, package, started_at) VALUES ('customership', '1234567-1', 'whole', $1)`, d.db.Now())
	if err := os.Mkdir(filepath.Join(dir, "whole"), 0o700); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	err := d.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		if _, err := tx.Exec(t.Context(), `UPDATE handover SET outcome = 'deleted', subject = '', finished_at = $1`, tx.Now); err != nil {
			return err
		}
		go func() { ended <- d.Run(t.Context()) }()
		for d.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 0 {
			time.Sleep(5 * time.Millisecond)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the run that came late says nothing")
	}
	if _, err := os.Stat(filepath.Join(dir, "whole")); err != nil {
		t.Errorf("the package is gone, and so is the data: %v", err)
	}
}

// TestHalfPackageIsSwept takes away what a process has left that woke up after
// another had finished its package.
func TestHalfPackageIsSwept(t *testing.T) {
	t.Parallel()

	d, dir := newDesk(t), t.TempDir()
	d.Retention = retention.New(d.db, retention.NewHandOver(d.db, dir, parts(t, d.db)...).Purges())
	half := filepath.Join(dir, ".2031-03-02-customership-000001.partial-1")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	d.run()
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a package is left behind: %v", err)
	}
}
