package identity_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// BenchmarkSession measures what every page of who is logged in costs.
func BenchmarkSession(b *testing.B) {
	db := pgtest.New(b)
	people := identitytest.People(b, db)
	token, _ := identitytest.Acting(b, db, aino, "1234567-1", "Aamu Oy")
	for b.Loop() {
		if s, err := people.Session(b.Context(), token); err != nil || !s.LoggedIn() {
			b.Fatal(err)
		}
	}
}

func BenchmarkLogIn(b *testing.B) {
	db := pgtest.New(b)
	people := identitytest.People(b, db)
	n := 0
	for b.Loop() {
		n++
		who := identitytest.Identified(b, db, identitytest.Code(b, n%33600).Reveal())
		if _, _, err := people.LogIn(b.Context(), who, identity.KindPerson, i18n.Finnish, ""); err != nil {
			b.Fatal(err)
		}
	}
}
