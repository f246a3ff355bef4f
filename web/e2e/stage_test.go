package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
)

// stage is a portal on which two partners have done everything that there is to
// do, each with texts that nobody else may see, and on which there is an officer
// of every group.
type stage struct {
	*site

	ours, theirs *partnership
	officers     map[string]*visitor // by group
	// watch is the job watch of somebody who has nothing to do with them.
	watch *watcher
	// own is what our partner's representative keeps as a person.
	own *ownPages
}

// partnership is an organisation and what belongs to it.
type partnership struct {
	*visitor

	organisation string
	// canary stands in everything that the organisation has typed.
	canary string
	// numbers of what belongs to it
	joined, rejected, changed, request, document, decision, departure, acceptance string
}

var theStage struct {
	once  sync.Once
	stage *stage
}

// set returns the stage.
func set(t *testing.T) *stage {
	t.Helper()
	theStage.once.Do(func() { theStage.stage = newStage(t) })
	if theStage.stage == nil {
		t.Fatal("the stage is not set; the first test says why")
	}
	return theStage.stage
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{site: newSite(t, 5), officers: map[string]*visitor{}}
	s.appoint(t)
	s.ours = s.partnership(t, "aino", "koivutyo", "kanarialintu")
	// Chance alone would mark some for a second look.
	s.execute(t, `UPDATE application SET supervise = true WHERE id = `+s.ours.joined)
	s.theirs = s.partnership(t, "ng", "bjorkvik", "peippolintu")
	s.own = s.ownData(t, s.ours)
	s.ownData(t, s.theirs)
	s.watch = s.subscriber(t, i18n.Finnish, everyday, "vahti@haku.example", nil)
	return s
}

// officers of the simulated world and the groups that they get.
var officers = map[string]string{
	"applications": "applications", "supervision": "supervision", "content": "content", "content2": "appeals",
	"dataprotection": "data_protection", "interfaces": "interfaces", "audit": "audit",
}

// appoint has the main users take an officer of each group into the staff
// register, one asking and the other approving.
func (s *stage) appoint(t *testing.T) {
	t.Helper()
	one, two := s.visitor("main").logInStaff(t), s.visitor("main2").logInStaff(t)
	s.officers["main"] = one
	const register = "/fi/virkailija/rekisteri"
	for key, group := range officers {
		p := world.Default().Person(key)
		a := one.send(t, register+"/uusi", url.Values{"code": {p.Code}, "first_names": {p.FirstNames}, "family_name": {p.FamilyName}})
		member := a.place()
		if !strings.HasPrefix(member, register+"/") {
			t.Fatalf("%s is not registered: %s", key, a)
		}
		one.see(t, member)
		if a := one.send(t, member+"/pyynto", url.Values{"group": {group}}); a.status != http.StatusSeeOther {
			t.Fatalf("%s is not asked for: %s", group, a)
		}
		two.see(t, member)
		if a := two.send(t, member+"/oikeus", url.Values{"act": {"approve"}}); a.status != http.StatusSeeOther {
			t.Fatalf("%s is not approved: %s", group, a)
		}
		s.officers[group] = s.visitor(key).logInStaff(t)
	}
}

// details are forms of an application that break no rule, with text in whatever
// is free.
func details(text string) []struct {
	part string
	form url.Values
} {
	return []struct {
		part string
		form url.Values
	}{
		{"organisaatio", nil}, // what is corrected there, an officer looks at
		{"yhteyshenkilot", url.Values{
			"contact_name_1": {"Yhteys " + text}, "contact_role_1": {text + " rooli"}, "contact_email_1": {text + "@posti.example"},
			"contact_phone_1": {"+358 40 123 4567"}, "contact_language_1": {"fi"},
		}},
		{"palvelualueet", url.Values{"service_areas": {"training"}}},
		{"toiminta-alue", url.Values{"whole_country": {"yes"}}},
		{"kuvaus", url.Values{"description_fi": {"Kuvaus " + text}, "website": {"https://" + text + ".example/"}}},
		{"kielet", url.Values{"languages": {"fi"}}},
		{"henkilotiedot", url.Values{}},
		{"vakuutukset", url.Values{"declaration_law": {"yes"}, "declaration_correct": {"yes"}, "declaration_current": {"yes"}, "declaration_contents": {"yes"}}},
	}
}

