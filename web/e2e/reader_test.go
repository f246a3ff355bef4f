package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// reader is a person at a browser, who finds things by their words.
type reader struct {
	*tab

	site    *site
	scripts bool
	// secrets are what no title and no address may tell.
	secrets []string
}

// newReader opens a browser on a screen as narrow as they come, with scripts on
// or off.
func newReader(t *testing.T, s *site, scripts bool) *reader {
	t.Helper()
	r := &reader{tab: openTab(t), site: s, scripts: scripts}
	r.look(t, views()[0])
	call(t, r.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
	return r
}

// another opens a second tab in the reader's browser.
func (r *reader) another(t *testing.T) *reader {
	t.Helper()
	ctx, cancel := chromedp.NewContext(r.Context)
	t.Cleanup(cancel)
	second := &reader{tab: watch(t, ctx), site: r.site, scripts: r.scripts, secrets: r.secrets}
	second.look(t, views()[0])
	return second
}

// visit goes to a page of the portal.
func (r *reader) visit(t *testing.T, path string) {
	t.Helper()
	r.open(t, r.site.url+path)
	r.meet(t)
}

// path is where the reader is.
func (r *reader) path(t *testing.T) string {
	t.Helper()
	return eval[string](t, r.tab, "location.pathname")
}

// said is what the page says, without what is hidden.
func (r *reader) said(t *testing.T) string {
	t.Helper()
	return strings.Join(strings.Fields(eval[string](t, r.tab, "document.body.innerText")), " ")
}

// sees fails unless the page says all of texts.
func (r *reader) sees(t *testing.T, texts ...string) {
	t.Helper()
	said := r.said(t)
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Fatalf("at %s the page does not say %q; it says: %s", r.path(t), text, said)
		}
	}
}

// find is a function of the page that returns the element of a kind with these
// words: the whole of them, else their beginning.
const find = `((selector, words) => {
	const text = e => (e.getAttribute("aria-label") || e.innerText || e.value || "").replace(/\u00ad/g, "").replace(/\s+/g, " ").trim();
	const all = [...document.querySelectorAll(selector)].filter(e => e.getClientRects().length > 0);
	return all.find(e => text(e) === words) || all.find(e => text(e).startsWith(words));
})`

// press presses a button or follows a link, and waits for the page behind it.
func (r *reader) press(t *testing.T, words string) {
	t.Helper()
	r.leave(t, fmt.Sprintf(`%s("main button, main a, button, a, summary", %q)`, find, words), words)
}

// leave clicks the element that the expression finds and waits for a new page.
func (r *reader) leave(t *testing.T, expression, words string) {
	t.Helper()
	const mark = `document.documentElement.dataset.left = "1"`
	if !eval[bool](t, r.tab, fmt.Sprintf(`(() => { const e = %s; if (!e) return false; %s; e.click(); return true })()`, expression, mark)) {
		t.Fatalf("at %s there is no %q to press; the page says: %s", r.path(t), words, r.said(t))
	}
	eventually(t, "a page opens after "+words, func() bool {
		ctx, cancel := context.WithTimeout(r.Context, time.Second)
		defer cancel()
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !document.documentElement.dataset.left`))
		return err == nil && is
	})
	r.meet(t)
}

// fill writes text into the field with that label, in place of what is there.
func (r *reader) fill(t *testing.T, label, text string) {
	t.Helper()
	focus := fmt.Sprintf(`(() => {
		const l = %s("label", %q), e = l && l.control;
		if (!e) return false;
		e.focus();
		if (e.select) e.select();
		return true;
	})()`, find, label)
	if !eval[bool](t, r.tab, focus) {
		t.Fatalf("at %s there is no field %q; the page says: %s", r.path(t), label, r.said(t))
	}
	call(t, r.tab, input.InsertText, input.InsertTextParams{Text: text})
}

// choose ticks the box, or takes the radio button or the option, with that label.
func (r *reader) choose(t *testing.T, label string) {
	t.Helper()
	if !eval[bool](t, r.tab, fmt.Sprintf(`(() => {
		const l = %[1]s("label", %[2]q);
		if (l && l.control) { if (!l.control.checked) l.control.click(); return true }
		const o = [...document.querySelectorAll("option")].find(o => o.textContent.trim() === %[2]q);
		if (!o) return false;
		o.selected = true;
		return true;
	})()`, find, label)) {
		t.Fatalf("at %s there is nothing to choose called %q; the page says: %s", r.path(t), label, r.said(t))
	}
}

// holds returns what the field with that label holds.
func (r *reader) holds(t *testing.T, label string) string {
	t.Helper()
	return eval[string](t, r.tab, fmt.Sprintf(`(() => { const l = %s("label", %q); return l && l.control ? l.control.value : "no such field" })()`, find, label))
}

// says tells whether the page says the text.
func (r *reader) says(t *testing.T, text string) bool {
	t.Helper()
	return strings.Contains(r.said(t), text)
}

// lacks fails when the page says one of texts.
func (r *reader) lacks(t *testing.T, texts ...string) {
	t.Helper()
	said := r.said(t)
	for _, text := range texts {
		if strings.Contains(said, text) {
			t.Fatalf("at %s the page says %q: %s", r.path(t), text, said)
		}
	}
}
