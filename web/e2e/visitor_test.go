package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/web/htmltest"
)

// visitor is somebody at the portal without a browser: it keeps cookies, reads
// pages and sends their forms as they stand. It follows no redirect by itself.
type visitor struct {
	site    *site
	key     string // of the person in the simulated world
	cookies map[string]string
	at      *answer           // where the visitor is
	via     http.RoundTripper // what stands between; nil for nothing
	// met are the addresses that the visitor has come to, and the forms sent.
	met []deed
}

// deed is one request: a form when it has fields.
type deed struct {
	path   string
	fields url.Values
}

// answer is what the portal has answered.
type answer struct {
	path    string
	status  int
	header  http.Header
	body    string
	cookies []*http.Cookie
}

func (a *answer) location() string { return a.header.Get("Location") }

// place is the page that an answer leads to, without what it says there.
func (a *answer) place() string {
	path, _, _ := strings.Cut(a.location(), "?")
	return path
}

func (a *answer) page(tb testing.TB) *htmltest.Page {
	tb.Helper()
	return htmltest.Parse(tb, strings.NewReader(a.body))
}

func (a *answer) String() string {
	said := ""
	if root, err := html.Parse(strings.NewReader(a.body)); err == nil {
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "main" {
				said = htmltest.Text(n)
			}
		}
	}
	return fmt.Sprintf("%s answers %d to %q: %.900s", a.path, a.status, a.location(), cmp.Or(said, a.body))
}

// visitors share connections, as many as they like.
var visitors = &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 30 * time.Second}

// visitor returns somebody who has never been here; key is who it will be.
func (s *site) visitor(key string) *visitor {
	return &visitor{site: s, key: key, cookies: map[string]string{}}
}

// copied is the same visitor at a second browser with the same cookies.
func (v *visitor) copied() *visitor {
	return &visitor{site: v.site, key: v.key, cookies: maps.Clone(v.cookies), at: v.at, via: v.via}
}

// do sends a request to the portal with the visitor's cookies.
func (v *visitor) do(req *http.Request) (*answer, error) {
	for name, value := range v.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	var through http.RoundTripper = visitors
	if v.via != nil {
		through = v.via
	}
	res, err := through.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{req.URL.RequestURI(), res.StatusCode, res.Header, string(body), res.Cookies()}
	for _, c := range a.cookies {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	v.at = a
	private.answered(a)
	return a, nil
}

func (v *visitor) get(ctx context.Context, path string) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.site.url+path, nil)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(path, "callback") && !strings.HasPrefix(path, "/signin/out") {
		v.met = append(v.met, deed{path: path})
	}
	return v.do(req)
}

// post sends fields as a browser sends a form of our own; headers change its
// headers, and an empty value takes one away.
func (v *visitor) post(ctx context.Context, path string, fields url.Values, headers ...string) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.site.url+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", v.site.url)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	v.met = append(v.met, deed{path, fields})
	private.typed(fields)
	return v.do(req)
}

// open goes to a page, again while the portal is busy.
func (v *visitor) open(tb testing.TB, path string) *answer {
	tb.Helper()
	return v.calmly(tb, func() (*answer, error) { return v.get(tb.Context(), path) })
}

func (v *visitor) calmly(tb testing.TB, try func() (*answer, error)) *answer {
	tb.Helper()
	for range 20 {
		a, err := try()
		if err != nil {
			tb.Fatal(err)
		}
		if a.status != http.StatusServiceUnavailable {
			return a
		}
		if err := pause(tb.Context(), a); err != nil {
			tb.Fatal(err)
		}
	}
	return v.at
}

// see goes to a page and fails unless it is there and says texts.
func (v *visitor) see(tb testing.TB, path string, texts ...string) *answer {
	tb.Helper()
	a := v.open(tb, path)
	if a.status != http.StatusOK {
		tb.Fatalf("%s: %s", v.key, a)
	}
	body := a.page(tb).Body()
	for _, text := range texts {
		if !strings.Contains(body, text) {
			tb.Fatalf("%s misses %q: %s", v.key, text, a)
		}
	}
	return a
}

