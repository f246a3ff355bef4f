package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// Invented people of the identification service's test material.
const (
	aino  = "010594Y9032"
	other = "020594X903P"
)

const cookie = "__Host-session"

// pages is a section with a page for every audience, each with a form that
// remembers what it was sent.
type pages struct {
	taken []url.Values
	ids   map[string]int
}

func pair(word string) paths.Pair { return paths.Pair{Fi: "/fi/" + word, Sv: "/sv/" + word} }

func (p *pages) Routes(m *route.Mux) {
	p.ids = map[string]int{}
	for word, audience := range map[string]route.Audience{
		"avoin": route.Public, "henkilo": route.Person, "edustaja": route.Representative, "kumppani": route.Partner,
		"virkailija/mika": route.Staff, "virkailija/sisalto": route.StaffOf(identity.GroupContent, identity.GroupMain),
	} {
		c := route.Class{Audience: audience, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
		sessiontest.Page{Pair: pair(word), Class: c, Func: p.show(pair(word)), Post: p.take}.Routes(m)
	}
	fresh := route.Class{Audience: route.Person, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage, Fresh: true}
	sessiontest.Page{Pair: pair("tuore"), Class: fresh, Func: p.show(pair("tuore")), Post: p.take}.Routes(m)
	confirmed := route.Class{Audience: route.Representative, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm, Confirmed: true}
	m.Page(http.MethodPost, pair("vahvista"), confirmed, p.take)
	upload := route.Class{Audience: route.Person, CSRF: route.Form, Cache: route.CacheNone, Rate: route.RateForm, Upload: true}
	m.Page(http.MethodGet, pair("liite"), route.Class{Audience: route.Person, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}, p.show(pair("liite")))
	m.Page(http.MethodPost, pair("liite"), upload, p.takeFile)
	kept := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheData, Rate: route.RatePage}
	m.Page(http.MethodGet, pair("muistista"), kept, p.show(pair("muistista")))
}

func (p *pages) show(page paths.Pair) respond.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		return respond.Page(w, r, http.StatusOK, probePage(page, r.URL.Query().Get("text"), session.Of(r.Context()).Name))
	}
}

func (p *pages) take(w http.ResponseWriter, r *http.Request) error {
	values, err := respond.Form(r)
	if err != nil {
		return err
	}
	id, err := session.CheckForm(r.Context(), values, purpose)
	if err != nil {
		return err
	}
	p.taken = append(p.taken, values)
	p.ids[id]++
	respond.SeeOther(w, r, "/fi/henkilo")
	return nil
}

func (p *pages) takeFile(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return err
	}
	if _, err := session.CheckForm(r.Context(), r.MultipartForm.Value, purpose); err != nil {
		return err
	}
	p.taken = append(p.taken, r.MultipartForm.Value)
	respond.SeeOther(w, r, "/fi/henkilo")
	return nil
}

func serve(t *testing.T, change ...func(*session.Manager)) (*sessiontest.Portal, *pages) {
	t.Helper()
	p, s := sessiontest.New(t), &pages{}
	p.Manager.Represent, p.Manager.RepresentEnded, p.Manager.RepresentAgain = pair("valitse"), pair("paattyi"), pair("myohemmin")
	for _, f := range change {
		f(p.Manager)
	}
	return p.Serve(s), s
}

