package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/web/route"
)

// TestForgedPostsAreRefused sends the forms of our partner, of an officer and of
// a main user as another site, another session or nobody's browser would: valid
// in everything but that.
func TestForgedPostsAreRefused(t *testing.T) {
	t.Parallel()

	s := set(t)
	before := s.belongingsOf(t, s.ours.organisation)
	origin := s.url
	host := strings.TrimPrefix(origin, "http://")
	_, foreign := unique(s.theirs.met)
	tried := map[string]bool{}
	for _, who := range []*visitor{s.ours.visitor, s.officers["applications"], s.officers["main"]} {
		_, forms := unique(who.met)
		for _, d := range forms {
			if strings.Contains(d.path, "kirjaudu") {
				continue // it is for those who are not logged in
			}
			tried[patternOf(d.path)] = true
			other := maps.Clone(d.fields)
			other.Del("form_owner")
			for _, f := range foreign {
				if f.fields.Get("form_token") != "" {
					other.Set("form_token", f.fields.Get("form_token"))
				}
			}
			wrong := maps.Clone(d.fields)
			wrong.Set("form_token", strings.Repeat("A", 75))
			for _, v := range []struct {
				name    string
				fields  url.Values
				headers []string
			}{
				{"cross-site", d.fields, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}},
				{"same-site", d.fields, []string{"Sec-Fetch-Site", "same-site", "Origin", "http://muu." + host}},
				{"an origin of null", d.fields, []string{"Sec-Fetch-Site", "", "Origin", "null"}},
				{"another port", d.fields, []string{"Sec-Fetch-Site", "", "Origin", "http://127.0.0.1:1"}},
				{"a sub-domain", d.fields, []string{"Sec-Fetch-Site", "", "Origin", "http://muu." + host}},
				{"no headers", d.fields, []string{"Sec-Fetch-Site", "", "Origin", ""}},
				{"a wrong token", wrong, nil},
				{"another person's token", other, nil},
			} {
				a := who.copied().submit(t, d.path, v.fields, v.headers...)
				// Who comes from here may be told that there is nothing to do any more.
				// A form for files takes no other kind of body.
				files := strings.Contains(d.path, "/pyynnot/") || strings.HasSuffix(d.path, "/liitteet")
				late := len(v.headers) == 0 && (a.status == http.StatusNotFound || a.location() == "/fi/liity" || files && a.status == http.StatusBadRequest)
				if a.status != http.StatusForbidden && !late {
					t.Errorf("%s: %s", v.name, a)
				}
			}
			for _, path := range []string{d.path + "?_method=POST", d.path + "?" + d.fields.Encode()} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("X-HTTP-Method-Override", http.MethodPost)
				if _, err := who.copied().do(req); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if after := s.belongingsOf(t, s.ours.organisation); after != before {
		t.Error("something of our partner's has changed")
	}
	if len(tried) < 20 {
		t.Errorf("only %d forms were tried", len(tried))
	}
	t.Logf("%d forms, nine ways each", len(tried))
	// Forms that nobody has filled in so far have the same gate.
	for _, r := range s.classes(t) {
		if r.Method != http.MethodPost || r.CSRF != route.Form || strings.HasPrefix(r.Pattern, "/sv") {
			continue
		}
		path := s.fill(r.Pattern, "1", "1", 1, 1)
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", ""}} {
			if a := s.ours.copied().submit(t, path, url.Values{}, headers...); a.status != http.StatusForbidden {
				t.Errorf("%v: %s", headers, a)
			}
		}
	}
}

// nasty is what nobody types and somebody sends.
func nasty() map[string]string {
	return map[string]string{
		"40,000 characters":   strings.Repeat("ä", 40_000),
		"NUL":                 "a\x00b",
		"invalid UTF-8":       "\xff\xfe\xc3",
		"a header":            "nimi\r\nBcc: kaikki@evil.example\r\n\r\n<b>x",
		"markup":              `"><script>alert(1)</script><img src=x onerror=alert(1)>`,
		"a formula":           `=cmd|' /C calc'!A0`,
		"a quote":             `' OR 1=1; DROP TABLE application; --`,
		"a large number":      "99999999999999999999999999",
		"a negative number":   "-1",
		"a path":              "../../../../etc/passwd",
		"a right-to-left one": "hakija\u202egnp.exe",
		"the wrong template":  "{{.}} ${7*7} %s%n",
	}
}

