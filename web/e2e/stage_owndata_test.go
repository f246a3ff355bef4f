package e2e_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// ownPages are what a person of our partner's keeps at the portal: an entry of
// each list of the profile, and a request about the own data that is answered
// and one that an officer has in hand.
type ownPages struct {
	entries           map[string]string // by the word in Finnish addresses
	answered, inHand  string
	document, officer string // of the answered request, for the person and for officers
	officers          *visitor
}

const (
	profilePages = "/fi/omat-sivut/profiili"
	requestPages = "/fi/omat-sivut/tietopyynnot"
	requestCases = "/fi/virkailija/tietopyynnot"
)

// ownData has our partner's representative write a profile and ask about the own
// data.
func (s *stage) ownData(t *testing.T, p *partnership) *ownPages {
	t.Helper()
	o := &ownPages{entries: map[string]string{}}
	v, officer := p.copied(), s.visitor("dataprotection").logInStaff(t)
	for word, fields := range map[string]url.Values{
		"tyohistoria": {"title": {"Työ " + p.canary}, "begun": {"8.2019"}, "ongoing": {"yes"}}, "koulutus": {"name": {p.canary}, "state": {"done"}},
		"osaaminen": {"name": {p.canary}}, "kielitaito": {"language": {"sv"}, "level": {"B2"}}, "kortit-ja-luvat": {"card": {"013"}},
		"toivottu-tyo": {"name": {p.canary}},
	} {
		section := profilePages + "/" + word
		if a := v.send(t, section+"/uusi", fields); a.status != http.StatusSeeOther {
			t.Fatalf("no entry is written: %s", a)
		}
		for _, link := range v.see(t, section).page(t).Links() {
			if id, ok := strings.CutPrefix(link, section+"/"); ok && id != "uusi" && !strings.Contains(id, "/") {
				o.entries[word] = id
			}
		}
		entry := section + "/" + o.entries[word]
		v.see(t, entry)
		v.send(t, entry, nil)
		v.see(t, entry+"/poisto")
	}
	o.answered = v.asksAbout(t, "correction", p.canary)
	at := requestCases + "/" + o.answered
	officer.see(t, at)
	officer.send(t, at+"/ota", nil)
	officer.see(t, at)
	if a := officer.upload(t, at+"/vastauksen-liitteet", p.canary+".pdf", "application/pdf", pdf); a.status != http.StatusSeeOther {
		t.Fatalf("no document goes with the answer: %s", a)
	}
	officer.see(t, at+"/vastaa")
	officer.send(t, at+"/vastaa", url.Values{"outcome": {"refused"}, "answer": {"Vastaus " + p.canary + "."}})
	if a := officer.send(t, at+"/vastaa", url.Values{"go": {"send"}}); a.status != http.StatusSeeOther {
		t.Fatalf("the request is not answered: %s", a)
	}
	o.document, o.officer = v.linkBelow(t, requestPages+"/"+o.answered, "/vastaus/"), officer.linkBelow(t, at, "/asiakirjat/")
	v.see(t, requestPages+"/"+o.answered+"/todistus")
	officer.see(t, at+"/todistus")
	o.inHand = v.asksAbout(t, "inspection", p.canary)
	officer.see(t, requestCases+"/"+o.inHand)
	officer.send(t, requestCases+"/"+o.inHand+"/ota", nil)
	officer.see(t, requestCases+"/"+o.inHand+"/yhteydenotto")
	officer.send(t, requestCases+"/"+o.inHand+"/yhteydenotto", url.Values{"note": {"Soitto " + p.canary}})
	v.see(t, requestPages+"/"+o.inHand)
	if a := v.upload(t, requestPages+"/"+o.inHand+"/liitteet", p.canary+".pdf", "application/pdf", pdf); a.status != http.StatusSeeOther {
		t.Fatalf("no document goes with the request: %s", a)
	}
	o.consents(t, v, p.canary)
	p.met = append(p.met, v.met...)
	o.officers = officer
	return o
}

// consents gives consents, and withdraws one.
func (o *ownPages) consents(t *testing.T, v *visitor, text string) {
	t.Helper()
	const page = "/fi/omat-sivut/suostumukset"
	fields := v.form(t, page)
	fields.Set("purpose", "survey")
	for range 2 {
		if a := v.submit(t, page, fields); a.status != http.StatusSeeOther {
			t.Fatalf("no consent is given: %s", a)
		}
		v.see(t, page)
		fields = v.form(t, page)
		fields.Set("purpose", "health")
		fields.Set("receiver", "Oy "+text)
		fields.Set("matter", "Terveys "+text)
	}
	v.see(t, page)
	if a := v.send(t, page+"/peru", nil); a.status != http.StatusSeeOther {
		t.Fatalf("no consent is withdrawn: %s", a)
	}
}

// asksAbout asks something about the own data and returns its number.
func (v *visitor) asksAbout(t *testing.T, kind, text string) string {
	t.Helper()
	a := v.send(t, requestPages+"/uusi", url.Values{"kind": {kind}, "message": {"Pyydän tietoja. " + text}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("no request is made: %s", a)
	}
	return path.Base(a.place())
}

// linkBelow finds the link of a page to what lies below it, and returns its last
// part.
func (v *visitor) linkBelow(t *testing.T, page, below string) string {
	t.Helper()
	for _, link := range v.see(t, page).page(t).Links() {
		if rest, ok := strings.CutPrefix(link, page+below); ok {
			return rest
		}
	}
	t.Fatalf("%s leads to nothing below %s: %s", page, below, v.at)
	return ""
}

// profileWords are the lists of a profile in Swedish addresses.
var profileWords = map[string]string{
	"arbetshistoria": "tyohistoria", "utbildning": "koulutus", "kunnande": "osaaminen", "sprakkunskaper": "kielitaito",
	"kort-och-tillstand": "kortit-ja-luvat", "onskat-arbete": "toivottu-tyo",
}

// fill returns what stands for {id} and {key} in a pattern of a page on own data.
func (o *ownPages) fill(pattern string) (id, key string, ok bool) {
	parts := strings.Split(pattern, "/")
	switch {
	case len(parts) > 4 && (parts[3] == "profiili" || parts[3] == "profil"):
		if fi, swedish := profileWords[parts[4]]; swedish {
			return o.entries[fi], "", true
		}
		return o.entries[parts[4]], "", true
	case len(parts) > 3 && (parts[3] == "tietopyynnot" || parts[3] == "begaran-om-uppgifter"):
		staff := parts[2] == "virkailija" || parts[2] == "handlaggare"
		switch {
		case staff && (strings.Contains(pattern, "{key}") || strings.HasSuffix(pattern, "/todistus") || strings.HasSuffix(pattern, "/intyg")):
			return o.answered, o.officer, true
		case staff:
			return o.inHand, "", true
		}
		return o.answered, o.document, true
	}
	return "", "", false
}
