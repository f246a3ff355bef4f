package identity_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// newer is a code that the authority gives somebody in place of aino.
const newer = "020594X903P"

func TestCodes(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	_, own := identitytest.LogIn(t, db, aino)
	_, stranger := identitytest.LogIn(t, db, other)
	_, officer := identitytest.Officer(t, db, identity.GroupDataProtection)
	_, clerk := identitytest.Officer(t, db, identity.GroupApplications)
	_, main := identitytest.Officer(t, db, identity.GroupMain)

	if c, err := people.OwnCode(t.Context(), own); err != nil || c.Reveal() != aino {
		t.Errorf("one's own code: %v", err)
	}
	change := func(who identity.Session, to string, from identity.Evidence) error {
		return people.ChangeCode(t.Context(), who, own.PersonID, identitytest.ParseCode(t, to), from)
	}
	for name, who := range map[string]identity.Session{"a clerk": clerk, "a main user": main, "the person": own, "another person": stranger, "nobody": {}} {
		if err := change(who, newer, identity.EvidenceExtract); !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := people.ChangeCode(t.Context(), officer, officer.PersonID, identitytest.ParseCode(t, newer), identity.EvidenceCard); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("one's own: %v", err)
	}
	if err := people.ChangeCode(t.Context(), officer, own.PersonID, identity.Code{}, "hearsay"); !isInvalid(err, "new_code", "evidence") {
		t.Errorf("no code, no evidence: %v", err)
	}
	if err := people.ChangeCode(t.Context(), officer, 999999, identitytest.ParseCode(t, newer), identity.EvidenceCard); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
	if err := change(officer, other, identity.EvidenceNotice); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("to a code that somebody has: %v", err)
	}
	if err := people.SetContact(t.Context(), own.Actor(), own.PersonID, "aino@example.com", ""); err != nil {
		t.Fatal(err)
	}
	if err := change(officer, newer, identity.EvidenceNotice); err != nil {
		t.Error(err)
	}
	if n := count(t, db, `SELECT count(*) FROM mail_outbox WHERE kind = 'person_code_changed' AND person_id = $1 AND address = 'aino@example.com' AND data = '{}'`, own.PersonID); n != 1 {
		t.Errorf("told by %d mails, want 1", n)
	}
	if again := identitytest.Person(t, db, newer); again != own.PersonID {
		t.Errorf("by the new code: person %d, want %d", again, own.PersonID)
	}
	if anew := identitytest.Person(t, db, aino); anew == own.PersonID {
		t.Error("the old code still leads to the account")
	}
	if n := count(t, db, `SELECT count(*) FROM audit_event WHERE action = 'person_code.changed' AND actor_kind = 'staff' AND actor_id = $1 AND subject_id = $2 AND detail->>'evidence' = 'authority_notice'`,
		officer.PersonID.String(), own.PersonID.String()); n != 1 {
		t.Errorf("%d changes audited, want 1", n)
	}

	now.after(identity.Fresh + time.Second)
	if err := change(officer, "030594W903B", identity.EvidenceCard); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("an identification of a while ago: %v", err)
	}
}

// TestANewCodeThatNobodyTellsOf is what happens when the authority has changed a
// code and the identification service tells the new one alone.
func TestANewCodeThatNobodyTellsOf(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	old := identitytest.Person(t, db, aino)
	anew := identitytest.Person(t, db, newer)
	if old == anew {
		t.Fatal("an unknown code leads to an account that another code has")
	}
	_, officer := identitytest.Officer(t, db, identity.GroupDataProtection)
	change := func() error {
		return people.ChangeCode(t.Context(), officer, old, identitytest.ParseCode(t, newer), identity.EvidenceExtract)
	}
	if err := change(); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("while the new account is there: %v", err)
	}
	erase(t, db, people, anew)
	if err := change(); err != nil {
		t.Fatal(err)
	}
	if got := identitytest.Person(t, db, newer); got != old {
		t.Errorf("the new code leads to %d, want %d", got, old)
	}
}

