package corpus_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

const seed = 7

// many is made once: four tests look at the same 20,000.
var many = sync.OnceValue(func() []corpus.Posting { return corpus.Generate(seed, 20_000, now()) })

func now() time.Time { return time.Date(2026, 4, 14, 9, 30, 0, 0, time.UTC) }

func TestAtGivesTheSamePostingInAnyOrder(t *testing.T) {
	t.Parallel()

	postings := corpus.Generate(seed, 300, now())
	for _, i := range []int{299, 0, 150} {
		if diff := cmp.Diff(corpus.At(seed, i, now()), postings[i]); diff != "" {
			t.Errorf("posting %d differs when made alone:\n%s", i, diff)
		}
	}
	n := 0
	for p := range corpus.All(seed, 300, now()) {
		if p.ID != postings[n].ID {
			t.Fatalf("posting %d of the walk is %s, want %s", n, p.ID, postings[n].ID)
		}
		n++
	}
	if n != 300 {
		t.Errorf("the walk had %d postings, want 300", n)
	}
	if other := corpus.At(seed+1, 0, now()); other.ID == postings[0].ID || other.Description == postings[0].Description {
		t.Error("another seed gave the same posting")
	}
}

func TestGenerateIsLikeTheRealThing(t *testing.T) {
	t.Parallel()

	postings := many()
	share := map[string]int{}
	for _, p := range postings {
		switch {
		case slices.Contains(p.Languages, "fi") && slices.Contains(p.Languages, "sv"):
			share["both"]++
		case slices.Contains(p.Languages, "fi"):
			share["fi"]++
		case slices.Contains(p.Languages, "sv"):
			share["sv"]++
		}
		if slices.Contains(p.Languages, "en") {
			share["en"]++
		}
		if slices.Contains(p.Location.Municipalities, "091") {
			share["Helsinki"]++
		}
		if slices.Contains(p.Location.Regions, "21") && slices.Contains(p.Languages, "fi") && len(p.Languages) == 1 {
			t.Errorf("posting %d is in Åland and only in Finnish", p.Index)
		}
		if p.Client != nil {
			share["recruiter"]++
		}
		if p.Employer.Kind == "02" {
			share["household"]++
		}
		if p.Terms.Continuity == "0202" {
			share["summer"]++
		}
		if p.Expires.IsZero() {
			share["no deadline"]++
		}
		if p.Oddity != "" {
			share["odd"]++
		}
	}
	for _, want := range []struct {
		what      string
		low, high float64
	}{
		{"fi", 70, 79},
		{"sv", 8, 13},
		{"both", 12, 18},
		{"en", 5, 12},
		{"Helsinki", 12, 18},
		{"recruiter", 5, 10},
		{"household", 0.8, 4},
		{"summer", 4, 9},
		{"no deadline", 4, 8},
		{"odd", 0.8, 1.8},
	} {
		if got := float64(share[want.what]) / float64(len(postings)) * 100; got < want.low || got > want.high {
			t.Errorf("%s: %.1f %%, want %.1f to %.1f", want.what, got, want.low, want.high)
		}
	}
}

func TestGenerateHasARealVocabulary(t *testing.T) {
	t.Parallel()

	forms, titles, codes := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var lengths []int
	for _, p := range many() {
		codes[p.ISCO] = true
		for _, lang := range []string{"fi", "sv", "en"} {
			titles[p.Title.In(lang)] = true
			text := p.Description.In(lang)
			if text == "" {
				continue
			}
			if strings.ContainsAny(text+p.Title.In(lang), "{}") {
				t.Errorf("posting %d has an unfilled slot: %s", p.Index, text)
			}
			lengths = append(lengths, len(strings.Fields(text)))
			for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) {
				forms[w] = true
			}
		}
	}
	slices.Sort(lengths)
	at := func(percent int) int { return lengths[len(lengths)*percent/100] }
	t.Logf("%d word forms, %d titles, %d ISCO groups, words per text: 2 %% %d, 10 %% %d, median %d, 90 %% %d, most %d",
		len(forms), len(titles), len(codes), at(2), at(10), at(50), at(90), lengths[len(lengths)-1])
	if len(forms) < 6000 {
		t.Errorf("%d word forms, want 6000", len(forms))
	}
	if len(codes) < 120 {
		t.Errorf("%d ISCO groups, want 120", len(codes))
	}
	if at(10) < 30 || at(50) < 70 || at(50) > 200 || at(90) > 320 {
		t.Errorf("lengths 10 %% %d, median %d, 90 %% %d are not those of postings", at(10), at(50), at(90))
	}
}

