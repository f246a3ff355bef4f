package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// belongings is a number that changes when anything does that belongs to an
// organisation; its places are the business ID.
const belongings = `
WITH a AS (SELECT * FROM application WHERE business_id = '%[1]s'),
     r AS (SELECT * FROM review_request WHERE application_id IN (SELECT id FROM a)),
     f AS (SELECT * FROM partner_departure WHERE business_id = '%[1]s'),
     rows AS (
        SELECT to_jsonb(a) AS one FROM a
        UNION ALL SELECT to_jsonb(t) FROM application_revision AS t WHERE application_id IN (SELECT id FROM a)
        UNION ALL SELECT to_jsonb(t) FROM application_verdict AS t WHERE application_id IN (SELECT id FROM a)
        UNION ALL SELECT to_jsonb(t) FROM application_draft AS t WHERE business_id = '%[1]s'
        UNION ALL SELECT to_jsonb(t) FROM partner AS t WHERE business_id = '%[1]s'
        UNION ALL SELECT to_jsonb(t) FROM review_case AS t WHERE application_id IN (SELECT id FROM a)
        UNION ALL SELECT to_jsonb(r) FROM r
        UNION ALL SELECT to_jsonb(t) FROM review_note AS t WHERE application_id IN (SELECT id FROM a)
        UNION ALL SELECT to_jsonb(t) FROM review_act AS t WHERE application_id IN (SELECT id FROM a)
        UNION ALL SELECT to_jsonb(t) FROM document AS t WHERE subject_kind = 'request' AND subject_id IN (SELECT id::text FROM r)
        UNION ALL SELECT to_jsonb(t) FROM decision AS t WHERE business_id = '%[1]s'
        UNION ALL SELECT to_jsonb(f) FROM f
        UNION ALL SELECT to_jsonb(t) FROM partner_duty AS t WHERE departure_id IN (SELECT id FROM f)
        UNION ALL SELECT to_jsonb(t) FROM terms_acceptance AS t WHERE business_id = '%[1]s'
     )
SELECT coalesce(bit_xor(hashtextextended(one::text, 0)), 0) # count(*) FROM rows`

// belongingsOf returns that number for an organisation of the simulated world.
func (s *site) belongingsOf(t *testing.T, organisation string) int64 {
	t.Helper()
	return s.number(t, fmt.Sprintf(belongings, world.Default().Organisation(organisation).BusinessID))
}

var numbered = regexp.MustCompile(`/\d+(/|$)`)

// patternOf is an address without what tells one thing from another.
func patternOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return numbered.ReplaceAllString(path, "/0$1")
}

// unique are deeds without repetitions, addresses before forms.
func unique(met []deed) (pages []string, forms []deed) {
	seen := map[string]bool{}
	for _, d := range met {
		key := fmt.Sprint(d.path, d.fields != nil)
		if seen[key] {
			continue
		}
		seen[key] = true
		if d.fields == nil {
			pages = append(pages, d.path)
		} else {
			forms = append(forms, d)
		}
	}
	return pages, forms
}

// secretsOf are texts that nobody but a partner's representatives and officers
// may see.
func (p *partnership) secretsOf() []string {
	w := world.Default()
	return []string{p.canary, w.Person(p.key).FamilyName, w.Organisation(p.organisation).Name}
}

// TestReplayByOthersGetsNothing does everything again that a partner's
// representative and an officer have done, as somebody else: nothing is shown,
// nothing happens.
func TestReplayByOthersGetsNothing(t *testing.T) {
	t.Parallel()

	s := set(t)
	before := s.belongingsOf(t, s.ours.organisation)
	people := []column{
		{"other partner", s.theirs.copied(), false},
		{"other applicant", s.visitor("elder").logIn(t).actFor(t, "saatio"), false},
		// The portal keeps for them what they send, so nobody else may be them.
		{"person", s.visitor("auditor").logIn(t), false},
		{"anonymous", s.visitor(""), false},
		{"other officer", s.visitor("interfaces").logInStaff(t), false},
	}
	officer := s.officers["applications"]
	pages, forms := unique(s.ours.met)
	officerPages, officerForms := unique(slices.Concat(officer.met, s.own.officers.met))
	t.Logf("%d addresses and %d forms of a partner, %d and %d of an officer", len(pages), len(forms), len(officerPages), len(officerForms))
	if len(pages) < 30 || len(forms) < 15 {
		t.Error("that is too few")
	}
	_, own := unique(s.theirs.met)
	tokens := map[string]url.Values{}
	for _, d := range own {
		tokens[patternOf(d.path)] = d.fields
	}
	for _, who := range people {
		t.Run(who.name, func(t *testing.T) {
			for _, path := range slices.Concat(pages, officerPages) {
				who.peeks(t, path, s.ours)
			}
			for _, d := range slices.Concat(forms, officerForms) {
				if strings.Contains(d.path, "kirjaudu") {
					continue // logging in is for everybody
				}
				who.forges(t, d, tokens[patternOf(d.path)], s.ours)
			}
		})
	}
	if after := s.belongingsOf(t, s.ours.organisation); after != before {
		t.Error("something of our partner's has changed")
	}
}