// TestACodeThatIsTakenInThatMoment has a log-in and an officer put in the same
// code at once, again and again: one of them comes second and neither fails.
func TestACodeThatIsTakenInThatMoment(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	_, officer := identitytest.Officer(t, db, identity.GroupDataProtection)
	for n := range 20 {
		person := identitytest.Person(t, db, identitytest.Code(t, 2*n).Reveal())
		code := identitytest.Code(t, 2*n+1)
		var changed, loggedIn error
		var wait sync.WaitGroup
		wait.Go(func() { changed = people.ChangeCode(t.Context(), officer, person, code, identity.EvidenceCard) })
		wait.Go(func() {
			_, _, loggedIn = people.LogIn(t.Context(), identitytest.Identified(t, db, code.Reveal()), identity.KindPerson, i18n.Finnish, "")
		})
		wait.Wait()
		if loggedIn != nil || changed != nil && !errors.Is(changed, fault.ErrConflict) {
			t.Fatalf("log-in: %v, change: %v", loggedIn, changed)
		}
	}
}

// TestAProtectionOrderThatComesLater takes away what tells where the person is.
func TestAProtectionOrderThatComesLater(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	var protected, loggedIn []identity.PersonID
	hear := func(list *[]identity.PersonID) func(context.Context, *postgres.Tx, identity.PersonID) error {
		return func(_ context.Context, _ *postgres.Tx, id identity.PersonID) error {
			*list = append(*list, id)
			return nil
		}
	}
	people.OnProtect(hear(&protected))
	people.OnLogIn(hear(&loggedIn))
	who := identitytest.Identified(t, db, aino)
	logIn := func() identity.Session {
		t.Helper()
		_, s, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, "")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := logIn()
	if err := people.SetContact(t.Context(), s.Actor(), s.PersonID, "aino@example.com", "040 123 4567"); err != nil {
		t.Fatal(err)
	}
	logIn()
	if len(protected) != 0 || len(loggedIn) != 1 {
		t.Errorf("without an order: protected %v, logged in %v", protected, loggedIn)
	}
	who.NonDisclosure = true
	logIn()
	got, err := people.ByID(t.Context(), s.PersonID)
	if err != nil || !got.NonDisclosure || got.Phone != "" || got.Country != "" || got.Email == "" {
		t.Errorf("under the order: %v, phone %q, country %q, email %q", err, got.Phone, got.Country, got.Email)
	}
	if len(protected) != 1 || protected[0] != s.PersonID || len(loggedIn) != 2 {
		t.Errorf("protected %v, logged in %v", protected, loggedIn)
	}
	people.OnProtect(func(context.Context, *postgres.Tx, identity.PersonID) error { return errors.New("no") })
	if _, _, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, ""); err == nil {
		t.Error("a log-in goes on although what must go could not")
	}
}

func TestSearchByAForeignIdentifier(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	_, officer := identitytest.Officer(t, db, identity.GroupDataProtection)
	who := identitytest.Identified(t, db, aino)
	who.Code, who.ForeignID = identity.Code{}, "DE/FI/b1e7c3f09a6d4e2f8c5a"
	_, s, err := people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, "")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]identity.PersonID{" " + who.ForeignID + "\n": s.PersonID, "DE/FI/b1e7": 0, "DE/FI/%": 0, "de/fi/b1e7c3f09a6d4e2f8c5a": 0} {
		got, err := people.Search(t.Context(), officer, identity.Sought{ForeignID: id}, identity.ReasonIdentity)
		if got.ID != want || want == 0 && !errors.Is(err, fault.ErrNotFound) || want != 0 && err != nil {
			t.Errorf("%q finds %d: %v", id, got.ID, err)
		}
	}
	if _, err := people.Search(t.Context(), officer, identity.Sought{ForeignID: "  "}, identity.ReasonIdentity); !isInvalid(err, "code") {
		t.Errorf("for nobody: %v", err)
	}
}

// erase takes a person away as a deletion of the account does.
func erase(t *testing.T, db *postgres.DB, people *identity.People, id identity.PersonID) {
	t.Helper()
	err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
		if _, err := people.Hold(t.Context(), tx, id); err != nil {
			return err
		}
		return people.Keeper().Erase(t.Context(), tx, int64(id))
	})
	if err != nil {
		t.Fatal(err)
	}
}
