package e2e_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// TestReturnsStayHome hands every page that leads on a return address that leads
// elsewhere, in its address and in its form, and goes on to the end.
func TestReturnsStayHome(t *testing.T) {
	t.Parallel()

	s := set(t)
	bad := []string{
		"//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/%2f%2fevil.example", "https:evil.example", "/fi/../..//evil.example",
		"/fi/asiointi@evil.example", "//evil.example\\@" + strings.TrimPrefix(s.url, "http://"), "/\t/evil.example", "/fi/asiointi\r\nSet-Cookie: a=b",
		"javascript:alert(1)", "/fi/asiointi;.evil.example", "///evil.example/fi", "/fi//evil.example", ".evil.example", "／／evil.example", "/signin/callback?code=x",
		s.url + "@evil.example", "/.//evil.example", "data:text/html,x", "/fi/kirjaudu-ulos", "?return=//evil.example", "#//evil.example",
	}
	home := func(a *answer) bool {
		to, err := url.Parse(a.location())
		return err == nil && to.Host == "" && to.Scheme == "" && strings.HasPrefix(a.location(), "/fi") && !strings.HasPrefix(a.location(), "//") && !strings.Contains(a.location(), "evil") && len(a.header.Values("Set-Cookie")) < 3
	}
	in := s.visitor("incomplete").logIn(t)
	for _, back := range bad {
		query := "?return=" + url.QueryEscape(back)
		for _, path := range []string{"/fi/kirjaudu", "/fi/virkailija/kirjaudu", represent, represent + "/yrita-uudelleen", represent + "/paattynyt", "/fi/kirjauduttu-ulos"} {
			for _, v := range []*visitor{s.visitor(""), in.copied()} {
				a := v.open(t, path+query)
				for _, link := range a.page(t).Links() {
					if strings.Contains(link, "evil") && !strings.HasPrefix(link, path[:4]) && !strings.HasPrefix(link, "/sv/") {
						t.Errorf("%s links to %q", path+query, link)
					}
				}
				if strings.Contains(a.body, `href="`+html.EscapeString(back)) || strings.Contains(a.body, `value="`+html.EscapeString(back)) {
					t.Errorf("%s gives the address back", path+query)
				}
				if a.status == http.StatusSeeOther && !home(a) && !strings.HasPrefix(a.location(), "/fi/kirjaudu?return=%2Ffi%2Fasiointi") {
					t.Errorf("%s", a)
				}
			}
		}
		v := s.visitor("reorganised")
		fields := v.form(t, "/fi/kirjaudu")
		fields.Set("return", back)
		a := v.submit(t, "/fi/kirjaudu", fields)
		place, err := v.identify(t.Context(), a.location())
		if err != nil {
			t.Fatal(err)
		}
		if a := v.open(t, place); a.status != http.StatusSeeOther || !home(a) {
			t.Errorf("logging in with %q: %s", back, a)
		}
		if back == bad[0] || back == bad[2] {
			fields = v.form(t, represent)
			fields.Set("return", back)
			v.submit(t, represent, fields)
			place, err = v.elsewhere(t.Context(), http.MethodPost, v.at.location(), url.Values{"organisation": {"9000014-2"}, "act": {"choose"}})
			if err != nil {
				t.Fatal(err)
			}
			if a := v.open(t, place); !home(a) {
				t.Errorf("choosing with %q: %s", back, a)
			}
		}
	}
}

