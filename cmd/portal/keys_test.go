package main

import (
	"bytes"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// TestKeys goes the way of the operator: a first set of keys, a new key before
// it, rotation, and the old key gone.
func TestKeys(t *testing.T) {
	t.Parallel()

	db, url := pgtest.NewWithURL(t)
	keys := func(ring string, args ...string) (string, error) {
		var out bytes.Buffer
		err := rotateKeys(t.Context(), environment{
			args: args, stdout: &out, stderr: &out,
			getenv: testEnv("DATABASE_URL", url, "PERSON_KEYS", ring),
		})
		return strings.TrimSpace(out.String()), err
	}
	people := func(ring string) *identity.People {
		t.Helper()
		k, err := secret.NewKeyring(ring)
		if err != nil {
			t.Fatal(err)
		}
		return identity.NewPeople(db, k)
	}
	first, err := keys("", "generate")
	if err != nil {
		t.Fatal(err)
	}
	who := identitytest.Identified(t, db, "010594Y9032")
	_, s, err := people(first).LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, "")
	if err != nil {
		t.Fatal(err)
	}

	newer, err := keys("", "generate", "k2")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := keys(newer+" "+first, "rotate"); err != nil || !strings.Contains(out, "persons and their sessions sealed anew: 2") || !strings.Contains(out, "under key k2") {
		t.Errorf("rotate: %s, %v", out, err)
	}
	if out, err := keys(newer+" "+first, "rotate"); err != nil || !strings.Contains(out, "persons and their sessions sealed anew: 0") {
		t.Errorf("rotate again: %s, %v", out, err)
	}
	_, index, _ := strings.Cut(first, ",")
	if c, err := people(newer+","+index).OwnCode(t.Context(), s); err != nil || c != who.Code {
		t.Errorf("lost with the old key: %v", err)
	}

	for name, args := range map[string][]string{"nothing": nil, "another word": {"turn"}, "an id that is none": {"generate", "K 2"}, "the id of the index": {"generate", "index"}} {
		if out, err := keys(first, args...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	if _, err := keys("", "rotate"); err == nil {
		t.Error("rotated without keys")
	}
	if _, err := keys(newer, "rotate"); err == nil || strings.Contains(err.Error(), newer) {
		t.Errorf("a set without an index: %v", err)
	}
}
