package identity_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
)

// TestParseCode takes the codes that the Digital and Population Data Services
// Agency has made up for trying out the new marks, and those of the banks' test
// persons.
func TestParseCode(t *testing.T) {
	t.Parallel()

	for code, born := range map[string]string{
		"010594Y9032": "1994-05-01", "010594Y9021": "1994-05-01", "020594X903P": "1994-05-02", "020594X902N": "1994-05-02",
		"030594W903B": "1994-05-03", "030694W9024": "1994-06-03", "040594V9030": "1994-05-04", "040594V902Y": "1994-05-04",
		"050594U903M": "1994-05-05", "050594U902L": "1994-05-05", "010516B903X": "2016-05-01", "010516B902W": "2016-05-01",
		"020516C903K": "2016-05-02", "020516C902J": "2016-05-02", "030516D9037": "2016-05-03", "030516D9026": "2016-05-03",
		"010501E9032": "2001-05-01", "020502E902X": "2002-05-02", "020503F9037": "2003-05-02", "020504A902E": "2004-05-02",
		"020504B904H": "2004-05-02", "210281-9988": "1981-02-21", "010170-999R": "1970-01-01", "070770-905D": "1970-07-07",
		"291292-918R": "1992-12-29", "030883-925M": "1983-08-03", "080297-915A": "1997-02-08", "120508A950F": "2008-05-12",
		"010100-969P": "1900-01-01", " 010594y9032\n": "1994-05-01", "010594-9032": "1994-05-01",
	} {
		c, err := identity.ParseCode(code)
		if err != nil || c.BirthDate().Format(time.DateOnly) != born || c.Reveal() != strings.ToUpper(strings.TrimSpace(code)) {
			t.Errorf("%q: born %v, %v, want %s", code, c.BirthDate(), err, born)
		}
	}
	for name, code := range map[string]string{
		"nothing":                       "",
		"another check character":       "010170-9990",
		"a wrong digit":                 "210281-9989",
		"the 32nd":                      "320170-9990",
		"29 February of no leap year":   "290201A902X",
		"a mark that is none":           "010170G999R",
		"a number nobody is given":      "010100-001X",
		"no mark":                       "0105949032",
		"a check character that is out": "010594Y903G",
		"two codes":                     "010594Y9032 010594Y9032",
		"digits of another script":      "٠١٠٥٩٤Y9032",
		"more behind it":                "010594Y9032'--",
	} {
		if c, err := identity.ParseCode(code); err == nil || c.IsSet() {
			t.Errorf("%s: took %q", name, code)
		}
	}
}

func TestMarkCounts(t *testing.T) {
	t.Parallel()

	if identitytest.ParseCode(t, aino) == identitytest.ParseCode(t, other) {
		t.Error("two persons have become one")
	}
}

func TestCodePrintsHidden(t *testing.T) {
	t.Parallel()

	c := identitytest.ParseCode(t, aino)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).InfoContext(t.Context(), "code", "code", c)
	b, err := json.Marshal(struct{ Code identity.Code }{c})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, c), log.String(), string(b)} {
		if strings.Contains(text, "9032") {
			t.Errorf("shows %s", text)
		}
	}
	if got := c.Masked(); got != "010594Y••••" {
		t.Errorf("masked %q", got)
	}
	if got := (identity.Code{}).Masked(); got != "" {
		t.Errorf("no code masked %q", got)
	}
}

// TestOneSlipIsSeen changes one character of a right code: the check character
// gives it away, unless the mark is changed to another one of its century.
func TestOneSlipIsSeen(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(r *rapid.T) {
		code := identitytest.Code(t, rapid.IntRange(0, 33599).Draw(r, "n")).Reveal()
		i := rapid.IntRange(0, 10).Draw(r, "place")
		wrong := []byte(code)
		wrong[i] = rapid.SampledFrom([]byte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-+ ")).Draw(r, "character")
		c, err := identity.ParseCode(string(wrong))
		if string(wrong) == code {
			return
		}
		if err == nil && i != 6 {
			r.Fatalf("took a code with place %d changed", i)
		}
		if err == nil && c.Reveal() == code {
			r.Fatal("two codes became one")
		}
	})
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"010594Y9032", "010594-9032", "010100-001X", "290200A902X", "", "ſ10594Y9032", "010594y9032 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := identity.ParseCode(s)
		if err != nil {
			if c.IsSet() {
				t.Fatal("a code in spite of an error")
			}
			return
		}
		again, err := identity.ParseCode(c.Reveal())
		if err != nil || again != c || len(c.Reveal()) != 11 || c.BirthDate().IsZero() || c.BirthDate().Format("020106") != c.Reveal()[:6] {
			t.Fatalf("%q does not read back", s)
		}
	})
}
