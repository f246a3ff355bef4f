//go:build drill

package owndata_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// The environment of the process that is killed.
const (
	childDatabase = "OWNDATA_DRILL_DATABASE"
	childJournal  = "OWNDATA_DRILL_JOURNAL"
	childFirst    = "OWNDATA_DRILL_FIRST"
)

// perKill is how many accounts wait to be deleted at each kill.
const perKill = 200

// TestDrillChild is no test of its own: it deletes accounts until it is killed,
// and says which are gone.
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
	first, err := strconv.Atoi(os.Getenv(childFirst))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	for id := first; id < first+perKill; id++ {
		if err := w.Delete(t.Context(), w.fresh(identity.PersonID(id))); err != nil {
			t.Fatal(err)
		}
		fmt.Println("gone", id)
	}
}

const insertPeople = `
  WITH p AS (INSERT INTO person (id, foreign_index, foreign_sealed, key_id, first_names, call_name, family_name, source, sourced_at, language, created_at)
             SELECT n, int4send(n), '', 'test', 'A', '', 'B', 'identification', $3, 'fi', $3
               FROM generate_series($1::integer, $2::integer) AS n
             RETURNING id),
       s AS (INSERT INTO session (token_hash, person_id, kind, level, language, created_at, identified_at, seen_at)
             SELECT int4send(id::integer), id, 'person', 'high', 'fi', $3, $3, $3 FROM p),
       f AS (INSERT INTO parked_form (id, person_id, kind, content, parked_at) SELECT id::text, id, 'person', '', $3 FROM p),
       m AS (INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at, person_id)
             SELECT 'account_ends', id::text, 0, 'fi', 'a@example.com', '{}', $3, $3, id FROM p),
       r AS (INSERT INTO profile (person_id, created_at, changed_at) SELECT id, $3, $3 FROM p RETURNING person_id)
INSERT INTO profile_entry (person_id, section, place, fields, created_at, changed_at)
SELECT person_id, 'work', n, '{}', $3, $3 FROM r, generate_series(1, 5) AS n`

// countHalf counts people who have lost some of what they had, but not all.
const countHalf = `
SELECT count(*)
  FROM generate_series($1::integer, $2::integer) AS n
 WHERE (SELECT count(*) FROM person WHERE id = n) + (SELECT count(*) FROM session WHERE person_id = n)
     + (SELECT count(*) FROM parked_form WHERE person_id = n) + (SELECT count(*) FROM mail_outbox WHERE person_id = n)
     + (SELECT count(*) FROM profile_entry WHERE person_id = n) NOT IN (0, 9)
    OR EXISTS (SELECT FROM person WHERE id = n) = EXISTS (SELECT FROM audit_event WHERE action = 'account.erased' AND subject_id = n::text)`

// TestDrillKillsDuringDeletions kills the process in the middle of deletions:
// nobody is half deleted, whoever was told to be gone is, and what the journal
// promised is kept after the next start.
func TestDrillKillsDuringDeletions(t *testing.T) {
	t.Parallel()

	kills := 1000
	if n, err := strconv.Atoi(os.Getenv("DRILL_KILLS")); err == nil {
		kills = n
	}
	db, address := pgtest.NewWithURL(t)
	w := openWorld(t, db, filepath.Join(t.TempDir(), "erasures"))
	told, finished, cut := 0, 0, 0
	for kill := range kills {
		first := 1_000_000 + kill*perKill
		if _, err := db.Exec(t.Context(), insertPeople, first, first+perKill-1, pgtest.Now); err != nil {
			t.Fatal(err)
		}
		gone := killOne(t, address, w.journal, first)
		told += len(gone)
		var half int
		if err := db.QueryRow(t.Context(), countHalf, first, first+perKill-1).Scan(&half); err != nil {
			t.Fatal(err)
		}
		if half > 0 {
			t.Fatalf("kill %d: %d people are half deleted", kill, half)
		}
		var left []int
		rows, err := db.Query(t.Context(), `SELECT id FROM person WHERE id BETWEEN $1 AND $2`, first, first+perKill-1)
		if err == nil {
			left, err = pgx.CollectRows(rows, pgx.RowTo[int])
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(left) > 0 {
			cut++
		}
		for _, id := range left {
			if gone[id] {
				t.Fatalf("kill %d: person %d was told to be gone and is there", kill, id)
			}
		}
		done, err := w.Replay(t.Context())
		if err != nil || done.Restored {
			t.Fatalf("kill %d: replayed %+v: %v", kill, done, err)
		}
		finished += done.Erased
		if err := db.QueryRow(t.Context(), countHalf, first, first+perKill-1).Scan(&half); err != nil || half > 0 {
			t.Fatalf("kill %d: %d people are half deleted after the replay: %v", kill, half, err)
		}
		if _, err := db.Exec(t.Context(), `DELETE FROM person WHERE id BETWEEN $1 AND $2`, first, first+perKill-1); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d of them amidst; %d deletions told, %d finished by the journal; 0 half deleted, 0 lost", kills, cut, told, finished)
}

// killOne starts a process that deletes and kills it at some moment. It returns
// who was told to be gone.
func killOne(t *testing.T, address, journal string, first int) map[int]bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestDrillChild$")
	cmd.Env = append(os.Environ(), childDatabase+"="+address, childJournal+"="+journal, fmt.Sprint(childFirst, "=", first))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := map[int]bool{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "ready" {
			time.AfterFunc(time.Duration(rand.IntN(300_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
		if id, ok := strings.CutPrefix(lines.Text(), "gone "); ok {
			n, err := strconv.Atoi(id)
			if err != nil {
				break // the line was cut
			}
			gone[n] = true
		}
	}
	_ = cmd.Wait()
	return gone
}
