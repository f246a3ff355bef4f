//go:build drill

package owndata_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/owndata/owndatatest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// The environment of the process that is killed.
const (
	childDatabase = "OWNDATA_DRILL_DATABASE"
	childJournal  = "OWNDATA_DRILL_JOURNAL"
)

// firstPerson is the number of the first person who is to be deleted. A person's
// number says who deletes them: see deleting.
const firstPerson = 1_000_000

// TestDrillChild is no test of its own: it deletes accounts in the three ways
// that there are, all at once, until it is killed. It tells of each before and
// after.
func TestDrillChild(t *testing.T) {
	t.Parallel()

	address := os.Getenv(childDatabase)
	if address == "" {
		return // nobody drills
	}
	db, err := postgres.Open(t.Context(), address, func() time.Time { return pgtest.Now }, postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	w := openWorld(t, db, os.Getenv(childJournal))
	people := there(t, db)
	fmt.Println("ready")
	var deleting sync.WaitGroup
	officer := identity.Session{
		ID: 1, PersonID: 1, Kind: identity.KindStaff, Groups: []identity.Group{identity.GroupDataProtection}, IdentifiedAt: db.Now(), CreatedAt: db.Now(),
	}
	for way, remove := range []func(ctx context.Context, id identity.PersonID) error{
		func(ctx context.Context, id identity.PersonID) error { return w.Delete(ctx, w.fresh(id)) },
		func(ctx context.Context, id identity.PersonID) error { return w.DeleteFor(ctx, officer, id, nil) },
	} {
		deleting.Go(func() {
			for _, id := range people {
				if id%3 != way {
					continue
				}
				fmt.Println("begin", id)
				if err := remove(t.Context(), identity.PersonID(id)); err != nil {
					t.Error(err)
				}
				fmt.Println("gone", id)
			}
		})
	}
	deleting.Go(func() {
		if _, err := w.Purges()[0].Run(t.Context(), accountRule(), 1000); err != nil {
			t.Error(err)
		}
	})
	deleting.Wait()
}

// there lists who has an account, and has not lost it.
func there(t *testing.T, db *postgres.DB) []int {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT id FROM person WHERE id >= $1 ORDER BY id`, firstPerson)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// deletions is a database of people that a process deletes which is killed again
// and again.
type deletions struct {
	*world

	address string
	next    int            // the number of the person to come
	keys    map[int]string // of whoever was there before the kill, by number

	amidst, gone, rolledBack, untold, finished int
}

// TestDrillKillsDuringDeletions kills the process in the middle of deletions:
// nobody is half deleted, whoever was told to be gone is, the journal knew before
// the database, and what it promised is kept after the next start.
func TestDrillKillsDuringDeletions(t *testing.T) {
	t.Parallel()

	kills := 1000
	if n, err := strconv.Atoi(os.Getenv("DRILL_KILLS")); err == nil {
		kills = n
	}
	began := time.Now()
	db, address := pgtest.NewWithURL(t)
	d := &deletions{world: openWorld(t, db, t.TempDir()+"/erasures"), address: address, next: firstPerson, keys: map[int]string{}}
	told := 0
	for kill := range kills {
		d.fillUp(t)
		begun, ended := d.kill(t)
		told += len(ended)
		d.look(t, kill, begun, ended)
	}
	if broken, err := audit.Verify(t.Context(), db); broken != 0 || err != nil {
		t.Errorf("the chain of audit events is broken at %d: %v", broken, err)
	}
	t.Logf("%d kills in %s, %d of them within a transaction that had deleted something: %d people gone, %d told so; of those under way %d had gone without a word, %d stayed whole, %d were in the journal only and went with the next start; 0 half deleted, 0 lost",
		kills, time.Since(began).Round(time.Second), d.amidst, d.gone, told, d.untold, d.rolledBack, d.finished)
	if d.amidst < kills/2 || kills >= 100 && (d.rolledBack == 0 || d.finished == 0) {
		t.Error("the kills hardly meet a deletion")
	}
}

// fillUp makes people until there are enough for a process that lives long. A
// third of them has not logged in for over a year.
func (d *deletions) fillUp(t *testing.T) {
	t.Helper()
	const enough, more = 200, 300
	if len(d.keys) >= enough {
		return
	}
	err := d.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		if err := owndatatest.Insert(t.Context(), tx, int64(d.next), int64(d.next+more-1), pgtest.Now); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE person SET logged_in_at = $2 WHERE id >= $1 AND id % 3 = 2`, d.next, pgtest.Now.AddDate(-1, -1, 0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.next += more
	rows, err := d.db.Query(t.Context(), `SELECT id, erasure_key::text FROM person WHERE id >= $1`, firstPerson)
	if err != nil {
		t.Fatal(err)
	}
	var id int
	var key string
	if _, err := pgx.ForEachRow(rows, []any{&id, &key}, func() error { d.keys[id] = key; return nil }); err != nil {
		t.Fatal(err)
	}
}

// look holds the database and the journal to what the process said before it was
// killed, and then lets the next start replay the journal.
func (d *deletions) look(t *testing.T, kill int, begun, ended map[int]bool) {
	t.Helper()
	d.isWhole(t, kill)
	left := d.left(t)
	journal := d.journalled(t)
	for id, key := range d.keys {
		switch {
		case !left[id] && !journal[key]:
			t.Fatalf("kill %d: person %d is gone, and the journal does not know", kill, id)
		case left[id] && ended[id]:
			t.Fatalf("kill %d: person %d was told to be gone and is there", kill, id)
		case !begun[id] || ended[id]:
		case !left[id]:
			d.untold++
		case !journal[key]:
			d.rolledBack++
		}
	}
	done, err := d.Replay(t.Context())
	if err != nil || done.Restored {
		t.Fatalf("kill %d: replayed %+v: %v", kill, done, err)
	}
	d.finished += done.Erased
	d.isWhole(t, kill)
	left = d.left(t)
	var gone []string
	for id, key := range d.keys {
		if left[id] == journal[key] {
			t.Fatalf("kill %d: person %d is there: %t, in the journal: %t", kill, id, left[id], journal[key])
		}
		if !left[id] {
			gone = append(gone, strconv.Itoa(id))
			delete(d.keys, id)
		}
	}
	d.gone += len(gone)
	var events, people int
	err = d.db.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT subject_id) FROM audit_event WHERE action = 'account.erased' AND subject_kind = 'person' AND subject_id = ANY($1)`, gone).Scan(&events, &people)
	if err != nil || events != len(gone) || people != len(gone) {
		t.Fatalf("kill %d: %d people are gone, and the log tells of %d in %d events: %v", kill, len(gone), people, events, err)
	}
}

// isWhole fails when somebody has lost anything but not everything.
func (d *deletions) isWhole(t *testing.T, kill int) {
	t.Helper()
	_, half, err := owndatatest.Count(t.Context(), d.db, firstPerson, int64(d.next))
	if err != nil {
		t.Fatal(err)
	}
	if half > 0 {
		t.Fatalf("kill %d: %d people are half deleted", kill, half)
	}
}

func (d *deletions) left(t *testing.T) map[int]bool {
	t.Helper()
	all := map[int]bool{}
	for _, id := range there(t, d.db) {
		all[id] = true
	}
	return all
}

// journalled are the keys of those whom the journal calls gone.
func (d *deletions) journalled(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile(d.journal)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if _, key, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all[key] = true
		}
	}
	return all
}
