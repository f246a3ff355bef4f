package world_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

const checkCharacters = "0123456789ABCDEFHJKLMNPRSTUVWXY"

func TestEveryIdentityCodeIsArtificialAndValid(t *testing.T) {
	t.Parallel()

	seen := map[string]bool{}
	for _, p := range append(world.Default().People, world.Crowd(30_000)...) {
		if p.Code == "" {
			if p.ForeignID == "" {
				t.Errorf("%s has no identifier", p.Key)
			}
			continue
		}
		if seen[p.Code] || seen[p.Key] {
			t.Errorf("%s is there twice", p.Key)
		}
		seen[p.Code], seen[p.Key] = true, true
		if len(p.Code) != 11 || p.Code[7] != '9' {
			t.Errorf("%s: the code is not artificial", p.Key)
			continue
		}
		sum := 0
		for _, c := range p.Code[:6] + p.Code[7:10] {
			sum = (sum*10 + int(c-'0')) % 31
		}
		if p.Code[10] != checkCharacters[sum] {
			t.Errorf("%s: check character %c, want %c", p.Key, p.Code[10], checkCharacters[sum])
		}
		born, err := time.Parse(time.DateOnly, p.BirthDate)
		if err != nil || born.Format("020106") != p.Code[:6] {
			t.Errorf("%s: born %s, which the code does not say", p.Key, p.BirthDate)
		}
	}
}

func TestEveryBusinessIDIsValid(t *testing.T) {
	t.Parallel()

	for _, o := range world.Default().Organisations {
		sum := 0
		for i, weight := range []int{7, 9, 10, 5, 8, 4, 2} {
			sum += weight * int(o.BusinessID[i]-'0')
		}
		if want := (11 - sum%11) % 11; len(o.BusinessID) != 9 || o.BusinessID[7] != '-' || int(o.BusinessID[8]-'0') != want {
			t.Errorf("%s: %s is not valid", o.Key, o.BusinessID)
		}
	}
}

func TestRightsNameWhatIsThere(t *testing.T) {
	t.Parallel()

	w := world.Default()
	for _, r := range w.Rights {
		w.Person(r.Person)
		w.Organisation(r.Organisation)
	}
	if n := utf8.RuneCountInString(w.Person("long").Name()); n != 100 {
		t.Errorf("the long name has %d characters", n)
	}
	if a, b := w.Person("aino"), w.Person("twin"); a.Name() != b.Name() || a.BirthDate != b.BirthDate || a.Code == b.Code {
		t.Error("aino and twin should differ in nothing but the code")
	}
}

func TestClone(t *testing.T) {
	t.Parallel()

	w := world.Default()
	c := w.Clone()
	c.Rights[0].Roles[0] = "TIL"
	c.People[0].FamilyName = "Toinen"
	if w.Rights[0].Roles[0] == "TIL" || w.People[0].FamilyName == "Toinen" {
		t.Error("the change came through")
	}
}