// TestHostNamesOfOthers asks under another name and lets a proxy that is none
// tell another one: pages and mails lead home all the same.
func TestHostNamesOfOthers(t *testing.T) {
	t.Parallel()

	s := set(t)
	v := s.visitor("protected").logIn(t).actFor(t, "protected")
	v.write(t, "kottarainen")
	fields := v.form(t, checkPage)
	for _, header := range []string{"X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded", "X-Forwarded-Server", "X-Original-Url", "X-Rewrite-Url"} {
		value := "evil.example"
		if header == "Forwarded" {
			value = "for=1.2.3.4;host=evil.example;proto=https"
		}
		a := v.copied().submit(t, checkPage, fields, header, value, "X-Forwarded-Proto", "gopher")
		if a.status != http.StatusSeeOther || strings.Contains(fmt.Sprint(a.header, a.body), "evil") {
			t.Errorf("%s: %s", header, a)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/fi/asiointi", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	if a, err := v.copied().do(req); err != nil || a.status != http.StatusMisdirectedRequest || strings.Contains(a.body, "evil") {
		t.Errorf("another name: %v, %v", a, err)
	}
	eventually(t, "the applicant has a mail", func() bool { return len(s.mails(t, "kottarainen@posti.example")) > 0 })
	for _, m := range s.mails(t, "kottarainen@posti.example") {
		if strings.Contains(m.Text, "evil") || !strings.Contains(m.Text, s.url+"/fi/") {
			t.Errorf("the mail %q leads elsewhere: %s", m.Subject, m.Text)
		}
		if strings.Contains(m.Subject, "Lehtonen") || strings.Contains(m.Subject, "kottarainen") {
			t.Errorf("the subject %q tells of its receiver", m.Subject)
		}
	}
}

// TestEverybodyIsWhoTheyAre has every person of the simulated world log in,
// whatever they are called: they are told their own name, and two of one name
// and birth date stay two.
func TestEverybodyIsWhoTheyAre(t *testing.T) {
	t.Parallel()

	s := set(t)
	for _, p := range world.Default().People {
		if strings.HasPrefix(p.Note, "officer") {
			continue
		}
		v := s.visitor(p.Key).logIn(t)
		a := v.see(t, "/fi/asiointi", p.Name())
		if !strings.Contains(a.body, html.EscapeString(p.FamilyName)) && !strings.Contains(a.body, strings.ReplaceAll(p.FamilyName, "'", "&#39;")) {
			t.Errorf("%s is written otherwise", p.Key)
		}
	}
	if n := s.number(t, `SELECT count(*) FROM person WHERE family_name = 'Korhonen' AND birth_date = '1994-05-01'`); n != 2 {
		t.Errorf("%d persons of one name and birth date, want 2", n)
	}
	// The one may act for Koivutyö alone, the other for Kaksoisura alone.
	twin := s.visitor("twin").logIn(t).actFor(t, "kaksoisura")
	twin.write(t, "satakieli")
	pages, _ := unique(s.ours.met)
	for _, path := range append(pages, "/fi/liity", desk, "/fi/asiointi", "/fi/liity/hakemukset", represent) {
		a := twin.copied().open(t, path)
		for _, secret := range []string{s.ours.canary, "Koivutyö", "9000000-3"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("the namesake sees %q at %s", secret, path)
			}
		}
	}
	for _, path := range append(pages, "/fi/liity/hakemus/kuvaus", checkPage) {
		if strings.Contains(s.ours.copied().open(t, path).body, "satakieli") {
			t.Errorf("the namesake's draft is seen at %s", path)
		}
	}
	if err := s.visitor("twin").logIn(t).choose(t.Context(), "koivutyo"); err == nil {
		t.Error("the namesake acts for the other's organisation")
	}
	if n := s.number(t, `SELECT count(*) FROM person WHERE family_name = 'Lehtonen' AND (municipality <> '' OR country <> '' OR NOT non_disclosure)`); n != 0 {
		t.Error("it is kept where somebody with a protection order lives")
	}
}

