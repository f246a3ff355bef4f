package postings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/jobposting"
)

func TestListingShowsNoHiddenCharacters(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	hidden := "\x00\x07\u202e\u2066\u200b\ufeff"
	for _, path := range []string{"/fi/tyopaikat", "/sv/lediga-jobb"} {
		for _, pairs := range [][]string{
			{"q", "sairaan" + hidden + "hoitaja"},
			{"employer", "Esimerkki" + hidden + "kunta"},
			{"municipality", "Turku" + hidden},
			{"q", "sairaanhoitaja", "sort", "x" + hidden},
			{"q", "sairaanhoitaja xyzzy", "unplaced", "xyzzy" + hidden},
			{"q", "\xff\xfe"},
		} {
			got := p.get(path + query(pairs...))
			if strings.ContainsAny(got.Body, hidden) || strings.Contains(got.Body, "\xff") {
				t.Errorf("%s %q: the page holds characters that cannot be seen", path, pairs)
			}
			got.tree()
		}
		p.page(path + query("q", "sairaan"+hidden+"hoitaja")).has(`value="sairaanhoitaja"`)
	}
}

func TestListingRefusesABrokenAddress(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	for base, want := range map[string]string{
		"/fi/tyopaikat": "Haun osoite on rikki", "/sv/lediga-jobb": "är trasig, så vi vet inte vad som söks",
		"/fi/tyopaikat.atom": "Haun osoite on rikki", "/sv/lediga-jobb.ics": "är trasig, så vi vet inte vad som söks",
	} {
		for _, broken := range []string{"?q=%zz", "?a;b=c", "?q=opettaja&region=%"} {
			got := p.get(base + broken)
			if got.Status != http.StatusBadRequest {
				t.Errorf("%s%s answers %d, want 400", base, broken, got.Status)
			}
			got.has(want, `href="#results"`, `id="q"`)
			if n := len(got.all("article", "card")); n != 0 {
				t.Errorf("%s%s shows %d postings", base, broken, n)
			}
		}
	}
}

func TestListingNamesTheFieldOfAnUnknownCode(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for path, want := range map[string]string{
		"/fi/tyopaikat?municipality=Turku":   "Kunta: koodia ”Turku” ei ole.",
		"/sv/lediga-jobb?municipality=Turku": "Kommun: koden ”Turku” finns inte.",
		"/fi/tyopaikat?country=Turku":        "Maa: koodia ”Turku” ei ole.",
		"/sv/lediga-jobb?occupation=Turku":   "Yrkesområde: koden ”Turku” finns inte.",
		"/fi/tyopaikat?sort=Turku":           "Järjestys: koodia ”Turku” ei ole.",
	} {
		got := p.get(path)
		if got.Status != http.StatusBadRequest {
			t.Errorf("%s answers %d, want 400", path, got.Status)
		}
		got.has(want)
	}
}

func TestPlacesJoinTheQuery(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for _, test := range []struct{ what, where, query, unplaced string }{
		{"sairaanhoitaja", "Turku", "sairaanhoitaja Turku", ""},
		{`"avoin`, "Turku", `"avoin" Turku`, ""},
		{`"avoin haku" ”toinen`, "Turku", `"avoin haku" ”toinen" Turku`, ""},
		{`"avoin haku"`, `"Turku`, `"avoin haku" Turku`, ""},
		{"sairaanhoitaja", "xyzzy", "sairaanhoitaja xyzzy", "xyzzy"},
		{"sairaanhoitaja", "Turku xyzzy", "sairaanhoitaja Turku xyzzy", "xyzzy"},
		{"", "Varsinais-Suomi", "Varsinais-Suomi", ""},
	} {
		got := p.get("/fi/tyopaikat" + query("q", test.what, "where", test.where))
		to, err := url.Parse(got.Header.Get("Location"))
		if err != nil || got.Status != http.StatusSeeOther {
			t.Fatalf("%+v: got %d, %v", test, got.Status, err)
		}
		if q, u := to.Query().Get("q"), to.Query().Get("unplaced"); q != test.query || u != test.unplaced {
			t.Errorf("%+v: leads to %q with %q as no place", test, q, u)
		}
	}
}

