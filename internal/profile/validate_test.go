package profile_test

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/profile"
)

// faults are what is wrong with values, as field:message.
func faults(s profile.Section, v profile.Values) []string { return fieldsOf(s.Validate(s.Tidy(v))) }

// fieldsOf are the fields that err names, as field:message.
func fieldsOf(err error) []string {
	var all []string
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok {
		for _, f := range invalid.Fields {
			all = append(all, f.Field+":"+strings.TrimPrefix(f.MessageID, "profile."))
		}
	}
	return all
}

func TestValidate(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		section profile.Section
		change  profile.Values
		want    string
	}{
		"nothing":                 {profile.SectionWork, profile.Values{"title": nil}, "title:missing.work.title"},
		"marks only":              {profile.SectionWork, profile.Values{"title": {" -- "}}, "title:invalid.empty"},
		"a long line":             {profile.SectionWork, profile.Values{"title": {strings.Repeat("ä", 101)}}, "title:invalid.long"},
		"40,000 characters":       {profile.SectionPresentation, profile.Values{"text": {strings.Repeat("ä", 40000)}}, "text:invalid.long"},
		"the longest text":        {profile.SectionPresentation, profile.Values{"text": {strings.Repeat("ä", 5000)}}, ""},
		"a turned text":           {profile.SectionSkills, profile.Values{"name": {"a\u202eb"}}, "name:invalid.characters"},
		"an identity code":        {profile.SectionSkills, profile.Values{"description": {"Olen " + aino}}, "description:invalid.code"},
		"no month":                {profile.SectionWork, profile.Values{"begun": {"13/2020"}}, "begun:invalid.month"},
		"a year of no life":       {profile.SectionWork, profile.Values{"begun": {"1066"}}, "begun:invalid.month"},
		"an end before the start": {profile.SectionWork, profile.Values{"begun": {"5/2020"}, "ended": {"4/2020"}}, "ended:invalid.order"},
		"the year of the start":   {profile.SectionWork, profile.Values{"begun": {"5/2020"}, "ended": {"2020"}}, ""},
		"ended and ongoing":       {profile.SectionWork, profile.Values{"ended": {"2025"}, "ongoing": {"yes"}}, "ended:invalid.ongoing"},
		"no occupation":           {profile.SectionSkills, profile.Values{"occupation": {"javascript:alert(1)"}}, "occupation:invalid.unknown"},
		"an occupation":           {profile.SectionSkills, profile.Values{"occupation": {"5321"}}, ""},
		"no level":                {profile.SectionLanguages, profile.Values{"level": {"Z9"}}, "level:invalid.unknown"},
		"two levels":              {profile.SectionLanguages, profile.Values{"level": {"A1", "A2"}}, "level:invalid.unknown"},
		"no card":                 {profile.SectionCards, profile.Values{"card": nil}, "card:missing.cards.card"},
		"a card of one's own":     {profile.SectionCards, profile.Values{"card": nil, "name": {"Märkätilakortti"}}, ""},
		"29 February 2027":        {profile.SectionCards, profile.Values{"valid_until": {"29.2.2027"}}, "valid_until:invalid.date"},
		"29 February 2028":        {profile.SectionCards, profile.Values{"valid_until": {"29.2.2028"}}, ""},
		"a place misspelt":        {profile.SectionWishes, profile.Values{"municipalities": {"Helsinky"}}, "municipalities:invalid.place_near"},
		"no place":                {profile.SectionWishes, profile.Values{"municipalities": {"Qwerty"}}, "municipalities:invalid.place"},
		"too many places":         {profile.SectionWishes, profile.Values{"municipalities": {manyPlaces()}}, "municipalities:invalid.places_many"},
		"a region of nowhere":     {profile.SectionWishes, profile.Values{"regions": {"99"}}, "regions:invalid.unknown"},
		"four countries":          {profile.SectionWishes, profile.Values{"countries": {"FI", "SE", "NO", "DK"}}, "countries_1:invalid.unknown"},
		"a second receiver":       {profile.SectionContact, profile.Values{"email": {"a@example.fi,b@example.fi"}}, "email:identity.email.invalid"},
		"no telephone number":     {profile.SectionContact, profile.Values{"phone": {"call me"}}, "phone:identity.phone.invalid"},
	} {
		v := answers()[c.section]
		maps.Copy(v, c.change)
		if got := strings.Join(faults(c.section, v), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// manyPlaces is as much as a form can hold.
func manyPlaces() string {
	var text strings.Builder
	for i := range 20000 {
		text.WriteString(strconv.Itoa(i) + ",")
	}
	return text.String()
}

func TestFullSectionTakesNoMore(t *testing.T) {
	t.Parallel()

	w := open(t)
	for range profile.MaxEntries {
		w.add(profile.SectionWishedWork, answers()[profile.SectionWishedWork])
	}
	_, err := w.Save(t.Context(), w.aino, profile.SectionWishedWork, 0, "", "", answers()[profile.SectionWishedWork])
	if _, ok := errors.AsType[*fault.InvalidError](err); !ok {
		t.Errorf("error = %v", err)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()

	const text = "rivi\r\ntoinen\t\U0001f469\u200d\U0001f467 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
	v, errs := profile.SectionSkills.Clean(profile.Values{
		"name": {"\u202eabc\u200e\x00"}, "description": {text}, "else": {"x"},
	})
	if got := v.Get("name"); got != "abc" {
		t.Errorf("name = %q", got)
	}
	if got := v.Get("description"); got != text {
		t.Errorf("description = %q", got)
	}
	if len(errs) != 1 || errs[0].Field != "name" {
		t.Errorf("told %v", errs)
	}
}

// TestWhatIsValidIsKept holds every section to: what Validate takes is stored and
// comes back the same, whatever was typed; what is cleaned has nothing hidden.
func TestWhatIsValidIsKept(t *testing.T) {
	t.Parallel()

	w := open(t)
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.SampledFrom(profile.AllSections()).Draw(r, "section")
		v, _ := s.Clean(typedValues(r, s))
		v = s.Tidy(v)
		if again := s.Tidy(v); again.Mark() != v.Mark() {
			r.Fatalf("tidied twice is something else: %q, %q", v, again)
		}
		if _, more := s.Clean(v); len(more) > 0 {
			r.Fatalf("cleaned twice: %v", more)
		}
		own := w.of(w.aino)
		seen, id := "", int64(0)
		if s.Many() == 1 {
			id = 1
			e, _ := own.Entry(s, 1)
			seen = e.Values.Mark()
		}
		valid := s.Validate(v) == nil
		kept, err := w.Save(t.Context(), w.aino, s, id, seen, "", v)
		_, invalid := errors.AsType[*fault.InvalidError](err)
		switch {
		case valid && invalid && contradicts(err):
			return
		case valid == invalid && len(own.Entries[s]) < s.Many():
			r.Fatalf("valid %t, but saving %q says %v", valid, v, err)
		case err != nil && !invalid:
			r.Fatal(err)
		case err != nil || len(v) == 0:
			return
		}
		e, there := w.of(w.aino).Entry(s, kept.ID)
		if !there || e.Values.Mark() != kept.Values.Mark() {
			r.Fatalf("kept %q, there is %q", kept.Values, e.Values)
		}
		if s.Many() > 1 && len(own.Entries[s]) > 3 {
			if err := w.Remove(t.Context(), w.aino, s, kept.ID); err != nil {
				r.Fatal(err)
			}
		}
	})
}

// contradicts tells that only the present, or what is kept, speaks against values.
func contradicts(err error) bool {
	return !slices.ContainsFunc(fieldsOf(err), func(f string) bool {
		_, id, _ := strings.Cut(f, ":invalid.")
		return !strings.HasPrefix(id, "twice.") && !slices.Contains([]string{"not_begun", "not_over", "over"}, id)
	})
}

// typedValues are what a browser may send for s, likely and not.
func typedValues(r *rapid.T, s profile.Section) profile.Values {
	v := profile.Values{}
	odd := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", " ", "yes", "Helsinki,Esbo", "2020-02", "2/2020", "1.2.2020", "\u202e", aino, "<script>", "a\r\nb", "http://x", "'; DROP TABLE profile --",
	}))
	for _, f := range s.Fields() {
		good := answers()[s][f.Name]
		switch n := rapid.IntRange(0, 4).Draw(r, "how"); {
		case n > 0 && len(good) > 0:
			v[f.Name] = slices.Clone(good)
		case n == 0:
			v[f.Name] = rapid.SliceOfN(odd, 0, 3).Draw(r, f.Name)
		}
	}
	return v
}

// FuzzTidy looks for input that breaks the reading of fields.
func FuzzTidy(f *testing.F) {
	for _, s := range []string{"8/2021", "1.12.2026", "Åbo, Vasa;;", "\x00\u202e", "010594Y9032", strings.Repeat("9", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range profile.AllSections() {
			v := profile.Values{}
			for _, field := range s.Fields() {
				v[field.Name] = []string{text, text}
			}
			v, _ = s.Clean(v)
			tidy := s.Tidy(v)
			if s.Tidy(tidy).Mark() != tidy.Mark() {
				t.Fatalf("%s: tidied twice is something else: %q", s, tidy)
			}
			_ = s.Validate(tidy)
		}
	})
}
