package identity_test

import (
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/identity"
)

func TestFindCodes(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"alone":                     {"010594Y9032", []string{"010594Y9032"}},
		"the older mark":            {"010594-9032", []string{"010594-9032"}},
		"of this century":           {"010516B903X", []string{"010516B903X"}},
		"in a sentence":             {"Olen 010594Y9032, kiitos.", []string{"010594Y9032"}},
		"small letters":             {"hetu on 020594x903p", []string{"020594X903P"}},
		"inside a word":             {"hetu:abc010594Y9032abc", []string{"010594Y9032"}},
		"behind other digits":       {"12010594Y9032", []string{"010594Y9032"}},
		"with blanks":               {"010594 - 903 2", []string{"010594-9032"}},
		"each character apart":      {"0 1 0 5 9 4 Y 9 0 3 2", []string{"010594Y9032"}},
		"over two lines":            {"010594\nY9032", []string{"010594Y9032"}},
		"a blank that does not end": {"010594\u00a0Y\u200b9032", []string{"010594Y9032"}},
		"another dash":              {"010594–9032", []string{"010594-9032"}},
		"the sign of subtraction":   {"010594−9032", []string{"010594-9032"}},
		"wide characters":           {"０１０５９４Ｙ９０３２", []string{"010594Y9032"}},
		"a soft hyphen":             {"0105\u00ad94Y9032", []string{"010594Y9032"}},
		"two of them":               {"010594Y9032 ja 020594X903P", []string{"010594Y9032", "020594X903P"}},
		"side by side":              {"010594Y9032010594Y9021", []string{"010594Y9032", "010594Y9021"}},
		"a wrong check character":   {"010594Y9033", nil},
		"no such day":               {"310294-903A", nil},
		"a telephone number":        {"0295 020 000 ja 040-1234567", nil},
		"a business ID":             {"2617416-4", nil},
		"nothing":                   {"", nil},
		"broken letters":            {"\xff010594\xffY9032", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := identity.FindCodes(tc.text)
			if len(got) != len(tc.want) {
				t.Fatalf("found %d, want %d", len(got), len(tc.want))
			}
			for i, f := range got {
				if f.Code.Reveal() != tc.want[i] {
					t.Errorf("found %s, want %s", f.Code.Reveal(), tc.want[i])
				}
				if again := identity.FindCodes(tc.text[f.Start:f.End]); len(again) != 1 || again[0].Code != f.Code {
					t.Errorf("%q is no code", tc.text[f.Start:f.End])
				}
			}
		})
	}
}

func TestFindCodesFindsEveryPublishedCode(t *testing.T) {
	t.Parallel()

	published := strings.Fields(`010594Y9032 010594Y9021 020594X903P 020594X902N 030594W903B 030694W9024 040594V9030
		040594V902Y 050594U903M 050594U902L 010516B903X 010516B902W 020516C903K 020516C902J 030516D9037 030516D9026
		010501E9032 020502E902X 020503F9037 020504A902E 020504B904H`)
	text := "ääni" + strings.Join(published, "ääni")

	got := identity.FindCodes(text)
	if len(got) != len(published) {
		t.Fatalf("found %d of %d", len(got), len(published))
	}
	for i, f := range got {
		if text[f.Start:f.End] != published[i] {
			t.Errorf("got %q, want %q", text[f.Start:f.End], published[i])
		}
	}
}

func FuzzFindCodes(f *testing.F) {
	f.Add("Olen 010594Y9032.")
	f.Add("\xff０１ 0105\u00ad94–9032")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, c := range identity.FindCodes(text) {
			if c.Start < last || c.End <= c.Start || c.End > len(text) || !c.Code.IsSet() {
				t.Errorf("found at %d to %d of %d", c.Start, c.End, len(text))
			}
			last = c.End
		}
	})
}
