package identity_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// ticket is what a session ought to be.
type ticket struct {
	token            string
	person           string
	acting           string
	identified, seen time.Time
	created          int
	ended            bool
	id               int64
}

func (s *ticket) lives(now time.Time) bool {
	return !s.ended && now.Before(s.seen.Add(identity.PersonIdle)) && now.Before(s.identified.Add(identity.SessionAge))
}

// world is the sessions that ought to be, beside those that are.
type world struct {
	t        *testing.T
	people   *identity.People
	now      *clock
	sessions []*ticket
	// dead are tokens that were given out and replaced.
	dead    []string
	made    int
	persons map[identity.PersonID]bool
	known   func(code string) identity.Identified
}

func (w *world) pick(r *rapid.T) *ticket {
	if len(w.sessions) == 0 {
		r.Skip("no session yet")
	}
	return rapid.SampledFrom(w.sessions).Draw(r, "session")
}

func (w *world) logIn(r *rapid.T) {
	person := rapid.SampledFrom([]string{aino, other}).Draw(r, "person")
	var old *ticket
	oldToken := ""
	if len(w.sessions) > 0 && rapid.Bool().Draw(r, "in a browser that was used") {
		old = w.pick(r)
		oldToken = old.token
	}
	token, s, err := w.people.LogIn(w.t.Context(), w.known(person), identity.KindPerson, i18n.Finnish, oldToken)
	if err != nil {
		r.Fatal(err)
	}
	w.persons[s.PersonID] = true
	if old != nil && old.person == person && old.lives(w.now.now) {
		if s.ID != old.id {
			r.Fatal("the session did not go on")
		}
		w.dead = append(w.dead, old.token)
		old.token, old.identified, old.seen = token, w.now.now, w.now.now
		return
	}
	if old != nil {
		old.ended = true
	}
	var own []*ticket
	for _, s := range w.sessions {
		if s.person == person && s.lives(w.now.now) {
			own = append(own, s)
		}
	}
	slices.SortFunc(own, func(a, b *ticket) int { return b.created - a.created })
	for i, s := range own {
		s.ended = s.ended || i >= identity.MaxSessions-1
	}
	w.made++
	w.sessions = append(w.sessions, &ticket{token: token, person: person, identified: w.now.now, seen: w.now.now, created: w.made, id: s.ID})
}

func (w *world) act(r *rapid.T) {
	s := w.pick(r)
	organisation := rapid.SampledFrom([]string{"", "1234567-1", "1790235-0"}).Draw(r, "organisation")
	var a *identity.Acting
	if organisation != "" {
		a = &identity.Acting{BusinessID: organisation, Name: "Oy", Authority: "NIMKO", CheckedAt: w.now.now}
	}
	token, _, err := w.people.Act(w.t.Context(), s.token, a)
	if !s.lives(w.now.now) {
		if !errors.Is(err, fault.ErrForbidden) {
			r.Fatalf("an ended session acts: %v", err)
		}
		return
	}
	if err != nil {
		r.Fatal(err)
	}
	w.dead = append(w.dead, s.token)
	s.token, s.acting, s.seen = token, organisation, w.now.now
}

func (w *world) use(r *rapid.T) {
	s := w.pick(r)
	got, err := w.people.Session(w.t.Context(), s.token)
	if err != nil || got.LoggedIn() != s.lives(w.now.now) {
		r.Fatalf("session %d: %+v, %v", s.id, got, err)
	}
	if ended, err := w.people.Ended(w.t.Context(), s.token); err != nil || ended.LoggedIn() && got.LoggedIn() {
		r.Fatalf("session %d lives and has ended, %v", s.id, err)
	}
	if s.lives(w.now.now) && w.now.now.Sub(s.seen) >= 10*time.Second {
		s.seen = w.now.now
	}
}

func (w *world) logOut(r *rapid.T) {
	s := w.pick(r)
	if _, _, err := w.people.LogOut(w.t.Context(), s.token); err != nil {
		r.Fatal(err)
	}
	s.ended = true
}

func (w *world) purge(r *rapid.T) {
	if _, err := w.people.Purge(w.t.Context(), identity.Session{}.Actor()); err != nil {
		r.Fatal(err)
	}
}

func (w *world) wait(r *rapid.T) {
	w.now.after(time.Duration(rapid.SampledFrom([]int{1, 9, 10, 599, 1799, 1800, 7200}).Draw(r, "seconds")) * time.Second)
}

// check looks at every session without using it.
func (w *world) check(r *rapid.T) {
	var want, got []int64
	gone := slices.Clone(w.dead)
	for _, s := range w.sessions {
		if s.lives(w.now.now) {
			want = append(want, s.id)
		} else {
			gone = append(gone, s.token)
		}
	}
	if len(gone) > 0 {
		token := rapid.SampledFrom(gone).Draw(r, "token")
		if s, err := w.people.Session(w.t.Context(), token); err != nil || s.LoggedIn() {
			r.Fatalf("a token of before opens session %d, %v", s.ID, err)
		}
	}
	for person := range w.persons {
		list, err := w.people.Sessions(w.t.Context(), person)
		if err != nil {
			r.Fatal(err)
		}
		if len(list) > identity.MaxSessions {
			r.Fatalf("%d live sessions", len(list))
		}
		for _, s := range list {
			got = append(got, s.ID)
			i := slices.IndexFunc(w.sessions, func(want *ticket) bool { return want.id == s.ID })
			if acting := w.sessions[i].acting; (s.Acting == nil) != (acting == "") || s.Acting != nil && s.Acting.BusinessID != acting {
				r.Fatalf("session %d acts for %+v, want %q", s.ID, s.Acting, acting)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		r.Fatalf("live sessions %v, want %v", got, want)
	}
}

// TestLifeOfSessions does anything in any order, at any time, to the sessions of
// two people, and holds what is to what ought to be.
func TestLifeOfSessions(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	now := newClock(db)
	rapid.Check(t, func(r *rapid.T) {
		if _, err := db.Exec(t.Context(), `DELETE FROM person`); err != nil {
			r.Fatal(err)
		}
		now.now = pgtest.Now
		w := &world{
			t: t, people: identitytest.People(t, db), now: now, persons: map[identity.PersonID]bool{},
			known: func(code string) identity.Identified { return identitytest.Identified(t, db, code) },
		}
		r.Repeat(map[string]func(*rapid.T){
			"log in": w.logIn, "act": w.act, "use": w.use, "log out": w.logOut, "purge": w.purge, "wait": w.wait, "": w.check,
		})
	})
}
