package onboarding_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/onboarding"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// Organisations and the artificial identity codes of who acts for them.
const (
	ours, theirs            = "1234567-1", "0201256-6"
	ourCode, colleague      = "010594Y9032", "020594X903P"
	theirCode               = "010594Y9021"
	ourName, theirName      = "Esimerkki Oy", "Toinen Oy"
	fi                 lang = lang(i18n.Finnish)
	sv                 lang = lang(i18n.Swedish)
)

type lang i18n.Lang

func (l lang) path(p paths.Pair, values ...string) string {
	return paths.Fill(p, i18n.Lang(l), values...)
}

func (l lang) part(p partner.Part) string { return l.path(paths.JoinPart(string(p))) }

// portal is joining behind the real edge.
type portal struct {
	*sessiontest.Portal

	stack *partnertest.Stack
	pages *onboarding.Pages
}

func open(t *testing.T, change ...func(*portal)) *portal {
	t.Helper()
	p := &portal{Portal: sessiontest.New(t)}
	p.stack = partnertest.New(t, p.DB, partner.Rules{SampleSeed: "seed"})
	p.pages = &onboarding.Pages{
		DB: p.DB, Applications: p.stack.Applications, Drafts: p.stack.Drafts, Partners: p.stack.Partners,
		ServiceAreas: partner.NewServiceAreas(p.DB), Register: p.stack.Register, Terms: p.stack.Terms,
		Represent: paths.Represent,
	}
	for _, f := range change {
		f(p)
	}
	p.Serve(p.pages)
	return p
}

// visitor is a browser that checks each page it is shown.
type visitor struct {
	*sessiontest.Browser

	t    *testing.T
	lang lang
}

// visitor is somebody who acts for an organisation, or for nobody when business
// is "".
func (p *portal) visitor(t *testing.T, l lang, code, business, name string) visitor {
	t.Helper()
	b := p.Browser()
	b.LogInAs(code)
	if business != "" {
		b.Act(business, name)
	}
	return visitor{b, t, l}
}

// see asks for a page and fails unless it is there, without faults.
func (v visitor) see(path string, texts ...string) *sessiontest.Answer {
	v.t.Helper()
	return v.check(v.Get(path), http.StatusOK, texts...)
}

func (v visitor) check(a *sessiontest.Answer, status int, texts ...string) *sessiontest.Answer {
	v.t.Helper()
	if a.Code != status {
		v.t.Fatalf("status = %d (to %q), want %d:\n%s", a.Code, a.Location(), status, a.Page.Body())
	}
	if a.Code < 300 || a.Code >= 400 {
		for _, fault := range a.Page.Faults(string(v.lang)) {
			v.t.Errorf("%s: %s", a.Page.Title(), fault)
		}
	}
	body := a.Page.Body()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			v.t.Errorf("%s lacks %q:\n%s", a.Page.Title(), text, body)
		}
	}
	return a
}

// send posts the form at path and wants to be led to next.
func (v visitor) send(path string, form url.Values, next string) {
	v.t.Helper()
	a := v.Post(path, form)
	if a.Code != http.StatusSeeOther || a.Location() != next {
		v.t.Fatalf("POST %s: %d to %q, want %q:\n%s", path, a.Code, a.Location(), next, a.Page.Body())
	}
	v.see(next)
}

// answers are forms that break no rule.
func answers() map[partner.Part]url.Values {
	return map[partner.Part]url.Values{
		partner.PartOrganisation: {},
		partner.PartContacts: {
			"contact_name_1": {"Siobhán O'Neill-Äyrämö"}, "contact_role_1": {"johtaja"}, "contact_email_1": {"siobhan@example.fi"},
			"contact_phone_1": {"+358 40 123 4567"}, "contact_language_1": {"sv"},
		},
		partner.PartServiceAreas: {"service_areas": {"training", "job_search"}},
		partner.PartPlaces:       {"municipalities": {"091"}, "regions": {"02"}},
		partner.PartDescription:  {"description_fi": {"Valmennamme työnhakijoita."}, "website": {"https://example.fi/"}},
		partner.PartLanguages:    {"languages": {"fi", "sv", "se"}},
		partner.PartPersonalData: {},
		partner.PartDeclarations: {
			"declaration_law": {"yes"}, "declaration_correct": {"yes"}, "declaration_current": {"yes"}, "declaration_contents": {"yes"},
		},
	}
}

// accept accepts the terms.
func (v visitor) accept() {
	v.t.Helper()
	v.see(v.lang.path(paths.JoinTerms))
	v.send(v.lang.path(paths.JoinTerms), url.Values{"read": {"1"}}, v.lang.part(partner.PartOrganisation))
}

// fill goes through every part up to the check page.
func (v visitor) fill(forms map[partner.Part]url.Values) {
	v.t.Helper()
	parts := partner.Parts()
	for i, part := range parts {
		next := v.lang.path(paths.JoinCheck)
		if i+1 < len(parts) {
			next = v.lang.part(parts[i+1])
		}
		v.see(v.lang.part(part))
		v.send(v.lang.part(part), forms[part], next)
	}
}

// value is what the field of that name holds on the page.
func value(a *sessiontest.Answer, name string) string {
	for _, n := range a.Page.Elements("input", "textarea") {
		if htmltest.Attr(n, "name") != name {
			continue
		}
		if n.Data == "textarea" && n.FirstChild != nil {
			return n.FirstChild.Data
		}
		return htmltest.Attr(n, "value")
	}
	return ""
}

// token is that of the page's form for path.
func token(a *sessiontest.Answer, path string) string {
	for _, f := range a.Page.Elements("form") {
		for n := range f.Descendants() {
			if htmltest.Attr(f, "action") == path && htmltest.Attr(n, "name") == edge.TokenField {
				return htmltest.Attr(n, "value")
			}
		}
	}
	return ""
}

// ticked are the values of the boxes of that name that are ticked.
func ticked(a *sessiontest.Answer, name string) []string {
	var all []string
	for _, n := range a.Page.Elements("input") {
		if htmltest.Attr(n, "name") == name && htmltest.Has(n, "checked") {
			all = append(all, htmltest.Attr(n, "value"))
		}
	}
	slices.Sort(all)
	return all
}

func (p *portal) count(t *testing.T, query string) int {
	t.Helper()
	var n int
	if err := p.DB.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
