package search_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
)

func everything() search.Criteria {
	return search.Criteria{
		Query:            `kokki -"ei vuoroja" keit*`,
		Literal:          []string{"kokki"},
		Municipalities:   []string{"091", "853"},
		Regions:          []string{"01"},
		Countries:        []string{"FI"},
		Occupations:      []string{"2221", "http://data.europa.eu/esco/occupation/abc"},
		Continuity:       []string{"0202"},
		WorkTimes:        []string{"02"},
		Employments:      []string{"01"},
		PostingLanguages: []string{"sv"},
		WorkLanguages:    []string{"fi"},
		Flexible:         true,
		Employer:         "Kokki ja Pojat",
		Since:            time.Date(2026, time.March, 1, 22, 0, 0, 0, time.UTC),
	}
}

func TestCriteriaGoThroughAnAddress(t *testing.T) {
	t.Parallel()

	want := everything()
	values := want.Values()
	if got := values.Get("since"); got != "2026-03-02" {
		t.Errorf("since = %q, want the day in Finland", got)
	}
	parsed, err := url.ParseQuery(values.Encode())
	if err != nil {
		t.Fatal(err)
	}
	got, err := search.ParseCriteria(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("criteria (-want +got):\n%s", diff)
	}
	if got.Empty() || !(search.Criteria{}).Empty() {
		t.Error("Empty is wrong")
	}
}

func TestParseCriteriaRefuses(t *testing.T) {
	t.Parallel()

	tests := map[string]struct{ query, field, message string }{
		"a name for a code":       {"municipality=Helsinki", "municipality", "search.unknown_code"},
		"a code of another table": {"region=091", "region", "search.unknown_code"},
		"an unknown occupation":   {"occupation=999", "occupation", "search.unknown_code"},
		"an unknown group":        {"occupation=http://data.europa.eu/esco/isco/C9999", "occupation", "search.unknown_code"},
		"a foreign address":       {"occupation=http://example.org/occupation/1", "occupation", "search.unknown_code"},
		"an unknown continuity":   {"continuity=03", "continuity", "search.unknown_code"},
		"an unknown language":     {"work_language=xx", "work_language", "search.unknown_code"},
		"a text too long":         {"q=" + strings.Repeat("a", 501), "q", "search.query_too_long"},
		"too many words":          {"q=" + strings.Repeat("a+", 100), "q", "search.too_many_values"},
		"too many phrases":        {"q=" + strings.Repeat("%22a+b%22", 9), "q", "search.too_many_values"},
		"a day that is none":      {"since=2026-02-30", "since", "search.bad_date"},
		"too many values":         {manyMunicipalities(), "municipality", "search.too_many_values"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			values, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			_, err = search.ParseCriteria(values)
			invalid, ok := errors.AsType[*fault.InvalidError](err)
			if !ok {
				t.Fatalf("error = %v, want *fault.InvalidError", err)
			}
			if f := invalid.Fields[0]; f.Field != tt.field || f.MessageID != tt.message {
				t.Errorf("%s %s, want %s %s", f.Field, f.MessageID, tt.field, tt.message)
			}
		})
	}
}

func manyMunicipalities() string {
	var b strings.Builder
	for _, m := range reference.Municipalities()[:60] {
		b.WriteString("municipality=" + m.Code + "&")
	}
	return b.String()
}

func TestAnUnknownCodeIsNamedAndKnownOnesSuggested(t *testing.T) {
	t.Parallel()

	_, err := search.ParseCriteria(url.Values{"municipality": {"Helsinki"}})
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		t.Fatal(err)
	}
	data := invalid.Fields[0].Data
	suggestions, ok := data["Suggestions"].([]reference.Entry)
	if data["Code"] != "Helsinki" || !ok || len(suggestions) == 0 || suggestions[0].Code != "091" {
		t.Errorf("data = %v", data)
	}
}

