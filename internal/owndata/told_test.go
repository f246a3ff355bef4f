package owndata_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// TestWhatIsToldIsTheRule holds the ends and warnings that capabilities tell and
// keep in their rows to the table of periods, which officers cannot change for
// them: what the table says is what is done.
func TestWhatIsToldIsTheRule(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.at(time.Date(2026, 11, 30, 23, 30, 0, 0, i18n.Helsinki)) // to a last day of February
	now := w.db.Now()
	told := map[string]time.Time{}

	_, acting := identitytest.Acting(t, w.db, "010594Y9032", partnertest.Business, "Esimerkki Oy")
	stack := partnertest.Stack{Drafts: w.drafts}
	told["draft"] = stack.Draft(t, acting, partnertest.Form()).ExpiresAt
	_, person := identitytest.LogIn(t, w.db, "010594Y9021")
	typed, err := w.profiles.KeepDraft(t.Context(), person, profile.SectionPresentation, 0, "", "", profile.Values{"text": {"Olen kokki."}})
	if err != nil {
		t.Fatal(err)
	}
	told["profile_draft"] = typed.ExpiresAt

	order := w.order(t)
	told["job_watch_unconfirmed"] = w.endOfWatch(t)
	manage, err := w.watches.Confirm(t.Context(), order, 1)
	if err != nil {
		t.Fatal(err)
	}
	told["job_watch"] = w.endOfWatch(t)
	for _, kind := range slices.Sorted(maps.Keys(told)) {
		if want := w.period(t, kind).End(now); !told[kind].Equal(want) {
			t.Errorf("%s: told to end %v, the rule says %v", kind, told[kind], want)
		}
	}

	w.at(now.AddDate(0, 1, 0))
	if err := w.watches.Renew(t.Context(), manage, 1); err != nil {
		t.Fatal(err)
	}
	if want := w.period(t, "job_watch").End(w.db.Now()); !w.endOfWatch(t).Equal(want) {
		t.Errorf("a watch that was renewed ends %v, the rule says %v", w.endOfWatch(t), want)
	}
	w.holdWarning(t, "job_watch", w.endOfWatch(t), w.watches.Warn)
	w.holdWarning(t, "draft", told["draft"], func(ctx context.Context) (int, error) { return w.drafts.Warn(ctx, audit.System("test")) })
}

// order orders a watch and returns the token that confirms it.
func (w *world) order(t *testing.T) string {
	t.Helper()
	current, err := w.terms.Current(t.Context(), terms.JobWatch)
	if err != nil {
		t.Fatal(err)
	}
	err = w.watches.Order(t.Context(), jobwatch.Order{
		ID: "1", Address: "aino@example.com", Language: i18n.Finnish, Criteria: search.Criteria{Query: "kokki"},
		Schedule: jobwatch.Schedule{Rhythm: jobwatch.Daily, Cap: 1}, TermsVersion: current.Number, Accepted: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := w.watches.Confirmations(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d confirmations: %v", n, err)
	}
	var token string
	err = w.db.QueryRow(t.Context(), `SELECT split_part(data ->> 'link', '/', 2) FROM mail_outbox WHERE kind = $1`, jobwatch.KindConfirmation).Scan(&token)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (w *world) endOfWatch(t *testing.T) (ends time.Time) {
	t.Helper()
	if err := w.db.QueryRow(t.Context(), `SELECT ends_at FROM job_watch`).Scan(&ends); err != nil {
		t.Fatal(err)
	}
	return ends
}

// holdWarning holds the only warning of a kind to its day, not a second before.
func (w *world) holdWarning(t *testing.T, kind string, ends time.Time, warn func(ctx context.Context) (int, error)) {
	t.Helper()
	var days []int
	for _, r := range w.rules(t) {
		if r.Kind == kind {
			days = r.WarnDays
		}
	}
	if len(days) != 1 {
		t.Fatalf("%s: warnings %v", kind, days)
	}
	day := ends.Add(-time.Duration(days[0]) * 24 * time.Hour)
	w.at(day.Add(-time.Second))
	if n, err := warn(t.Context()); err != nil || n != 0 {
		t.Errorf("%s: %d warned a second early: %v", kind, n, err)
	}
	w.at(day)
	if n, err := warn(t.Context()); err != nil || n != 1 {
		t.Errorf("%s: %d warned %d days before: %v", kind, n, days[0], err)
	}
}

// TestNothingOpensAfterItsEnd holds what may be taken up again to the period after
// which it is given up: until then it opens, at the end no more.
func TestNothingOpensAfterItsEnd(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	now := w.db.Now()
	_, person := identitytest.LogIn(t, w.db, "010594Y9021")
	forms := entry.NewForms(w.db, identitytest.Keyring(t))
	id, err := forms.Park(t.Context(), entry.OwnerOf(person), entry.Form{Path: "/fi"})
	if err != nil {
		t.Fatal(err)
	}
	end := w.period(t, "parked_form").End(now)
	for _, step := range []struct {
		at   time.Time
		open bool
	}{{end.Add(-time.Second), true}, {end, false}} {
		w.at(step.at)
		if _, err := forms.ByID(t.Context(), entry.OwnerOf(person), id); (err == nil) != step.open {
			t.Errorf("the form at %v: %v", step.at, err)
		}
	}
	// A log-in that was begun is good for less than it is remembered: whoever comes
	// late is told so.
	if life := w.period(t, "sign_in").End(now).Sub(now); entry.LoginLife >= life {
		t.Errorf("a log-in may take %v, and is forgotten after %v", entry.LoginLife, life)
	}
}