const (
	applicationPages = "/fi/liity/hakemukset/"
	casePages        = "/fi/virkailija/hakemukset/"
	desk             = "/fi/omat-tiedot"
)

// write accepts the terms and writes an application up to the page that sends
// it.
func (v *visitor) write(t *testing.T, text string, areas ...string) {
	t.Helper()
	const terms = "/fi/liity/ehdot"
	if _, ask := formOf(v.open(t, terms).body, terms); ask {
		if a := v.send(t, terms, url.Values{"read": {"1"}}); a.status != http.StatusSeeOther {
			t.Fatalf("%s does not accept the terms: %s", v.key, a)
		}
	}
	for _, part := range details(text) {
		if part.part == "palvelualueet" && len(areas) > 0 {
			part.form["service_areas"] = areas
		}
		path := "/fi/liity/hakemus/" + part.part
		if a := v.open(t, path); a.status != http.StatusOK {
			continue // a part that does not concern everybody
		}
		if a := v.send(t, path, part.form); a.status != http.StatusSeeOther {
			t.Fatalf("%s does not get past %s: %s", v.key, part.part, a)
		}
	}
	v.see(t, checkPage)
}

const checkPage = "/fi/liity/hakemus/tarkistus"

// apply writes an application, sends it and returns its number.
func (v *visitor) apply(t *testing.T, text string, areas ...string) string {
	t.Helper()
	v.write(t, text, areas...)
	a := v.send(t, checkPage, nil)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location(), applicationPages) {
		t.Fatalf("%s cannot apply: %s", v.key, a)
	}
	id := number(t, a.location())
	v.follow(t)
	return id
}

// has waits until an application has a status.
func (s *site) has(t *testing.T, id, status string) {
	t.Helper()
	eventually(t, "application "+id+" is "+status, func() bool {
		return s.number(t, `SELECT count(*) FROM application WHERE id = `+id+` AND status = '`+status+`'`) == 1
	})
}

// partnership goes the whole way of an organisation: joins, leaves, joins again,
// has a change rejected with a decision, and another one looked into with a
// request for documents.
func (s *stage) partnership(t *testing.T, person, organisation, canary string) *partnership {
	t.Helper()
	p := &partnership{visitor: s.visitor(person), organisation: organisation, canary: canary}
	p.logIn(t).actFor(t, organisation)
	s.has(t, p.apply(t, canary), "approved")
	for _, path := range []string{desk, desk + "/edustajat", desk + "/viestit", "/fi/liity", "/fi/liity/hakemukset", "/fi/asiointi", "/fi/asiointi/istunnot"} {
		p.see(t, path)
	}
	a := p.send(t, desk+"/lahteminen", url.Values{"understood": {"yes"}})
	p.departure = number(t, a.location())
	p.follow(t)
	p.see(t, a.place()+"/kopiot")
	p.send(t, a.place()+"/kopiot", url.Values{"answer": {"done"}})
	p.see(t, a.place()+"/henkilotiedot")
	p.send(t, a.place()+"/henkilotiedot", url.Values{"answer": {"kept"}, "ground": {"Laki " + canary}})
	p.joined = p.apply(t, canary)
	s.has(t, p.joined, "approved")

	for _, part := range []string{"yhteyshenkilot", "kuvaus"} {
		p.see(t, desk+"/muuta/"+part)
		p.send(t, desk+"/muuta/"+part, nil)
	}
	p.rejected = p.ask(t, "work_ability")
	s.reject(t, p)
	p.changed = p.ask(t, "rehabilitation")
	s.examine(t, p)
	for _, path := range []string{desk, desk + "/edustajat", desk + "/viestit", applicationPages + p.changed, "/fi/paatokset/" + p.decision} {
		p.see(t, path)
	}
	p.see(t, "/fi/ehtojen-hyvaksynnat")
	for _, link := range p.at.page(t).Links() {
		if rest, ok := strings.CutPrefix(link, "/fi/ehtojen-hyvaksynnat/"); ok {
			p.acceptance = rest
			p.see(t, link)
		}
	}
	return p
}

