package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"tyomarkkinatori.fi/portal/web/htmltest"
)

// keepSource has the browser keep pages as they were sent, also those that are not
// to be stored.
func (x *inspector) keepSource(t *testing.T) {
	t.Helper()
	call(t, x.tab, network.Enable, network.EnableParams{})
	err := chromedp.Listen(x.Context, func(ev any) {
		if got, ok := ev.(*network.EventResponseReceived); ok && got.Type == network.ResourceTypeDocument {
			x.document.Store(got.RequestID)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// source is the page that is open as the portal has sent it.
func (x *inspector) source(t *testing.T) string {
	t.Helper()
	id, ok := x.document.Load().(network.RequestID)
	if !ok {
		t.Fatal("no page is open")
	}
	return string(call(t, x.tab, network.GetResponseBody, network.GetResponseBodyParams{RequestID: id}).Body)
}

// voids are the elements that have no end.
var voids = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

// markupFaults lists what is wrong with how a page is written: what a browser has
// to mend. What is written is held to what the parser makes of it.
func markupFaults(source string) []string {
	var faults, open, written []string
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
			continue
		}
		if kind == html.EndTagToken {
			if n := len(open) - 1; n < 0 || open[n] != token.Data {
				faults = append(faults, fmt.Sprintf("</%s> ends nothing in %v", token.Data, open))
			} else {
				open = open[:n]
			}
			continue
		}
		written = append(written, strings.Join(open, " ")+" "+token.Data)
		if kind == html.StartTagToken && !slices.Contains(voids, token.Data) {
			open = append(open, token.Data)
		}
	}
	if len(open) > 0 {
		faults = append(faults, fmt.Sprintf("%v never end", open))
	}
	built := elements(source)
	for i := range max(len(written), len(built)) {
		if i >= len(written) || i >= len(built) || strings.TrimSpace(written[i]) != built[i] {
			return append(faults, fmt.Sprintf("what is written as %q the browser makes %q", at(written, i), at(built, i)))
		}
	}
	return faults
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// elements are the elements of a page with what they lie in, as a browser builds
// them.
func elements(source string) []string {
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return nil
	}
	var all []string
	var walk func(n *html.Node, in string)
	walk = func(n *html.Node, in string) {
		if n.Type == html.ElementNode {
			in = strings.TrimSpace(in + " " + strings.ToLower(n.Data))
			all = append(all, in)
		}
		for c := range n.ChildNodes() {
			walk(c, in)
		}
	}
	walk(root, "")
	return all
}

// isWhole holds the page that is open to how pages are written.
func (x *inspector) isWhole(t *testing.T, lang string) {
	t.Helper()
	source := x.source(t)
	faults := append(markupFaults(source), htmltest.Parse(t, strings.NewReader(source)).Faults(lang)...)
	for _, fault := range faults {
		t.Error(fault)
	}
}

// TestMarkupFaults finds what is wrong in pages that are wrong.
func TestMarkupFaults(t *testing.T) {
	t.Parallel()

	frame := func(body string) string { return "<!doctype html><html><head></head><body>" + body + "</body></html>" }
	for body, good := range map[string]bool{
		"<p>a<br>b</p>": true, "<ul><li>a</li></ul>": true, "<p><ul><li>a</li></ul></p>": false, "<p>a</div>": false,
		"<form><form></form></form>": false, "<table><tr><td>a</td></tr></table>": false,
		"<table><tbody><tr><td>a</td></tr></tbody></table>": true, "<a><a>a</a></a>": false, "<div>": false,
	} {
		if faults := markupFaults(frame(body)); (len(faults) == 0) != good {
			t.Errorf("%s: %v", body, faults)
		}
	}
}
