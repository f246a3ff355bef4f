package e2e_test

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/web/htmltest"
)

// send sends the form of the page that the visitor is on, with changes. It looks
// for the form at path itself when it is not on the page.
func (v *visitor) send(tb testing.TB, path string, changes url.Values) *answer {
	tb.Helper()
	fields := v.form(tb, path)
	maps.Copy(fields, changes)
	return v.submit(tb, path, fields)
}

// submit sends fields as they are, again while the portal is busy.
func (v *visitor) submit(tb testing.TB, path string, fields url.Values, headers ...string) *answer {
	tb.Helper()
	return v.calmly(tb, func() (*answer, error) { return v.post(tb.Context(), path, fields, headers...) })
}

// form returns the fields of the form that is sent to path, filled in as it
// stands.
func (v *visitor) form(tb testing.TB, path string) url.Values {
	tb.Helper()
	if v.at != nil {
		if fields, ok := formOf(v.at.body, path); ok {
			return fields
		}
	}
	v.open(tb, path)
	fields, ok := formOf(v.at.body, path)
	if !ok {
		tb.Fatalf("%s finds no form for %s: %s", v.key, path, v.at)
	}
	return fields
}

// formOf reads the form that is sent to path from a page.
func formOf(page, path string) (url.Values, bool) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil, false
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && htmltest.Attr(n, "action") == path {
			return fieldsOf(n), true
		}
	}
	return nil, false
}

// fieldsOf fills a form in as a browser would that sends it untouched.
func fieldsOf(form *html.Node) url.Values {
	fields := url.Values{}
	for n := range form.Descendants() {
		name := htmltest.Attr(n, "name")
		if n.Type != html.ElementNode || name == "" || htmltest.Has(n, "disabled") {
			continue
		}
		kind := htmltest.Attr(n, "type")
		switch {
		case n.Data == "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			fields.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
		case n.Data == "select":
			for o := range n.Descendants() {
				if o.Data == "option" && htmltest.Has(o, "selected") {
					fields.Add(name, htmltest.Attr(o, "value"))
				}
			}
		case n.Data != "input", kind == "submit", kind == "file", kind == "button":
		case (kind == "checkbox" || kind == "radio") && !htmltest.Has(n, "checked"):
		default:
			fields.Add(name, htmltest.Attr(n, "value"))
		}
	}
	return fields
}

// upload sends the form at path with a file.
func (v *visitor) upload(tb testing.TB, path, name, kind string, content []byte) *answer {
	tb.Helper()
	fields := v.form(tb, path)
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for field, list := range fields {
		for _, value := range list {
			if err := m.WriteField(field, value); err != nil {
				tb.Fatal(err)
			}
		}
	}
	header := map[string][]string{
		"Content-Disposition": {`form-data; name="file"; filename="` + name + `"`}, "Content-Type": {kind},
	}
	part, err := m.CreatePart(header)
	if err != nil {
		tb.Fatal(err)
	}
	_, _ = part.Write(content) // a buffer takes everything
	_ = m.Close()
	v.met = append(v.met, deed{path, fields})
	private.typed(fields)
	private.note("the name of a file", name)
	return v.calmly(tb, func() (*answer, error) {
		req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, v.site.url+path, bytes.NewReader(body.Bytes()))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", m.FormDataContentType())
		req.Header.Set("Origin", v.site.url)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		return v.do(req)
	})
}

// controls lists the names of all controls of the form that is sent to path,
// each once.
func controls(page, path string) []string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil
	}
	var names []string
	for f := range root.Descendants() {
		if f.Type != html.ElementNode || f.Data != "form" || htmltest.Attr(f, "action") != path {
			continue
		}
		for n := range f.Descendants() {
			if name := htmltest.Attr(n, "name"); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
