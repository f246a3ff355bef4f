package datarequests_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/scansim"
	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/gateway/clamd"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/viewing"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/casework"
	"tyomarkkinatori.fi/portal/web/datarequests"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// office is the pages over a database of their own.
type office struct {
	*sessiontest.Portal

	t        *testing.T
	requests *datarequest.Requests
}

const (
	ainosCode = "020594X903P"
	own       = "/fi/omat-sivut/tietopyynnot"
	queue     = "/fi/virkailija/tietopyynnot"
	search    = "/fi/virkailija/henkilohaku"
)

func newOffice(t *testing.T) *office {
	t.Helper()
	return newOfficeIn(t, sessiontest.New(t))
}

func newOfficeIn(t *testing.T, p *sessiontest.Portal) *office {
	t.Helper()
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	staff := identity.NewStaff(p.People, nil)
	documents := document.New(p.DB, p.Keys, clamd.New(scanner(t)))
	o := &office{Portal: p, t: t}
	o.requests = datarequest.New(datarequest.Deps{
		DB: p.DB, People: p.People, Documents: documents, Looks: viewing.New(p.DB, viewing.DefaultLimits(), casework.Alarm(staff)),
		Options: datarequest.DefaultOptions(), Tell: datarequests.Tell(staff),
	})
	o.requests.Delete = owndata.New(p.DB, p.People, nil, o.requests.Keeper(nil)).DeleteFor
	p.Serve(datarequests.Pages{
		Catalogue: catalogue, Requests: o.requests, Documents: documents, People: p.People, Staff: staff,
		Copy: func(ctx context.Context, person identity.PersonID) ([]byte, error) {
			return []byte("<!doctype html><title>" + person.String() + " " + string(i18n.LangOf(ctx)) + "</title>"), nil
		},
	})
	return o
}

// scanner starts a simulated malware scanner and returns its address.
func scanner(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() { done <- (&scansim.Scanner{}).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// picture is a document that is taken in.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// aino is a browser in which Aino is logged in, who can be reached by mail.
func (o *office) aino() *sessiontest.Browser {
	o.t.Helper()
	b := o.Browser()
	s := b.LogInAs(ainosCode)
	if err := o.People.SetContact(o.t.Context(), s.Actor(), s.PersonID, "aino@example.com", ""); err != nil {
		o.t.Fatal(err)
	}
	return b
}

// officer is a browser in which an officer of data protection is logged in.
func (o *office) officer() *sessiontest.Browser {
	o.t.Helper()
	b := o.Browser()
	b.LogInStaff(identity.GroupDataProtection)
	return b
}

// filed is the number of a request of Aino's.
func (o *office) filed(b *sessiontest.Browser, kind string) string {
	o.t.Helper()
	b.Get(own + "/uusi")
	b.Post(own+"/uusi", url.Values{"kind": {kind}, "message": {"Tutkintoni on väärin."}})
	if b.Last.Code != http.StatusSeeOther {
		o.t.Fatalf("filing: got %d: %s", b.Last.Code, b.Last.Page.Body())
	}
	id := strings.TrimSuffix(strings.TrimPrefix(b.Last.Location(), own+"/"), "?done=filed")
	if _, err := strconv.Atoi(id); err != nil {
		o.t.Fatalf("filed at %s", b.Last.Location())
	}
	return id
}

// taken is a request of Aino's on the page of an officer who has it in hand.
func (o *office) taken(kind string) (aino, officer *sessiontest.Browser, path string) {
	o.t.Helper()
	aino, officer = o.aino(), o.officer()
	path = queue + "/" + o.filed(aino, kind)
	officer.Get(path)
	o.goesOn(officer.Post(path+"/ota", nil), path)
	return aino, officer, path
}

// good holds a page to what every page must be.
func (o *office) good(a *sessiontest.Answer, status int, lang string, says ...string) {
	o.t.Helper()
	if a.Code != status {
		o.t.Fatalf("got %d to %s, want %d:\n%s", a.Code, a.Location(), status, a.Page.Body())
	}
	if faults := a.Page.Faults(lang); len(faults) > 0 {
		o.t.Errorf("%s: %s", a.Page.Title(), strings.Join(faults, "\n"))
	}
	if cache := a.Header().Get("Cache-Control"); cache != "no-store" {
		o.t.Errorf("%s may be kept: %q", a.Page.Title(), cache)
	}
	for _, text := range says {
		if !strings.Contains(a.Page.Body(), text) {
			o.t.Errorf("%s does not say %q:\n%s", a.Page.Title(), text, a.Page.Body())
		}
	}
	if strings.Contains(a.Page.Body(), ainosCode) || strings.Contains(a.Page.Title(), "Korhonen") {
		o.t.Errorf("%s tells too much", a.Page.Title())
	}
	for _, id := range []string{"datarequests.", "identity.", "document.", "casework."} {
		if strings.Contains(a.Page.Body(), id) {
			o.t.Errorf("%s lacks a text: %s", a.Page.Title(), a.Page.Body())
		}
	}
}

func (o *office) goesOn(a *sessiontest.Answer, path string) {
	o.t.Helper()
	if to, _, _ := strings.Cut(a.Location(), "?"); a.Code != http.StatusSeeOther || to != path {
		o.t.Fatalf("got %d to %q, want %q:\n%s", a.Code, a.Location(), path, a.Page.Body())
	}
}

func (o *office) count(query string, args ...any) int {
	o.t.Helper()
	var n int
	if err := o.DB.QueryRow(o.t.Context(), query, args...).Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	return n
}
