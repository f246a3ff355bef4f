package datarequests_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAPersonAsksAndReadsTheAnswer(t *testing.T) {
	t.Parallel()

	for lang, w := range map[string]struct{ list, fresh, waits, answered, complaint string }{
		"fi": {own, own + "/uusi", "Odottaa vastausta", "Tehty pyynnön mukaan", "tietosuojavaltuutetun"},
		"sv": {"/sv/mina-sidor/begaran-om-uppgifter", "/sv/mina-sidor/begaran-om-uppgifter/ny", "Väntar på svar", "Gjort enligt begäran", "dataombudsmannen"},
	} {
		o := newOffice(t)
		b := o.aino()
		o.good(b.Get(w.list), http.StatusOK, lang)
		o.good(b.Get(w.fresh), http.StatusOK, lang)
		o.good(b.Post(w.fresh, url.Values{"kind": {"correction"}, "message": {""}}), http.StatusUnprocessableEntity, lang)
		o.good(b.Post(w.fresh, url.Values{"kind": {"correction"}, "message": {"Olen 020594x903p"}}), http.StatusUnprocessableEntity, lang, "020594X••••", "Olen 020594x903p")
		b.Post(w.fresh, url.Values{"kind": {"correction"}, "message": {"Tutkintoni on väärin."}})
		page, _, _ := strings.Cut(b.Last.Location(), "?")
		o.good(b.Follow(), http.StatusOK, lang, w.waits, "Tutkintoni on väärin.")
		o.good(b.Get(w.list), http.StatusOK, lang, w.waits)

		officer := o.officer()
		at := queue + page[strings.LastIndex(page, "/"):]
		officer.Get(at)
		officer.Post(at+"/ota", nil)
		officer.Get(at + "/vastaa")
		officer.Post(at+"/vastaa", url.Values{"outcome": {"granted"}, "answer": {"Korjasimme tutkinnon."}})
		o.goesOn(officer.Post(at+"/vastaa", url.Values{"go": {"send"}}), at)
		a := b.Get(page)
		o.good(a, http.StatusOK, lang, w.answered, "Korjasimme tutkinnon.")
		if strings.Contains(a.Page.Body(), w.complaint) {
			t.Error("who got what they asked for is told where to complain")
		}
	}
}

// TestARefusalTellsOfTheOmbudsman whatever was asked, to the officer who writes it
// as to the person.
func TestARefusalTellsOfTheOmbudsman(t *testing.T) {
	t.Parallel()

	for _, kind := range []string{"inspection", "deletion", "restriction"} {
		o := newOffice(t)
		aino, officer, path := o.taken(kind)
		officer.Get(path + "/vastaa")
		rights := []string{"saattaa asian tietosuojavaltuutetun käsiteltäväksi", "PL 800, 00531 Helsinki", "tietosuoja.keha@ely-keskus.fi"}
		preview := officer.Post(path+"/vastaa", url.Values{"outcome": {"refused"}, "answer": {"Laki ei salli tätä, koska asia on kesken."}})
		o.good(preview, http.StatusOK, "fi", rights...)
		o.goesOn(officer.Post(path+"/vastaa", url.Values{"go": {"send"}}), path)
		o.good(aino.Get(own+path[strings.LastIndex(path, "/"):]), http.StatusOK, "fi", rights...)
	}
}

func TestDocumentsGoBothWays(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	aino, officer, path := o.taken("inspection")
	page := own + path[strings.LastIndex(path, "/"):]
	aino.Get(page)
	o.goesOn(aino.PostFile(page+"/liitteet", nil, "file", "valtakirja.png", picture(t)), page)
	o.good(aino.Follow(), http.StatusOK, "fi", "valtakirja.png")
	o.good(aino.PostFile(page+"/liitteet", nil, "file", "virus.txt", []byte("text")), http.StatusUnprocessableEntity, "fi")
	o.good(officer.Get(path), http.StatusOK, "fi", "valtakirja.png")
	o.goesOn(officer.PostFile(path+"/vastauksen-liitteet", url.Values{"part": {"answer"}}, "file", "tiedot.png", picture(t)), path)
	o.good(officer.Follow(), http.StatusOK, "fi", "tiedot.png")
	for _, link := range officer.Last.Page.Links() {
		if strings.Contains(link, "/asiakirjat/") {
			if a := officer.Get(link); a.Code != http.StatusOK || a.Header().Get("Content-Type") != "image/png" || !strings.HasPrefix(a.Header().Get("Content-Disposition"), "attachment") {
				t.Errorf("%s: got %d", link, a.Code)
			}
		}
	}
	if strings.Contains(aino.Get(page).Page.Body(), "tiedot.png") {
		t.Error("the answer's document is there before the answer")
	}
	officer.Get(path + "/vastaa")
	officer.Post(path+"/vastaa", url.Values{"outcome": {"granted"}, "answer": {"Tiedot ovat liitteenä."}})
	o.goesOn(officer.Post(path+"/vastaa", url.Values{"go": {"send"}}), path)
	o.good(aino.Get(page), http.StatusOK, "fi", "tiedot.png", "Tiedot ovat liitteenä.")
	read := ""
	for _, link := range aino.Last.Page.Links() {
		if strings.HasPrefix(link, page+"/vastaus/") {
			read = link
		}
	}
	if a := aino.Get(read); a.Code != http.StatusOK || a.Header().Get("Content-Type") != "image/png" {
		t.Errorf("reading %q: got %d", read, a.Code)
	}
	stranger := o.Browser()
	stranger.LogInAs("010594Y9021")
	for _, path := range []string{page, read, page + "/todistus"} {
		if a := stranger.Get(path); a.Code != http.StatusNotFound {
			t.Errorf("a stranger at %s: got %d", path, a.Code)
		}
	}
}

func TestAPersonWithdraws(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	b := o.aino()
	page := own + "/" + o.filed(b, "restriction")
	b.Get(page)
	o.goesOn(b.Post(page+"/peru", nil), own)
	o.good(b.Follow(), http.StatusOK, "fi", "Pyyntö on peruttu.", "Peruttu")
	o.good(b.Get(page), http.StatusOK, "fi", "Peruttu")
}

// TestALateAnswer is owned up to, and the person learns where else to go.
func TestALateAnswer(t *testing.T) {
	t.Parallel()

	for lang, w := range map[string]struct{ list, late, still, complaint string }{
		"fi": {own, "Vastaus on myöhässä. Meidän piti vastata viimeistään", "edelleen käsiteltävänä", "saattaa asian tietosuojavaltuutetun käsiteltäväksi"},
		"sv": {"/sv/mina-sidor/begaran-om-uppgifter", "Svaret är försenat. Vi skulle ha svarat senast", "behandlas fortfarande", "föra ärendet till dataombudsmannen"},
	} {
		o := newOffice(t)
		b := o.aino()
		page := w.list + "/" + o.filed(b, "inspection")
		for _, path := range []string{page, w.list} {
			if text := b.Get(path).Page.Body(); strings.Contains(text, w.late) || strings.Contains(text, w.complaint) {
				t.Errorf("%s tells of delay too soon", path)
			}
		}
		o.Exec(`UPDATE data_request SET due_at = $1`, o.DB.Now())
		o.good(b.Get(w.list), http.StatusOK, lang, w.late)
		o.good(b.Get(page), http.StatusOK, lang, w.late, w.still, w.complaint)
	}
}
