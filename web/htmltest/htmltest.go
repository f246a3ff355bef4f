// Package htmltest checks pages in tests: what every page of the portal must be
// whatever stands on it. It finds things by what a reader would go by.
package htmltest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is a parsed page.
type Page struct {
	root *html.Node
}

// Parse reads a page and fails the test when it is none.
func Parse(tb testing.TB, r io.Reader) *Page {
	tb.Helper()
	root, err := html.Parse(r)
	if err != nil {
		tb.Fatal(err)
	}
	return &Page{root}
}

// All returns every element for which keep is true, in document order.
func (p *Page) All(keep func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && keep(n) {
			found = append(found, n)
		}
	}
	return found
}

// Elements returns every element with one of the names.
func (p *Page) Elements(names ...string) []*html.Node {
	return p.All(func(n *html.Node) bool { return slices.Contains(names, n.Data) })
}

// Attr returns an attribute of n, or "".
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Has reports whether n has an attribute, be it empty.
func Has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// Text returns the text in n with single spaces.
func Text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Title returns the page's title.
func (p *Page) Title() string {
	if t := p.Elements("title"); len(t) > 0 {
		return Text(t[0])
	}
	return ""
}

// Body returns all text of the page's body.
func (p *Page) Body() string {
	if b := p.Elements("body"); len(b) > 0 {
		return Text(b[0])
	}
	return ""
}

// Links returns the addresses of our own that the page leads to, without
// fragments.
func (p *Page) Links() []string {
	var links []string
	for _, n := range p.Elements("a", "link", "form", "script") {
		for _, name := range [...]string{"href", "action", "src"} {
			address, _, _ := strings.Cut(Attr(n, name), "#")
			if strings.HasPrefix(address, "/") && !slices.Contains(links, address) {
				links = append(links, address)
			}
		}
	}
	return links
}

// Faults lists what is wrong with the page as a page in lang: it must have one
// h1, no skipped heading level, the landmarks, unique IDs, a name for every
// control, and nothing that the content security policy forbids.
func (p *Page) Faults(lang string) []string {
	var faults []string
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for _, n := range p.Elements("html") {
		if got := Attr(n, "lang"); got != lang {
			say("html has lang %q, want %q", got, lang)
		}
	}
	for name, want := range map[string]int{"h1": 1, "main": 1, "header": 1, "footer": 1, "title": 1} {
		if got := len(p.Elements(name)); got != want {
			say("%d <%s>, want %d", got, name, want)
		}
	}
	level := 0
	for _, n := range p.Elements("h1", "h2", "h3", "h4") {
		now := int(n.Data[1] - '0')
		// The summary of errors stands before the h1, so that it is met first.
		if now > level+1 && level > 0 {
			say("<%s> %q follows level %d", n.Data, Text(n), level)
		}
		level = now
	}
	ids := p.idFaults(say)
	p.controlFaults(ids, say)
	p.policyFaults(say)
	return faults
}

func (p *Page) idFaults(say func(string, ...any)) map[string]*html.Node {
	ids := map[string]*html.Node{}
	for _, n := range p.All(func(n *html.Node) bool { return Has(n, "id") }) {
		id := Attr(n, "id")
		if ids[id] != nil {
			say("id %q twice", id)
		}
		ids[id] = n
	}
	for _, n := range p.All(func(*html.Node) bool { return true }) {
		for _, name := range [...]string{"for", "aria-describedby", "aria-labelledby"} {
			for id := range strings.FieldsSeq(Attr(n, name)) {
				if ids[id] == nil {
					say("<%s %s> names %q, which is not there", n.Data, name, id)
				}
			}
		}
		if id, ok := strings.CutPrefix(Attr(n, "href"), "#"); ok && ids[id] == nil {
			say("link to #%s, which is not there", id)
		}
	}
	return ids
}

func (p *Page) controlFaults(ids map[string]*html.Node, say func(string, ...any)) {
	labelled := map[string]bool{}
	for _, n := range p.Elements("label") {
		if Text(n) != "" {
			labelled[Attr(n, "for")] = true
		}
	}
	for _, n := range p.Elements("input", "select", "textarea") {
		if Attr(n, "type") == "hidden" {
			continue
		}
		if !labelled[Attr(n, "id")] && Attr(n, "aria-label") == "" {
			say("<%s name=%q> has no label", n.Data, Attr(n, "name"))
		}
	}
	for _, n := range p.Elements("a", "button", "summary") {
		named := Text(n) != "" || Attr(n, "aria-label") != ""
		for id := range strings.FieldsSeq(Attr(n, "aria-labelledby")) {
			named = named || ids[id] != nil && Text(ids[id]) != ""
		}
		if !named {
			say("<%s href=%q> has no name", n.Data, Attr(n, "href"))
		}
	}
	for _, n := range p.Elements("img") {
		if !Has(n, "alt") {
			say("<img src=%q> has no alt", Attr(n, "src"))
		}
	}
}

func (p *Page) policyFaults(say func(string, ...any)) {
	for _, n := range p.All(func(*html.Node) bool { return true }) {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				say("<%s %s> is forbidden by the content security policy", n.Data, a.Key)
			}
		}
	}
	for _, n := range p.Elements("style") {
		say("<%s> within the page", n.Data)
	}
	for _, n := range p.Elements("script") {
		if Attr(n, "src") == "" && Attr(n, "type") != "application/ld+json" {
			say("script within the page")
		}
	}
}
