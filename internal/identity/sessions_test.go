package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

const (
	aino  = "010594Y9032"
	other = "010594-9032" // another person: the mark counts
)

// clock is the time of a database that a test moves.
type clock struct{ now time.Time }

func (c *clock) after(d time.Duration) { c.now = c.now.Add(d) }

func newClock(db *postgres.DB) *clock {
	c := &clock{pgtest.Now}
	db.Now = func() time.Time { return c.now }
	return c
}

func count(t *testing.T, db *postgres.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func live(t *testing.T, p *identity.People, token string) bool {
	t.Helper()
	s, err := p.Session(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return s.LoggedIn()
}

func TestSessionEndsOnTime(t *testing.T) {
	t.Parallel()

	person := func(t *testing.T, db *postgres.DB) string {
		t.Helper()
		token, _ := identitytest.LogIn(t, db, aino)
		return token
	}
	officer := func(t *testing.T, db *postgres.DB) string {
		t.Helper()
		token, _ := identitytest.Officer(t, db, identity.GroupContent)
		return token
	}
	for _, tt := range []struct {
		name  string
		logIn func(*testing.T, *postgres.DB) string
		used  time.Duration // time between two uses
		limit time.Duration
	}{
		{"a person who does nothing", person, 30 * time.Minute, 30 * time.Minute},
		{"an officer who does nothing", officer, 15 * time.Minute, 15 * time.Minute},
		{"a person who goes on", person, 29 * time.Minute, 8 * time.Hour},
		{"an officer who goes on", officer, 14 * time.Minute, 8 * time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			db := pgtest.New(t)
			people, now := identitytest.People(t, db), newClock(db)
			token := tt.logIn(t, db)
			end := now.now.Add(tt.limit)
			for now.now.Add(tt.used).Before(end) {
				now.after(tt.used)
				if !live(t, people, token) {
					t.Fatalf("ended %v before its time", end.Sub(now.now))
				}
			}
			now.now = end.Add(-time.Second)
			if !live(t, people, token) {
				t.Error("ended a second early")
			}
			now.now = end.Add(time.Second)
			if tt.used == tt.limit { // the use just now counted
				now.after(tt.limit - time.Second)
			}
			if live(t, people, token) {
				t.Error("still opens a second late")
			}
			if s, err := people.Ended(t.Context(), token); err != nil || !s.LoggedIn() {
				t.Errorf("whose it was: %v, %v", s, err)
			}
			now.after(24*time.Hour + time.Second)
			if s, err := people.Ended(t.Context(), token); err != nil || s.LoggedIn() {
				t.Errorf("a day later: %v, %v", s, err)
			}
		})
	}
}

func TestUseThatIsNotWrittenCostsSeconds(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	token, _ := identitytest.LogIn(t, db, aino)
	now.after(9 * time.Second)
	s, err := people.Session(t.Context(), token)
	if err != nil || !s.IdleUntil.Equal(pgtest.Now.Add(identity.PersonIdle)) {
		t.Errorf("idle until %v, %v: not what the table says", s.IdleUntil, err)
	}
	now.after(time.Second)
	if s, err = people.Session(t.Context(), token); err != nil || !s.IdleUntil.Equal(now.now.Add(identity.PersonIdle)) {
		t.Errorf("idle until %v, %v: the use was not kept", s.IdleUntil, err)
	}
}

func TestTokenIsNotKept(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	token, _ := identitytest.LogIn(t, db, aino)
	if len(token) != 43 {
		t.Errorf("token of %d characters, want 256 bits", len(token))
	}
	if n := count(t, db, `SELECT count(*) FROM session WHERE session::text LIKE '%' || $1 || '%' OR token_hash = $2`, token, []byte(token)); n != 0 {
		t.Error("the token is in the table")
	}
	for _, wrong := range []string{"", "x", token[:42], token + "A", token[:42] + "\x00", "ä" + token[2:]} {
		if live(t, people, wrong) {
			t.Errorf("%q opens", wrong)
		}
	}
}

func TestLogInAgain(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	old, before := identitytest.Acting(t, db, aino, "1234567-1", "Aamu Oy")
	now.after(10 * time.Minute)

	token, s, err := people.LogIn(t.Context(), identitytest.Identified(t, db, aino), identity.KindPerson, i18n.Swedish, old)
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != before.ID || s.Acting == nil || s.Acting.BusinessID != "1234567-1" || s.Language != i18n.Swedish {
		t.Errorf("the session does not go on: %+v", s)
	}
	if !s.FreshAt(now.now) || before.FreshAt(now.now) || !s.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("identified %v, created %v", s.IdentifiedAt, s.CreatedAt)
	}
	if token == old || live(t, people, old) || !live(t, people, token) {
		t.Error("the token is the old one")
	}

	// Somebody else at the same browser.
	_, next, err := people.LogIn(t.Context(), identitytest.Identified(t, db, other), identity.KindPerson, i18n.Finnish, token)
	if err != nil {
		t.Fatal(err)
	}
	if next.PersonID == s.PersonID || next.ID == s.ID || next.Acting != nil {
		t.Errorf("another person got %+v", next)
	}
	if live(t, people, token) {
		t.Error("the session of the one before goes on")
	}
}

