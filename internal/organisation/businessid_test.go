package organisation_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/organisation"
)

func TestParseBusinessID(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]organisation.BusinessID{
		"1790235-0": "1790235-0", "1643256-1": "1643256-1", "0114162-2": "0114162-2", "1633241-3": "1633241-3",
		"2617416-4": "2617416-4", "1629284-5": "1629284-5", "1008663-7": "1008663-7", "0109862-8": "0109862-8",
		"1837954-9": "1837954-9", "0112038-9": "0112038-9", "1234567-1": "1234567-1",
		" 1234567-1\n": "1234567-1", "1234567 - 1": "1234567-1", "1234567–1": "1234567-1", "1234567\u22121": "1234567-1",
		"12345671": "1234567-1", "FI12345671": "1234567-1", "fi 12345671": "1234567-1", "FI1234567-1": "1234567-1",
		"114162-2": "0114162-2",
	} {
		got, err := organisation.ParseBusinessID(text)
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestParseBusinessIDSaysWhatIsWrong(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"":               "missing",
		" \t":            "missing",
		"1234567-8":      "check_digit",
		"0000001-1":      "check_digit",
		"123456-7":       "check_digit",
		"12345678":       "check_digit",
		"FI12345678":     "check_digit",
		"0000000-0":      "never_issued",
		"9000002-1":      "never_issued",
		"12345-6":        "digits",
		"12345678-1":     "digits",
		"-1":             "digits",
		"1234567":        "format",
		"1234567-":       "format",
		"1234567-12":     "format",
		"1234567-1-1":    "format",
		"123456A-1":      "format",
		"１２３４５６７-1":      "format",
		"FI114162-2":     "format",
		"FI":             "format",
		"SE12345671":     "format",
		"010594Y9032":    "format",
		"1234567-1'; --": "format",
	} {
		got, err := organisation.ParseBusinessID(text)
		wrong, ok := errors.AsType[*organisation.BusinessIDError](err)
		if !ok || wrong.MessageID != "organisation.business_id."+want {
			t.Errorf("%q: got %q, %v, want %s", text, got, err, want)
			continue
		}
		if e := wrong.For("business_id"); e.Field != "business_id" || e.MessageID != wrong.MessageID {
			t.Errorf("%q: field error %+v", text, e)
		}
	}
}

func TestOneDigitChangedIsNoticed(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		body := []byte(rapid.StringMatching(`[0-9]{7}`).Draw(t, "body"))
		var id organisation.BusinessID
		for check := byte('0'); check <= '9' && id == ""; check++ {
			id, _ = organisation.ParseBusinessID(string(body) + "-" + string(check))
		}
		if id == "" {
			return // never issued
		}
		if again, err := organisation.ParseBusinessID("FI" + string(id[:7]) + string(id[8])); err != nil || again != id {
			t.Fatalf("as VAT number: %q, %v", again, err)
		}
		place := rapid.IntRange(0, 6).Draw(t, "place")
		by := rapid.IntRange(1, 9).Draw(t, "by")
		changed := []byte(id)
		changed[place] = '0' + byte((int(changed[place]-'0')+by)%10)
		if _, err := organisation.ParseBusinessID(string(changed)); err == nil {
			t.Fatalf("%s and %s are both taken", id, changed)
		}
	})
}

func FuzzParseBusinessID(f *testing.F) {
	for _, s := range []string{"1234567-1", "FI12345671", "114162-2", "", "fi1234567–1", "\xff", "FIFI12345671", "------"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := organisation.ParseBusinessID(s)
		if err != nil {
			if _, ok := errors.AsType[*organisation.BusinessIDError](err); !ok || id != "" {
				t.Fatalf("%q: %q, %v", s, id, err)
			}
			return
		}
		if len(id) != 9 || id[7] != '-' {
			t.Fatalf("%q: %q", s, id)
		}
		if again, err := organisation.ParseBusinessID(string(id)); err != nil || again != id {
			t.Fatalf("%q: %q is not its own form: %q, %v", s, id, again, err)
		}
	})
}