func TestGenerateKeepsToItsOwnRules(t *testing.T) {
	t.Parallel()

	ids, employers, odd := map[string]bool{}, map[string]string{}, map[string]bool{}
	for _, p := range many() {
		if ids[p.ID] {
			t.Fatalf("id %s came twice", p.ID)
		}
		ids[p.ID] = true
		odd[p.Oddity] = true
		if p.Published.After(now()) || p.Created.After(p.Published) || p.Modified.Before(p.Published) || p.Modified.After(now()) {
			t.Errorf("posting %d: created %v, published %v, modified %v at %v", p.Index, p.Created, p.Published, p.Modified, now())
		}
		if !p.Expires.IsZero() && !p.Expires.After(now()) {
			t.Errorf("posting %d has expired at %v", p.Index, p.Expires)
		}
		if p.Employer.Kind == "01" {
			if !validBusinessID(p.Employer.BusinessID) {
				t.Errorf("business id %s has a wrong check digit", p.Employer.BusinessID)
			}
			name := p.Employer.Name.Fi + "|" + p.Employer.Name.Sv
			if known, seen := employers[p.Employer.BusinessID]; seen && known != name {
				t.Errorf("business id %s is both %s and %s", p.Employer.BusinessID, known, name)
			}
			employers[p.Employer.BusinessID] = name
		} else if p.Employer.Household == "" || p.Employer.BusinessID != "" {
			t.Errorf("household posting %d: %+v", p.Index, p.Employer)
		}
		if p.Client != nil && (!validBusinessID(p.Client.BusinessID) || p.Client.Name == "") {
			t.Errorf("posting %d has the client %+v", p.Index, *p.Client)
		}
		if p.Oddity == "" {
			for _, lang := range p.Languages {
				if p.Title.In(lang) == "" || p.Description.In(lang) == "" {
					t.Errorf("posting %d lacks its %s text", p.Index, lang)
				}
			}
		}
	}
	for _, o := range corpus.Oddities() {
		if !odd[o] {
			t.Errorf("no posting is odd by %q", o)
		}
	}
	if len(employers) < 500 {
		t.Errorf("%d employers, want 500", len(employers))
	}
}

func TestFinnishFormsAreRight(t *testing.T) {
	t.Parallel()

	var all strings.Builder
	for _, p := range many() {
		all.WriteString(strings.ToLower(p.Title.Fi + "\n" + p.Description.Fi + "\n"))
	}
	text := all.String()
	for _, want := range []string{
		"sairaanhoitajaa", "sairaanhoitajia", "kirvesmiestä", "kirvesmiehiä", "lähihoitajana", "myyjiä", "kokkeja", "kokin",
		"työntekijöitä", "projektipäällikköä", "teknistä piirtäjää", "henkilökohtaisia avustajia", "sairaala-apulaista",
		"helsingissä", "vantaalla", "tampereelle", "hoitotiimissä", "yksikössä", "ohjelmistojärjestelmien", "suunnitelmia",
		"hankkeisiin",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the form %q is nowhere", want)
		}
	}
	for _, wrong := range []string{"mieksen", "hoitajaja", "nenn", "kokkin ", "ssässa", "tääa"} {
		if strings.Contains(text, wrong) {
			t.Errorf("the wrong form %q is there", wrong)
		}
	}
}

func TestChangeIsOneMoreEdit(t *testing.T) {
	t.Parallel()

	kinds := map[string]bool{}
	for i := range 200 {
		p := corpus.At(seed, i, now())
		later := now().Add(time.Hour)
		changed := corpus.Change(seed, p, later)
		if diff := cmp.Diff(corpus.Change(seed, p, later), changed); diff != "" {
			t.Fatalf("the same edit differs:\n%s", diff)
		}
		if changed.Revision != 2 || !changed.Modified.Equal(later) || changed.ID != p.ID {
			t.Fatalf("edit of %d: revision %d at %v", i, changed.Revision, changed.Modified)
		}
		switch {
		case !changed.Expires.Equal(p.Expires):
			kinds["deadline"] = true
		case changed.Pay.Info != p.Pay.Info:
			kinds["pay"] = true
		case changed.Title != p.Title:
			kinds["title"] = true
		case !slices.Equal(changed.Location.Municipalities, p.Location.Municipalities):
			kinds["place"] = true
		case changed.Description != p.Description:
			kinds["text"] = true
		case changed.Apply.Positions != p.Apply.Positions:
			kinds["positions"] = true
		default:
			t.Errorf("edit of %d changed nothing: %+v", i, p)
		}
	}
	if len(kinds) != 6 {
		t.Errorf("kinds of edit: %v, want 6", kinds)
	}
}

func validBusinessID(id string) bool {
	if len(id) != 9 || id[7] != '-' {
		return false
	}
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(id[i]-'0')
	}
	check := (11 - sum%11) % 11
	return check < 10 && int(id[8]-'0') == check
}

func BenchmarkAt(b *testing.B) {
	for i := range b.N {
		corpus.At(seed, i, now())
	}
}