func TestAudiences(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	nobody, person, representative, officer := p.Browser(), p.Browser(), p.Browser(), p.Browser()
	person.LogInAs(aino)
	representative.LogInAs(other)
	representative.Act("9000000-3", "Koivutyö Oy")
	officer.LogInStaff(identity.GroupApplications)
	content := p.Browser()
	content.LogInStaff(identity.GroupContent)

	const (
		signIn = "/fi/kirjaudu?return=%2Ffi%2F"
		staff  = "/fi/virkailija/kirjaudu?return=%2Ffi%2Fvirkailija%2F"
	)
	tests := []struct {
		page                                              string
		nobody, person, representative, officer, ofTheOne string
	}{
		{"avoin", "200", "200", "200", "200", "200"},
		{"henkilo", signIn, "200", "200", signIn, signIn},
		{"edustaja", signIn, "/fi/valitse?return=", "200", signIn, signIn},
		{"kumppani", signIn, "/fi/valitse?return=", "200", signIn, signIn},
		{"virkailija/mika", staff, staff, staff, "200", "200"},
		{"virkailija/sisalto", staff, staff, staff, "403", "200"},
	}
	for _, tt := range tests {
		for _, visit := range []struct {
			who  string
			b    *sessiontest.Browser
			want string
		}{{"nobody", nobody, tt.nobody}, {"person", person, tt.person}, {"representative", representative, tt.representative}, {"officer", officer, tt.officer}, {"officer of the group", content, tt.ofTheOne}} {
			a := visit.b.Get("/fi/" + tt.page)
			got := a.Location()
			if got == "" {
				got = http.StatusText(a.Code)
			}
			want := map[string]string{"200": "OK", "403": "Forbidden"}[visit.want]
			if want == "" {
				want = visit.want
			}
			if !strings.HasPrefix(got, want) {
				t.Errorf("%s to %s: got %s, want %s", visit.who, tt.page, got, want)
			}
			if a.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s to %s may be kept: %q", visit.who, tt.page, a.Header().Get("Cache-Control"))
			}
		}
	}
	var n int
	if err := p.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_event WHERE action = 'access.refused' AND subject_id = '/fi/virkailija/sisalto'`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d refusals recorded, want 1: %v", n, err)
	}
	refused := officer.Get("/fi/virkailija/sisalto")
	if !strings.Contains(refused.Page.Body(), "Sisällöt") || !slices.Contains(refused.Page.Links(), paths.StaffFront.Fi) {
		t.Errorf("the refusal does not say who may, or leads nowhere: %s", refused.Page.Body())
	}
}

func TestHeaderTellsWhoActsForWhom(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	b := p.Browser()
	b.LogIn(p.Person(other, "Öykkä", "O'Neill <b>"))
	b.Act("9000008-9", "Äyrämö & Kumppanit Ky")
	for _, page := range []string{"/fi/avoin", "/fi/muistista", "/fi/edustaja", "/fi/asiointi", "/fi/ei-ole", "/fi/virkailija/sisalto"} {
		a := b.Get(page)
		if a.Code == http.StatusSeeOther {
			continue
		}
		body := a.Page.Body()
		if a.Code == http.StatusOK && (!strings.Contains(body, "Öykkä O'Neill <b>") || !strings.Contains(body, "Äyrämö & Kumppanit Ky (9000008-9)") || !strings.Contains(body, "Kirjaudu ulos")) {
			t.Errorf("%s: %s", page, body)
		}
		for _, fault := range a.Page.Faults("fi") {
			t.Errorf("%s: %s", page, fault)
		}
		if a.Code == http.StatusOK && !strings.Contains(body, "Istuntosi päättyy klo 12.00, jos et tee sitä ennen mitään.") {
			t.Errorf("%s does not tell when the session ends: %s", page, body)
		}
	}
}

func TestPublicPagesInMemoryNeverCarryASession(t *testing.T) {
	t.Parallel()

	p, _ := serve(t)
	nobody, one, two := p.Browser(), p.Browser(), p.Browser()
	one.LogIn(p.Person(aino, "Ensimmäinen", "Kanarialintu"))
	two.LogIn(p.Person(other, "Toinen", "Kanarialintu"))
	for range 3 {
		for _, visit := range []struct {
			b          *sessiontest.Browser
			has, hasNo string
		}{{one, "Ensimmäinen", "Toinen"}, {two, "Toinen", "Ensimmäinen"}, {nobody, "Asiointi", "Kanarialintu"}} {
			a := visit.b.Get("/fi/muistista")
			if body := a.Page.Body(); !strings.Contains(body, visit.has) || strings.Contains(body, visit.hasNo) {
				t.Errorf("want %s and not %s: %s", visit.has, visit.hasNo, body)
			}
			private := a.Header().Get("Cache-Control") == "no-store"
			if private != (visit.b != nobody) || a.Header().Get("Set-Cookie") != "" || private && a.Header().Get("Etag") != "" {
				t.Errorf("headers %v", a.Header())
			}
		}
	}
	tag := nobody.Last.Header().Get("Etag")
	one.Header.Set("If-None-Match", tag)
	if a := one.Get("/fi/muistista"); a.Code != http.StatusOK || !strings.Contains(a.Page.Body(), "Ensimmäinen") {
		t.Errorf("with the tag of the public page: got %d", a.Code)
	}
}

func TestFreshPagesWantANewIdentification(t *testing.T) {
	t.Parallel()

	p, s := serve(t)
	b := p.Browser()
	b.LogInAs(aino)
	p.Pass(5 * time.Minute)
	if a := b.Get("/fi/tuore"); a.Code != http.StatusOK {
		t.Errorf("after 5 minutes: got %d to %q", a.Code, a.Location())
	}
	p.Pass(time.Second)
	a := b.Post("/fi/tuore", url.Values{"text": {"ennen"}})
	to, err := url.Parse(a.Location())
	if err != nil || to.Path != "/fi/kirjaudu" || to.Query().Get("fresh") != "1" {
		t.Fatalf("got %d to %q", a.Code, a.Location())
	}
	b.Follow()
	b.Post("/fi/kirjaudu", nil)
	if begun := p.Provider.Begun(); len(begun) != 1 || !begun[0].Fresh {
		t.Fatalf("the provider was not asked anew: %+v", begun)
	}
	state, _ := url.Parse(b.Last.Location())
	before := b.Cookies[cookie]
	b.Get(paths.SignInCallback + "?" + url.Values{"state": {state.Query().Get("state")}, "code": {p.Provider.Will(p.Person(aino, "Aino", "Korhonen"))}}.Encode())
	if b.Cookies[cookie] == before {
		t.Error("the token of the session is the old one")
	}
	b.Follow()
	b.Post("/fi/tuore", nil)
	if len(s.taken) != 1 || s.taken[0].Get("text") != "ennen" {
		t.Errorf("taken %v", s.taken)
	}
}

func TestRightToActIsAskedForAnew(t *testing.T) { //nolint:tparallel // each step goes on from the one before
	t.Parallel()

	answer := errors.New("not set")
	asked := 0
	p, s := serve(t, func(m *session.Manager) {
		m.Recheck = func(_ context.Context, _ identity.Session) error { asked++; return answer }
	})
	b := p.Browser()
	b.LogInAs(aino)
	b.Act("9000000-3", "Koivutyö Oy")
	b.Get("/fi/edustaja")
	p.Pass(29 * time.Minute)
	b.Get("/fi/edustaja")
	if asked != 0 {
		t.Errorf("asked %d times within half an hour", asked)
	}
	p.Pass(90 * time.Second)

	answer = &fault.BusyError{}
	for range 3 {
		if a := b.Get("/fi/edustaja"); a.Code != http.StatusOK {
			t.Errorf("own data while the register is down: got %d", a.Code)
		}
	}
	if asked != 1 {
		t.Errorf("the register that does not answer was asked %d times", asked)
	}
	a := b.Post("/fi/edustaja", url.Values{"text": {"kesken"}})
	if to, _ := url.Parse(a.Location()); to.Path != "/fi/myohemmin" || !strings.HasPrefix(to.Query().Get("return"), "/fi/asiointi/lahettamatta/") {
		t.Errorf("a form while the register is down: %d to %q", a.Code, a.Location())
	}
	answer = fault.ErrForbidden
	p.Pass(time.Minute)
	if a := b.Get("/fi/edustaja"); !strings.HasPrefix(a.Location(), "/fi/paattyi") {
		t.Errorf("an ended right: %d to %q", a.Code, a.Location())
	}
	answer = nil
	if a := b.Get("/fi/edustaja"); a.Code != http.StatusOK {
		t.Errorf("a right that stands: %d", a.Code)
	}
	if len(s.taken) != 0 {
		t.Errorf("taken: %v", s.taken)
	}

	t.Run("before what binds whatever its age", func(t *testing.T) {
		b.Act("9000000-3", "Koivutyö Oy")
		asked = 0
		b.Get("/fi/edustaja")
		form := probeForm(t, b.Last, "sitoo")
		if a := b.Send("/fi/vahvista", form); a.Code != http.StatusSeeOther || asked != 1 || len(s.taken) != 1 {
			t.Errorf("got %d, asked %d times, taken %d", a.Code, asked, len(s.taken))
		}
	})
}

func TestRepresentativeGateLeadsAway(t *testing.T) {
	t.Parallel()

	to := "/fi/vahvista-ehdot"
	p, _ := serve(t, func(m *session.Manager) {
		m.RepresentativeGate = func(context.Context, identity.Session) (string, error) { return to, nil }
	})
	b := p.Browser()
	b.LogInAs(aino)
	b.Act("9000000-3", "Koivutyö Oy")
	if a := b.Get("/fi/edustaja"); a.Location() != "/fi/vahvista-ehdot?return=%2Ffi%2Fedustaja" {
		t.Errorf("got %d to %q", a.Code, a.Location())
	}
	// The page that it leads to must open itself.
	to = "/fi/edustaja"
	if a := b.Get("/fi/edustaja"); a.Code != http.StatusOK {
		t.Errorf("the gate's own page: got %d to %q", a.Code, a.Location())
	}
}

func TestPartnerGateLeadsAway(t *testing.T) {
	t.Parallel()

	to := "/fi/vahvista-ehdot"
	p, s := serve(t, func(m *session.Manager) {
		m.PartnerGate = func(context.Context, identity.Session) (string, error) {
			if to == "forbidden" {
				return "", fault.ErrForbidden
			}
			return to, nil
		}
	})
	b := p.Browser()
	b.LogInAs(aino)
	b.Act("9000000-3", "Koivutyö Oy")
	if a := b.Get("/fi/kumppani?text=a"); a.Location() != "/fi/vahvista-ehdot?return=%2Ffi%2Fkumppani%3Ftext%3Da" {
		t.Errorf("got %d to %q", a.Code, a.Location())
	}
	to = ""
	b.Get("/fi/kumppani")
	form := probeForm(t, b.Last, "teksti")
	to = "/fi/vahvista-ehdot"
	a := b.Send("/fi/kumppani", form)
	back, _ := url.Parse(a.Location())
	to = ""
	if b.Get(back.Query().Get("return")); b.Last.Code != http.StatusOK {
		t.Fatalf("the kept form: %d at %q", b.Last.Code, back)
	}
	if b.Post("/fi/kumppani", nil); len(s.taken) != 1 || s.taken[0].Get("text") != "teksti" {
		t.Errorf("taken %v", s.taken)
	}
	to = "forbidden"
	if a := b.Get("/fi/kumppani"); a.Code != http.StatusForbidden {
		t.Errorf("no partner: got %d", a.Code)
	}
}

// probeForm is the probe page's form with text.
func probeForm(t *testing.T, a *sessiontest.Answer, text string) url.Values {
	t.Helper()
	form := url.Values{"text": {text}}
	for _, n := range a.Page.All(func(n *html.Node) bool { return n.Data == "form" && htmltest.Attr(n, "id") == "probe" }) {
		for c := range n.Descendants() {
			if c.Type == html.ElementNode && htmltest.Attr(c, "type") == "hidden" {
				form.Set(htmltest.Attr(c, "name"), htmltest.Attr(c, "value"))
			}
		}
	}
	if form.Get("form_token") == "" {
		t.Fatalf("no form on the page, which answers %d", a.Code)
	}
	return form
}