// ask asks for a service area that an officer looks at.
func (p *partnership) ask(t *testing.T, area string) string {
	t.Helper()
	path := desk + "/muuta/palvelualueet"
	p.see(t, path)
	a := p.send(t, path, url.Values{"service_areas": {area}, "checked": {"yes"}})
	if !strings.HasPrefix(a.location(), applicationPages) {
		t.Fatalf("%s cannot change: %s", p.key, a)
	}
	p.follow(t)
	return number(t, a.location())
}

// reject has an officer reject an application with a decision.
func (s *stage) reject(t *testing.T, p *partnership) {
	t.Helper()
	s.has(t, p.rejected, "in_review")
	o := s.officers["applications"]
	path := casePages + p.rejected
	o.see(t, path)
	o.send(t, path+"/ota", nil)
	o.see(t, path+"/hylkaa")
	fields := url.Values{"grounds": {"no_services"}, "reasons": {"Perustelu " + p.canary + "."}, "step": {"check"}}
	if a := o.send(t, path+"/hylkaa", fields); a.status != http.StatusOK {
		t.Fatalf("the rejection cannot be checked: %s", a)
	}
	a := o.send(t, path+"/hylkaa", url.Values{"step": {"confirm"}})
	p.decision = number(t, a.location())
	o.follow(t)
}

// pdf is a document that is what it says.
var pdf = []byte("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n")

// examine has an officer ask for documents, and the applicant deliver one. The
// case is then in the officer's hands.
func (s *stage) examine(t *testing.T, p *partnership) {
	t.Helper()
	s.has(t, p.changed, "in_review")
	o := s.officers["applications"]
	path := casePages + p.changed
	o.see(t, path)
	o.send(t, path+"/ota", nil)
	o.see(t, path+"/asiakirjapyynto")
	if a := o.send(t, path+"/asiakirjapyynto", url.Values{"message": {"Lähettäkää " + p.canary + "."}}); a.status != http.StatusSeeOther {
		t.Fatalf("no documents are asked for: %s", a)
	}
	p.request = number(t, s.requestPage(t, p))
	request := "/fi/pyynnot/" + p.request
	p.see(t, request)
	if a := p.upload(t, request, p.canary+".pdf", "application/pdf", pdf); a.status != http.StatusSeeOther {
		t.Fatalf("the document is not taken: %s", a)
	}
	p.see(t, request, p.canary+".pdf")
	if a := p.send(t, request+"/laheta", nil); a.status != http.StatusSeeOther {
		t.Fatalf("the documents are not delivered: %s", a)
	}
	p.follow(t)
	o.see(t, path)
	o.send(t, path+"/ota", nil)
	o.see(t, path, p.canary)
	for _, link := range o.at.page(t).Links() {
		if rest, ok := strings.CutPrefix(link, path+"/asiakirjat/"+p.request+"/"); ok {
			p.document = rest
		}
	}
	if p.document == "" {
		t.Fatalf("the officer finds no document: %s", o.at)
	}
}

// requestPage finds the request on the applicant's pages.
func (s *stage) requestPage(t *testing.T, p *partnership) string {
	t.Helper()
	for _, page := range []string{applicationPages + p.changed, desk + "/viestit", "/fi/liity"} {
		for _, link := range p.see(t, page).page(t).Links() {
			if strings.HasPrefix(link, "/fi/pyynnot/") {
				return link
			}
		}
	}
	t.Fatalf("%s is not led to the request: %s", p.key, p.at)
	return ""
}

// execute runs a statement that puts the world into a state.
func (s *site) execute(tb testing.TB, statement string) {
	tb.Helper()
	conn, err := s.connect(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(tb.Context()))
	if _, err := conn.Exec(tb.Context(), statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}
