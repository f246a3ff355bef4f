package profile_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/profile"
)

// euresReady tells what EURES needs.
func (w *world) euresReady() {
	w.t.Helper()
	for _, s := range []profile.Section{profile.SectionResidence, profile.SectionEures} {
		w.add(s, answers()[s])
	}
}

func (w *world) published() []profile.Publication {
	w.t.Helper()
	all, err := w.Published(w.t.Context(), 0, 10)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) eures() profile.Eures {
	w.t.Helper()
	e, err := w.Eures(w.t.Context(), w.aino)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

func TestEuresShowsWhatWasLookedAt(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx := t.Context()
	if e := w.eures(); len(e.Missing) != 4 {
		t.Errorf("missing = %v", e.Missing)
	}
	if _, err := w.Publish(ctx, w.aino, w.eures().Preview.Mark()); err == nil {
		t.Error("an empty profile was published")
	}
	w.euresReady()
	for _, s := range profile.Sections() {
		if s != profile.SectionResidence {
			w.add(s, answers()[s])
		}
	}
	preview := w.eures().Preview
	want := profile.Shown{Sex: "female", Country: "FI", Languages: []string{"fi", "sv"}, Citizenship: []string{"FI"}}
	if diff := cmp.Diff(want, preview); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	if len(w.published()) != 0 {
		t.Error("published without a choice")
	}
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	if got := w.published(); len(got) != 1 || cmp.Diff(preview, got[0].Shown) != "" {
		t.Errorf("others see %v", got)
	}

	stale := preview.Mark()
	v := answers()[profile.SectionEures]
	seen := profile.SectionEures.Tidy(v).Mark()
	v["sex"] = []string{"other"}
	if _, err := w.Save(ctx, w.aino, profile.SectionEures, 1, seen, "", v); err != nil {
		t.Fatal(err)
	}
	if got := w.published()[0].Shown.Sex; got != "female" {
		t.Errorf("a change was published without a choice: %s", got)
	}
	if _, err := w.Publish(ctx, w.aino, stale); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("published what was not looked at: %v", err)
	}
	w.pass(time.Hour)
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	got := w.eures().Publications
	if len(got) != 2 || got[0].Version != 2 || !got[0].InForce() || got[0].Shown.Sex != "other" ||
		!got[1].WithdrawnAt.Equal(got[0].PublishedAt) || got[1].Shown.Sex != "female" {
		t.Errorf("publications = %+v", got)
	}
	if err := w.publish(); err != nil || len(w.eures().Publications) != 2 {
		t.Errorf("published twice: %v, %v", err, w.eures().Publications)
	}
}

func TestWithdrawnAtOnce(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.euresReady()
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	if err := w.Withdraw(t.Context(), w.other); err != nil || len(w.published()) != 1 {
		t.Errorf("somebody else took it back: %v", err)
	}
	if err := w.Withdraw(t.Context(), w.aino); err != nil {
		t.Fatal(err)
	}
	if got := w.published(); len(got) != 0 {
		t.Errorf("others still see %v", got)
	}
	if _, ok := w.eures().Published(); ok || len(w.eures().Publications) != 1 {
		t.Errorf("publications = %+v", w.eures().Publications)
	}
	if err := w.Withdraw(t.Context(), w.aino); err != nil || w.events("eures_profile.withdrawn") != 1 {
		t.Errorf("again: %v, %d events", err, w.events("eures_profile.withdrawn"))
	}
}

// TestProtectionOrder lets an order come while everything is told and published.
func TestProtectionOrder(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx := t.Context()
	w.euresReady()
	w.add(profile.SectionContact, answers()[profile.SectionContact])
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.KeepDraft(ctx, w.aino, profile.SectionContact, 1, "", "", profile.Values{"phone": {"0501234567"}}); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE person SET non_disclosure = true, country = '', municipality = '' WHERE id = $1`, w.aino.PersonID)

	own := w.of(w.aino)
	contact, _ := own.Entry(profile.SectionContact, 1)
	draft, _ := own.Draft(profile.SectionContact, 1)
	if !own.Protected || len(own.Entries[profile.SectionResidence]) != 0 || contact.Values.Get("phone") != "" || draft.Values.Get("phone") != "" {
		t.Errorf("shown: %v, draft %v", own.Entries, draft)
	}
	e := w.eures()
	if e.Preview.Country != "" || e.Publications[0].Shown.Country != "" || len(e.Missing) != 0 {
		t.Errorf("EURES = %+v", e)
	}
	if got := w.published(); len(got) != 1 || got[0].Shown.Country != "" {
		t.Errorf("others see %+v", got)
	}
	w.tx(func(tx *postgres.Tx) error {
		records, err := w.Keeper().Export(ctx, tx, int64(w.aino.PersonID))
		for _, r := range records {
			if c, ok := r.Values["country"]; ok && c != "" {
				t.Errorf("%s is copied with its country", r.Table)
			}
		}
		return err
	})
	if _, err := w.Save(ctx, w.aino, profile.SectionResidence, 1, "", "", profile.Values{"country": {"SE"}}); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("residence was taken: %v", err)
	}
	w.add(profile.SectionSkills, skill("a"))
	seen := contact.Values.Mark()
	if _, err := w.Save(ctx, w.aino, profile.SectionContact, 1, seen, "", profile.Values{"email": {"a@example.fi"}, "phone": {"0401234567"}}); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`SELECT count(*) FROM profile WHERE country <> ''`, `SELECT count(*) FROM eures_publication WHERE country <> ''`,
		`SELECT count(*) FROM person WHERE phone <> ''`, `SELECT count(*) FROM profile_draft WHERE fields ? 'phone'`,
	} {
		if n := w.count(query); n != 0 {
			t.Errorf("%s = %d", query, n)
		}
	}
}

func TestForget(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.euresReady()
	w.add(profile.SectionEmployer, answers()[profile.SectionEmployer])
	w.tx(func(tx *postgres.Tx) error {
		return w.Forget(t.Context(), tx, w.aino.PersonID, profile.SectionEmployer)
	})
	own := w.of(w.aino)
	if w.events("profile.forgotten") != 1 || len(own.Entries[profile.SectionEmployer]) != 0 || len(own.Entries[profile.SectionEures]) != 1 {
		t.Errorf("left: %v", own.Entries)
	}
}

// TestRestrictedProfilesAreNotPublished for as long as the restriction is in
// force, and those behind them are.
func TestRestrictedProfilesAreNotPublished(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.euresReady()
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	w.aino, w.other = w.other, w.aino
	w.euresReady()
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	first, second := w.other, w.aino
	restricted := first.PersonID
	w.Restricted = func(_ context.Context, _ *postgres.Tx, person identity.PersonID) (bool, error) {
		return person == restricted, nil
	}
	one, err := w.Published(t.Context(), 0, 1)
	if err != nil || len(one) != 1 || one[0].ID != w.eures().Publications[0].ID {
		t.Errorf("published %v (%v), want the second person's", one, err)
	}
	w.aino = first
	e := w.eures()
	if !e.Restricted {
		t.Error("the person is not told")
	}
	if _, err := w.Publish(t.Context(), first, e.Preview.Mark()); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("published under a restriction: %v", err)
	}
	restricted = second.PersonID + first.PersonID
	if got := w.published(); len(got) != 2 {
		t.Errorf("after the restriction: %v", got)
	}
}
