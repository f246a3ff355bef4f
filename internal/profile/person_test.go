package profile_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/profile"
)

// TestContactOfTwoWindowsAtOnce: the second one is told of the first.
func TestContactOfTwoWindowsAtOnce(t *testing.T) {
	t.Parallel()

	w := open(t)
	for n := range 20 {
		contact, _ := w.of(w.aino).Entry(profile.SectionContact, 1)
		var saved [2]error
		var all sync.WaitGroup
		for i := range saved {
			all.Go(func() {
				_, saved[i] = w.Save(t.Context(), w.aino, profile.SectionContact, 1, contact.Values.Mark(), "",
					profile.Values{"email": {fmt.Sprintf("window%d.%d@example.fi", n, i)}})
			})
		}
		all.Wait()
		if (saved[0] == nil) == (saved[1] == nil) || !errors.Is(errors.Join(saved[:]...), fault.ErrConflict) {
			t.Fatalf("saved: %v", saved)
		}
	}
}

// TestNothingIsSavedOfADeletedAccount tells the window that is still open so.
func TestNothingIsSavedOfADeletedAccount(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.exec(`DELETE FROM person WHERE id = $1`, w.aino.PersonID)
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"contact": func() error {
			_, err := w.Save(ctx, w.aino, profile.SectionContact, 1, "", "", answers()[profile.SectionContact])
			return err
		},
		"skill": func() error {
			_, err := w.Save(ctx, w.aino, profile.SectionSkills, 0, "", "", skill("a"))
			return err
		},
		"draft": func() error {
			_, err := w.KeepDraft(ctx, w.aino, profile.SectionSkills, 0, "", "", skill("a"))
			return err
		},
		"publication": func() error { return w.publishMark("") },
	} {
		if err := do(); !errors.Is(err, fault.ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (w *world) publishMark(mark string) error {
	_, err := w.Publish(w.t.Context(), w.aino, mark)
	return err
}

// TestWhatEmployersNeedTakesAConsent also when it was withdrawn in another window
// a moment ago.
func TestWhatEmployersNeedTakesAConsent(t *testing.T) {
	t.Parallel()

	w := open(t)
	var given bool
	w.Discloses = func(context.Context, *postgres.Tx, identity.PersonID) (bool, error) { return given, nil }
	s := profile.SectionEmployer
	save := func() error {
		_, err := w.Save(t.Context(), w.aino, s, 1, "", "", answers()[s])
		return err
	}
	if err := save(); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("without a consent: %v", err)
	}
	if _, err := w.KeepDraft(t.Context(), w.aino, s, 1, "", "", answers()[s]); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("a draft without a consent: %v", err)
	}
	w.add(profile.SectionSkills, skill("a"))
	given = true
	if err := save(); err != nil {
		t.Errorf("with a consent: %v", err)
	}
}

// TestALogInThatTellsOfAProtectionOrder takes away what is kept of where the
// person is, whatever is saved in that moment.
func TestALogInThatTellsOfAProtectionOrder(t *testing.T) {
	t.Parallel()

	w := open(t)
	people := identitytest.People(t, w.db)
	people.OnProtect(profile.Protect)
	w.euresReady()
	w.add(profile.SectionContact, answers()[profile.SectionContact])
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	for _, s := range []profile.Section{profile.SectionContact, profile.SectionResidence} {
		if _, err := w.KeepDraft(t.Context(), w.aino, s, 1, "", "", profile.Values{"phone": {"0501234567"}, "country": {"SE"}}); err != nil {
			t.Fatal(err)
		}
	}
	logIn := func(code string, protected bool) identity.Session {
		who := identitytest.Identified(t, w.db, code)
		who.NonDisclosure = protected
		_, s, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, "")
		if err != nil {
			t.Error(err)
		}
		return s
	}
	w.gone(false)
	logIn(aino, true)
	w.gone(true)

	for n := range 20 {
		code := identitytest.Code(t, n).Reveal()
		s := logIn(code, false)
		var all sync.WaitGroup
		all.Go(func() { logIn(code, true) })
		all.Go(func() {
			_, err := w.Save(t.Context(), s, profile.SectionResidence, 1, "", "", answers()[profile.SectionResidence])
			if err != nil && !errors.Is(err, fault.ErrForbidden) {
				t.Error(err)
			}
		})
		all.Wait()
	}
	w.gone(true)
}

// gone holds that nothing, or that something, tells where people are.
func (w *world) gone(all bool) {
	w.t.Helper()
	for _, query := range []string{
		`SELECT count(*) FROM profile WHERE country <> ''`, `SELECT count(*) FROM eures_publication WHERE country <> ''`,
		`SELECT count(*) FROM person WHERE phone <> ''`, `SELECT count(*) FROM profile_draft WHERE section IN ('residence', 'contact')`,
	} {
		if n := w.count(query); (n == 0) != all {
			w.t.Errorf("%s = %d", query, n)
		}
	}
}
