package sessiontest

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/web/htmltest"
	"tyomarkkinatori.fi/portal/web/session"
)

// Browser visits a portal: it keeps cookies and remembers the page it is on, and
// follows no redirect by itself.
type Browser struct {
	*Portal

	Cookies map[string]string
	// Last is the answer to the last request.
	Last *Answer
	// Header goes with every request.
	Header http.Header
}

// Answer is what the portal has answered.
type Answer struct {
	*httptest.ResponseRecorder

	// Page is the body as a page; it is empty for a redirect.
	Page *htmltest.Page
}

// Location is where the answer redirects to, "" for nowhere.
func (a *Answer) Location() string { return a.Header().Get("Location") }

// Browser returns a browser that has never been here.
func (p *Portal) Browser() *Browser {
	return &Browser{Portal: p, Cookies: map[string]string{}, Header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// Person is an identification of somebody by their identity code.
func (p *Portal) Person(code, firstNames, familyName string) identity.Identified {
	p.TB.Helper()
	who := identitytest.Identified(p.TB, p.DB, code)
	who.FirstNames, who.CallName, who.FamilyName = firstNames, "", familyName
	return who
}

// LogIn logs who in as a person.
func (b *Browser) LogIn(who identity.Identified) identity.Session {
	b.TB.Helper()
	return b.logIn(who, identity.KindPerson)
}

// LogInAs logs in a person by identity code, as Aino Korhonen.
func (b *Browser) LogInAs(code string) identity.Session {
	b.TB.Helper()
	return b.LogIn(b.Person(code, "Aino", "Korhonen"))
}

// LogInStaff logs in one more officer, of groups.
func (b *Browser) LogInStaff(groups ...identity.Group) identity.Session {
	b.TB.Helper()
	token, s := identitytest.Officer(b.TB, b.DB, groups...)
	b.Cookies[session.CookieName("session", true)] = token
	return s
}

// Exec runs a statement that puts the world into a state.
func (p *Portal) Exec(query string, args ...any) {
	p.TB.Helper()
	if _, err := p.DB.Exec(p.TB.Context(), query, args...); err != nil {
		p.TB.Fatal(err)
	}
}

func (b *Browser) logIn(who identity.Identified, kind identity.Kind) identity.Session {
	b.TB.Helper()
	name := session.CookieName("session", true)
	token, s, err := b.People.LogIn(b.TB.Context(), who, kind, "fi", b.Cookies[name])
	if err != nil {
		b.TB.Fatal(err)
	}
	b.Cookies[name] = token
	return s
}

// Act has the person act for an organisation.
func (b *Browser) Act(businessID, name string) identity.Session {
	b.TB.Helper()
	cookie := session.CookieName("session", true)
	token, s, err := b.People.Act(b.TB.Context(), b.Cookies[cookie], &identity.Acting{
		BusinessID: businessID, Name: name, Roles: []string{"NIMKO"}, Authority: "NIMKO", CheckedAt: b.Now(),
	})
	if err != nil {
		b.TB.Fatal(err)
	}
	b.Cookies[cookie] = token
	return s
}

// Get asks for a page.
func (b *Browser) Get(path string) *Answer {
	b.TB.Helper()
	return b.Do(httptest.NewRequestWithContext(b.TB.Context(), http.MethodGet, path, nil))
}

// Follow goes where the last answer leads to.
func (b *Browser) Follow() *Answer {
	b.TB.Helper()
	to := b.Last.Location()
	if !strings.HasPrefix(to, "/") {
		b.TB.Fatalf("the answer %d leads to %q, not to a page of ours", b.Last.Code, to)
	}
	return b.Get(to)
}

// Post sends the form whose action is path as a person would: with what is in
// its hidden fields, and form in its others. The form is looked for on the page
// that the browser is on, and else on the page at path.
func (b *Browser) Post(path string, form url.Values) *Answer {
	b.TB.Helper()
	return b.Send(path, b.fill(path, form))
}

// Send sends a form as it is, without hidden fields.
func (b *Browser) Send(path string, form url.Values) *Answer {
	b.TB.Helper()
	r := httptest.NewRequestWithContext(b.TB.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.Do(r)
}

// PostFile is Post with a file in field.
func (b *Browser) PostFile(path string, form url.Values, field, filename string, content []byte) *Answer {
	b.TB.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, list := range b.fill(path, form) {
		for _, v := range list {
			if err := m.WriteField(name, v); err != nil {
				b.TB.Fatal(err)
			}
		}
	}
	part, err := m.CreateFormFile(field, filename)
	if err != nil {
		b.TB.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		b.TB.Fatal(err)
	}
	if err := m.Close(); err != nil {
		b.TB.Fatal(err)
	}
	r := httptest.NewRequestWithContext(b.TB.Context(), http.MethodPost, path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return b.Do(r)
}

// Do sends r with the browser's cookies and keeps those that come back.
func (b *Browser) Do(r *http.Request) *Answer {
	b.TB.Helper()
	r.Host = strings.TrimPrefix(Origin, "https://")
	maps.Copy(r.Header, b.Header)
	for name, value := range b.Cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	a := &Answer{ResponseRecorder: httptest.NewRecorder()}
	b.Handler.ServeHTTP(a.ResponseRecorder, r)
	for _, c := range a.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		} else {
			b.Cookies[c.Name] = c.Value
		}
	}
	a.Page = htmltest.Parse(b.TB, bytes.NewReader(a.Body.Bytes()))
	b.Last = a
	return a
}

// fill returns form with the hidden fields of the page's form for path.
func (b *Browser) fill(path string, form url.Values) url.Values {
	b.TB.Helper()
	fields, ok := b.hidden(path)
	if !ok {
		b.Get(path)
		if fields, ok = b.hidden(path); !ok {
			b.TB.Fatalf("no form for %s on its page, which answers %d", path, b.Last.Code)
		}
	}
	maps.Copy(fields, form)
	return fields
}

func (b *Browser) hidden(path string) (url.Values, bool) {
	if b.Last == nil {
		return nil, false
	}
	for _, f := range b.Last.Page.Elements("form") {
		if htmltest.Attr(f, "action") != path {
			continue
		}
		fields := url.Values{}
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && n.Data == "input" && htmltest.Attr(n, "type") == "hidden" {
				// A browser sends every line break as two characters.
				fields.Add(htmltest.Attr(n, "name"), strings.ReplaceAll(htmltest.Attr(n, "value"), "\n", "\r\n"))
			}
		}
		return fields, true
	}
	return nil, false
}
