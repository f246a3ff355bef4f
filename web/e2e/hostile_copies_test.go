package e2e_test

import (
	"bytes"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// parallel is how many copies of a form are sent at once.
const parallel = 50

// copies sends the form of the page at path many times at once, as somebody does
// whose browser or finger stutters. Some are taken, nothing breaks.
func (v *visitor) copies(t *testing.T, path string, changes url.Values) {
	t.Helper()
	fields := v.form(t, path)
	maps.Copy(fields, changes)
	v.stutter(t, path, func(one *visitor) (*answer, error) { return one.post(t.Context(), path, fields) })
}

func (v *visitor) stutter(t *testing.T, path string, send func(one *visitor) (*answer, error)) {
	t.Helper()
	statuses := make([]int, parallel)
	places := make([]string, parallel)
	var sending sync.WaitGroup
	for i := range parallel {
		one := v.copied()
		sending.Go(func() {
			a, err := send(one)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				return
			}
			statuses[i], places[i] = a.status, a.location()
		})
	}
	sending.Wait()
	counts := map[string]int{}
	taken := ""
	for i, n := range statuses {
		counts[fmt.Sprint(n, " ", places[i])]++
		if n == http.StatusSeeOther {
			taken = places[i]
		}
		if n >= http.StatusInternalServerError && n != http.StatusServiceUnavailable {
			t.Errorf("%s answers %d", path, n)
		}
	}
	if taken == "" {
		t.Fatalf("%s: no copy was taken: %v", path, counts)
	}
	t.Logf("%s: %v", path, counts)
	v.at = &answer{path: path, status: http.StatusSeeOther, header: http.Header{"Location": {taken}}}
}

// TestCopiesHaveOneEffect sends 50 copies of every form that does something at
// once.
func TestCopiesHaveOneEffect(t *testing.T) {
	t.Parallel()

	s := set(t)
	v := s.visitor("several").logIn(t).actFor(t, "valmennus")
	id := world.Default().Organisation("valmennus").BusinessID
	one := func(what, query string) {
		t.Helper()
		if n := s.number(t, strings.ReplaceAll(query, "$1", "'"+id+"'")); n != 1 {
			t.Errorf("%d %s, want 1", n, what)
		}
	}

	v.copies(t, "/fi/liity/ehdot", url.Values{"read": {"1"}})
	one("acceptances of the terms", `SELECT count(*) FROM terms_acceptance WHERE business_id = $1`)
	v.copies(t, "/fi/liity/hakemus/kuvaus", url.Values{"description_fi": {"Kerran kirjoitettu"}})
	one("drafts", `SELECT count(*) FROM application_draft WHERE business_id = $1 AND form ->> 'description_fi' = 'Kerran kirjoitettu'`)
	v.write(t, "monesti")
	v.copies(t, checkPage, nil)
	one("applications", `SELECT count(*) FROM application WHERE business_id = $1`)
	joined := number(t, v.at.location())
	s.has(t, joined, "approved")

	contacts := desk + "/muuta/yhteyshenkilot"
	v.see(t, contacts)
	v.copies(t, contacts, url.Values{"contact_name_1": {"Toinen Nimi"}})
	one("changes of contacts", `SELECT version - 1 FROM partner WHERE business_id = $1`)
	areas := desk + "/muuta/palvelualueet"
	v.see(t, areas)
	v.copies(t, areas, url.Values{"service_areas": {"work_ability"}, "checked": {"yes"}})
	one("changes for an officer", `SELECT count(*) FROM application WHERE business_id = $1 AND kind = 'change'`)
	withdrawn := number(t, v.at.location())
	s.has(t, withdrawn, "in_review")
	v.copies(t, applicationPages+withdrawn+"/peruutus", nil)

	o := s.officers["applications"].copied()
	s.settle50(t, v, o, one)

	v.see(t, desk+"/lahteminen")
	v.copies(t, desk+"/lahteminen", url.Values{"understood": {"yes"}})
	one("departures", `SELECT count(*) FROM partner_departure WHERE business_id = $1`)
	left := "/fi/lahteminen/" + number(t, v.at.location())
	v.copies(t, left+"/kopiot", url.Values{"answer": {"done"}})

	s.register50(t)

	s.portal(t, "audit", "verify")
	const twice = `SELECT count(*) FROM (SELECT FROM audit_event
		WHERE action IN ('application.submitted', 'application.approved', 'application.rejected', 'application.withdrawn', 'partner.joined', 'partner.left', 'duty.confirmed', 'request.made', 'decision.made')
		GROUP BY action, subject_kind, subject_id, detail HAVING count(*) > 1) AS twice`
	if n := s.number(t, twice); n != 0 {
		t.Errorf("%d acts stand twice in the audit log", n)
	}
	if n := s.number(t, `SELECT count(*) FROM (SELECT FROM mail_outbox GROUP BY key HAVING count(*) > 1) AS twice`); n != 0 {
		t.Errorf("%d mails are sent twice", n)
	}
}