// TestOrganisationsOfOthersCannotBeChosen picks an organisation that the person
// has no right for.
func TestOrganisationsOfOthersCannotBeChosen(t *testing.T) {
	t.Parallel()

	s := set(t)
	v := s.visitor("several").logIn(t).actFor(t, "ura")
	pick := represent + "/valitse"
	fields := v.form(t, represent)
	v.see(t, represent)
	if own, ok := formOf(v.at.body, pick); ok {
		fields = own
	}
	for _, id := range []string{
		world.Default().Organisation("kaksoisura").BusinessID, world.Default().Organisation("tarkastettu").BusinessID, "", "9000003-9", "1", "9000001-1' OR '1'='1", "9000001-1\x00", strings.Repeat("9", 40_000),
	} {
		fields.Set("organisation", id)
		one := v.copied()
		a := one.submit(t, pick, fields)
		if a.status >= http.StatusInternalServerError || a.status == http.StatusSeeOther && !strings.Contains(a.location(), "edustaminen") {
			t.Errorf("%.20q: %s", id, a)
		}
		if body := one.open(t, "/fi/asiointi").body; strings.Contains(body, "Kaksoisura") || strings.Contains(body, "Tarkastettu") {
			t.Errorf("%.20q was chosen", id)
		}
	}
	// Nor at e-Authorizations itself.
	if err := s.visitor("auditor").logIn(t).choose(t.Context(), "tarkastettu"); err == nil {
		t.Error("an auditor acts for the organisation")
	}
}

// TestMandateThatEndsHalfWay ends a representative's right before the
// application is sent: nothing is sent, nothing is lost.
func TestMandateThatEndsHalfWay(t *testing.T) {
	t.Parallel()

	s := set(t)
	v := s.visitor("unregistered").logIn(t).actFor(t, "kuntayhtyma")
	v.write(t, "kuovi")
	v.see(t, checkPage)
	order(t, s.world.MandatesURL, "end?person=unregistered&organisation=kuntayhtyma")
	a := v.send(t, checkPage, nil)
	if a.status == http.StatusSeeOther && strings.HasPrefix(a.location(), applicationPages) {
		t.Fatalf("sent without a right: %s", a)
	}
	const applications = `SELECT count(*) FROM application WHERE business_id = '9000016-9'`
	if n := s.number(t, applications); n != 0 {
		t.Errorf("%d applications", n)
	}
	for _, path := range []string{checkPage, "/fi/liity/hakemus/kuvaus", desk} {
		if b := v.open(t, path); b.status == http.StatusOK {
			t.Errorf("it is still open: %s", b)
		}
	}
	order(t, s.world.MandatesURL, "grant?person=unregistered&organisation=kuntayhtyma&role="+url.QueryEscape(world.MandatePartner))
	v = s.visitor("unregistered").logIn(t).actFor(t, "kuntayhtyma")
	v.see(t, checkPage, "Kuvaus kuovi", "kuovi@posti.example")
	if a := v.send(t, checkPage, nil); !strings.HasPrefix(a.location(), applicationPages) {
		t.Errorf("not sent with the right back: %s", a)
	}
	if n := s.number(t, applications); n != 1 {
		t.Errorf("%d applications, want 1", n)
	}
}

// TestLoggedOutIsLoggedOut replays the cookie of a session that has ended: by
// the person, and by a message of the identification service.
func TestLoggedOutIsLoggedOut(t *testing.T) {
	t.Parallel()

	s := set(t)
	v := s.visitor("colleague").logIn(t)
	v.see(t, "/fi/asiointi")
	thief := v.copied()
	a := v.send(t, "/fi/kirjaudu-ulos", nil)
	if a.status != http.StatusSeeOther || a.header.Get("Clear-Site-Data") == "" {
		t.Errorf("%s, Clear-Site-Data %q", a, a.header.Get("Clear-Site-Data"))
	}
	if a := thief.open(t, "/fi/asiointi"); a.status != http.StatusSeeOther || !strings.HasPrefix(a.location(), "/fi/kirjaudu") {
		t.Errorf("the old cookie opens a page: %s", a)
	}

	one, two := s.visitor("liquidator").logIn(t), s.visitor("liquidator").logIn(t)
	order(t, s.world.IdentityURL, "logout?person=liquidator&mode=sub-only")
	for _, v := range []*visitor{one, two} {
		if a := v.open(t, "/fi/asiointi"); a.status != http.StatusSeeOther {
			t.Errorf("a session outlives the log-out at the service: %s", a)
		}
	}
}
