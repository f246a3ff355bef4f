package e2e_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// disguises are the ways in which a text may stand in a database without being
// protected: as it is, in the usual encodings, and by hashes that need no key.
func disguises(text string) map[string]string {
	wide := new(bytes.Buffer)
	_ = binary.Write(wide, binary.LittleEndian, utf16.Encode([]rune(text))) // a buffer takes everything
	sum1, sum5 := sha1.Sum([]byte(text)), md5.Sum([]byte(text))
	sum256, sum512, sum384 := sha256.Sum256([]byte(text)), sha512.Sum512([]byte(text)), sha512.Sum384([]byte(text))
	keyless := hmac.New(sha256.New, nil)
	keyless.Write([]byte(text))
	all := map[string]string{
		"as it is": text, "without its mark": text[:6] + text[7:], "backwards": backwards(text),
		"in hex": hex.EncodeToString([]byte(text)), "in wide hex": hex.EncodeToString(wide.Bytes()), "in base32": strings.TrimRight(base32.StdEncoding.EncodeToString([]byte(text)), "="),
	}
	for name, sum := range map[string][]byte{
		"SHA-1": sum1[:], "MD5": sum5[:], "SHA-256": sum256[:], "SHA-384": sum384[:], "SHA-512": sum512[:], "HMAC without a key": keyless.Sum(nil),
	} {
		all[name] = hex.EncodeToString(sum)
		all[name+" in base64"] = base64.RawStdEncoding.EncodeToString(sum)
		all[name+" in base64 for addresses"] = base64.RawURLEncoding.EncodeToString(sum)
	}
	// Where a text begins among others decides how it looks in base64.
	for shift := range 3 {
		whole := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), text...))
		all[fmt.Sprint("in base64, ", shift)] = whole[(shift*4+2)/3 : len(whole)-1]
	}
	return all
}

func backwards(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}

// dump calls look with each row of each table as text; bytes stand in it in hex.
func (s *site) dump(t *testing.T, look func(table, row string)) {
	t.Helper()
	ctx := t.Context()
	conn, err := s.connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	names, err := conn.Query(ctx, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm') ORDER BY relname`)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	for _, table := range tables {
		rows, err := conn.Query(ctx, `SELECT to_jsonb(t)::text FROM "`+table+`" AS t`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var row string
			if err := rows.Scan(&row); err != nil {
				t.Fatal(err)
			}
			look(table, row)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if len(tables) < 30 {
		t.Errorf("only %d tables", len(tables))
	}
}

// TestDatabaseHoldsNoIdentityCode dumps the database after people have done
// everything, and looks for their identity codes and for the cookies of their
// sessions.
func TestDatabaseHoldsNoIdentityCode(t *testing.T) {
	t.Parallel()

	s := set(t)
	s.ours.kept(t, desk+"/muuta/kuvaus")
	under := s.visitor("nobody") // a log-in that is under way
	under.submit(t, "/fi/kirjaudu", under.form(t, "/fi/kirjaudu"))

	needles := map[string]string{}
	for _, p := range world.Default().People {
		secret := p.Code
		if secret == "" {
			secret = p.ForeignID
		}
		for how, text := range disguises(secret) {
			needles[strings.ToLower(text)] = "the identity code of " + p.Key + ", " + how
		}
	}
	for _, v := range []*visitor{s.ours.visitor, s.theirs.visitor, s.officers["main"], under} {
		for name, value := range v.cookies {
			needles[strings.ToLower(value)] = "the cookie " + name + " of " + v.key
			if b, err := base64.RawURLEncoding.DecodeString(value); err == nil {
				needles[hex.EncodeToString(b)] = "the cookie " + name + " of " + v.key + ", in hex"
			}
		}
	}
	for before := range 6 {
		inside := strings.ToLower(base64.StdEncoding.EncodeToString([]byte("abcdef"[:before] + world.Default().Person("aino").Code + "xyz")))
		if !slices.ContainsFunc(slices.Collect(maps.Keys(needles)), func(n string) bool { return strings.Contains(inside, n) }) {
			t.Fatalf("a code after %d letters would not be found in base64", before)
		}
	}
	rows, told := 0, false
	s.dump(t, func(table, row string) {
		rows++
		told = told || strings.Contains(row, s.ours.canary)
		row = strings.ToLower(row)
		for needle, what := range needles {
			if strings.Contains(row, needle) {
				t.Errorf("%s holds %s", table, what)
			}
		}
	})
	if !told {
		t.Error("the dump does not even hold what our partner has typed")
	}
	t.Logf("%d needles in %d rows", len(needles), rows)
}

// TestLogsHoldNothingOfPeople reads what the portal has logged about people who
// have done everything.
func TestLogsHoldNothingOfPeople(t *testing.T) {
	t.Parallel()

	s := set(t)
	for _, path := range []string{"/fi/asiointi?nimi=kanarialintu%0d%0aFAKE", "/fi/ei-ole%0d%0aFAKE", "/fi/kirjaudu?return=%2Ffi%2Fliity%2Fhakemus&x=kanarialintu"} {
		s.ours.copied().open(t, path)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/fi/asiointi", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Referer", s.url+"/kanarialintu")
	req.Header.Set("User-Agent", "kanarialintu")
	if _, err := s.ours.copied().do(req); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"kanarialintu", "FAKE"} {
		private.note("what a test has asked for", word)
	}
	lines, faults := 0, []string(nil)
	for _, name := range s.logs {
		found, n, err := searchLog(name, private.all())
		if err != nil {
			t.Fatal(err)
		}
		lines += n
		faults = append(faults, found...)
	}
	if lines < 100 || len(private.all()) < 100 {
		t.Errorf("only %d lines, and %d words to look for", lines, len(private.all()))
	}
	for _, fault := range faults {
		t.Errorf("the log holds %s", fault)
	}
}

// TestTitlesAddressesAndSubjectsTellNothing looks at what stands in histories,
// tabs and lists of mails.
func TestTitlesAddressesAndSubjectsTellNothing(t *testing.T) {
	t.Parallel()

	s := set(t)
	var needles []string
	for _, p := range world.Default().People {
		needles = append(needles, p.FamilyName, p.Code)
	}
	needles = append(needles, s.ours.canary, s.theirs.canary, "posti.example", "%40", "Koivutyö", "Björkvik")
	tells := func(text string) string {
		for _, needle := range needles {
			if len(needle) > 2 && strings.Contains(strings.ToLower(text), strings.ToLower(needle)) {
				return needle
			}
		}
		return ""
	}
	for _, v := range []*visitor{s.ours.visitor, s.officers["applications"], s.officers["main"]} {
		pages, forms := unique(v.met)
		for _, d := range forms {
			pages = append(pages, d.path)
		}
		for _, path := range pages {
			if found := tells(path); found != "" {
				t.Errorf("the address %s tells of %q", path, found)
			}
			a := v.copied().open(t, path)
			if found := tells(a.page(t).Title()); found != "" {
				t.Errorf("the title %q of %s tells of %q", a.page(t).Title(), path, found)
			}
		}
	}
	for _, p := range []*partnership{s.ours, s.theirs} {
		eventually(t, "mails have come", func() bool { return len(s.mails(t, p.canary+"@posti.example")) >= 3 })
		for _, m := range s.mails(t, p.canary+"@posti.example") {
			if found := tells(m.Subject); found != "" {
				t.Errorf("the subject %q tells of %q", m.Subject, found)
			}
			if strings.Contains(m.Text, "Perustelu") || strings.Contains(m.Text, "Lähettäkää") {
				t.Errorf("the mail %q tells what an officer wrote", m.Subject)
			}
		}
	}
}
