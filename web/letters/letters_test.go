package letters_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/letters"
)

var update = flag.Bool("update", false, "write the golden files")

func writer(t *testing.T) letters.Writer {
	t.Helper()
	c, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return letters.Writer{Catalogue: c, Origin: "https://portal.example"}
}

// message has everything that some kind needs.
func message(kind mail.Kind, lang i18n.Lang) mail.Message {
	return mail.Message{Kind: kind, Lang: lang, To: "aino@person.example", Data: map[string]string{
		"organisation": "Oy Äyrämö & O'Neill Ab", "date": "2026-03-16", "number": "2", "terms": "Yhteistyökumppanin käyttöehdot", "departure": "17", "application": "12",
		"end": "/" + string(lang) + "/end",
	}}
}

func TestLetters(t *testing.T) {
	t.Parallel()

	w := writer(t)
	for _, lang := range i18n.Langs {
		var all strings.Builder
		for _, kind := range letters.Kinds() {
			m := message(kind, lang)
			r, err := w.Render(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			all.WriteString("Kind: " + string(kind) + "\nSubject: " + r.Subject + "\n\n" + r.Text + strings.Repeat("=", 40) + "\n")
			checkLetter(t, string(kind)+" "+string(lang), r, lang)
		}
		m := message("application_approved", lang)
		m.Data["kind"] = "change"
		r, err := w.Render(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("Kind: application_approved, change\nSubject: " + r.Subject + "\n\n" + r.Text)
		golden(t, "testdata/letters."+string(lang)+".txt", all.String())
		golden(t, "testdata/approved."+string(lang)+".html", r.HTML)
	}
}

// checkLetter holds a mail to saying the same twice, in one language, with
// nothing to be fetched and nothing personal in the subject.
func checkLetter(t *testing.T, name string, r mail.Rendered, lang i18n.Lang) {
	t.Helper()
	if strings.Contains(r.Subject+r.Text+r.HTML, "no value") || strings.Contains(r.Subject+r.Text, "letters.") || r.Subject == "" {
		t.Errorf("%s: unfinished: %q\n%s", name, r.Subject, r.Text)
	}
	if strings.Contains(r.Subject, "Äyrämö") || strings.Contains(r.Subject, "@") {
		t.Errorf("%s: the subject names somebody: %q", name, r.Subject)
	}
	doc, err := html.Parse(strings.NewReader(r.HTML))
	if err != nil {
		t.Fatal(err)
	}
	headings, links := 0, 0
	var said strings.Builder
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "html" && attribute(n, "lang") != string(lang):
			t.Errorf("%s: lang is %q", name, attribute(n, "lang"))
		case n.Type == html.ElementNode && n.Data == "h1":
			headings++
		case n.Type == html.ElementNode && n.Data == "a":
			links++
			if href := attribute(n, "href"); !strings.HasPrefix(href, "https://portal.example/"+string(lang)) || !strings.Contains(r.Text, href) {
				t.Errorf("%s: link to %s", name, href)
			}
		case n.Type == html.ElementNode && (n.Data == "img" || n.Data == "script" || n.Data == "link" || n.Data == "form" || n.Data == "table"):
			t.Errorf("%s: has a %s", name, n.Data)
		case n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title":
			said.WriteString(n.Data + " ")
			if words := strings.Join(strings.Fields(n.Data), " "); !strings.Contains(strings.Join(strings.Fields(r.Text), " "), words) {
				t.Errorf("%s: only the HTML part says %q", name, words)
			}
		}
	}
	if headings != 1 || links != strings.Count(r.Text, "https://portal.example/") {
		t.Errorf("%s: %d headings, %d links", name, headings, links)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s (write it anew with -update):\n%s", path, diff)
	}
}

func TestLettersRefuse(t *testing.T) {
	t.Parallel()

	w := writer(t)
	for name, spoil := range map[string]func(*mail.Message){
		"an unknown kind":          func(m *mail.Message) { m.Kind = "lottery" },
		"no number of a departure": func(m *mail.Message) { delete(m.Data, "departure") },
		"no date":                  func(m *mail.Message) { delete(m.Data, "date") },
		"a link to elsewhere":      func(m *mail.Message) { m.Data["link"] = "https://elsewhere.example/" },
		"a link without a scheme":  func(m *mail.Message) { m.Data["link"] = "//elsewhere.example/" },
		"a link with a line break": func(m *mail.Message) { m.Data["link"] = "/fi\r\nBcc: x@y.example" },
		"a link with a backslash":  func(m *mail.Message) { m.Data["link"] = `/\elsewhere.example` },
	} {
		m := message("partner_left", i18n.Finnish)
		spoil(&m)
		if r, err := w.Render(t.Context(), m); err == nil {
			t.Errorf("%s was written:\n%s", name, r.Text)
		}
	}
}

func TestNamesStayNames(t *testing.T) {
	t.Parallel()

	w := writer(t)
	for _, name := range []string{
		"<script>alert(1)</script>", "Oy\r\n\r\nHyvä asiakas! Avaa https://elsewhere.example", "{{.Date}}", `"><a href="https://elsewhere.example">`, strings.Repeat("Ä", 40_000),
	} {
		m := message("application_received", i18n.Finnish)
		m.Data["organisation"] = name
		r, err := w.Render(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(r.HTML, "<script>") || strings.Contains(r.HTML, `href="https://elsewhere`) || strings.Contains(r.Text, "\n\nHyvä asiakas") || len(r.Text) > 2000 || strings.Contains(r.Text, "16.3.2026") {
			t.Errorf("a name of %d characters became more than a name", len(name))
		}
	}
}
