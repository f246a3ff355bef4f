package profile_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/profile"
)

// TestDisclosureHoldsWhatTheLawLists and nothing that a person tells for another
// purpose.
func TestDisclosureHoldsWhatTheLawLists(t *testing.T) {
	t.Parallel()

	w := open(t)
	for s, v := range answers() {
		w.add(s, v)
	}
	d, err := w.Disclosure(t.Context(), w.aino)
	if err != nil {
		t.Fatal(err)
	}
	if d.Name == "" || d.Protected {
		t.Errorf("name %q, protected %v", d.Name, d.Protected)
	}
	var codes []string
	fields := map[string]bool{}
	for _, g := range d.Groups {
		codes = append(codes, g.Code)
		for _, part := range g.Parts {
			for _, e := range part.Entries {
				for name := range e.Values {
					fields[string(part.Section)+"."+name] = true
				}
			}
		}
	}
	want := []string{"contact", "languages", "nationality", "education", "work", "military_service", "skills", "wishes", "presentation"}
	if !slices.Equal(codes, want) {
		t.Errorf("groups = %v, want %v", codes, want)
	}
	for s := range answers() {
		for _, f := range s.Fields() {
			told := len(w.of(w.aino).Entries[s][0].Values[f.Name]) > 0
			private := s == profile.SectionEures || s == profile.SectionResidence
			if got := fields[string(s)+"."+f.Name]; got != (told && !private) {
				t.Errorf("%s.%s: given %v, told %v", s, f.Name, got, told)
			}
		}
	}
	for _, g := range d.Groups {
		if len(g.Parts) == 0 || (g.Code == "nationality" || g.Code == "military_service") && len(g.Parts[0].Entries[0].Values) != 1 {
			t.Errorf("%s holds %v", g.Code, g.Parts)
		}
	}
}

func TestDisclosureUnderAProtectionOrder(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.add(profile.SectionContact, profile.Values{"email": {"aino@example.fi"}, "phone": {"040 1234567"}})
	w.exec(`UPDATE person SET non_disclosure = true, municipality = '', country = ''`)
	d, err := w.Disclosure(t.Context(), w.aino)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Protected || len(d.Groups[0].Parts) != 0 {
		t.Errorf("contact data of somebody under a protection order: %v", d.Groups[0])
	}
}

// TestContradictionsAreRefused at the field where they can be mended.
func TestContradictionsAreRefused(t *testing.T) {
	t.Parallel()

	w := open(t)
	now := time.Date(2026, time.November, 22, 10, 0, 0, 0, time.UTC)
	w.db.Now = func() time.Time { return now }
	first := w.add(profile.SectionLanguages, profile.Values{"language": {"fi"}, "level": {"native"}})
	w.add(profile.SectionLanguages, profile.Values{"language": {"sv"}, "level": {"B1"}})
	w.add(profile.SectionCards, profile.Values{"card": {"013"}})
	for name, c := range map[string]struct {
		section profile.Section
		values  profile.Values
		want    string
	}{
		"a language twice":           {profile.SectionLanguages, profile.Values{"language": {"fi"}, "level": {"A1"}}, "language:invalid.twice.languages"},
		"a card twice":               {profile.SectionCards, profile.Values{"card": {"013"}, "valid_until": {"1.1.2030"}}, "card:invalid.twice.cards"},
		"a card of one's own":        {profile.SectionCards, profile.Values{"name": {"Märkätilakortti"}}, ""},
		"work that goes on":          {profile.SectionWork, profile.Values{"title": {"a"}, "begun": {"11/2026"}, "ongoing": {"yes"}}, ""},
		"work that goes on too soon": {profile.SectionWork, profile.Values{"title": {"a"}, "begun": {"12/2026"}, "ongoing": {"yes"}}, "begun:invalid.not_begun"},
		"done this year":             {profile.SectionEducation, profile.Values{"name": {"a"}, "state": {"done"}, "ended": {"2026"}}, ""},
		"done next month":            {profile.SectionEducation, profile.Values{"name": {"a"}, "state": {"done"}, "ended": {"12/2026"}}, "ended:invalid.not_over"},
		"broken off next year":       {profile.SectionEducation, profile.Values{"name": {"a"}, "state": {"aborted"}, "ended": {"2027"}}, "ended:invalid.not_over"},
		"going on till this month":   {profile.SectionEducation, profile.Values{"name": {"a"}, "state": {"ongoing"}, "ended": {"11/2026"}}, ""},
		"going on till this year":    {profile.SectionEducation, profile.Values{"name": {"a"}, "state": {"ongoing"}, "ended": {"2026"}}, ""},
		"going on, over last month":  {profile.SectionEducation, profile.Values{"name": {"a"}, "state": {"ongoing"}, "ended": {"10/2026"}}, "ended:invalid.over"},
	} {
		_, err := w.Save(t.Context(), w.aino, c.section, 0, "", "", c.values)
		if got := strings.Join(fieldsOf(err), " "); got != c.want {
			t.Errorf("%s: wrong = %q, want %q (%v)", name, got, c.want, err)
		}
	}
	// The entry itself may be saved again, and take the place of none.
	if _, err := w.Save(t.Context(), w.aino, profile.SectionLanguages, first.ID, first.Values.Mark(), "", profile.Values{"language": {"fi"}, "level": {"C2"}}); err != nil {
		t.Errorf("the same entry: %v", err)
	}
	_, err := w.Save(t.Context(), w.aino, profile.SectionLanguages, first.ID, "", "", profile.Values{"language": {"sv"}, "level": {"C2"}})
	if got := strings.Join(fieldsOf(err), " "); got != "language:invalid.twice.languages" {
		t.Errorf("changed into another's language: %q (%v)", got, err)
	}
}

// TestCardsExpire after their last day in Helsinki.
func TestCardsExpire(t *testing.T) {
	t.Parallel()

	w := open(t)
	w.add(profile.SectionCards, profile.Values{"card": {"013"}, "valid_until": {"1.12.2026"}})
	w.add(profile.SectionCards, profile.Values{"card": {"022"}})
	for moment, want := range map[time.Time]bool{
		time.Date(2026, time.December, 1, 21, 59, 59, 0, time.UTC): false,
		time.Date(2026, time.December, 1, 22, 0, 0, 0, time.UTC):   true,
	} {
		w.db.Now = func() time.Time { return moment }
		all := w.of(w.aino).Entries[profile.SectionCards]
		if all[0].Expired != want || all[1].Expired {
			t.Errorf("at %s: %v and %v", moment, all[0].Expired, all[1].Expired)
		}
	}
}
