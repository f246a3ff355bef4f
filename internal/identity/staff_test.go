package identity_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
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

// register is a staff register with two main users from the configuration.
type register struct {
	*identity.Staff

	db       *postgres.DB
	people   *identity.People
	now      *clock
	one, two identity.Session
}

func newRegister(t *testing.T) register {
	t.Helper()
	db := pgtest.New(t)
	now := newClock(db)
	people := identitytest.People(t, db)
	mains := []identity.Code{identitytest.Code(t, 1), identitytest.Code(t, 2)}
	r := register{identity.NewStaff(people, mains), db, people, now, identity.Session{}, identity.Session{}}
	_, r.one = r.logIn(t, 1)
	_, r.two = r.logIn(t, 2)
	return r
}

func (r register) logIn(t *testing.T, n int) (string, identity.Session) {
	t.Helper()
	who := identitytest.Identified(t, r.db, identitytest.Code(t, n).Reveal())
	token, s, err := r.people.LogIn(t.Context(), who, identity.KindStaff, i18n.Finnish, "")
	if err != nil {
		t.Fatal(err)
	}
	return token, s
}

// member registers the officer with the n-th code.
func (r register) member(t *testing.T, n int) identity.PersonID {
	t.Helper()
	id, err := r.Register(t.Context(), r.one, identity.NewMember{Code: identitytest.Code(t, n), FirstNames: "Outi", FamilyName: "Virkailija"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// grant puts a person into a group by the acts of both main users.
func (r register) grant(t *testing.T, id identity.PersonID, g identity.Group) int64 {
	t.Helper()
	grant, err := r.RequestGrant(t.Context(), r.one, id, g)
	if err == nil {
		err = r.ApproveGrant(t.Context(), r.two, grant)
	}
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func TestStaffLogIn(t *testing.T) {
	t.Parallel()

	r := newRegister(t)
	if !r.one.In(identity.GroupMain) || len(r.one.Groups) != 1 {
		t.Errorf("a main user of the configuration is in %v", r.one.Groups)
	}
	refused := func(code string) {
		t.Helper()
		_, _, err := r.people.LogIn(t.Context(), identitytest.Identified(t, r.db, code), identity.KindStaff, i18n.Finnish, "")
		if !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("got %v", err)
		}
	}
	refused(aino)
	if n := count(t, r.db, `SELECT count(*) FROM person`); n != 2 {
		t.Errorf("%d persons: a stranger was made one", n)
	}
	identitytest.Person(t, r.db, aino)
	refused(aino)
	r.member(t, 3)
	refused(identitytest.Code(t, 3).Reveal())
	if n := count(t, r.db, `SELECT count(*) FROM audit_event WHERE action = 'session.refused'`); n != 3 {
		t.Errorf("%d refusals audited, want 3", n)
	}
	if n := count(t, r.db, `SELECT count(*) FROM session WHERE kind = 'staff'`); n != 2 {
		t.Errorf("%d staff sessions, want 2", n)
	}
}

func TestFourEyes(t *testing.T) {
	t.Parallel()

	r := newRegister(t)
	officer := r.member(t, 3)
	grant, err := r.RequestGrant(t.Context(), r.one, officer, identity.GroupContent)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.RequestGrant(t.Context(), r.two, officer, identity.GroupContent); err != nil || again != grant {
		t.Errorf("requested again: %d, %v, want %d", again, err, grant)
	}
	forbidden := func(who string, s identity.Session, grant int64) {
		t.Helper()
		if err := r.ApproveGrant(t.Context(), s, grant); !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("approved by %s: %v", who, err)
		}
	}
	forbidden("who asked", r.one, grant)
	forbidden("nobody", identity.Session{}, grant)
	stale := r.two
	stale.IdentifiedAt = r.now.now.Add(-identity.Fresh - time.Second)
	forbidden("a main user identified a while ago", stale, grant)
	liar := r.two
	liar.PersonID = officer
	forbidden("one who is no main user", liar, grant)

	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := r.ApproveGrant(t.Context(), r.two, grant); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := count(t, r.db, `SELECT count(*) FROM audit_event WHERE action = 'staff_grant.approved' AND subject_id = $1`, strconv.FormatInt(grant, 10)); n != 1 {
		t.Errorf("approved %d times", n)
	}
	if _, err := r.RequestGrant(t.Context(), r.one, officer, identity.GroupContent); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("requested for somebody in the group: %v", err)
	}

	// One's own, asked for by the other.
	own, err := r.RequestGrant(t.Context(), r.one, r.two.PersonID, identity.GroupAudit)
	if err != nil {
		t.Fatal(err)
	}
	forbidden("who is let in", r.two, own)
	if err := r.RefuseGrant(t.Context(), r.two, own); err != nil {
		t.Errorf("turned down: %v", err)
	}
	if err := r.ApproveGrant(t.Context(), r.two, own); err == nil {
		t.Error("approved what was turned down")
	}
}

func TestRequestExpires(t *testing.T) {
	t.Parallel()

	r := newRegister(t)
	officer := r.member(t, 3)
	request := func() int64 {
		t.Helper()
		_, r.one = r.logIn(t, 1)
		_, r.two = r.logIn(t, 2)
		id, err := r.RequestGrant(t.Context(), r.one, officer, identity.GroupContent)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := request()
	r.now.after(identity.RequestLife)
	_, r.two = r.logIn(t, 2)
	if err := r.ApproveGrant(t.Context(), r.two, first); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("after a day: %v", err)
	}
	second := request()
	if second == first {
		t.Error("the expired request came back")
	}
	r.now.after(identity.RequestLife - time.Second)
	_, r.two = r.logIn(t, 2)
	if err := r.ApproveGrant(t.Context(), r.two, second); err != nil {
		t.Errorf("a second before a day: %v", err)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()

	r := newRegister(t)
	officer := r.member(t, 3)
	content, audit := r.grant(t, officer, identity.GroupContent), r.grant(t, officer, identity.GroupAudit)
	token, _ := r.logIn(t, 3)
	groups := func() []identity.Group {
		t.Helper()
		s, err := r.people.Session(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return s.Groups
	}
	if len(groups()) != 2 {
		t.Errorf("in %v", groups())
	}
	for range 2 {
		if err := r.Withdraw(t.Context(), r.one, content); err != nil {
			t.Error(err)
		}
	}
	if g := groups(); len(g) != 1 || g[0] != identity.GroupAudit {
		t.Errorf("in %v at the next request", g)
	}
	if err := r.Withdraw(t.Context(), r.one, audit); err != nil || live(t, r.people, token) {
		t.Errorf("an officer in no group works on, %v", err)
	}
	r.grant(t, officer, identity.GroupAudit)
	if live(t, r.people, token) {
		t.Error("a new grant brings an old session back")
	}
	r.logIn(t, 3)
}

func TestTwoMainUsersStay(t *testing.T) {
	t.Parallel()

	r := newRegister(t)
	third := r.member(t, 3)
	r.grant(t, third, identity.GroupMain)
	grants := map[identity.PersonID]int64{}
	members, err := r.Members(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		grants[m.PersonID] = m.Grants[0].ID
	}
	// Each takes the other out, at the same time.
	errs := make(chan error, 2)
	go func() { errs <- r.Withdraw(t.Context(), r.one, grants[r.two.PersonID]) }()
	go func() { errs <- r.Withdraw(t.Context(), r.two, grants[r.one.PersonID]) }()
	first, second := <-errs, <-errs
	if (first == nil) == (second == nil) {
		t.Errorf("both or none: %v, %v", first, second)
	}
	mains, err := r.MainUsers(t.Context())
	if err != nil || len(mains) != 2 {
		t.Fatalf("%d main users, %v", len(mains), err)
	}
	left, out := r.one, 2
	if !slices.ContainsFunc(mains, func(m identity.Member) bool { return m.PersonID == r.one.PersonID }) {
		left, out = r.two, 1
	}
	// Two are needed to give anybody a group, themselves included.
	for _, of := range []identity.PersonID{left.PersonID, third} {
		if err := r.Withdraw(t.Context(), left, grants[of]); !errors.Is(err, identity.ErrLastMainUser) {
			t.Errorf("one of the last two main users is taken out: %v", err)
		}
	}
	// The configuration does not bring back whom a main user took out.
	who := identitytest.Identified(t, r.db, identitytest.Code(t, out).Reveal())
	if _, _, err := r.people.LogIn(t.Context(), who, identity.KindStaff, i18n.Finnish, ""); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("a withdrawn main user logs in: %v", err)
	}
}

func TestMainUsersBlockEachOther(t *testing.T) {
	t.Parallel()

	r := newRegister(t)
	errs := make(chan error, 2)
	go func() { errs <- r.people.Block(t.Context(), r.one, r.two.PersonID) }()
	go func() { errs <- r.people.Block(t.Context(), r.two, r.one.PersonID) }()
	if first, second := <-errs, <-errs; (first == nil) == (second == nil) {
		t.Errorf("both or none: %v, %v", first, second)
	}
	if mains, err := r.MainUsers(t.Context()); err != nil || len(mains) != 1 {
		t.Errorf("%d main users, %v", len(mains), err)
	}
}

func TestRegister(t *testing.T) {
	t.Parallel()

	r := newRegister(t)
	known := identitytest.Person(t, r.db, aino)
	m := identity.NewMember{Code: identitytest.ParseCode(t, aino), FirstNames: "Toinen", FamilyName: "Nimi", Email: "aino@example.com"}
	for range 2 {
		if id, err := r.Register(t.Context(), r.one, m); err != nil || id != known {
			t.Errorf("registered %d, %v, want %d", id, err, known)
		}
	}
	added := r.member(t, 5)
	members, err := r.Members(t.Context())
	if err != nil || len(members) != 4 {
		t.Fatalf("%d members, %v", len(members), err)
	}
	for _, got := range members {
		switch got.PersonID {
		case known:
			if got.Name != "Aino Äyrämö" || got.Email != "aino@example.com" {
				t.Errorf("what the person is called changed: %+v", got)
			}
		case added:
			if got.Name != "Outi Virkailija" || !got.LoggedInAt.IsZero() {
				t.Errorf("a new member: %+v", got)
			}
		}
	}
	identitytest.Person(t, r.db, identitytest.Code(t, 5).Reveal())
	if p, err := r.people.ByID(t.Context(), added); err != nil || p.Name() != "Aino Äyrämö" || p.Source != identity.SourceIdentification {
		t.Errorf("after the first log-in: %+v, %v", p, err)
	}

	_, err = r.Register(t.Context(), r.one, identity.NewMember{FirstNames: " ", FamilyName: strings.Repeat("ä", 201), Email: "x"})
	if !isInvalid(err, "code", "first_names", "family_name", "email") {
		t.Errorf("nothing right: %v", err)
	}
	for name, s := range map[string]identity.Session{"nobody": {}, "the person": {ID: 1, PersonID: known, Kind: identity.KindPerson}} {
		if _, err := r.Register(t.Context(), s, m); !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("by %s: %v", name, err)
		}
		if _, err := r.RequestGrant(t.Context(), s, known, identity.GroupMain); !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("request by %s: %v", name, err)
		}
	}
	if _, err := r.RequestGrant(t.Context(), r.one, known, "root"); !isInvalid(err, "group") {
		t.Errorf("a group that is none: %v", err)
	}
	stranger := identitytest.Person(t, r.db, other)
	if _, err := r.RequestGrant(t.Context(), r.one, stranger, identity.GroupContent); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("somebody who is not in the register: %v", err)
	}
}