// follow goes where the last answer leads to.
func (v *visitor) follow(tb testing.TB) {
	tb.Helper()
	to := v.at.location()
	if !strings.HasPrefix(to, "/") {
		tb.Fatalf("%s is led nowhere: %s", v.key, v.at)
	}
	v.open(tb, to)
}

// enter goes through identification as the visitor's person from the sign-in
// page at path, and ends where the portal leads to.
func (v *visitor) enter(ctx context.Context, path string) error {
	if _, err := v.get(ctx, path); err != nil {
		return err
	}
	action, _, _ := strings.Cut(path, "?")
	fields, ok := formOf(v.at.body, action)
	if !ok {
		return fmt.Errorf("no form to log in: %s", v.at)
	}
	a, err := v.post(ctx, action, fields)
	if err != nil {
		return err
	}
	back, err := v.identify(ctx, a.location())
	if err != nil {
		return err
	}
	a, err = v.get(ctx, back)
	if err != nil {
		return err
	}
	if a.status != http.StatusSeeOther {
		return fmt.Errorf("%s is not logged in: %s", v.key, a)
	}
	return nil
}

// identify goes to the identification service and returns where on the portal
// it leads to.
func (v *visitor) identify(ctx context.Context, address string) (string, error) {
	if !strings.HasPrefix(address, v.site.world.IdentityURL) {
		return "", fmt.Errorf("%s is not sent to identification: %s", v.key, v.at)
	}
	return v.elsewhere(ctx, http.MethodGet, address+"&login_hint="+url.QueryEscape(v.key), nil)
}

// elsewhere does something at another system that leads back to the portal.
func (v *visitor) elsewhere(ctx context.Context, method, address string, fields url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(fields.Encode()))
	if err != nil {
		return "", err
	}
	if fields != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := visitors.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	back, ok := strings.CutPrefix(res.Header.Get("Location"), v.site.url)
	if !ok {
		return "", fmt.Errorf("the other system answers %s to %q: %.300s", res.Status, res.Header.Get("Location"), body)
	}
	return back, nil
}

// logIn logs in as a person.
func (v *visitor) logIn(tb testing.TB) *visitor {
	tb.Helper()
	if err := v.enter(tb.Context(), "/fi/kirjaudu"); err != nil {
		tb.Fatal(err)
	}
	return v
}

// logInStaff logs in as an officer.
func (v *visitor) logInStaff(tb testing.TB) *visitor {
	tb.Helper()
	if err := v.enter(tb.Context(), "/fi/virkailija/kirjaudu"); err != nil {
		tb.Fatal(err)
	}
	return v
}

// represent is the page on which to choose whom to act for.
const represent = "/fi/asiointi/edustaminen"

// actFor chooses an organisation of the simulated world.
func (v *visitor) actFor(tb testing.TB, organisation string) *visitor {
	tb.Helper()
	if err := v.choose(tb.Context(), organisation); err != nil {
		tb.Fatal(err)
	}
	return v
}

func (v *visitor) choose(ctx context.Context, organisation string) error {
	if _, err := v.get(ctx, represent); err != nil {
		return err
	}
	fields, ok := formOf(v.at.body, represent)
	if !ok {
		return fmt.Errorf("no form to choose an organisation: %s", v.at)
	}
	a, err := v.post(ctx, represent, fields)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(a.location(), v.site.world.MandatesURL) {
		return fmt.Errorf("%s is not sent to e-Authorizations: %s", v.key, a)
	}
	id := world.Default().Organisation(organisation).BusinessID
	back, err := v.elsewhere(ctx, http.MethodPost, a.location(), url.Values{"organisation": {id}, "act": {"choose"}})
	if err != nil {
		return err
	}
	if a, err = v.get(ctx, back); err != nil {
		return err
	}
	if a.status != http.StatusSeeOther || a.location() != "/fi/asiointi" {
		return fmt.Errorf("%s does not act for %s: %s", v.key, organisation, a)
	}
	return nil
}

var lastNumber = regexp.MustCompile(`\d+`)

// number is the one in an address of ours.
func number(tb testing.TB, address string) string {
	tb.Helper()
	n := lastNumber.FindString(address)
	if n == "" {
		tb.Fatalf("no number in %q", address)
	}
	return n
}
