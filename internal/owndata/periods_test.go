package owndata_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/retention"
)

// absent are kinds of which the portal has no data, with the reason. The dry run
// says so of each.
func absent() map[string]string {
	return map[string]string{
		"chatbot": "no such part yet", "register_2": "no such part yet", "register_4": "no such part yet", "register_5": "no such part yet",
		"customer": "no such part yet", "access_log": "the operator's log", "backup": "the operator's backups",
	}
}

// TestEveryKind walks the clock through the period of every kind at once: what is
// kept is there a second before its end, gone at its end, and gone for good a day
// later. Whatever has a column of a kind must be there at first, so that a table
// or kind that is new fails here until this test knows it.
func TestEveryKind(t *testing.T) {
	t.Parallel()

	for name, start := range map[string]time.Time{
		"a leap day":                    time.Date(2028, 2, 29, 12, 0, 0, 0, i18n.Helsinki),
		"the end of August":             time.Date(2026, 8, 31, 23, 59, 59, 0, i18n.Helsinki),
		"after the clocks went forward": time.Date(2026, 3, 29, 4, 30, 0, 0, i18n.Helsinki),
		"the second half past three":    time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC),
		"a second before they go back":  time.Date(2025, 10, 26, 0, 59, 59, 0, time.UTC),
		"the last midnight of January":  time.Date(2027, 1, 31, 0, 0, 0, 0, i18n.Helsinki),
		"a year before they go forward": time.Date(2025, 3, 30, 3, 30, 0, 0, i18n.Helsinki).AddDate(1, 0, -1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			walk(t, start)
		})
	}
}

func walk(t *testing.T, start time.Time) {
	t.Helper()
	db := pgtest.New(t)
	db.Now = func() time.Time { return start }
	w := openWorld(t, db, filepath.Join(t.TempDir(), "erasures"))
	closes := start.AddDate(0, 0, 45)
	person := blank(t, w.db, "A")
	person.still = true
	person.makePerson("010594Y9032")
	person.insertAll(person.partnerTold())
	stranger := w.newStranger(t, true, closes)
	ruled(t, w.db)

	places := w.places(person, stranger)
	rules := w.rules(t)
	ends, moments := map[string]time.Time{}, map[time.Time]bool{}
	at := func(times ...time.Time) {
		for _, one := range times {
			moments[one.UTC()] = true
		}
	}
	for _, r := range rules {
		if absent()[r.Kind] != "" || r.Action == keeping.Keep {
			continue
		}
		if len(places[r.Kind]) == 0 {
			t.Errorf("%s: this test has nothing of the kind, and nobody says why there can be none", r.Kind)
			continue
		}
		end := r.Period.End(start)
		if r.Kind == "posting_contact" {
			end = closes
		}
		ends[r.Kind] = end
		for _, p := range places[r.Kind] {
			at(end.Add(-time.Second), end, end.Add(p.late-time.Second), end.Add(p.late), end.Add(24*time.Hour))
		}
		for _, days := range r.WarnDays {
			at(end.AddDate(0, 0, -days))
		}
	}
	for _, now := range slices.SortedFunc(maps.Keys(moments), time.Time.Compare) {
		if now.Before(start) {
			continue
		}
		w.at(now)
		w.holdForecast(t, now, ends, places)
		w.work(t)
		for kind, end := range ends {
			for _, p := range places[kind] {
				n, is := p.count(t, w.db), now.Before(end.Add(p.late))
				if is != (n > 0) && (p.sooner == "" || !is) {
					t.Errorf("%s in %s: %d at %v, its end is %v", kind, p.table, n, now.In(i18n.Helsinki), end.Add(p.late).In(i18n.Helsinki))
				}
			}
		}
	}
	w.holdForGood(t, rules, places)
}

// holdForecast holds the dry run to telling what a run would give up now.
func (w *world) holdForecast(t *testing.T, now time.Time, ends map[string]time.Time, places map[string][]place) {
	t.Helper()
	due, err := w.retention.DryRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range due {
		end, ok := ends[d.Kind]
		if !ok || d.Absent {
			continue
		}
		end = end.Add(places[d.Kind][0].late)
		// The walk itself makes events, an hour later by a clock that shows less.
		if now.Before(end) && d.Count > 0 && d.Kind != "audit" || now.Equal(end) && d.Count == 0 {
			t.Errorf("%s: the dry run at %v says %d, its end is %v", d.Kind, now.In(i18n.Helsinki), d.Count, end.In(i18n.Helsinki))
		}
	}
}

// holdForGood looks at what is left when all periods are over.
func (w *world) holdForGood(t *testing.T, rules []retention.Rule, places map[string][]place) {
	t.Helper()
	due, err := w.retention.DryRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range due {
		if d.Count > 0 {
			t.Errorf("%d of %s are due still", d.Count, d.Kind)
		}
		outside := absent()[d.Kind] != "" || d.Kind == "posting_contact"
		if d.Absent != outside {
			t.Errorf("%s: the dry run says that a run gives it up: %t", d.Kind, !d.Absent)
		}
	}
	for _, r := range rules {
		switch {
		case absent()[r.Kind] != "" && len(places[r.Kind]) > 0:
			t.Errorf("%s is kept in %v, though it is said that there is none", r.Kind, places[r.Kind])
		case r.Action == keeping.Keep:
			for _, p := range places[r.Kind] {
				if p.count(t, w.db) == 0 {
					t.Errorf("%s has gone from %s, though it is kept for good", r.Kind, p.table)
				}
			}
		}
	}
}
