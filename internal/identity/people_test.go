package identity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func TestFirstLogInsAtOnceMakeOnePerson(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	who := identitytest.Identified(t, db, aino)
	var wg sync.WaitGroup
	ids := make(chan identity.PersonID, 50)
	for range cap(ids) {
		wg.Go(func() {
			_, s, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, "")
			if err != nil {
				t.Error(err)
			}
			ids <- s.PersonID
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Fatalf("persons %d and %d", first, id)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM person`); n != 1 {
		t.Errorf("%d persons", n)
	}
	if n := count(t, db, `SELECT count(*) FROM audit_event WHERE action = 'person.registered'`); n != 1 {
		t.Errorf("registered %d times", n)
	}
	if list, err := people.Sessions(t.Context(), first); err != nil || len(list) != identity.MaxSessions {
		t.Errorf("%d live sessions, %v", len(list), err)
	}
}

func TestLogInBringsPersonUpToDate(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	id := identitytest.Person(t, db, aino)
	logIn := func(change func(*identity.Identified)) identity.Person {
		t.Helper()
		now.after(time.Hour)
		who := identitytest.Identified(t, db, aino)
		change(&who)
		_, s, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Swedish, "")
		if err != nil || s.PersonID != id {
			t.Fatalf("person %d, %v, want %d", s.PersonID, err, id)
		}
		p, err := people.ByID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Source != identity.SourceIdentification || !p.SourcedAt.Equal(now.now) || !p.LoggedInAt.Equal(now.now) {
			t.Errorf("told by %s at %v", p.Source, p.SourcedAt)
		}
		return p
	}
	updates := func() int {
		t.Helper()
		return count(t, db, `SELECT count(*) FROM audit_event WHERE action = 'person.updated'`)
	}

	p := logIn(func(*identity.Identified) {})
	if p.Name() != "Aino Äyrämö" || p.Municipality != "091" || p.MaskedCode != "010594Y••••" || p.Language != i18n.Swedish || updates() != 0 {
		t.Errorf("at first: %+v, %d updates", p, updates())
	}
	p = logIn(func(who *identity.Identified) {
		who.CallName, who.FamilyName, who.Municipality = "", strings.Repeat("Ng O'Neill-", 9)+"N", "049"
	})
	if p.Name() != "Aino Maria "+strings.Repeat("Ng O'Neill-", 9)+"N" || p.Municipality != "049" || updates() != 1 {
		t.Errorf("moved and married: %+v, %d updates", p, updates())
	}
	p = logIn(func(who *identity.Identified) { who.NonDisclosure = true })
	if !p.NonDisclosure || p.Municipality != "" || p.Country != "" {
		t.Errorf("under a protection order: %+v", p)
	}
	p = logIn(func(who *identity.Identified) { who.Municipality = "" })
	if !p.NonDisclosure || p.Country != "" {
		t.Errorf("a provider that does not know of the order lifted it: %+v", p)
	}
	p = logIn(func(*identity.Identified) {})
	if p.NonDisclosure || p.Municipality != "091" {
		t.Errorf("after the order: %+v", p)
	}
	if n := count(t, db, `SELECT count(*) FROM audit_event WHERE action = 'person.updated' AND detail::text ~ 'Aino|O''Neill|091'`); n != 0 {
		t.Error("an audit event holds personal data")
	}
}

func TestWhoIsWho(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	logIn := func(code, foreign string) identity.PersonID {
		t.Helper()
		who := identity.Identified{ForeignID: foreign, FirstNames: "Aino", FamilyName: "Ng", Level: identity.LevelSubstantial}
		if code != "" {
			who.Code = identitytest.ParseCode(t, code)
		}
		_, s, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, "")
		if err != nil {
			t.Fatal(err)
		}
		return s.PersonID
	}
	one, two, eidas := logIn(aino, ""), logIn(other, ""), logIn("", "SE/FI/199401019032")
	if one == two || one == eidas || two == eidas {
		t.Errorf("persons %d, %d, %d are not three", one, two, eidas)
	}
	if again := logIn("", "SE/FI/199401019032"); again != eidas {
		t.Errorf("without a code: %d, then %d", eidas, again)
	}
	if given := logIn("020594X903P", "SE/FI/199401019032"); given != eidas {
		t.Errorf("who was given a code: %d, then %d", eidas, given)
	}
	if again := logIn("020594X903P", ""); again != eidas {
		t.Errorf("by the new code: %d, then %d", eidas, again)
	}
	if both := logIn(aino, "SE/FI/199401019032"); both != one {
		t.Errorf("a code decides: %d, want %d", both, one)
	}
	_, _, err := people.LogIn(t.Context(), identity.Identified{FirstNames: "Aino"}, identity.KindPerson, i18n.Finnish, "")
	if _, ok := errors.AsType[*identity.RefusedError](err); !ok {
		t.Errorf("nobody at all: %v", err)
	}
	if n := count(t, db, `SELECT count(*) FROM person`); n != 3 {
		t.Errorf("%d persons", n)
	}
}

func isInvalid(err error, fields ...string) bool {
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		return false
	}
	var got []string
	for _, f := range invalid.Fields {
		got = append(got, f.Field)
	}
	return strings.Join(got, " ") == strings.Join(fields, " ")
}

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	_, one := identitytest.LogIn(t, db, aino)
	_, two := identitytest.LogIn(t, db, other)
	_, err := db.Exec(t.Context(), `UPDATE person SET code_sealed = (SELECT code_sealed FROM person WHERE id = $1) WHERE id = $2`, one.PersonID, two.PersonID)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := people.OwnCode(t.Context(), two); err == nil || c.IsSet() {
		t.Error("the code of one person opened as that of another")
	}
}

func TestSetContact(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	_, s := identitytest.LogIn(t, db, aino)
	if err := people.SetContact(t.Context(), s.Actor(), s.PersonID, " aino@example.com ", "+358 40 123 4567"); err != nil {
		t.Fatal(err)
	}
	p, err := people.ByID(t.Context(), s.PersonID)
	if err != nil || p.Email != "aino@example.com" || p.Phone != "+358 40 123 4567" {
		t.Errorf("kept %q and %q, %v", p.Email, p.Phone, err)
	}
	err = people.SetContact(t.Context(), s.Actor(), s.PersonID, "a@example.com\r\nBcc: b@example.com", "=cmd()")
	if !isInvalid(err, "email", "phone") {
		t.Errorf("headers and formulas: %v", err)
	}
	if err := people.SetContact(t.Context(), s.Actor(), 999999, "", ""); !errors.Is(err, fault.ErrGone) {
		t.Errorf("of nobody: %v", err)
	}
	if err := people.SetContact(t.Context(), s.Actor(), s.PersonID, "", ""); err != nil {
		t.Errorf("taken back: %v", err)
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	token, person := identitytest.LogIn(t, db, aino)
	_, main := identitytest.Officer(t, db, identity.GroupMain)
	_, clerk := identitytest.Officer(t, db, identity.GroupApplications)
	if err := people.Block(t.Context(), clerk, person.PersonID); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("by a clerk: %v", err)
	}
	if err := people.Block(t.Context(), main, main.PersonID); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("oneself: %v", err)
	}
	if err := people.Block(t.Context(), main, 999999); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	for range 2 {
		if err := people.Block(t.Context(), main, person.PersonID); err != nil {
			t.Fatal(err)
		}
	}
	if live(t, people, token) {
		t.Error("a blocked person goes on")
	}
	who := identitytest.Identified(t, db, aino)
	if _, _, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, ""); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("a blocked person logs in: %v", err)
	}
	if err := people.Unblock(t.Context(), main, person.PersonID); err != nil {
		t.Fatal(err)
	}
	if live(t, people, token) {
		t.Error("the session is back")
	}
	identitytest.LogIn(t, db, aino)
	for action, want := range map[string]int{"person.blocked": 1, "person.unblocked": 1, "session.refused": 1} {
		if n := count(t, db, `SELECT count(*) FROM audit_event WHERE action = $1`, action); n != want {
			t.Errorf("%d events %s, want %d", n, action, want)
		}
	}
}

// TestBlockCountsAtOnce has a person read on while they are blocked.
func TestBlockCountsAtOnce(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	token, person := identitytest.LogIn(t, db, aino)
	_, main := identitytest.Officer(t, db, identity.GroupMain)
	var wg sync.WaitGroup
	stop, blocked := make(chan struct{}), make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				done := false
				select {
				case <-stop:
					return
				case <-blocked:
					done = true
				default:
				}
				if s, err := people.Session(t.Context(), token); err != nil || done && s.LoggedIn() {
					t.Errorf("after the block: %+v, %v", s, err)
					return
				}
			}
		})
	}
	if err := people.Block(t.Context(), main, person.PersonID); err != nil {
		t.Error(err)
	}
	close(blocked)
	time.Sleep(50 * time.Millisecond)
	close(stop)
	wg.Wait()
}

// TestEverythingIsAudited runs every act on a person and looks for a new event
// after each.
func TestEverythingIsAudited(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	_, main := identitytest.Officer(t, db, identity.GroupMain)
	token, s := identitytest.LogIn(t, db, aino)
	_, second := identitytest.LogIn(t, db, aino)
	act := func(a *identity.Acting) error {
		var err error
		token, _, err = people.Act(t.Context(), token, a)
		return err
	}
	right := identity.Acting{BusinessID: "1234567-1", Name: "Aamu Oy", Authority: "NIMKO", CheckedAt: db.Now()}
	everywhere := identity.LoggedOut{ID: "1", Subject: "subject of 020594X903P"}
	identitytest.LogIn(t, db, "020594X903P")
	_, protection := identitytest.Officer(t, db, identity.GroupDataProtection)
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"act", func() error { return act(&right) }},
		{"confirm", func() error { return people.Confirmed(t.Context(), s.ID, right) }},
		{"stop acting", func() error { return act(nil) }},
		{"act again", func() error { return act(&right) }},
		{"the right ends", func() error { return people.ActingEnded(t.Context(), s.ID, "1234567-1") }},
		{"contact", func() error { return people.SetContact(t.Context(), s.Actor(), s.PersonID, "", "040 1234") }},
		{"own code", func() error { _, err := people.OwnCode(t.Context(), s); return err }},
		{"new code", func() error {
			return people.ChangeCode(t.Context(), protection, s.PersonID, identitytest.ParseCode(t, "030594W903B"), identity.EvidenceCard)
		}},
		{"end a session", func() error { return people.EndSession(t.Context(), s.Actor(), s.PersonID, second.ID) }},
		{"log out everywhere", func() error { _, err := people.LogOutEverywhere(t.Context(), everywhere); return err }},
		{"log out", func() error { _, _, err := people.LogOut(t.Context(), token); return err }},
		{"block", func() error { return people.Block(t.Context(), main, s.PersonID) }},
		{"unblock", func() error { return people.Unblock(t.Context(), main, s.PersonID) }},
		{"purge", func() error {
			now.after(48 * time.Hour)
			_, err := people.Purge(t.Context(), audit.System("session_purge"))
			return err
		}},
	} {
		before := count(t, db, `SELECT count(*) FROM audit_event`)
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if count(t, db, `SELECT count(*) FROM audit_event`) == before {
			t.Errorf("%s left no audit event", step.name)
		}
	}
	if broken, err := audit.Verify(t.Context(), db); err != nil || broken != 0 {
		t.Errorf("the chain breaks at %d, %v", broken, err)
	}
}

func TestFailedHookEndsNothing(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	token, _ := identitytest.LogIn(t, db, aino)
	failed := errors.New("failed")
	people.OnEnd(func(context.Context, *postgres.Tx, []int64) error { return failed })
	events := count(t, db, `SELECT count(*) FROM audit_event`)
	if _, _, err := people.LogOut(t.Context(), token); !errors.Is(err, failed) {
		t.Errorf("logged out: %v", err)
	}
	if !live(t, people, token) || count(t, db, `SELECT count(*) FROM audit_event`) != events {
		t.Error("half a log-out")
	}
}

func TestPrintingASessionShowsNoSecret(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	token, s := identitytest.LogIn(t, db, aino)
	if text := fmt.Sprintf("%+v %#v", s, s); strings.Contains(text, token) || strings.Contains(text, aino) {
		t.Error("token or code in a printed session")
	}
}
