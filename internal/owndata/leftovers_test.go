package owndata_test

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/keeping"
)

// stays is what is kept of a person whose account is gone, by column, with the
// reason: their organisation's matters, and the log. A number leads to nobody any
// more.
func stays() map[string]string {
	all := map[string]string{}
	add := func(reason string, columns ...string) {
		for _, c := range columns {
			all[c] = reason
		}
	}
	add("what the organisation asked for, and who asked in its name",
		"application.authority", "application.organisation", "application_revision.authority", "application_revision.form",
		"application_revision.organisation", "review_request.fields", "review_request.message", "document.name", "document.content")
	add("what was decided and agreed with the organisation, and by whose right",
		"decision.document", "decision.grounds", "decision.organisation", "terms_acceptance.authority", "terms_acceptance.hash",
		"terms_acceptance.organisation_name", "terms_acceptance.person_name")
	add("the partnership, whom to ask about it, and how it ended",
		"partner.form", "partner.name", "partner_departure.authority", "partner_departure.email", "partner_departure.name",
		"partner_duty.authority", "partner_duty.ground")
	add("the log cannot be changed; what the portal writes there names nobody", "audit_event.detail")
	add("the number of nobody", "application.submitted_by", "application_revision.submitted_by", "audit_event.actor_id", "audit_event.subject_id",
		"document.uploaded_by", "partner_departure.noticed_by", "partner_duty.confirmed_by", "terms_acceptance.person_id")
	return all
}

// numbered makes the canary A with a number that nothing else has.
func (w *world) numbered(t *testing.T) *canary {
	t.Helper()
	a := blank(t, w.db, "A")
	a.exec(`SELECT setval(pg_get_serial_sequence('person', 'id'), 7654321986)`)
	a.makePerson("010594Y9032")
	a.exec(`UPDATE person SET email = 'aino.a@example.com' WHERE id = $1`, a.id)
	a.markers["person.email"] = "aino.a@example.com"
	a.exec(`INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at)
	        VALUES ('application_received', 'to the person''s own address', 0, 'fi', 'Aino.A@example.com', jsonb_build_object('application', $1::text), $2, $2)`,
		fmt.Sprint(a.ids["application"]), w.db.Now())
	return a
}

// TestDeletionLeavesNothing looks for every trace of a person who is gone, in
// every column of every table, in the queue and in the files.
func TestDeletionLeavesNothing(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	a := w.numbered(t)
	looked := a.traces()
	b := newCanary(t, w.db, "010594Y9021", "B")
	w.newStranger(t, false, w.db.Now().AddDate(0, 0, 30))
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
	want := []string{"acceptance", "application", "audit", "customership", "decision", "document"}
	if got := slices.Sorted(maps.Keys(kinds)); !slices.Equal(got, want) {
		t.Errorf("told that %v stay, want %v", got, want)
	}
	if n := len(looked.inDatabase(t, w.db)); n < 100 {
		t.Fatalf("before the deletion %d columns hold traces, so this shows nothing", n)
	}

	if err := w.Delete(t.Context(), w.fresh(a.id)); err != nil {
		t.Fatal(err)
	}

	report(t, "after the deletion", looked.inDatabase(t, w.db), stays())
	report(t, "after the deletion", looked.inFiles(t, filepath.Dir(w.journal)), nil)
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

// TestRetentionLeavesNothing lets a person's year end, and then every period that
// is left: after each run there is what may be there and nothing else, at the end
// only the packages for the archive, and no file of the database holds a trace.
func TestRetentionLeavesNothing(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	start := w.db.Now()
	a := w.numbered(t)
	a.insertAll(a.partnerTold())
	a.exec(`UPDATE person SET logged_in_at = $2, warned_at = NULL, warned_days = NULL WHERE id = $1`, a.id, start)
	ofA := a.traces()
	c := w.newStranger(t, false, start.AddDate(0, 0, 30))
	every := c.traces()
	maps.Copy(every, ofA)
	w.holdStatistics(t)
	// What the search index of each process is loaded from.
	if document := dumpOf(t, w.db)["search_document.document"]; len(document) < 10 || len(every.in(document)) > 0 {
		t.Errorf("what the search reads of a posting, of %d letters, tells of its contacts: %v", len(document), every.in(document))
	}

	year := w.period(t, "account").End(start)
	for _, now := range []time.Time{year.AddDate(0, 0, -30), year.AddDate(0, 0, -7), year.Add(-time.Second)} {
		w.at(now)
		w.work(t)
		if _, err := w.people.ByID(t.Context(), a.id); err != nil {
			t.Fatalf("the person is gone at %v: %v", now, err)
		}
	}
	w.at(year)
	w.work(t)
	report(t, "after the year", ofA.inDatabase(t, w.db), stays())
	report(t, "after the year", ofA.inFiles(t, filepath.Dir(w.journal)), nil)

	for years := 2; years <= 13; years++ {
		w.at(w.period(t, "account").End(start.AddDate(years-1, 0, 1)))
		w.work(t)
	}
	report(t, "when all periods are over", every.inDatabase(t, w.db), nil)
	report(t, "when all periods are over", every.inFiles(t, filepath.Dir(w.journal)), nil)
	w.holdPackages(t, every)
	w.holdRelations(t, every)
}

func (w *world) period(tb testing.TB, kind string) keeping.Period {
	tb.Helper()
	for _, r := range w.rules(tb) {
		if r.Kind == kind {
			return r.Period
		}
	}
	tb.Fatalf("no rule for %s", kind)
	return keeping.Period{}
}

// packaged is what the packages for the archive tell of persons on purpose: the
// tables that stay for the law's sake, and what belongs to them.
func packaged() map[string]bool {
	tables := map[string]bool{"review_note": true, "review_case": true, "terms_told": true}
	for column := range stays() {
		table, _, _ := strings.Cut(column, ".")
		tables[table] = table != "audit_event"
	}
	return tables
}

// holdPackages holds the packages to what the archive is to have.
func (w *world) holdPackages(t *testing.T, looked traces) {
	t.Helper()
	found := looked.inFiles(t, w.packages)
	if len(found) < 5 {
		t.Errorf("only %d files of the packages tell of anybody", len(found))
	}
	for file, what := range found {
		_, name, _ := strings.Cut(file, "/")
		table, isTable := strings.CutPrefix(strings.TrimSuffix(name, ".json"), "data/")
		if isTable && !packaged()[table] || !isTable && !strings.HasPrefix(name, "documents/") {
			t.Errorf("%s holds %s", file, strings.Join(what, "; "))
		}
	}
}
