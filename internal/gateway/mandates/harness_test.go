package mandates_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/mandatesim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/gateway/mandates"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// bench is the mandates over a real database and a simulated e-Authorizations,
// whose clocks the test moves.
type bench struct {
	*mandate.Mandates

	t      *testing.T
	db     *postgres.DB
	people *identity.People
	sim    *mandatesim.System
	now    time.Time
	log    bytes.Buffer
}

const returnURL = "https://portal.example/representing/callback"

func accepted() mandate.Accepted {
	return mandate.Accepted{Roles: []string{"NIMKO", "TJ", "ELI", "YHM"}, URIs: []string{world.MandatePartner}}
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, db: pgtest.New(t), now: pgtest.Now}
	b.db.Now = func() time.Time { return b.now }
	opt := mandatesim.Options{ClientID: "ed4b7ae7", APIKey: "key", Password: "password", Clock: b.db.Now}
	b.sim = mandatesim.New(world.Default(), opt)
	server := httptest.NewServer(b.sim)
	t.Cleanup(server.Close)
	b.people = identitytest.People(t, b.db)
	b.Mandates = mandate.New(mandate.Deps{
		DB: b.db, People: b.people, Keys: identitytest.Keyring(t), Accepted: accepted(),
		Organisations: organisation.NewRegister(b.db, nil),
		Register: mandates.New(mandates.Options{
			URL: server.URL, ClientID: opt.ClientID, APIKey: secret.New(opt.APIKey), Password: secret.New(opt.Password),
			ReturnURL: returnURL, Now: b.db.Now, Log: logtest.New(t, &b.log),
		}),
	})
	return b
}

// logIn logs somebody of the world in.
func (b *bench) logIn(key string) (string, identity.Session) {
	b.t.Helper()
	p := world.Default().Person(key)
	who := identity.Identified{
		ForeignID: p.ForeignID, FirstNames: p.FirstNames, CallName: p.CallName, FamilyName: p.FamilyName,
		Level: identity.LevelHigh, At: b.now,
	}
	if p.Code != "" {
		who.Code = identitytest.ParseCode(b.t, p.Code)
	}
	token, s, err := b.people.LogIn(b.t.Context(), who, identity.KindPerson, i18n.Finnish, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return token, s
}

// session reads the session anew.
func (b *bench) session(token string) identity.Session {
	b.t.Helper()
	s, err := b.people.Session(b.t.Context(), token)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// begin goes to the page of e-Authorizations.
func (b *bench) begin(s identity.Session) string {
	b.t.Helper()
	page, err := b.Begin(b.t.Context(), s, i18n.Swedish, "/fi/takaisin")
	if err != nil {
		b.t.Fatal(err)
	}
	return page
}

// pick chooses organisations on that page, or cancels, and returns what the
// browser brings back.
func (b *bench) pick(page string, keys ...string) url.Values {
	b.t.Helper()
	form := url.Values{"act": {"choose"}}
	for _, key := range keys {
		form.Add("organisation", world.Default().Organisation(key).BusinessID)
	}
	if len(keys) == 0 {
		form.Set("act", "cancel")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(page, form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	back := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(back, returnURL+"?") {
		b.t.Fatalf("picking answers %d %s", res.StatusCode, back)
	}
	u, err := url.Parse(back)
	if err != nil {
		b.t.Fatal(err)
	}
	return u.Query()
}

// act has somebody act for an organisation.
func (b *bench) act(person, key string) (string, identity.Session) {
	b.t.Helper()
	token, s := b.logIn(person)
	if _, err := b.Finish(b.t.Context(), s, b.pick(b.begin(s), key)); err != nil {
		b.t.Fatal(err)
	}
	token, s, err := b.Choose(b.t.Context(), token, s, id(key))
	if err != nil {
		b.t.Fatal(err)
	}
	return token, s
}

func (b *bench) fail(mode, on string) {
	b.t.Helper()
	if err := b.sim.SetFault(mandatesim.Fault{Mode: mode, On: on}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) count(query string, args ...any) int {
	b.t.Helper()
	var n int
	if err := b.db.QueryRow(b.t.Context(), query, args...).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) work() {
	b.t.Helper()
	if err := b.Work(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func id(key string) organisation.BusinessID {
	return organisation.BusinessID(world.Default().Organisation(key).BusinessID)
}

// refusedFor tells whether err is a refusal for that reason.
func refusedFor(err error, reason string) bool {
	refused, ok := errors.AsType[*mandate.RefusedError](err)
	return ok && refused.Reason == reason
}
