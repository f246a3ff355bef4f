package owndata_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// TestRestoreDrill makes a backup, deletes an account, restores the backup and
// opens: the person is still gone, and no mail goes.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()

	db, address := pgtest.NewWithURL(t)
	w := openWorld(t, db, filepath.Join(t.TempDir(), "erasures"))
	if _, err := w.Replay(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, stays := identitytest.Person(t, db, "010594Y9032"), identitytest.Person(t, db, "010594Y9021")
	for _, id := range []identity.PersonID{gone, stays} {
		err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
			return mail.EnqueueTo(t.Context(), tx, int64(id), mail.Message{
				Kind: owndata.KindEnds, To: "somebody@example.com", Lang: i18n.Finnish, Key: "old mail to " + id.String(),
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	backup := filepath.Join(t.TempDir(), "backup")
	run(t, "pg_dump", "--format=custom", "--file="+backup, address)

	if err := w.Delete(t.Context(), w.fresh(gone)); err != nil {
		t.Fatal(err)
	}
	const watch = "0b7f2d1e-5c1a-4f5e-9b1a-3f6f0e1d2c3b"
	err := w.db.InTx(t.Context(), func(tx *postgres.Tx) error { return w.Remember(t.Context(), tx, watch) })
	if err != nil {
		t.Fatal(err)
	}
	for range 10 { // minutes go by
		if _, err := w.Replay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	restored := restore(t, address, backup)
	var there bool
	if err := restored.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM person WHERE id = $1)`, gone).Scan(&there); err != nil || !there {
		t.Fatalf("the backup does not hold the person, so this shows nothing: %v", err)
	}
	again := openWorld(t, restored, w.journal)
	again.Again = func(_ context.Context, _ *postgres.Tx, key string) (bool, error) { return key == watch, nil }
	done, err := again.Replay(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := (owndata.Replayed{Restored: true, Erased: 2, Withdrawn: 2}); done != want {
		t.Errorf("replayed %+v, want %+v", done, want)
	}
	if _, err := again.people.ByID(t.Context(), gone); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the person is back: %v", err)
	}
	if _, err := again.people.ByID(t.Context(), stays); err != nil {
		t.Errorf("somebody else is gone: %v", err)
	}
	sent := &sender{}
	outbox := mail.NewOutbox(restored, nil, sent)
	if err := outbox.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := mail.Waiting(t.Context(), restored); err != nil || n != 0 || sent.opened {
		t.Errorf("%d old mails wait, the server was called: %t, %v", n, sent.opened, err)
	}
	if done, err := again.Replay(t.Context()); err != nil || done != (owndata.Replayed{}) {
		t.Errorf("a minute later %+v: %v", done, err)
	}
}

// sender is a mail server that nobody may call.
type sender struct{ opened bool }

func (s *sender) Open(_ context.Context) (mail.Connection, error) {
	s.opened = true
	return nil, errors.New("no mail is to be sent")
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
		if len(found) == 0 {
			t.Fatalf("%s is needed for the drill: install the client programs of Postgres", name)
		}
		path = found[len(found)-1]
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// restore makes a new database of a backup.
func restore(t *testing.T, address, backup string) *postgres.DB {
	t.Helper()
	cut := strings.LastIndexByte(address, '/')
	name := address[cut+1:] + "_restored"
	admin, err := pgx.Connect(t.Context(), address[:cut]+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(t.Context()) })
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	run(t, "pg_restore", "--dbname="+address[:cut]+"/"+name, "--no-owner", backup)
	db, err := postgres.Open(t.Context(), address[:cut]+"/"+name, func() time.Time { return pgtest.Now }, postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		conn, err := pgx.Connect(context.Background(), address[:cut]+"/postgres")
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return db
}

// TestReplayFinishes does what was promised when the database was lost in the
// very moment of a deletion, and does not mind torn lines.
func TestReplayFinishes(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	id, other := identitytest.Person(t, w.db, "010594Y9032"), identitytest.Person(t, w.db, "010594Y9021")
	var key string
	if err := w.db.QueryRow(t.Context(), `SELECT erasure_key FROM person WHERE id = $1`, id).Scan(&key); err != nil {
		t.Fatal(err)
	}
	lines := "nonsense\n2026-03-02T09:30:00Z 00000000-0000-0000-0000-000000000000\n2026-03-02T09:30:00Z " + key + "\n2026-03-02T09:31:00Z 1234"
	if err := os.WriteFile(w.journal, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	done, err := w.Replay(t.Context())
	if err != nil || done.Erased != 1 || done.Restored {
		t.Errorf("replayed %+v: %v", done, err)
	}
	if _, err := w.people.ByID(t.Context(), id); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the deletion was not finished: %v", err)
	}
	// The next line does not hang on to the torn one.
	if err := w.Delete(t.Context(), w.fresh(other)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(w.journal)
	if err != nil || strings.Count(string(b), "\n") != 5 {
		t.Errorf("the journal, %v:\n%s", err, b)
	}
	if done, err := w.Replay(t.Context()); err != nil || done.Erased != 0 {
		t.Errorf("replayed %+v: %v", done, err)
	}
}

// TestDeletionNeedsTheJournal deletes nobody whom a backup could bring back.
func TestDeletionNeedsTheJournal(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	id := identitytest.Person(t, w.db, "010594Y9032")
	if err := os.Remove(w.journal); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(w.journal, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), w.fresh(id)); err == nil {
		t.Error("deleted without the journal")
	}
	if _, err := w.people.ByID(t.Context(), id); err != nil {
		t.Errorf("half deleted: %v", err)
	}
}

// TestStandbyTakesOver has a standby take over that lacks the last two minutes: a
// person who was deleted in them goes again, while the process lives on.
func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	id := identitytest.Person(t, w.db, "010594Y9032")
	for range 3 {
		if _, err := w.Replay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var key string
	if err := w.db.QueryRow(t.Context(), `SELECT erasure_key FROM person WHERE id = $1`, id).Scan(&key); err != nil {
		t.Fatal(err)
	}
	if err := w.Delete(t.Context(), w.fresh(id)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := w.Replay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	back := identitytest.Person(t, w.db, "010594Y9032")
	for _, query := range []string{
		`DELETE FROM erasure WHERE key = '` + key + `'`, `UPDATE person SET erasure_key = '` + key + `'`, `UPDATE erasure_beat SET number = number - 2`,
	} {
		if _, err := w.db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	done, err := w.Replay(t.Context())
	if err != nil || done.Erased != 1 || done.Restored {
		t.Errorf("replayed %+v: %v", done, err)
	}
	if _, err := w.people.ByID(t.Context(), back); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the person is back: %v", err)
	}
}

// TestJournalIsMissing opens with a wrong folder: nothing may be served. Whoever
// means it says so by a beat.
func TestJournalIsMissing(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	if _, err := w.Replay(t.Context()); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "erasures")
	other := openWorld(t, w.db, elsewhere)
	if _, err := other.Replay(t.Context()); !errors.Is(err, owndata.ErrNoJournal) {
		t.Fatalf("opened with an empty journal: %v", err)
	}
	if err := os.WriteFile(elsewhere+".beat", []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Replay(t.Context()); err != nil {
		t.Errorf("a journal that was begun on purpose: %v", err)
	}
	// An old copy lacks lines, and cannot be told from a whole one but by its beat.
	beat, err := os.ReadFile(elsewhere + ".beat")
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := other.Replay(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(elsewhere+".beat", beat, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Replay(t.Context()); !errors.Is(err, owndata.ErrNoJournal) {
		t.Errorf("opened with an old journal: %v", err)
	}
}

// TestJournalCannotBeWritten has the folder of the journal go for ten minutes: the
// service says so, and goes on when it is back.
func TestJournalCannotBeWritten(t *testing.T) {
	t.Parallel()

	folder := filepath.Join(t.TempDir(), "journal")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	w := openWorld(t, pgtest.New(t), filepath.Join(folder, "erasures"))
	if _, err := w.Replay(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := w.Replay(t.Context()); err == nil {
			t.Fatal("a journal that is not there was not missed")
		}
	}
	if err := os.Rename(folder+".away", folder); err != nil {
		t.Fatal(err)
	}
	if done, err := w.Replay(t.Context()); err != nil || done != (owndata.Replayed{}) {
		t.Errorf("when it is back: %+v, %v", done, err)
	}
}
