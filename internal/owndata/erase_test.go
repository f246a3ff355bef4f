package owndata_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"mime/quotedprintable"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// staying are the kinds of what the law keeps after a deletion.
var staying = map[string]bool{
	"application": true, "customership": true, "acceptance": true, "decision": true, "document": true, "audit": true, "viewing": false,
}

// TestDeletionLeavesNothing looks for every marker of a person who is gone, in
// twelve encodings, in every table and in the journal.
func TestDeletionLeavesNothing(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	a, b := newCanary(t, w.db, "010594Y9032", "A"), newCanary(t, w.db, "010594Y9021", "B")
	a.exec(`UPDATE person SET email = 'aino@example.com' WHERE id = $1`, a.id)
	a.exec(`INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at)
	        VALUES ('application_received', 'to the person''s own address', 0, 'fi', 'Aino@example.com', jsonb_build_object('application', $1::text), $2, $2)`,
		fmt.Sprint(a.ids["application"]), pgtest.Now)
	before, err := w.Everything(t.Context(), b.id)
	if err != nil {
		t.Fatal(err)
	}
	told, err := w.Forecast(t.Context(), a.id)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, k := range told.Stays {
		kinds[k.Kind] += k.Count
		if k.Until.IsZero() {
			t.Errorf("nobody is told until when %s stays", k.Kind)
		}
	}
	for kind, stays := range staying {
		if (kinds[kind] > 0) != stays {
			t.Errorf("told that %d of %s stay", kinds[kind], kind)
		}
	}

	if err := w.Delete(t.Context(), w.fresh(a.id)); err != nil {
		t.Fatal(err)
	}

	dump := dumpOf(t, w.db)
	journal, err := os.ReadFile(w.journal)
	if err != nil {
		t.Fatal(err)
	}
	dump["the journal"] = string(journal)
	allowed := map[string]bool{}
	for table, columns := range a.columns() {
		for _, c := range columns {
			if staying[c.Rule] {
				allowed[table] = true
			}
		}
	}
	for name, marker := range a.markers {
		table, _, _ := strings.Cut(name, ".")
		for encoding, pattern := range encodings(marker) {
			for place, text := range dump {
				if strings.Contains(text, pattern) && (!allowed[place] || !allowed[table]) && !strings.HasPrefix(marker, "20") {
					t.Errorf("%s is still in %s, %s", name, place, encoding)
				}
			}
		}
	}
	if strings.Contains(strings.ToLower(dump["mail_outbox"]), "aino@example.com") {
		t.Error("a mail to the person still waits")
	}
	for table := range map[string]bool{"mandate_leaving": true, "mandate_session": true} {
		var n int
		if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM `+table+` WHERE session_id = $1`, a.ids["session"]).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d rows of %s are left: %v", n, table, err)
		}
	}
	after, err := w.Everything(t.Context(), b.id)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := before.JSON()
	two, _ := after.JSON()
	if string(one) != string(two) {
		t.Error("something of somebody else has changed")
	}
	if _, err := w.Everything(t.Context(), a.id); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("everything of a person who is gone: %v", err)
	}
}

// dumpOf is the text of every row of every table.
func dumpOf(tb testing.TB, db *postgres.DB) map[string]string {
	tb.Helper()
	rows, err := db.Query(tb.Context(), `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
	if err != nil {
		tb.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		tb.Fatal(err)
	}
	dump := map[string]string{}
	for _, table := range tables {
		var text string
		if err := db.QueryRow(tb.Context(), `SELECT coalesce(string_agg(t::text, E'\n'), '') FROM `+pgx.Identifier{table}.Sanitize()+` AS t`).Scan(&text); err != nil {
			tb.Fatal(err)
		}
		dump[table] = text
	}
	return dump
}

// encodings are the ways in which a text may lie about.
func encodings(s string) map[string]string {
	wide := make([]byte, 0, 2*len(s))
	for _, u := range utf16.Encode([]rune(s)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	var qp strings.Builder
	w := quotedprintable.NewWriter(&qp)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	ascii := fmt.Sprintf("%+q", s)
	all := map[string]string{
		"plain": s, "lower": strings.ToLower(s), "upper": strings.ToUpper(s),
		"UTF-16 in hex": hex.EncodeToString(wide), "hex": hex.EncodeToString([]byte(s)),
		"URL": url.QueryEscape(s), "quoted-printable": strings.TrimSuffix(qp.String(), "=\r\n"),
		"JSON": ascii[1 : len(ascii)-1], "HTML": html.EscapeString(s),
	}
	for phase := range 3 {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", phase) + s))
		all[fmt.Sprint("base64 ", phase)] = text[(phase*8+5)/6 : len(text)-2]
	}
	return all
}

// TestDelete tells who may not delete, and that a second time is none.
func TestDelete(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	id := identitytest.Person(t, w.db, "010594Y9032")
	stale := w.fresh(id)
	stale.IdentifiedAt = w.db.Now().Add(-identity.Fresh - time.Second)
	if err := w.Delete(t.Context(), stale); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("without a fresh identification: %v", err)
	}
	_, officer := identitytest.Officer(t, w.db, identity.GroupContent)
	if err := w.Delete(t.Context(), w.fresh(officer.PersonID)); !errors.Is(err, identity.ErrOfficer) {
		t.Errorf("an officer's account: %v", err)
	}
	if err := w.DeleteFor(t.Context(), officer, id, nil); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("by an officer of another group: %v", err)
	}
	var done, gone int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := w.Delete(t.Context(), w.fresh(id))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case errors.Is(err, fault.ErrGone):
				gone++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 || gone != 7 {
		t.Errorf("eight deletions at once: %d done, %d came too late", done, gone)
	}
	_, protection := identitytest.Officer(t, w.db, identity.GroupDataProtection)
	other := identitytest.Person(t, w.db, "010594Y9021")
	if err := w.DeleteFor(t.Context(), protection, other, nil); err != nil {
		t.Errorf("for a request: %v", err)
	}
	var cause string
	if err := w.db.QueryRow(t.Context(), `SELECT detail ->> 'cause' FROM audit_event WHERE action = 'account.erased' AND subject_id = $1`, other.String()).Scan(&cause); err != nil || cause != "request" {
		t.Errorf("the log has %q: %v", cause, err)
	}
}

