package casework_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/scansim"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/gateway/clamd"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/casework"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// desk is the officers' pages over a database of their own.
type desk struct {
	*sessiontest.Portal

	stack   *partnertest.Stack
	reviews *review.Reviews
	scanner *scansim.Scanner
}

func newDesk(t *testing.T) desk {
	t.Helper()
	return newDeskWith(t, partner.Rules{SampleSeed: "seed"})
}

func newDeskWith(t *testing.T, rules partner.Rules) desk {
	t.Helper()
	p := sessiontest.New(t)
	p.Keys = identitytest.Keyring(t)
	p.People = identity.NewPeople(p.DB, p.Keys)
	p.Manager.People = p.People
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	d := desk{Portal: p, scanner: &scansim.Scanner{}}
	d.stack = partnertest.New(t, p.DB, rules)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- d.scanner.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	documents := document.New(p.DB, p.Keys, clamd.New(l.Addr().String()))
	options := review.DefaultOptions()
	options.AppealDays = 30
	d.reviews = review.New(p.DB, d.stack.Applications, documents, options, casework.Tell)
	d.stack.Applications.OnStatus = d.reviews.Follow
	staff := identity.NewStaff(p.People, nil)
	p.Serve(casework.Pages{
		DB: p.DB, Catalogue: catalogue, Reviews: d.reviews, Applications: d.stack.Applications,
		ServiceAreas: partner.NewServiceAreas(p.DB), Partners: d.stack.Partners, Rules: rules, Documents: documents,
		Looks:  viewing.New(p.DB, viewing.DefaultLimits(), casework.Alarm(staff)),
		People: p.People, Staff: staff,
	})
	return d
}

// business returns a valid business ID.
func business(n int) string {
	for {
		digits := fmt.Sprintf("%07d", 1_000_000+n*7)
		sum := 0
		for i, weight := range []int{7, 9, 10, 5, 8, 4, 2} {
			sum += int(digits[i]-'0') * weight
		}
		switch rest := sum % 11; rest {
		case 0:
			return digits + "-0"
		case 1:
			n += 1000
		default:
			return fmt.Sprintf("%s-%d", digits, 11-rest)
		}
	}
}

// waiting is a case in the queue, of a new organisation.
func (d desk) waiting(n int) partner.Application {
	d.TB.Helper()
	app, _ := partnertest.Submitted(d.TB, d.stack, business(n))
	return app
}

// officer is a browser in which an officer of groups is logged in.
func (d desk) officer(groups ...identity.Group) *sessiontest.Browser {
	d.TB.Helper()
	b := d.Browser()
	b.LogInStaff(groups...)
	return b
}

// representative is a browser in which somebody acts for the applicant.
func (d desk) representative(app partner.Application) *sessiontest.Browser {
	d.TB.Helper()
	b := d.Browser()
	b.LogInAs("010594Y9032")
	b.Act(string(app.BusinessID), app.Organisation.Name)
	return b
}

// taken is a case that the officer in the browser has taken.
func (d desk) taken() (*sessiontest.Browser, partner.Application, string) {
	d.TB.Helper()
	app := d.waiting(1)
	b := d.officer(identity.GroupApplications)
	good(d.TB, b.Get("/fi/virkailija/hakemukset"), http.StatusOK, "fi")
	a := b.Post("/fi/virkailija/hakemukset/seuraava", nil)
	path := fmt.Sprintf("/fi/virkailija/hakemukset/%d", app.ID)
	if a.Code != http.StatusSeeOther || a.Location() != path {
		d.TB.Fatalf("taking a case: %d to %s\n%s", a.Code, a.Location(), a.Page.Body())
	}
	return b, app, path
}

// good holds a page to what every page must be.
func good(tb testing.TB, a *sessiontest.Answer, status int, lang string) {
	tb.Helper()
	if a.Code != status {
		tb.Fatalf("got %d to %s, want %d:\n%s", a.Code, a.Location(), status, a.Page.Body())
	}
	if faults := a.Page.Faults(lang); len(faults) > 0 {
		tb.Errorf("%s: %s", a.Page.Title(), strings.Join(faults, "\n"))
	}
	if cache := a.Header().Get("Cache-Control"); cache != "no-store" {
		tb.Errorf("%s may be kept: %q", a.Page.Title(), cache)
	}
}

func has(t *testing.T, a *sessiontest.Answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Page.Body(), text) {
			t.Errorf("%s does not say %q:\n%s", a.Page.Title(), text, cut(a.Page.Body()))
		}
	}
}

// typed is what stands in a field of the page.
func typed(a *sessiontest.Answer, name string) string {
	for _, n := range a.Page.Elements("input", "textarea") {
		switch {
		case htmltest.Attr(n, "name") != name:
		case n.Data == "textarea":
			return htmltest.Text(n)
		default:
			return htmltest.Attr(n, "value")
		}
	}
	return ""
}

// cut keeps a message of a test readable.
func cut(text string) string {
	const most = 3000
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

func leadsTo(t *testing.T, a *sessiontest.Answer, path string) {
	t.Helper()
	to, _, _ := strings.Cut(a.Location(), "?done=")
	if a.Code != http.StatusSeeOther || to != path {
		t.Fatalf("got %d to %q, want %q:\n%s", a.Code, a.Location(), path, a.Page.Body())
	}
}

func (d desk) count(query string, args ...any) int {
	d.TB.Helper()
	var n int
	if err := d.DB.QueryRow(d.TB.Context(), query, args...).Scan(&n); err != nil {
		d.TB.Fatal(err)
	}
	return n
}