func TestPersonSessionIsNoStaffSession(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	code := identitytest.Code(t, 7)
	identitytest.GrantTo(t, db, code, identity.GroupAudit)
	own, person := identitytest.LogIn(t, db, code.Reveal())
	if len(person.Groups) != 0 || person.In(identity.GroupAudit) {
		t.Errorf("a person session is in %v", person.Groups)
	}
	work, officer, err := people.LogIn(t.Context(), identitytest.Identified(t, db, code.Reveal()), identity.KindStaff, i18n.Finnish, own)
	if err != nil {
		t.Fatal(err)
	}
	if officer.ID == person.ID || !officer.In(identity.GroupAudit) || officer.In(identity.GroupMain) || live(t, people, own) {
		t.Errorf("a person session became %+v", officer)
	}
	if _, _, err := people.Act(t.Context(), work, &identity.Acting{BusinessID: "1234567-1", CheckedAt: db.Now()}); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("an officer acts for an organisation: %v", err)
	}
}

func TestFiveSessions(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	var tokens []string
	for range identity.MaxSessions + 2 {
		token, _ := identitytest.LogIn(t, db, aino)
		tokens = append(tokens, token)
		now.after(time.Second)
	}
	for i, token := range tokens {
		if got, want := live(t, people, token), i >= 2; got != want {
			t.Errorf("session %d lives: %t, want %t", i, got, want)
		}
	}

	_, mine := identitytest.LogIn(t, db, aino)
	list, err := people.Sessions(t.Context(), mine.PersonID)
	if err != nil || len(list) != identity.MaxSessions || list[0].ID != mine.ID {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	stranger, _ := identitytest.LogIn(t, db, other)
	theirs, err := people.Session(t.Context(), stranger)
	if err != nil {
		t.Fatal(err)
	}
	if err := people.EndSession(t.Context(), mine.Actor(), mine.PersonID, theirs.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("somebody else's session: %v", err)
	}
	if err := people.EndSession(t.Context(), mine.Actor(), mine.PersonID, list[1].ID); err != nil {
		t.Error(err)
	}
	if err := people.EndSession(t.Context(), mine.Actor(), mine.PersonID, list[1].ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("an ended session: %v", err)
	}
	if list, err = people.Sessions(t.Context(), mine.PersonID); err != nil || len(list) != identity.MaxSessions-1 {
		t.Errorf("%d sessions, %v", len(list), err)
	}
}

func TestActing(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	first, _ := identitytest.LogIn(t, db, aino)
	right := identity.Acting{BusinessID: "1234567-1", Name: "Aamu Oy", Roles: []string{"NIMKO", "PJ"}, Authority: "NIMKO", CheckedAt: db.Now()}

	second, s, err := people.Act(t.Context(), first, &right)
	if err != nil {
		t.Fatal(err)
	}
	if second == first || live(t, people, first) || s.Acting.Name != "Aamu Oy" || s.Actor().ID != s.PersonID.String()+"/1234567-1" {
		t.Errorf("acting as %+v", s)
	}
	if _, _, err := people.Act(t.Context(), first, &right); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("with the old token: %v", err)
	}

	now.after(20 * time.Minute)
	right.CheckedAt, right.Roles = db.Now(), []string{"PJ"}
	if err := people.Confirmed(t.Context(), s.ID, right); err != nil {
		t.Error(err)
	}
	if s, err = people.Session(t.Context(), second); err != nil || !s.Acting.CheckedAt.Equal(now.now) || len(s.Acting.Roles) != 1 {
		t.Errorf("confirmed: %+v, %v", s.Acting, err)
	}
	right.BusinessID = "1790235-0"
	if err := people.Confirmed(t.Context(), s.ID, right); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("confirmed for an organisation that is not acted for: %v", err)
	}

	if err := people.ActingEnded(t.Context(), s.ID, "1234567-1"); err != nil {
		t.Error(err)
	}
	if s, err = people.Session(t.Context(), second); err != nil || !s.LoggedIn() || s.Acting != nil {
		t.Errorf("after the right had ended: %+v, %v", s, err)
	}
	third, s, err := people.Act(t.Context(), second, nil)
	if err != nil || s.Acting != nil || !live(t, people, third) {
		t.Errorf("for oneself: %+v, %v", s, err)
	}
	if n := count(t, db, `SELECT count(*) FROM audit_event WHERE action LIKE 'acting.%' AND subject_id = '1234567-1'`); n != 3 {
		t.Errorf("%d audit events, want started, confirmed and revoked", n)
	}
}