func TestParseRequest(t *testing.T) {
	t.Parallel()

	r, err := search.ParseRequest(url.Values{"q": {"kokki"}, "sort": {"closing"}, "after": {"x"}})
	if err != nil || r.Sort != search.SortClosing || r.Cursor != "x" || r.Criteria.Query != "kokki" {
		t.Errorf("ParseRequest = %+v, %v", r, err)
	}
	r, err = search.ParseRequest(url.Values{"before": {"y"}})
	if err != nil || r.Cursor != "y" {
		t.Errorf("ParseRequest = %+v, %v", r, err)
	}
	if _, err = search.ParseRequest(url.Values{"sort": {"best"}}); err == nil {
		t.Error("an unknown order was taken")
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()

	c := everything()
	tests := map[string]struct {
		field, value string
		want         func(*search.Criteria)
	}{
		"one of several values":    {"municipality", "091", func(c *search.Criteria) { c.Municipalities = []string{"853"} }},
		"all values":               {"occupation", "", func(c *search.Criteria) { c.Occupations = []string{} }},
		"a word":                   {"q", "kokki", func(c *search.Criteria) { c.Query = `-"ei vuoroja" keit*` }},
		"an excluded phrase":       {"q", `-"ei vuoroja"`, func(c *search.Criteria) { c.Query = `kokki keit*` }},
		"a beginning":              {"q", "keit*", func(c *search.Criteria) { c.Query = `kokki -"ei vuoroja"` }},
		"several words":            {"q", "keit* kokki", func(c *search.Criteria) { c.Query = `-"ei vuoroja"` }},
		"the text":                 {"q", "", func(c *search.Criteria) { c.Query = "" }},
		"a word that is not there": {"q", "ei", func(*search.Criteria) {}},
		"the employer":             {"employer", "", func(c *search.Criteria) { c.Employer = "" }},
		"the day":                  {"since", "", func(c *search.Criteria) { c.Since = time.Time{} }},
		"the place":                {"flexible_location", "true", func(c *search.Criteria) { c.Flexible = false }},
		"a literal":                {"literal", "kokki", func(c *search.Criteria) { c.Literal = []string{} }},
		"nothing":                  {"colour", "red", func(*search.Criteria) {}},
	}
	for name, tt := range tests {
		want := everything()
		tt.want(&want)
		if diff := cmp.Diff(want, c.Without(tt.field, tt.value)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(everything(), c); diff != "" {
		t.Errorf("the criteria themselves changed:\n%s", diff)
	}
}

func TestWordsAndRespelt(t *testing.T) {
	t.Parallel()

	c := search.Criteria{Query: `Sairanhoitaja ja "kokki" -turku keit* Vaasa`, Literal: []string{"vaasa"}}
	if diff := cmp.Diff([]string{"Sairanhoitaja"}, c.Words()); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	got := c.Respelt("Sairanhoitaja", "sairaanhoitaja").Query
	if want := `sairaanhoitaja ja "kokki" -turku keit* Vaasa`; got != want {
		t.Errorf("Respelt = %q, want %q", got, want)
	}
}

func FuzzParams(f *testing.F) {
	f.Add("q=kokki&municipality=091&municipality=853&since=2026-01-01")
	f.Add(everything().Values().Encode())
	f.Add("q=%00%ff%E2%80%AE&sort=closing&after=AAAA&flexible_location=1&employer=%27+OR+1%3D1--")
	f.Add("q=\"a b\" -c d*&literal=a&occupation=http://data.europa.eu/esco/isco/C2221")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		r, err := search.ParseRequest(values)
		if err != nil {
			if _, ok := errors.AsType[*fault.InvalidError](err); !ok {
				t.Fatalf("error = %v, want *fault.InvalidError", err)
			}
			return
		}
		c := r.Criteria
		again, err := search.ParseCriteria(c.Values())
		if err != nil {
			t.Fatalf("%q: its own parameters are refused: %v", c.Values(), err)
		}
		if diff := cmp.Diff(c.Values(), again.Values()); diff != "" {
			t.Fatalf("criteria changed on their way (-before +after):\n%s", diff)
		}
		if !utf8.ValidString(c.Query) || strings.ContainsAny(c.Query, "\x00\u202e") {
			t.Fatalf("query %q", c.Query)
		}
	})
}
