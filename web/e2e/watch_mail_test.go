package e2e_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/htmltest"
)

// inspectMails looks at one mail of each kind in each language as at a page.
func (r *reader) inspectMails(t *testing.T, seekers []*jobSeeker) {
	t.Helper()
	seen := map[string]bool{}
	for _, k := range seekers {
		for _, m := range r.site.mails(t, k.address) {
			kind := string(k.s.lang) + " " + names.ReplaceAllString(m.Subject, "0")
			if seen[kind] {
				continue
			}
			seen[kind] = true
			t.Run(kind, func(t *testing.T) {
				m.isWhole(t, k.s.lang)
				for _, v := range views()[:3] { // mail programs are dark too
					r.look(t, v)
					r.open(t, "data:text/html;base64,"+base64.StdEncoding.EncodeToString([]byte(m.HTML)))
					r.inspect(t)
				}
			})
		}
	}
	if len(seen) < 6 {
		t.Errorf("only %d kinds of mail came: %v", len(seen), seen)
	}
	r.look(t, views()[0])
}

// isWhole holds both parts of a mail to what mails promise: the HTML is a
// correct page that loads nothing, and the text says all that it says.
func (m message) isWhole(t *testing.T, lang i18n.Lang) {
	t.Helper()
	page := htmltest.Parse(t, strings.NewReader(m.HTML))
	for _, fault := range page.Faults(string(lang)) {
		// A mail has no header of a site, and its style must be in it.
		if fault != "0 <header>, want 1" && fault != "<style> within the page" {
			t.Error(fault)
		}
	}
	if n := len(page.Elements("img", "script", "link", "iframe", "form", "video", "object", "base")); n > 0 || strings.Contains(m.HTML, "url(") {
		t.Errorf("%d elements of the mail load something", n)
	}
	text := strings.Join(strings.Fields(m.Text), " ")
	for _, n := range page.All(func(n *html.Node) bool { return n.Data == "a" || n.Data == "p" || n.Data == "li" || n.Data == "h1" }) {
		if said := htmltest.Text(n); !strings.Contains(text, said) {
			t.Errorf("only the HTML part says %q", said)
		}
		if to := htmltest.Attr(n, "href"); n.Data == "a" && !strings.Contains(m.Text, to) {
			t.Errorf("only the HTML part leads to %s", to)
		}
	}
	if got := m.header("Content-Language"); got != string(lang) {
		t.Errorf("Content-Language is %q", got)
	}
	for _, h := range m.Headers {
		if strings.ContainsAny(h.Value, "\r\n") || len(h.Value) > 400 {
			t.Errorf("the header %s is odd: %q", h.Name, h.Value)
		}
	}
}