// settle50 goes through what officers do with changes, each form in 50 copies.
func (s *stage) settle50(t *testing.T, v, o *visitor, one func(what, query string)) {
	t.Helper()
	ask := func(area string) string {
		t.Helper()
		v.see(t, desk+"/muuta/palvelualueet")
		a := v.send(t, desk+"/muuta/palvelualueet", url.Values{"service_areas": {area}, "checked": {"yes"}})
		id := number(t, a.location())
		s.has(t, id, "in_review")
		path := casePages + id
		o.see(t, path)
		o.copies(t, path+"/ota", nil)
		return id
	}
	id := ask("rehabilitation")
	path := casePages + id
	o.see(t, path+"/yhteydenotto")
	o.copies(t, path+"/yhteydenotto", url.Values{"note": {"Soitettu kerran"}})
	one("notes of a contact", `SELECT count(*) FROM review_note WHERE note = 'Soitettu kerran'`)
	o.see(t, path+"/asiakirjapyynto")
	o.copies(t, path+"/asiakirjapyynto", url.Values{"message": {"Lähettäkää kerran."}})
	one("requests", `SELECT count(*) FROM review_request WHERE message = 'Lähettäkää kerran.'`)
	request := fmt.Sprint("/fi/pyynnot/", s.number(t, `SELECT id FROM review_request WHERE message = 'Lähettäkää kerran.'`))
	v.see(t, request)
	fields := v.form(t, request)
	v.stutter(t, request, func(one *visitor) (*answer, error) {
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		for name := range fields {
			_ = m.WriteField(name, fields.Get(name))
		}
		part, _ := m.CreateFormFile("file", "kerran.pdf")
		_, _ = part.Write(pdf)
		_ = m.Close()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+request, &body)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", m.FormDataContentType())
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		return one.do(req)
	})
	one("documents", `SELECT count(*) FROM document WHERE subject_id = '`+number(t, request)+`' AND subject_kind = 'request'`)
	v.see(t, request)
	v.copies(t, request+"/laheta", nil)
	o.see(t, path)
	o.copies(t, path+"/ota", nil)
	o.see(t, path+"/hyvaksy")
	o.copies(t, path+"/hyvaksy", nil)
	s.has(t, id, "approved")

	id = ask("work_ability")
	path = casePages + id
	o.see(t, path+"/hylkaa")
	o.copies(t, path+"/hylkaa", url.Values{"grounds": {"no_services"}, "reasons": {"Hylätään kerran, eikä toista kertaa."}, "step": {"confirm"}})
	one("decisions", `SELECT count(*) FROM decision WHERE application_id = `+id)
	if got := s.number(t, `SELECT count(*) FROM mail_outbox WHERE kind = 'decision_waits' AND key LIKE '%:' || (SELECT id FROM decision WHERE application_id = `+id+`) || ':%'`); got != 1 {
		t.Errorf("%d mails about a decision", got)
	}
}

// register50 takes an officer into the register and adds a service area, each
// form in 50 copies.
func (s *stage) register50(t *testing.T) {
	t.Helper()
	asks, approves := s.visitor("main").logInStaff(t), s.visitor("main2").logInStaff(t)
	const register = "/fi/virkailija/rekisteri"
	p := world.Default().Person("applications2")
	asks.see(t, register+"/uusi")
	asks.copies(t, register+"/uusi", url.Values{"code": {p.Code}, "first_names": {p.FirstNames}, "family_name": {p.FamilyName}})
	member := asks.at.place()
	asks.see(t, member)
	asks.copies(t, member+"/pyynto", url.Values{"group": {"supervision"}})
	approves.see(t, member)
	approves.copies(t, member+"/oikeus", url.Values{"act": {"approve"}})
	grants := `SELECT count(*) FROM staff_grant WHERE person_id = ` + number(t, member)
	if n := s.number(t, grants); n != 1 {
		t.Errorf("%d grants, want 1", n)
	}
	content := s.visitor("content").logInStaff(t)
	const areas = "/fi/virkailija/palvelualueet"
	content.see(t, areas)
	content.copies(t, areas, url.Values{"code": {"once_only"}, "name_fi": {"Kerran"}, "name_sv": {"En gång"}, "description_fi": {"Kuvaus"}, "description_sv": {"Beskrivning"}})
	if n := s.number(t, `SELECT count(*) FROM service_area WHERE name_fi = 'Kerran'`); n != 1 {
		t.Errorf("%d service areas, want 1", n)
	}
}