// peeks asks for a page that belongs to p.
func (c column) peeks(t *testing.T, path string, p *partnership) {
	t.Helper()
	a := c.copied().open(t, path)
	for _, secret := range p.secretsOf() {
		if strings.Contains(strings.ToLower(a.body), strings.ToLower(secret)) {
			t.Errorf("%s shows %q", path, secret)
		}
	}
	closed := []int{http.StatusNotFound, http.StatusForbidden, http.StatusSeeOther}
	particular := numbered.MatchString(path) && !strings.HasPrefix(path, "/fi/ehdot/")
	if particular && !slices.Contains(closed, a.status) {
		t.Errorf("%s answers %d", path, a.status)
	}
	if particular && c.name == "other partner" && a.status == http.StatusNotFound {
		missing := c.copied().open(t, numbered.ReplaceAllString(path, "/987654$1"))
		if missing.status != a.status || bare(missing) != bare(a) {
			t.Errorf("%s does not answer like one that is not there", path)
		}
	}
}

var changing = regexp.MustCompile(`/\d+|form_token" value="[^"]*|form_owner" value="[^"]*|data-ends-in="[^"]*`)

// bare is a page without what is different each time and in each address.
func bare(a *answer) string {
	return changing.ReplaceAllString(strings.ReplaceAll(a.body, a.header.Get("X-Request-Id"), ""), "")
}

// forges sends a form that belongs to p: as it was, then with a token of its own.
func (c column) forges(t *testing.T, d deed, own url.Values, p *partnership) {
	t.Helper()
	refused := []int{http.StatusNotFound, http.StatusForbidden, http.StatusSeeOther, http.StatusBadRequest, http.StatusConflict, http.StatusGone}
	try := func(how string, fields url.Values) {
		t.Helper()
		v := c.copied()
		a := v.submit(t, d.path, fields)
		if !slices.Contains(refused, a.status) || a.status == http.StatusSeeOther && !leadsAway(a.location()) {
			t.Errorf("%s: %s", how, a)
		}
		for _, secret := range p.secretsOf() {
			// What somebody has just sent is no news to them.
			if strings.Contains(strings.ToLower(a.body), strings.ToLower(secret)) && !strings.Contains(fmt.Sprint(fields), secret) {
				t.Errorf("%s: %s shows %q", how, d.path, secret)
			}
		}
	}
	sent := url.Values{}
	for name, list := range d.fields {
		// What the portal cannot let in, it keeps for whom this field names: three
		// times are enough.
		if name != "form_owner" || strings.HasSuffix(d.path, "/kuvaus") {
			sent[name] = list
		}
	}
	try("as it was", sent)
	if own == nil || !numbered.MatchString(d.path) {
		return // without the number of a thing it would be about one's own
	}
	fields := url.Values{}
	for name, list := range d.fields {
		for _, value := range list {
			// The portal may keep what they send as theirs, which must not look like ours.
			fields.Add(name, strings.ReplaceAll(value, p.canary, "korppi"))
		}
	}
	for name, list := range own {
		if strings.HasPrefix(name, "form_") {
			fields[name] = list
		}
	}
	try("with a token of its own", fields)
}

// leadsAway tells that a redirect leads to where somebody gets who may not come
// in: to log in, to choose an organisation, to join.
func leadsAway(to string) bool {
	if to == "/fi/liity" {
		return true
	}
	for _, path := range []string{"/fi/kirjaudu", "/fi/virkailija/kirjaudu", represent + "?", "/fi/liity?"} {
		if strings.HasPrefix(to, path) {
			return true
		}
	}
	return false
}
