package postings_test

import (
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/search"
)

// asked reads the criteria that an address carries.
func asked(t *testing.T, address string) url.Values {
	t.Helper()
	path, query, _ := strings.Cut(address, "?")
	if path != "/fi/tyopaikkavahti" {
		t.Errorf("leads to %s", address)
	}
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := search.ParseCriteria(v); err != nil {
		t.Errorf("%s: %v", address, err)
	}
	return v
}

func TestEveryResultLeadsToAWatch(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	found := p.page("/fi/tyopaikat?q=sairaanhoitaja&since=2026-01-01&sort=newest").link("Tilaa työpaikkavahti tälle haulle")
	if v := asked(t, found); v.Encode() != "q=sairaanhoitaja" {
		t.Errorf("results carry %q", v.Encode())
	}
	nothing := p.page("/fi/tyopaikat?q=astronautti&municipality=091").link("Tilaa työpaikkavahti, niin saat tiedon, kun sopiva paikka avautuu")
	if v := asked(t, nothing); v.Encode() != "municipality=091&q=astronautti" {
		t.Errorf("an empty result carries %q", v.Encode())
	}
	p.page("/sv/lediga-jobb?q=sjuksk%C3%B6tare").link("Beställ Platsvakten för den här sökningen")
}

func TestAPostingDrawsCriteriaForSimilarOnes(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	known, plain := nurse("known"), nurse("plain")
	plain.Content.Occupations, plain.Content.Municipalities, plain.Content.Regions, plain.Content.WorkTime = nil, nil, nil, ""
	plain.Content.Title = map[string]string{"fi": "Hoitaja \"Helmi\""}
	ids := p.receive(known, plain)
	const label = "Tilaa työpaikkavahti tällaisille paikoille"
	v := asked(t, p.page(jobPath("fi", ids[0])).link(label))
	if v.Get("occupation") != "2221" || len(v["municipality"])+len(v["region"]) == 0 || v.Has("q") {
		t.Errorf("a posting draws %q", v.Encode())
	}
	v = asked(t, p.page(jobPath("fi", ids[1])).link(label))
	if v.Get("q") != "Hoitaja Helmi" {
		t.Errorf("a posting without an occupation draws %q", v.Encode())
	}
	p.close("known")
	p.get(jobPath("sv", ids[0])).link("Beställ Platsvakten för sådana jobb")
}