// TestNastyInputBreaksNothing puts what nobody types into every field of every
// form, one at a time, and adds fields that forms do not have.
func TestNastyInputBreaksNothing(t *testing.T) {
	t.Parallel()

	s := set(t)
	v := s.visitor("association").logIn(t).actFor(t, "yhdistys")
	v.write(t, "varpunen")
	draft := []string{"organisaatio", "yhteyshenkilot", "palvelualueet", "toiminta-alue", "kuvaus", "kielet", "henkilotiedot", "vakuutukset"}
	for _, part := range draft {
		s.spoil(t, v, "/fi/liity/hakemus/"+part, nil)
	}
	s.has(t, v.apply(t, "varpunen"), "approved")
	for _, part := range []string{"organisaatio", "yhteyshenkilot", "toiminta-alue", "kuvaus", "kielet"} {
		s.spoil(t, v, desk+"/muuta/"+part, nil)
	}
	s.spoil(t, v, "/fi/palaute", nil)
	s.spoil(t, v, represent, nil)
	o := s.officers["applications"].copied()
	theirs := casePages + s.theirs.changed
	s.spoil(t, o, theirs+"/yhteydenotto", nil)
	// Requests that lack something always are not made.
	s.spoil(t, o, theirs+"/tasmennys", url.Values{"due_on": {"x"}})
	s.spoil(t, o, theirs+"/asiakirjapyynto", url.Values{"due_on": {"x"}})
	s.spoil(t, o, theirs+"/hylkaa", url.Values{"step": {"check"}})
	s.spoil(t, s.visitor("main").logInStaff(t), "/fi/virkailija/rekisteri/uusi", nil)
	s.spoil(t, s.visitor("content").logInStaff(t), "/fi/virkailija/palvelualueet", nil)

	if n := s.number(t, `SELECT count(*) FROM staff_grant AS g JOIN person AS p ON p.id = g.person_id WHERE p.family_name IN ('Yhdistys', 'Ng', 'Korhonen')`); n != 0 {
		t.Error("somebody has made themselves an officer")
	}
	if n := s.number(t, `SELECT count(*) FROM application AS a JOIN person AS p ON p.id = a.submitted_by WHERE p.family_name = 'Yhdistys' AND (a.business_id <> '9000018-5' OR a.id = 1)`); n != 0 {
		t.Error("an application was made for another organisation")
	}
	if n := s.number(t, `SELECT count(*) FROM mail_outbox WHERE address ~ '[\r\n,;]'`); n != 0 {
		t.Errorf("%d mails go to more than one address", n)
	}
}

// extra are fields that no form has.
var extra = url.Values{
	"role": {"admin"}, "group": {"main"}, "kind": {"staff"}, "status": {"approved"}, "business_id": {"9000000-3"}, "organisation": {"9000000-3"},
	"person_id": {"1"}, "application_id": {"1"}, "id": {"1"}, "supervise": {"false"}, "submitted_by": {"1"}, "step": {"confirm"}, "version": {"999999"},
}

// spoil spoils each field of the form at path in turn; the other fields have
// what stands there, or in others.
func (s *stage) spoil(t *testing.T, v *visitor, path string, others url.Values) {
	t.Helper()
	names := slices.Sorted(maps.Keys(v.all(t, path)))
	try := func(what string, change func(url.Values)) {
		t.Helper()
		fields := v.form(t, path)
		maps.Copy(fields, others)
		change(fields)
		a := v.submit(t, path, fields)
		if a.status >= http.StatusInternalServerError || a.status == http.StatusOK && !strings.Contains(a.body, "<h1") {
			t.Errorf("%s: %s", what, a)
		}
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") {
			t.Errorf("%s: %s gives markup back", what, path)
		}
		if a.status == http.StatusSeeOther && !strings.HasPrefix(a.location(), "/") && !strings.HasPrefix(a.location(), s.world.MandatesURL+"/") {
			t.Errorf("%s: %s leads to %q", what, path, a.location())
		}
		if a.status == http.StatusSeeOther {
			v.at = nil // the next form needs another token
		}
	}
	for _, name := range names {
		for what, value := range nasty() {
			try(fmt.Sprintf("%s in %s of %s", what, name, path), func(fields url.Values) { fields.Set(name, value) })
		}
		try("twice "+name, func(fields url.Values) { fields[name] = []string{"1", "2"} })
		try("no "+name, func(fields url.Values) { fields.Del(name) })
	}
	try("fields that the form has not", func(fields url.Values) {
		for name, list := range extra {
			if !fields.Has(name) && !slices.Contains(names, name) {
				fields[name] = list
			}
		}
	})
}

// all are the names of the fields of the form at path, those that are not filled
// in too.
func (v *visitor) all(t *testing.T, path string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for name := range v.form(t, path) {
		names[name] = true
	}
	for _, name := range controls(v.at.body, path) {
		names[name] = true
	}
	delete(names, "form_owner") // what it may do, TestReplayByOthersGetsNothing tries
	return names
}
