package terms_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/internal/terms/termstest"
)

func representative(person identity.PersonID) identity.Session {
	return identity.Session{
		ID: int64(person), PersonID: person, Kind: identity.KindPerson, Name: "Aino O'Neill",
		Acting: &identity.Acting{BusinessID: "1234567-1", Name: "Äyrämö Oy", Roles: []string{"NIMKO", "TJ"}, Authority: "TJ"},
	}
}

func officer(person identity.PersonID) identity.Session {
	return identity.Session{ID: int64(person), PersonID: person, Kind: identity.KindStaff, Groups: []identity.Group{identity.GroupContent}}
}

func count(t *testing.T, db *postgres.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func accept(ctx context.Context, db *postgres.DB, tt *terms.Terms, s identity.Session, kind terms.Kind, number int) (terms.AcceptanceID, error) {
	var id terms.AcceptanceID
	err := db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		id, err = tt.Accept(ctx, tx, s, kind, number, i18n.Swedish)
		return err
	})
	return id, err
}

func TestSeedPublishesTheTextsOfTheRepositoryOnce(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	tt := termstest.Seed(t, db)
	tt.ProcessorOn = true
	if n, err := terms.Seed(t.Context(), db); n != 0 || err != nil {
		t.Errorf("a second seed: %d, %v", n, err)
	}
	for _, kind := range terms.Kinds() {
		v, err := tt.Current(t.Context(), kind)
		if err != nil || v.Number != 1 {
			t.Fatalf("%s: version %d, %v", kind, v.Number, err)
		}
		for _, lang := range i18n.Langs {
			b, err := os.ReadFile(filepath.Join("texts", string(kind)+".1."+string(lang)+".md"))
			if err != nil {
				t.Fatal(err)
			}
			if v.Text[lang] != string(b) || v.Hash[lang] != terms.Hash(string(b)) {
				t.Errorf("%s %s: text or hash is not that of the repository", kind, lang)
			}
			mark := map[i18n.Lang]string{i18n.Finnish: "*Esittelyteksti.", i18n.Swedish: "*Demotext."}[lang]
			if !strings.HasPrefix(string(b), mark) {
				t.Errorf("%s %s is not marked as a demo text", kind, lang)
			}
		}
	}
	if n := count(t, db, "SELECT count(*) FROM audit_event WHERE action = 'terms.published'"); n != 4 {
		t.Errorf("%d audit events", n)
	}
}

func TestTheTextsSayTheSameInBothLanguages(t *testing.T) {
	t.Parallel()

	tt := termstest.Seed(t, pgtest.New(t))
	tt.ProcessorOn = true
	for _, kind := range terms.Kinds() {
		v, err := tt.Current(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		shape := func(lang i18n.Lang) string {
			var b strings.Builder
			for line := range strings.Lines(v.Text[lang]) {
				mark, _, _ := strings.Cut(line, " ")
				switch {
				case strings.HasPrefix(line, "*"):
				case strings.HasPrefix(line, "##"), strings.HasPrefix(line, "- "), strings.HasSuffix(mark, "."):
					b.WriteString(mark)
				case strings.TrimSpace(line) != "":
					b.WriteString("p")
				}
			}
			return b.String()
		}
		if fi, sv := shape(i18n.Finnish), shape(i18n.Swedish); fi != sv {
			t.Errorf("%s: headings, paragraphs and lists differ:\n%s\n%s", kind, fi, sv)
		}
	}
}

func TestAcceptKeepsTheEvidence(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	tt := termstest.Seed(t, db)
	id, err := accept(t.Context(), db, tt, representative(1), terms.Partner, 1)
	if err != nil {
		t.Fatal(err)
	}

	a, err := tt.Acceptance(t.Context(), "1234567-1", id)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tt.Version(t.Context(), terms.Partner, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := terms.Acceptance{
		ID: id, Kind: terms.Partner, Number: 1, Language: i18n.Swedish, Hash: v.Hash[i18n.Swedish], How: terms.HowAccepted,
		PersonID: 1, PersonName: "Aino O'Neill", BusinessID: "1234567-1", OrganisationName: "Äyrämö Oy", Authority: "TJ", At: pgtest.Now,
	}
	a.At = a.At.UTC()
	if a != want {
		t.Errorf("got %+v, want %+v", a, want)
	}
	if _, err := tt.Acceptance(t.Context(), "7654321-0", id); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("another organisation: %v", err)
	}
	for _, q := range []string{
		"UPDATE terms_acceptance SET person_name = 'X'", "DELETE FROM terms_acceptance", "TRUNCATE terms_acceptance",
		"UPDATE terms_version SET text_fi = 'X'", "DELETE FROM terms_version", "TRUNCATE terms_version CASCADE",
	} {
		if _, err := db.Exec(t.Context(), q); err == nil {
			t.Errorf("%s was let through", q)
		}
	}
}

func TestAcceptHasOneEffectHoweverManyCome(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	tt := termstest.Seed(t, db)
	ids := make(chan terms.AcceptanceID, 50)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			id, err := accept(t.Context(), db, tt, representative(identity.PersonID(1+i%2)), terms.Partner, 1)
			if err != nil {
				t.Error(err)
			}
			ids <- id
		})
	}
	wg.Wait()
	close(ids)

	distinct := map[terms.AcceptanceID]bool{}
	for id := range ids {
		distinct[id] = true
	}
	if len(distinct) != 2 || count(t, db, "SELECT count(*) FROM terms_acceptance") != 2 {
		t.Errorf("acceptances of two people: %v", distinct)
	}
	if n := count(t, db, "SELECT count(*) FROM audit_event WHERE action = 'terms.accepted'"); n != 2 {
		t.Errorf("%d audit events", n)
	}
	if broken, err := audit.Verify(t.Context(), db); broken != 0 || err != nil {
		t.Errorf("audit chain: %d, %v", broken, err)
	}
}

