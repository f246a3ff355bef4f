package identity_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// dump writes out every row of every table; bytes are written in hexadecimal.
func dump(t *testing.T, db *postgres.DB) string {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	rows.Close()
	var all strings.Builder
	for _, name := range tables {
		var text string
		if err := db.QueryRow(t.Context(), `SELECT coalesce(string_agg(`+name+`::text, E'\n'), '') FROM `+name).Scan(&text); err != nil {
			t.Fatal(err)
		}
		all.WriteString(text + "\n")
	}
	return all.String()
}

// traces are the ways in which a text could be read from a dump, or be found by
// trying all texts of its kind.
func traces(text string) map[string]string {
	found := map[string]string{
		"clear": text, "lower case": strings.ToLower(text), "hex": hex.EncodeToString([]byte(text)),
		"base64": base64.StdEncoding.EncodeToString([]byte(text)), "base64 for addresses": base64.RawURLEncoding.EncodeToString([]byte(text)),
		"base64, second phase": base64.StdEncoding.EncodeToString([]byte("x" + text))[2:14],
		"base64, third phase":  base64.StdEncoding.EncodeToString([]byte("xy" + text))[3:14],
		"without its mark":     text[:6] + text[7:],
	}
	for name, h := range map[string]func() hash.Hash{"MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-512": sha512.New} {
		plain, keyed := h(), hmac.New(h, nil)
		plain.Write([]byte(text))
		keyed.Write([]byte(text))
		for how, sum := range map[string][]byte{"": plain.Sum(nil), "HMAC without a key, ": keyed.Sum(nil)} {
			found[how+name+" in hex"] = hex.EncodeToString(sum)
			found[how+name+" in base64"] = base64.StdEncoding.EncodeToString(sum)
		}
	}
	return found
}

func TestDumpHoldsNoCode(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	people := identitytest.People(t, db)
	secrets := []string{aino, other, "020594X903P"}
	token, s := identitytest.Acting(t, db, aino, "1234567-1", "Aamu Oy")
	identitytest.Person(t, db, other)
	foreign := identity.Identified{ForeignID: "SE/FI/199401019032", FirstNames: "Åsa", FamilyName: "Ng", Level: identity.LevelHigh, Subject: "subject-of-aasa", ProviderSession: "session-of-aasa", IDToken: "id-token-of-aasa"}
	secrets = append(secrets, foreign.ForeignID, foreign.Subject, foreign.ProviderSession, foreign.IDToken)
	if _, _, err := people.LogIn(t.Context(), foreign, identity.KindPerson, i18n.Swedish, ""); err != nil {
		t.Fatal(err)
	}
	identitytest.GrantTo(t, db, identitytest.ParseCode(t, "020594X903P"), identity.GroupDataProtection)
	_, officer := identitytest.LogInStaff(t, db, "020594X903P")
	if _, err := people.Search(t.Context(), officer, identity.Sought{Code: identitytest.ParseCode(t, aino)}, identity.ReasonIdentity); err != nil {
		t.Fatal(err)
	}
	if _, err := people.OwnCode(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := people.LogOutEverywhere(t.Context(), identity.LoggedOut{ID: "message", Subject: "subject of " + other}); err != nil {
		t.Fatal(err)
	}

	all := dump(t, db)
	if strings.Contains(all, token) || strings.Contains(all, hex.EncodeToString([]byte(token))) {
		t.Error("a token stands in the dump")
	}
	if !strings.Contains(all, "Äyrämö") || !strings.Contains(all, "010594Y••••") {
		t.Fatal("the dump holds no persons")
	}
	for i, text := range secrets {
		for how, trace := range traces(text) {
			if strings.Contains(all, trace) {
				t.Errorf("secret %d stands in the dump: %s", i, how)
			}
		}
	}
}

func TestReseal(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	index, first, second := secret.GenerateKey("index"), secret.GenerateKey("k1"), secret.GenerateKey("k2")
	people := func(keys ...string) *identity.People {
		t.Helper()
		ring, err := secret.NewKeyring(strings.Join(append(keys, index), ","))
		if err != nil {
			t.Fatal(err)
		}
		return identity.NewPeople(db, ring)
	}
	before, during, after := people(first), people(second, first), people(second)
	const persons = 300
	sessions := make([]identity.Session, persons)
	var token string
	for i := range sessions {
		who := identitytest.Identified(t, db, identitytest.Code(t, i).Reveal())
		if i%3 == 0 {
			who.ForeignID = fmt.Sprintf("SE/FI/%d", i)
		}
		var err error
		if token, sessions[i], err = before.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, ""); err != nil {
			t.Fatal(err)
		}
	}

	// Pages go on reading, some still with the configuration of before.
	var wg sync.WaitGroup
	var reads atomic.Int32
	stop := make(chan struct{})
	for _, reader := range []*identity.People{during, during} {
		wg.Go(func() {
			for i := 0; ; i = (i + 7) % persons {
				select {
				case <-stop:
					return
				default:
				}
				c, err := reader.OwnCode(t.Context(), sessions[i])
				if err != nil || c != identitytest.Code(t, i) {
					t.Errorf("person %d could not be read: %v", i, err)
					return
				}
				reads.Add(1)
			}
		})
	}
	total := 0
	for {
		n, err := during.Reseal(t.Context(), 50)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		if n > 50 {
			t.Errorf("%d in a batch of 50", n)
		}
		total += n
	}
	close(stop)
	wg.Wait()
	if total != 2*persons { // and as many sessions
		t.Errorf("sealed %d anew, want %d", total, 2*persons)
	}
	if reads.Load() == 0 {
		t.Error("nothing was read meanwhile")
	}

	for i, s := range sessions {
		if c, err := after.OwnCode(t.Context(), s); err != nil || c != identitytest.Code(t, i) {
			t.Fatalf("person %d is lost with the old key: %v", i, err)
		}
		if _, err := before.OwnCode(t.Context(), s); err == nil {
			t.Fatalf("person %d still opens with the old key", i)
		}
	}
	if _, idToken, err := after.LogOut(t.Context(), token); err != nil || idToken != "ID token of the provider" {
		t.Errorf("the provider's token: %q, %v", idToken, err)
	}
	who := identitytest.Identified(t, db, identitytest.Code(t, 5).Reveal())
	if _, s, err := after.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, ""); err != nil || s.PersonID != sessions[5].PersonID {
		t.Errorf("person 5 became %d, %v", s.PersonID, err)
	}
}
