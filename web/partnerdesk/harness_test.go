package partnerdesk_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/partnerdesk"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// Two organisations and their representatives' identity codes, which are
// artificial.
const (
	ours, theirs       = "1234567-1", "0201256-6"
	ourCode, theirCode = "010594Y9032", "010594Y9021"
	ourColleague       = "020594X903P"
	ourName, theirName = "Esimerkki Oy", "Toinen Oy"
)

const (
	desk      = "/fi/omat-tiedot"
	deskIn    = "/sv/egna-uppgifter"
	leavePath = "/fi/omat-tiedot/lahteminen"
)

// portal is the desk behind the real edge.
type portal struct {
	*sessiontest.Portal

	stack *partnertest.Stack
	pages partnerdesk.Pages
}

func open(t *testing.T) *portal {
	t.Helper()
	p := &portal{Portal: sessiontest.New(t)}
	p.stack = partnertest.New(t, p.DB, partner.Rules{})
	p.stack.Applications.PersonalData = true
	p.stack.Terms.ProcessorOn = true
	p.pages = partnerdesk.Pages{
		Partners: p.stack.Partners, Applications: p.stack.Applications,
		Desk: partner.NewDesk(p.DB, p.stack.Applications), Departures: partner.NewDepartures(p.DB, p.stack.Applications),
		Areas: partner.NewServiceAreas(p.DB), Register: p.stack.Register, Terms: p.stack.Terms,
	}
	p.Manager.PartnerGate = func(ctx context.Context, s identity.Session) (string, error) { return p.pages.Gate(ctx, s) }
	p.Serve(p.pages)
	return p
}

// partner is a browser of somebody who acts for an organisation that has joined.
func (p *portal) partner(t *testing.T, code, business, name string) *sessiontest.Browser {
	t.Helper()
	b := p.Browser()
	b.LogInAs(code)
	s := b.Act(business, name)
	p.stack.Answer(t, business)
	if app := p.stack.Submit(t, s, partnertest.Form()); app.Status != partner.Approved {
		t.Fatalf("application is %s", app.Status)
	}
	return b
}

// says fails unless the page holds every text.
func says(t *testing.T, a *sessiontest.Answer, texts ...string) {
	t.Helper()
	body := a.Page.Body()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page (%d) lacks %q:\n%s", a.Code, text, body)
		}
	}
}

// values are what the fields of the page's form hold, as a browser sends them.
func values(a *sessiontest.Answer, action string) url.Values {
	v := url.Values{}
	for _, f := range a.Page.Elements("form") {
		if htmltest.Attr(f, "action") != action {
			continue
		}
		for n := range f.Descendants() {
			switch n.Data {
			case "input":
				kind := htmltest.Attr(n, "type")
				if (kind == "checkbox" || kind == "radio") && !htmltest.Has(n, "checked") {
					continue
				}
				v.Add(htmltest.Attr(n, "name"), htmltest.Attr(n, "value"))
			case "textarea":
				v.Add(htmltest.Attr(n, "name"), htmltest.Text(n))
			}
		}
	}
	return v
}