// TestDeletionAmidst deletes while other windows save, mail, copy and log in.
// Whatever came first, nobody is half deleted.
func TestDeletionAmidst(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	forms := entry.NewForms(w.db, identitytest.Keyring(t))
	for round := range 15 {
		code := identitytest.Code(t, round)
		token, s := identitytest.LogIn(t, w.db, code.Reveal())
		var wg sync.WaitGroup
		run := func(what string, fn func() error, may ...error) {
			wg.Go(func() {
				for range 3 {
					err := fn()
					ok := err == nil || postgres.IsOrphan(err, "person")
					for _, m := range may {
						ok = ok || errors.Is(err, m)
					}
					if !ok {
						t.Errorf("%s: %v", what, err)
					}
				}
			})
		}
		run("delete", func() error { return w.Delete(t.Context(), w.fresh(s.PersonID)) }, fault.ErrGone)
		run("contact", func() error {
			return w.people.SetContact(t.Context(), s.Actor(), s.PersonID, "a@example.com", "")
		}, fault.ErrNotFound)
		run("park", func() error {
			_, err := forms.Park(t.Context(), entry.OwnerOf(s), entry.Form{Path: "/fi"})
			return err
		})
		run("mail", func() error {
			return w.db.InTx(t.Context(), func(tx *postgres.Tx) error {
				return mail.EnqueueTo(t.Context(), tx, int64(s.PersonID), mail.Message{
					Kind: owndata.KindEnds, To: "a@example.com", Lang: i18n.Finnish, Key: fmt.Sprint("k", round, time.Now().UnixNano()),
				})
			})
		})
		run("copy", func() error { _, err := w.Copy(t.Context(), w.fresh(s.PersonID), "json"); return err }, fault.ErrNotFound, fault.ErrGone)
		run("touch", func() error { _, err := w.people.Session(t.Context(), token); return err })
		wg.Wait()
		for _, table := range []string{"person WHERE id", "session WHERE person_id", "parked_form WHERE person_id", "mail_outbox WHERE person_id"} {
			var n int
			if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM `+table+` = $1`, s.PersonID).Scan(&n); err != nil || n != 0 {
				t.Fatalf("round %d: %d rows of %s are left: %v", round, n, table, err)
			}
		}
		if again, err := w.people.Session(t.Context(), token); err != nil || again.LoggedIn() {
			t.Fatalf("the session lives on: %v", err)
		}
	}
	// Whoever comes back is somebody new.
	_, s := identitytest.LogIn(t, w.db, identitytest.Code(t, 0).Reveal())
	all, err := w.Everything(t.Context(), s.PersonID)
	if err != nil || len(all.Looks) != 0 {
		t.Errorf("a new account: %v", err)
	}
}