func TestAcceptRefuses(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	tt := termstest.Seed(t, db)
	alone := representative(1)
	alone.Acting = nil
	staff := representative(1)
	staff.Kind = identity.KindStaff
	for _, test := range []struct {
		name   string
		s      identity.Session
		kind   terms.Kind
		number int
		want   error
	}{
		{"somebody who acts for nobody", alone, terms.Partner, 1, fault.ErrForbidden},
		{"an officer", staff, terms.Partner, 1, fault.ErrForbidden},
		{"a version that there is not", representative(1), terms.Partner, 2, fault.ErrNotFound},
		{"a kind that there is not", representative(1), "cookies", 1, fault.ErrNotFound},
		{"the processor agreement while it is off", representative(1), terms.Processor, 1, fault.ErrNotFound},
	} {
		if _, err := accept(t.Context(), db, tt, test.s, test.kind, test.number); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if n := count(t, db, "SELECT count(*) FROM terms_acceptance"); n != 0 {
		t.Errorf("%d acceptances", n)
	}
	tt.ProcessorOn = true
	if _, err := accept(t.Context(), db, tt, representative(1), terms.Processor, 1); err != nil {
		t.Errorf("the processor agreement when it is on: %v", err)
	}
}

// publish puts a next version of the partner terms into force at on.
func publish(t *testing.T, tt *terms.Terms, text string, on time.Time, reporting bool) terms.Version {
	t.Helper()
	ctx := t.Context()
	if err := tt.StartDraft(ctx, officer(10), terms.Partner); err != nil {
		t.Fatal(err)
	}
	d, err := tt.Draft(ctx, terms.Partner)
	if err != nil {
		t.Fatal(err)
	}
	d, err = tt.SaveDraft(ctx, officer(10), terms.Edit{
		Kind: terms.Partner, Revision: d.Revision, Title: d.Title, EffectiveOn: on.Format(time.DateOnly), Reporting: reporting,
		Text: map[i18n.Lang]string{i18n.Finnish: d.Text[i18n.Finnish] + "\n" + text, i18n.Swedish: d.Text[i18n.Swedish] + "\n" + text},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := tt.RequestPublication(ctx, officer(10), terms.Partner, d.Revision); err != nil {
		t.Fatal(err)
	}
	v, err := tt.Publish(ctx, officer(11), terms.Partner, d.Revision)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGoingOnAfterTheEffectIsAnAcceptance(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	tt := termstest.Seed(t, db)
	ctx, s := t.Context(), representative(1)
	state := func() terms.State {
		a, err := tt.Awaited(ctx, s, terms.Partner)
		if err != nil {
			t.Fatal(err)
		}
		quick, err := tt.StateOf(ctx, s, terms.Partner)
		if err != nil || quick != a.State {
			t.Errorf("StateOf = %s, %v, want %s", quick, err, a.State)
		}
		return a.State
	}

	if got := state(); got != terms.FirstTime {
		t.Errorf("before anything: %s", got)
	}
	if _, _, err := tt.Continue(ctx, s, terms.Partner, i18n.Finnish); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("going on without ever having confirmed: %v", err)
	}
	if _, err := tt.Confirm(ctx, s, terms.Partner, 1, i18n.Finnish); err != nil {
		t.Fatal(err)
	}
	v := publish(t, tt, "Uusi kohta.", now.AddDate(0, 0, 40), false)
	if got := state(); got != terms.Done || v.Number != 2 {
		t.Errorf("before the effect of version %d: %s", v.Number, got)
	}
	if _, fresh, err := tt.Continue(ctx, s, terms.Partner, i18n.Finnish); fresh || err != nil {
		t.Errorf("going on before the effect: %v, %v", fresh, err)
	}

	now = v.InForceSince().Add(-time.Second)
	if got := state(); got != terms.Done {
		t.Errorf("a second before the effect: %s", got)
	}
	now = v.InForceSince()
	if got := state(); got != terms.Changed {
		t.Errorf("at the effect: %s", got)
	}
	if _, err := accept(ctx, db, tt, representative(2), terms.Partner, 1); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("accepting terms that are over: %v", err)
	}
	for i := range 3 {
		got, fresh, err := tt.Continue(ctx, s, terms.Partner, i18n.Finnish)
		if err != nil || fresh != (i == 0) || got.Number != 2 {
			t.Errorf("going on: version %d, fresh %v, %v", got.Number, fresh, err)
		}
	}
	all, err := tt.Accepted(ctx, "1234567-1", terms.Partner)
	if err != nil || len(all) != 2 || all[0].How != terms.HowContinued || all[0].Number != 2 || all[1].How != terms.HowConfirmed {
		t.Errorf("acceptances: %+v, %v", all, err)
	}
	if old, err := tt.Version(ctx, terms.Partner, 1); err != nil || old.Number != 1 {
		t.Errorf("the old text: %v", err)
	}
}
