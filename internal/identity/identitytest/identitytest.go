// Package identitytest gives tests persons, sessions and officers. They come
// about as they do in the portal, in the database and at the time of the test.
package identitytest

import (
	"fmt"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// keyring is for tests only: zeroes and ones.
const keyring = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,index:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

// Keyring returns a keyring that is the same in every test.
func Keyring(tb testing.TB) *secret.Keyring {
	tb.Helper()
	k, err := secret.NewKeyring(keyring)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// People returns the people in db under Keyring.
func People(tb testing.TB, db *postgres.DB) *identity.People {
	tb.Helper()
	return identity.NewPeople(db, Keyring(tb))
}

// Code returns the n-th of 33,600 identity codes that belong to nobody.
func Code(tb testing.TB, n int) identity.Code {
	tb.Helper()
	day, month, number := n%28+1, n/28%12+1, 900+n/336%100
	digits := fmt.Sprintf("%02d%02d80%03d", day, month, number)
	var sum int
	if _, err := fmt.Sscan("1"+digits, &sum); err != nil {
		tb.Fatal(err)
	}
	sum -= 1_000_000_000
	return ParseCode(tb, digits[:6]+"-"+digits[6:]+string("0123456789ABCDEFHJKLMNPRSTUVWXY"[sum%31]))
}

// ParseCode is identity.ParseCode for a code that is right.
func ParseCode(tb testing.TB, code string) identity.Code {
	tb.Helper()
	c, err := identity.ParseCode(code)
	if err != nil {
		tb.Fatalf("identity code: %v", err)
	}
	return c
}

// Identified is an answer of the identification service about the person with
// that code, who was identified just now.
func Identified(tb testing.TB, db *postgres.DB, code string) identity.Identified {
	tb.Helper()
	c := ParseCode(tb, code)
	return identity.Identified{
		Code: c, FirstNames: "Aino Maria", CallName: "Aino", FamilyName: "Äyrämö",
		BirthDate: c.BirthDate(), Country: "FI", Municipality: "091",
		Level: identity.LevelHigh, At: db.Now(),
		Subject: "subject of " + code, ProviderSession: "provider session of " + code, IDToken: "ID token of the provider",
	}
}

// Person makes the person with that code and leaves them logged out.
func Person(tb testing.TB, db *postgres.DB, code string) identity.PersonID {
	tb.Helper()
	token, s := LogIn(tb, db, code)
	if _, _, err := People(tb, db).LogOut(tb.Context(), token); err != nil {
		tb.Fatal(err)
	}
	return s.PersonID
}

// LogIn logs the person with that code in.
func LogIn(tb testing.TB, db *postgres.DB, code string) (token string, s identity.Session) {
	tb.Helper()
	return logIn(tb, People(tb, db), Identified(tb, db, code), identity.KindPerson)
}

// Acting logs the person with that code in and has them act for an organisation
// with the authority NIMKO, checked just now.
func Acting(tb testing.TB, db *postgres.DB, code, businessID, name string) (token string, s identity.Session) {
	tb.Helper()
	token, _ = LogIn(tb, db, code)
	token, s, err := People(tb, db).Act(tb.Context(), token, &identity.Acting{
		BusinessID: businessID, Name: name, Roles: []string{"NIMKO"}, Authority: "NIMKO", CheckedAt: db.Now(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return token, s
}

// Officer logs in one more officer, who is in these groups: two main users that
// nothing else uses have seen to that.
func Officer(tb testing.TB, db *postgres.DB, groups ...identity.Group) (token string, s identity.Session) {
	tb.Helper()
	var members int
	if err := db.QueryRow(tb.Context(), `SELECT count(*) FROM staff_member`).Scan(&members); err != nil {
		tb.Fatal(err)
	}
	code := Code(tb, 1000+members)
	GrantTo(tb, db, code, groups...)
	return LogInStaff(tb, db, code.Reveal())
}

// LogInStaff logs the officer with that code in to work.
func LogInStaff(tb testing.TB, db *postgres.DB, code string) (token string, s identity.Session) {
	tb.Helper()
	return logIn(tb, People(tb, db), Identified(tb, db, code), identity.KindStaff)
}

// GrantTo takes the officer with that code into the register and into groups.
func GrantTo(tb testing.TB, db *postgres.DB, code identity.Code, groups ...identity.Group) identity.PersonID {
	tb.Helper()
	people := People(tb, db)
	mains := []identity.Code{Code(tb, 998), Code(tb, 999)}
	staff := identity.NewStaff(people, mains)
	_, one := logIn(tb, people, Identified(tb, db, mains[0].Reveal()), identity.KindStaff)
	_, two := logIn(tb, people, Identified(tb, db, mains[1].Reveal()), identity.KindStaff)
	person, err := staff.Register(tb.Context(), one, identity.NewMember{Code: code, FirstNames: "Outi", FamilyName: "Virkailija", Email: "outi@example.com"})
	if err != nil {
		tb.Fatal(err)
	}
	for _, g := range groups {
		id, err := staff.RequestGrant(tb.Context(), one, person, g)
		if err == nil {
			err = staff.ApproveGrant(tb.Context(), two, id)
		}
		if err != nil {
			tb.Fatalf("grant %s: %v", g, err)
		}
	}
	return person
}

func logIn(tb testing.TB, people *identity.People, who identity.Identified, kind identity.Kind) (token string, s identity.Session) {
	tb.Helper()
	token, s, err := people.LogIn(tb.Context(), who, kind, i18n.Finnish, "")
	if err != nil {
		tb.Fatalf("log in: %v", err)
	}
	return token, s
}