func TestLogOut(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	token, mine := identitytest.Acting(t, db, aino, "1234567-1", "Aamu Oy")
	s, idToken, err := people.LogOut(t.Context(), token)
	if err != nil || s.ID != mine.ID || idToken != "ID token of the provider" {
		t.Errorf("logged out %+v with %q, %v", s, idToken, err)
	}
	if live(t, people, token) {
		t.Error("the session goes on")
	}
	if s, _, err := people.LogOut(t.Context(), token); err != nil || s.LoggedIn() {
		t.Errorf("logged out twice: %+v, %v", s, err)
	}
	if n := count(t, db, `SELECT count(*) FROM session WHERE acting_business_id <> '' OR acting_roles <> '{}' OR id_token_sealed IS NOT NULL OR subject_index IS NOT NULL`); n != 0 {
		t.Error("mandate or provider's token outlive the session")
	}
	if s, err := people.Ended(t.Context(), token); err != nil || s.PersonID != mine.PersonID {
		t.Errorf("whose it was: %+v, %v", s, err)
	}
}

func TestLogOutEverywhere(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	one, _ := identitytest.LogIn(t, db, aino)
	identified := identitytest.Identified(t, db, aino)
	identified.Subject, identified.ProviderSession = "another subject", "another session"
	two, _, err := people.LogIn(t.Context(), identified, identity.KindPerson, i18n.Finnish, "")
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := identitytest.LogIn(t, db, other)

	refused := func(out identity.LoggedOut) {
		t.Helper()
		_, err := people.LogOutEverywhere(t.Context(), out)
		if _, ok := errors.AsType[*identity.RefusedError](err); !ok {
			t.Errorf("%+v: got %v", out, err)
		}
	}
	ends := func(want int, out identity.LoggedOut) {
		t.Helper()
		if n, err := people.LogOutEverywhere(t.Context(), out); err != nil || n != want {
			t.Errorf("%+v ends %d, %v, want %d", out, n, err, want)
		}
	}
	refused(identity.LoggedOut{Subject: "another subject"})
	refused(identity.LoggedOut{ID: "jti"})
	ends(0, identity.LoggedOut{ID: "1", Subject: "nobody"})
	ends(0, identity.LoggedOut{ID: "2", Subject: "another subject", ProviderSession: "provider session of " + other})
	ends(2, identity.LoggedOut{ID: "3", Subject: "another subject", ProviderSession: "another session"})
	refused(identity.LoggedOut{ID: "3", Subject: "subject of " + other})
	if live(t, people, one) || live(t, people, two) || !live(t, people, stranger) {
		t.Error("the message ended the wrong sessions")
	}
	ends(1, identity.LoggedOut{ID: "4", ProviderSession: "provider session of " + other})
}

func TestPurge(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people, now := identitytest.People(t, db), newClock(db)
	var told []int64
	people.OnEnd(func(_ context.Context, _ *postgres.Tx, sessions []int64) error {
		told = append(told, sessions...)
		return nil
	})
	_, s := identitytest.LogIn(t, db, aino)
	purge := func(want int) {
		t.Helper()
		if n, err := people.Purge(t.Context(), s.Actor()); err != nil || n != want {
			t.Errorf("erased %d, %v, want %d", n, err, want)
		}
	}
	now.after(identity.PersonIdle - time.Second)
	purge(0)
	if len(told) != 0 {
		t.Errorf("told of the end of %v", told)
	}
	now.after(time.Second)
	purge(0)
	purge(0)
	if len(told) != 1 || told[0] != s.ID {
		t.Errorf("told of the end of %v, want %d once", told, s.ID)
	}
	now.after(24*time.Hour - time.Second)
	purge(0)
	now.after(time.Second)
	purge(1)
	if n := count(t, db, `SELECT count(*) FROM session`); n != 0 {
		t.Errorf("%d sessions left", n)
	}
}