func TestListingSaysWhatIsNoPlace(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	for path, says := range map[string]string{
		"/fi/tyopaikat":   "”xyzzy” ei ole paikka, jonka tunnemme. Se haetaan sanana ilmoituksista.",
		"/sv/lediga-jobb": "”xyzzy” är ingen plats som vi känner till. Vi söker ordet i annonserna.",
	} {
		got := p.page(p.get(path + query("q", "sairaanhoitaja", "where", "xyzzy")).Header.Get("Location"))
		got.has(says)
		if what, where := attribute(got.field("q"), "value"), attribute(got.field("where"), "value"); what != "sairaanhoitaja" || where != "xyzzy" {
			t.Errorf("%s: the fields hold %q and %q", path, what, where)
		}
		again := p.page(path + query("q", "sairaanhoitaja", "unplaced", "xyzzy"))
		again.hasNot(says)
	}
}

func TestFeedLinkIsNamedAfterTheSearch(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"), nurse("2"))
	for path, want := range map[string]string{
		"/fi/tyopaikat" + query("q", "sairaanhoitaja"): "sairaanhoitaja – Avoimet työpaikat – Työmarkkinatori",
		"/sv/lediga-jobb" + query("region", "02"):      "Egentliga Finland – Lediga jobb – Jobbmarknad Finland",
		"/fi/tyopaikat": "Avoimet työpaikat – Työmarkkinatori",
	} {
		for _, n := range p.page(path).all("link", "") {
			if attribute(n, "type") == "application/atom+xml" && attribute(n, "title") != want {
				t.Errorf("%s: the feed is called %q, want %q", path, attribute(n, "title"), want)
			}
		}
	}
}

func TestExcludedPlaceIsSaidToBe(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.receive(nurse("1"))
	p.page("/fi/tyopaikat" + query("q", "sairaanhoitaja -Helsinki")).has("pois suljettu: paikka")
	p.page("/sv/lediga-jobb" + query("q", "sjukskötare -Helsingfors")).has("bortvalt: ort")
}

func TestPlacesOfACard(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	many := nurse("1")
	many.Content.Municipalities, many.Content.Regions = []string{"564", "208", "678", "091"}, []string{"17", "01"}
	flexible := nurse("2")
	flexible.Content.Municipalities, flexible.Content.Flexible = []string{"564", "208", "678", "091", "853"}, true
	p.receive(many, flexible)
	p.page("/fi/tyopaikat").has("Oulu, Kalajoki, Raahe ja 1 muu<", "Raahe ja 2 muuta, työn voi tehdä missä vain<", "Missä työ tehdään")
	p.page("/sv/lediga-jobb").has("Uleåborg, Kalajoki, Brahestad och 1 till", "arbetet kan utföras var som helst", "Var arbetet utförs")
}

func TestPay(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		wages, info string
		want        []string
	}{
		{"2320-2500", "2 320–2 500 €/kk", []string{"2 320–2 500 €/kk"}},
		{"2320-2500", "2\u202f320 – 2\u00a0500 euroa", []string{"2 320 – 2 500 euroa"}},
		{"2320-2500", "2320,00-2500,00 eur", []string{"2320,00-2500,00 eur"}},
		{"2320-2500", "2 320 €/kk", []string{"2 320–2 500", "2 320 €/kk"}},
		{"2320-2500", "TES", []string{"2 320–2 500", "TES"}},
		{"2320-2500", "", []string{"2 320–2 500"}},
		{"15,50 - 17,20", "", []string{"15,50–17,20"}},
		{"sopimuksen mukaan", "TES", []string{"sopimuksen mukaan", "TES"}},
	} {
		p := newPortal(t)
		in := nurse("1")
		in.Content.WageRange, in.Content.WageInfo = test.wages, nil
		if test.info != "" {
			in.Content.WageInfo = jobposting.Localised{"fi": test.info}
		}
		page := p.page(jobPath("fi", p.receive(in)[0]))
		var got []string
		for _, dt := range page.all("dt", "") {
			if text(dt) != "Palkka" {
				continue
			}
			for n := dt.NextSibling; n != nil; n = n.NextSibling {
				if n.Data == "dd" {
					got = append(got, text(n))
				}
			}
		}
		if strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%q and %q: got %q, want %q", test.wages, test.info, got, test.want)
		}
	}
}
