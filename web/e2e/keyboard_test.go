package e2e_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestFindingAJobByKeyboard goes from the front page to a posting by keyboard
// alone, with scripts off, on a narrow screen, in both languages. The focus is
// always somewhere, can be seen, and is not hidden behind anything.
func TestFindingAJobByKeyboard(t *testing.T) {
	t.Parallel()

	s := theSite(t)
	for _, words := range []struct{ front, list, word string }{
		{"/fi", "/fi/tyopaikat", "hoitaja"},
		{"/sv", "/sv/lediga-jobb", "skötare"},
	} {
		for _, v := range views()[:2] {
			t.Run(v.name+words.front, func(t *testing.T) {
				b := openTab(t)
				b.look(t, v)
				call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
				b.open(t, s.url+words.front)

				b.press(t, kb.Tab)
				if !eval[bool](t, b, `document.activeElement.matches("a[href^='#']")`) {
					t.Error("the first Tab is not the link past the navigation")
				}
				b.tabTo(t, "input[name=q]", 12)
				b.enter(t, words.word)
				b.press(t, kb.Enter)
				b.arrive(t, words.list, "q=")
				if got := eval[string](t, b, `document.querySelector("input[name=q]").value`); got != words.word {
					t.Errorf("the search field holds %q, want %q", got, words.word)
				}
				if n := eval[int](t, b, `document.querySelectorAll("[role=status]").length`); n == 0 {
					t.Error("nothing tells assistive technology how much was found")
				}

				if v.width < 768 {
					b.tabTo(t, "main details > summary", 40)
					b.press(t, kb.Enter)
				}
				b.tabTo(t, "input[name=working_time][value='01']", 90)
				b.press(t, " ")
				b.tabTo(t, "main button", 90)
				b.press(t, kb.Enter)
				b.arrive(t, words.list, "working_time=")
				query, err := url.ParseQuery(strings.TrimPrefix(eval[string](t, b, "location.search"), "?"))
				if err != nil || query.Get("working_time") != "01" || query.Get("q") != words.word {
					t.Errorf("the filter is not in the address: %v", query)
				}

				b.tabTo(t, "main article a, main h2 a, main h3 a", 150)
				title := eval[string](t, b, "document.activeElement.textContent.trim()")
				b.press(t, kb.Enter)
				b.arrive(t, words.list+"/", "")
				if h1 := eval[string](t, b, `document.querySelector("h1").textContent.trim()`); h1 != title {
					t.Errorf("the posting's heading is %q, the link said %q", h1, title)
				}
			})
		}
	}
}

// enter types text as a keyboard does.
func (b *tab) enter(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		b.press(t, string(r))
	}
}

// arrive waits until a page has opened whose path begins with path and whose
// query holds the text.
func (b *tab) arrive(t *testing.T, path, query string) {
	t.Helper()
	ready := fmt.Sprintf(`location.pathname.startsWith(%q) && location.search.includes(%q) && document.readyState === "complete"`, path, query)
	eventually(t, "the page "+path+" opens", func() bool {
		ctx, cancel := context.WithTimeout(b.Context, time.Second)
		defer cancel()
		// Between two pages there is nothing to ask, which is an error.
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](ready))
		return err == nil && is
	})
}

// seesFocus fails unless the focused element lies in view, uncovered, with an
// outline or a ring.
const seesFocus = `(() => {
	const e = document.activeElement, r = e.getBoundingClientRect();
	if (e === document.body) return "the focus is nowhere";
	const style = getComputedStyle(e), name = e.tagName + "[" + (e.name || e.textContent.trim().slice(0, 30)) + "]";
	if (style.outlineStyle === "none" && style.boxShadow === "none") return "no ring around " + name;
	if (r.width < 1 || r.height < 1) return "nothing to see of " + name;
	const x = Math.min(Math.max(r.left + r.width / 2, 0), innerWidth - 1), y = Math.min(Math.max(r.top + Math.min(r.height / 2, 10), 0), innerHeight - 1);
	const top = document.elementFromPoint(x, y);
	if (top && top !== e && !e.contains(top) && !top.contains(e) && !(e.labels && [...e.labels].some(l => l.contains(top) || top.contains(l)))) return "something lies over " + name;
	return "";
})()`
