package representing_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/cmd/simulator/mandatesim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/gateway/mandates"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/secret"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/representing"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// desk is a page of representatives, and binding one whose form binds the
// organisation.
//
//nolint:gochecknoglobals // constants
var (
	desk    = paths.Pair{Fi: "/fi/koe", Sv: "/sv/prov"}
	binding = paths.Pair{Fi: "/fi/koe/sido", Sv: "/sv/prov/bind"}
)

type bench struct {
	*sessiontest.Browser

	t      *testing.T
	sim    *mandatesim.System
	server string
	// sent are the texts of the forms that were taken in.
	sent []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	p := sessiontest.New(t)
	opt := mandatesim.Options{ClientID: "ed4b7ae7", APIKey: "key", Password: "password", Clock: p.Now, VisitLife: 8 * time.Hour}
	b.sim = mandatesim.New(world.Default(), opt)
	server := httptest.NewServer(b.sim)
	t.Cleanup(server.Close)
	b.server = server.URL
	m := mandate.New(mandate.Deps{
		DB: p.DB, People: p.People, Keys: p.Keys, Organisations: organisation.NewRegister(p.DB, nil),
		Accepted: mandate.Accepted{Roles: []string{"NIMKO", "TJ", "ELI"}, URIs: []string{world.MandatePartner}},
		Register: mandates.New(mandates.Options{
			URL: server.URL, ClientID: opt.ClientID, APIKey: secret.New(opt.APIKey), Password: secret.New(opt.Password),
			ReturnURL: sessiontest.Origin + paths.RepresentCallback, Now: p.Now, Log: logtest.New(t),
		}),
	})
	p.Manager.Recheck = m.Recheck
	p.Manager.Represent, p.Manager.RepresentEnded, p.Manager.RepresentAgain = paths.Represent, paths.RepresentEnded, paths.RepresentAgain
	class := route.Class{Audience: route.Representative, CSRF: route.Safe, Cache: route.CacheNone, Rate: route.RatePage}
	show := func(w http.ResponseWriter, r *http.Request) error { return respond.Page(w, r, http.StatusOK, form()) }
	bind := class
	bind.Confirmed = true
	take := func(w http.ResponseWriter, r *http.Request) error {
		values, err := respond.Form(r)
		if err == nil {
			_, err = session.CheckForm(r.Context(), values, "test")
		}
		if err != nil {
			return err
		}
		b.sent = append(b.sent, values.Get("text"))
		respond.SeeOther(w, r, paths.To(r.Context(), desk))
		return nil
	}
	p.Serve(
		representing.Pages{Mandates: m, Now: p.Now},
		sessiontest.Page{Pair: desk, Class: class, Func: show},
		sessiontest.Page{Pair: binding, Class: bind, Func: show, Post: take},
	)
	b.Browser = p.Browser()
	return b
}

// form is the form of binding.
func form() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, `<form method="post" action="`+paths.To(ctx, binding)+`">`); err != nil {
			return err
		}
		if err := session.FormFields("test").Render(ctx, w); err != nil {
			return err
		}
		_, err := io.WriteString(w, `</form>`)
		return err
	})
}

// enter logs somebody of the world in.
func (b *bench) enter(key string) {
	b.t.Helper()
	who := world.Default().Person(key)
	one := identity.Identified{ForeignID: who.ForeignID, FirstNames: who.FirstNames, FamilyName: who.FamilyName, Level: identity.LevelHigh, At: b.Now()}
	if who.Code != "" {
		one.Code = identitytest.ParseCode(b.t, who.Code)
	}
	b.LogIn(one)
}

// pick presses the button to e-Authorizations on the page that the browser is
// on, chooses there and comes back; without keys it cancels.
func (b *bench) pick(keys ...string) *sessiontest.Answer {
	b.t.Helper()
	page := paths.Represent.Fi
	if htmltest.Attr(b.Last.Page.Elements("html")[0], "lang") == "sv" {
		page = paths.Represent.Sv
	}
	to := b.Post(page, nil).Location()
	if !strings.HasPrefix(to, b.server+"/oauth/authorize?") {
		b.t.Fatalf("the button leads to %q", to)
	}
	form := url.Values{"act": {"choose"}}
	for _, key := range keys {
		form.Add("organisation", world.Default().Organisation(key).BusinessID)
	}
	if len(keys) == 0 {
		form.Set("act", "cancel")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(to, form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	back, ok := strings.CutPrefix(res.Header.Get("Location"), sessiontest.Origin)
	if !ok {
		b.t.Fatalf("e-Authorizations answers %d", res.StatusCode)
	}
	b.Header.Set("Sec-Fetch-Site", "cross-site")
	defer b.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Get(back)
}
