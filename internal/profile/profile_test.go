package profile_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/profile"
)

// Artificial identity codes of two persons.
const (
	aino = "010594Y9032"
	eino = "010594Y9021"
)

// world is the profiles of a database, and who is logged in there.
type world struct {
	*profile.Profiles

	t     *testing.T
	db    *postgres.DB
	aino  identity.Session
	other identity.Session
}

func open(t *testing.T) *world {
	t.Helper()
	db := pgtest.New(t)
	_, a := identitytest.LogIn(t, db, aino)
	_, e := identitytest.LogIn(t, db, eino)
	return &world{profile.New(db, identitytest.People(t, db)), t, db, a, e}
}

// pass lets d go by.
func (w *world) pass(d time.Duration) {
	now := w.db.Now().Add(d)
	w.db.Now = func() time.Time { return now }
}

func (w *world) of(s identity.Session) profile.Profile {
	w.t.Helper()
	p, err := w.Of(w.t.Context(), s)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// add adds an entry.
func (w *world) add(s profile.Section, v profile.Values) profile.Entry {
	w.t.Helper()
	e, err := w.Save(w.t.Context(), w.aino, s, id(s, 0), "", "", v)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// id is 1 for sections of one.
func id(s profile.Section, id int64) int64 {
	if s.Many() == 1 {
		return 1
	}
	return id
}

// told are the names of a section's entries in their order.
func (w *world) told(s profile.Section) string {
	w.t.Helper()
	var names []string
	for _, e := range w.of(w.aino).Entries[s] {
		names = append(names, e.Values.Get(s.Fields()[0].Name))
	}
	return strings.Join(names, " ")
}

func (w *world) tx(fn func(tx *postgres.Tx) error) {
	w.t.Helper()
	if err := w.db.InTx(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Exec(w.t.Context(), query, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	if err := w.db.QueryRow(w.t.Context(), query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// skill is an entry that breaks no rule.
func skill(name string) profile.Values { return profile.Values{"name": {name}} }

// answers are entries that break no rule, as they are typed.
func answers() map[profile.Section]profile.Values {
	return map[profile.Section]profile.Values{
		profile.SectionPresentation: {"headline": {" Tekijä  ja oppija "}, "text": {"Hei!\r\nOlen Aino."}},
		profile.SectionWork: {
			"title": {"Palvelusihteeri O'Neill"}, "employer": {"Esimerkki Oy"}, "begun": {"8.2019"}, "ended": {"03/2021"}, "description": {"Kaikkea."},
		},
		profile.SectionEducation: {
			"name": {"Merkonomi"}, "level": {"32"}, "school": {"Koulu"}, "state": {"done"}, "begun": {"2015"}, "ended": {"2018"},
		},
		profile.SectionSkills:     {"name": {"vahtimestari"}, "description": {"Kymmenen vuotta"}},
		profile.SectionLanguages:  {"language": {"sv"}, "level": {"B2"}},
		profile.SectionLicences:   {"classes": {"B", "BE"}, "own_car": {"yes"}},
		profile.SectionCards:      {"card": {"013"}, "valid_until": {"1.12.2027"}},
		profile.SectionWishedWork: {"name": {"metsänhoito"}},
		profile.SectionWishes: {
			"municipalities": {"Helsinki, Åbo"}, "regions": {"02"}, "countries": {"SE"}, "remote": {"yes"},
			"work_time": {"01"}, "continuity": {"01", "0202"}, "work_hours": {"02"}, "from": {"1.1.2027"}, "description": {"Läheltä"},
		},
		profile.SectionContact:   {"email": {"aino@example.fi"}, "phone": {"+358 40 123 4567"}},
		profile.SectionResidence: {"country": {"FI"}},
		profile.SectionEmployer:  {"nationality": {"FI", "SE"}, "military_service": {"done"}},
		profile.SectionEures:     {"sex": {"female"}, "working_languages": {"fi", "sv"}, "citizenship": {"FI"}},
	}
}

func TestEverySectionKeepsItsEntry(t *testing.T) {
	t.Parallel()

	w := open(t)
	for _, s := range profile.AllSections() {
		e := w.add(s, answers()[s])
		for _, f := range s.Fields() {
			if _, typed := answers()[s][f.Name]; typed && len(e.Values[f.Name]) == 0 {
				t.Errorf("%s: %s is lost", s, f.Name)
			}
		}
		got := w.of(w.aino).Entries[s]
		if len(got) != 1 || cmp.Diff(e.Values, got[0].Values) != "" {
			t.Errorf("%s: kept %v, returned %v", s, got, e)
		}
	}
	got := w.of(w.aino).Entries
	for name, c := range map[string]struct{ got, want string }{
		"a line": {got[profile.SectionPresentation][0].Values.Get("headline"), "Tekijä ja oppija"},
		"a text": {got[profile.SectionPresentation][0].Values.Get("text"), "Hei!\nOlen Aino."},
		"months": {got[profile.SectionWork][0].Values.Get("begun") + " " + got[profile.SectionWork][0].Values.Get("ended"), "2019-08 2021-03"},
		"a day":  {got[profile.SectionCards][0].Values.Get("valid_until"), "2027-12-01"},
		"places": {strings.Join(got[profile.SectionWishes][0].Values["municipalities"], " "), "091 853"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}

func TestNobodySeesAnothersProfile(t *testing.T) {
	t.Parallel()

	w := open(t)
	e := w.add(profile.SectionSkills, skill("oma"))
	if got := w.of(w.other).Entries; len(got) != 0 {
		t.Errorf("somebody else sees %v", got)
	}
	ctx := t.Context()
	if _, err := w.Save(ctx, w.other, profile.SectionSkills, e.ID, e.Values.Mark(), "", skill("toisen")); !errors.Is(err, fault.ErrGone) {
		t.Errorf("saved over: %v", err)
	}
	if err := errors.Join(w.Remove(ctx, w.other, profile.SectionSkills, e.ID), w.Move(ctx, w.other, profile.SectionSkills, e.ID, 1)); err != nil {
		t.Fatal(err)
	}
	if got := w.told(profile.SectionSkills); got != "oma" {
		t.Errorf("skills = %q", got)
	}
	officer := identity.Session{ID: 7, PersonID: w.aino.PersonID, Kind: identity.KindStaff}
	for _, s := range []identity.Session{{}, officer} {
		_, err := w.Of(ctx, s)
		_, saveErr := w.Save(ctx, s, profile.SectionSkills, 0, "", "", skill("x"))
		_, draftErr := w.KeepDraft(ctx, s, profile.SectionSkills, 0, "", "", skill("x"))
		_, euresErr := w.Eures(ctx, s)
		_, publishErr := w.Publish(ctx, s, "")
		for _, err := range []error{
			err, saveErr, draftErr, euresErr, publishErr, w.Withdraw(ctx, s), w.Remove(ctx, s, profile.SectionSkills, e.ID),
			w.Move(ctx, s, profile.SectionSkills, e.ID, 1), w.DiscardDraft(ctx, s, profile.SectionSkills, 0),
		} {
			if !errors.Is(err, fault.ErrForbidden) {
				t.Errorf("session of kind %q: %v, want forbidden", s.Kind, err)
			}
		}
	}
}

func TestEntriesKeepTheirOrder(t *testing.T) {
	t.Parallel()

	w := open(t)
	ids := map[string]int64{}
	for _, name := range []string{"a", "b", "c", "d"} {
		ids[name] = w.add(profile.SectionSkills, skill(name)).ID
	}
	for _, step := range []struct {
		name string
		by   int
		want string
	}{
		{"c", -1, "a c b d"},
		{"c", -1, "c a b d"},
		{"c", -1, "c a b d"},
		{"a", 1, "c b a d"},
		{"d", 5, "c b a d"},
		{"c", 99, "b a d c"},
	} {
		if err := w.Move(t.Context(), w.aino, profile.SectionSkills, ids[step.name], step.by); err != nil {
			t.Fatal(err)
		}
		if got := w.told(profile.SectionSkills); got != step.want {
			t.Errorf("%s by %d: %q, want %q", step.name, step.by, got, step.want)
		}
	}
	if err := w.Remove(t.Context(), w.aino, profile.SectionSkills, ids["a"]); err != nil {
		t.Fatal(err)
	}
	w.add(profile.SectionSkills, skill("e"))
	if got := w.told(profile.SectionSkills); got != "b d c e" {
		t.Errorf("after one is gone: %q", got)
	}
	if n := w.count(`SELECT count(DISTINCT place) FROM profile_entry WHERE place BETWEEN 1 AND 4`); n != 4 {
		t.Errorf("%d places are taken, want 4 without a gap", n)
	}
}

func TestTwoWindows(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx, s := t.Context(), profile.SectionSkills
	e := w.add(s, skill("ensin"))
	seen := e.Values.Mark()
	first, err := w.Save(ctx, w.aino, s, e.ID, seen, "", skill("toinen"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := w.Save(ctx, w.aino, s, e.ID, seen, "", skill("kolmas"))
	if !errors.Is(err, fault.ErrConflict) || kept.Values.Get("name") != "toinen" {
		t.Errorf("second window: %v, shows %v", err, kept)
	}
	if _, err := w.Save(ctx, w.aino, s, e.ID, seen, "", skill("toinen")); err != nil {
		t.Errorf("sent twice: %v", err)
	}
	if _, err := w.Save(ctx, w.aino, s, e.ID, kept.Values.Mark(), "", skill("kolmas")); err != nil {
		t.Errorf("chosen: %v", err)
	}
	if err := w.Remove(ctx, w.aino, s, e.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Save(ctx, w.aino, s, e.ID, first.Values.Mark(), "", skill("neljäs")); !errors.Is(err, fault.ErrGone) {
		t.Errorf("of a removed one: %v", err)
	}
	for _, one := range []profile.Section{profile.SectionPresentation, profile.SectionContact, profile.SectionResidence, profile.SectionEures} {
		w.add(one, answers()[one])
		name := one.Fields()[0].Name
		_, err := w.Save(ctx, w.aino, one, 1, "", "", profile.Values{name: map[string][]string{
			"headline": {"Muu"}, "email": {"muu@example.fi"}, "country": {"SE"}, "sex": {"male"},
		}[name]})
		if !errors.Is(err, fault.ErrConflict) {
			t.Errorf("%s from a stale window: %v", one, err)
		}
	}
}

func TestManyWindowsAtOnce(t *testing.T) {
	t.Parallel()

	w := open(t)
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			_, err := w.Save(t.Context(), w.aino, profile.SectionWishedWork, 0, "", "", skill("työ"))
			if _, invalid := errors.AsType[*fault.InvalidError](err); err != nil && !invalid {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(w.of(w.aino).Entries[profile.SectionWishedWork]); n != profile.MaxEntries {
		t.Errorf("%d entries, want the most of %d", n, profile.MaxEntries)
	}
}

func TestSaveOfADeletedPerson(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.add(profile.SectionSkills, skill("x"))
	w.exec(`DELETE FROM person WHERE id = $1`, w.aino.PersonID)
	if n := w.count(`SELECT count(*) FROM profile_entry`); n != 0 {
		t.Errorf("%d entries stay", n)
	}
	_, err := w.Save(t.Context(), w.aino, profile.SectionSkills, 0, "", "", skill("y"))
	if !errors.Is(err, fault.ErrNotFound) && !errors.Is(err, fault.ErrGone) {
		t.Errorf("error = %v", err)
	}
}

// TestDeletionWins lets a person go while windows of theirs save.
func TestDeletionWins(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx, people := t.Context(), identitytest.People(t, w.db)
	w.add(profile.SectionSkills, skill("ensin"))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			var err error
			switch i % 4 {
			case 0:
				_, err = w.Save(ctx, w.aino, profile.SectionSkills, 0, "", "", skill("uusi"))
			case 1:
				_, err = w.KeepDraft(ctx, w.aino, profile.SectionWork, 0, "", "", profile.Values{"title": {"kesken"}})
			case 2:
				_, err = w.Save(ctx, w.aino, profile.SectionContact, 1, "", "", answers()[profile.SectionContact])
			case 3:
				_, err = w.Save(ctx, w.aino, profile.SectionResidence, 1, "", "", answers()[profile.SectionResidence])
			}
			if err != nil && !errors.Is(err, fault.ErrNotFound) && !errors.Is(err, fault.ErrGone) && !errors.Is(err, fault.ErrConflict) {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		err := w.db.InTx(ctx, func(tx *postgres.Tx) error {
			if _, err := people.Hold(ctx, tx, w.aino.PersonID); err != nil {
				return err
			}
			if err := w.Keeper().Erase(ctx, tx, int64(w.aino.PersonID)); err != nil {
				return err
			}
			return people.Keeper().Erase(ctx, tx, int64(w.aino.PersonID))
		})
		if err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	for _, table := range []string{"profile", "profile_entry", "profile_draft", "eures_publication"} {
		if n := w.count(`SELECT count(*) FROM ` + table); n != 0 {
			t.Errorf("%d rows of %s outlived their person", n, table)
		}
	}
}

func TestEmptyingASectionOfOne(t *testing.T) {
	t.Parallel()

	w := open(t)
	for _, s := range profile.AllSections() {
		if s.Many() > 1 {
			continue
		}
		e := w.add(s, answers()[s])
		if _, err := w.Save(t.Context(), w.aino, s, 1, e.Values.Mark(), "", profile.Values{}); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if got := w.of(w.aino).Entries[s]; len(got) != 0 {
			t.Errorf("%s: %v is left", s, got)
		}
	}
}

func TestEverySuccessLeavesAnEvent(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx := t.Context()
	a, b := w.add(profile.SectionSkills, skill("a")), w.add(profile.SectionSkills, skill("b"))
	for _, s := range []profile.Section{profile.SectionResidence, profile.SectionEures} {
		w.add(s, answers()[s])
	}
	steps := map[string]func() error{
		"profile.moved":   func() error { return w.Move(ctx, w.aino, profile.SectionSkills, a.ID, 1) },
		"profile.removed": func() error { return w.Remove(ctx, w.aino, profile.SectionSkills, b.ID) },
		"profile.saved": func() error {
			_, err := w.Save(ctx, w.aino, profile.SectionSkills, a.ID, a.Values.Mark(), "", skill("c"))
			return err
		},
		"person.contact_changed": func() error {
			_, err := w.Save(ctx, w.aino, profile.SectionContact, 1, "", "", answers()[profile.SectionContact])
			return err
		},
		"profile_draft.begun": func() error {
			_, err := w.KeepDraft(ctx, w.aino, profile.SectionSkills, 0, "", "", skill("d"))
			return err
		},
		"profile_draft.discarded": func() error { return w.DiscardDraft(ctx, w.aino, profile.SectionSkills, 0) },
		"eures_profile.published": func() error { return w.publish() },
		"eures_profile.withdrawn": func() error { return w.Withdraw(ctx, w.aino) },
	}
	for _, action := range []string{
		"profile.moved", "profile.removed", "profile.saved", "person.contact_changed", "profile_draft.begun", "profile_draft.discarded",
		"eures_profile.published", "eures_profile.withdrawn",
	} {
		before := w.events(action)
		if err := steps[action](); err != nil {
			t.Fatalf("%s: %v", action, err)
		}
		if n := w.events(action) - before; n != 1 {
			t.Errorf("%s: %d events", action, n)
		}
	}
	for _, text := range []string{"aino@", "FI", "female", `"c"`} {
		if n := w.count(`SELECT count(*) FROM audit_event WHERE detail::text LIKE '%' || $1 || '%'`, text); n != 0 {
			t.Errorf("%d events hold %q", n, text)
		}
	}
	if at, err := audit.Verify(ctx, w.db); at != 0 || err != nil {
		t.Errorf("chain breaks at %d: %v", at, err)
	}
}

func (w *world) events(action string) int {
	w.t.Helper()
	return w.count(`SELECT count(*) FROM audit_event WHERE action = $1`, action)
}

func TestKeeper(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx := t.Context()
	for _, s := range profile.AllSections() {
		w.add(s, answers()[s])
	}
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.KeepDraft(ctx, w.aino, profile.SectionSkills, 0, "", "", skill("kesken")); err != nil {
		t.Fatal(err)
	}
	var records []keeping.Record
	w.tx(func(tx *postgres.Tx) error {
		var err error
		records, err = w.Keeper().Export(ctx, tx, int64(w.aino.PersonID))
		return err
	})
	tables := map[string]int{}
	for _, r := range records {
		tables[r.Table]++
		if r.At.IsZero() || r.Source != keeping.SourcePerson || r.Row == "" {
			t.Errorf("record %s/%s at %v from %q", r.Table, r.Row, r.At, r.Source)
		}
	}
	want := map[string]int{"profile": 1, "profile_entry": 9, "profile_draft": 1, "eures_publication": 1}
	if diff := cmp.Diff(want, tables); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	w.columns(records)

	w.tx(func(tx *postgres.Tx) error { return w.Keeper().Erase(ctx, tx, int64(w.aino.PersonID)) })
	for table := range want {
		if n := w.count(`SELECT count(*) FROM ` + table); n != 0 {
			t.Errorf("%d rows of %s stay", n, table)
		}
	}
}

// columns holds the records to the columns that are not withheld.
func (w *world) columns(records []keeping.Record) {
	w.t.Helper()
	rows, err := w.db.Query(w.t.Context(), `
SELECT c.relname, a.attname
  FROM pg_class AS c
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
 WHERE c.relname IN ('profile', 'profile_entry', 'profile_draft', 'eures_publication')
   AND col_description(c.oid, a.attnum) LIKE '% copy=%'`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			w.t.Fatal(err)
		}
		n++
		for _, r := range records {
			if _, ok := r.Values[column]; r.Table == table && !ok {
				w.t.Errorf("the copy lacks %s.%s", table, column)
			}
		}
	}
	if n < 20 {
		w.t.Errorf("%d columns are copied", n)
	}
}

func (w *world) publish() error {
	e, err := w.Eures(w.t.Context(), w.aino)
	if err != nil {
		return err
	}
	_, err = w.Publish(w.t.Context(), w.aino, e.Preview.Mark())
	return err
}
