package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// inspect holds the page that is open to what every page promises: axe finds
// nothing, nothing has to be scrolled sideways, the browser has nothing to
// complain.
func (b *tab) inspect(t *testing.T) {
	t.Helper()
	for _, found := range b.violations(t) {
		t.Error(found)
	}
	b.fits(t)
	b.isQuiet(t)
}

// fits fails when the page is wider than the window.
func (b *tab) fits(t *testing.T) {
	t.Helper()
	if wide := eval[int](t, b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		t.Errorf("the page is %d px too wide; widest: %s", wide, eval[string](t, b, widest))
	}
}

const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
	.slice(0, 3).map(e => e.tagName + "." + e.className).join(", ")`

// isQuiet fails when the browser has complained since it was last asked.
func (b *tab) isQuiet(t *testing.T) {
	t.Helper()
	for _, c := range b.complaints() {
		// The browser logs every answer that is an error; error pages are pages too.
		if !strings.Contains(c, "Failed to load resource: the server responded with a status of 4") {
			t.Errorf("the browser complains: %s", c)
		}
	}
}

// met holds the pages that were inspected, in each state.
var met sync.Map

// names are what addresses and states differ in and pages do not.
var names = regexp.MustCompile(`[0-9A-Z]{26}|[0-9a-z]{4}(?:-[0-9a-z]{4}){3}|[0-9]+`)

// meet inspects a page of the portal at the first time that a reader of this
// site comes to it, and to it in this state; what costs nothing, always.
func (r *reader) meet(t *testing.T) {
	t.Helper()
	if !strings.HasPrefix(eval[string](t, r.tab, "location.href"), r.site.url+"/") {
		r.complaints()
		return
	}
	at := eval[string](t, r.tab, "location.pathname")
	state := eval[string](t, r.tab, pageState)
	wrong := eval[string](t, r.tab, pageFaults)
	for tries := 0; wrong != "" && tries < 40; tries++ { // the focus comes with the first picture
		time.Sleep(50 * time.Millisecond)
		wrong = eval[string](t, r.tab, pageFaults)
	}
	if wrong != "" {
		t.Errorf("%s: %s", at, wrong)
	}
	address := eval[string](t, r.tab, "document.title + ' ' + decodeURIComponent(location.href)")
	for _, secret := range r.secrets {
		if strings.Contains(address, secret) {
			t.Errorf("the title or address of %s tells of %s: %s", at, secret, address)
		}
	}
	key := names.ReplaceAllString(at, "0") + " " + names.ReplaceAllString(state, "0")
	known := !r.scripts // axe is a script
	if !known {
		_, known = met.LoadOrStore(key, true)
	}
	if known {
		r.fits(t)
		r.isQuiet(t)
		return
	}
	for _, v := range views()[:2] {
		r.look(t, v)
		r.picture(t, at, v)
		ok := t.Run(v.name+" "+short(at), func(t *testing.T) { r.inspect(t) })
		if !ok {
			t.Logf("state of the page: %s", state)
		}
	}
	r.look(t, views()[0])
}

// pageState tells apart the states in which a page is worth a look.
const pageState = `[document.querySelector("h1")?.textContent, !!document.querySelector(".error-summary"),
	document.querySelectorAll("main .notice").length, document.querySelectorAll("main form").length].join("|")`

// pageFaults names what is wrong with a page at a glance: an error summary has
// the focus, and there is one main heading.
const pageFaults = `(() => {
	const s = document.querySelector(".error-summary");
	if (s && document.activeElement !== s) return "the error summary has not the focus but " + document.activeElement.tagName;
	const n = document.querySelectorAll("h1").length;
	if (n !== 1) return n + " main headings";
	return "";
})()`

// picture keeps what the page looks like in the folder that E2E_SHOTS names.
func (r *reader) picture(t *testing.T, at string, v view) {
	t.Helper()
	folder := os.Getenv("E2E_SHOTS")
	if folder == "" {
		return
	}
	height := eval[int64](t, r.tab, "Math.min(document.documentElement.scrollHeight, 6000)")
	r.do(t, chromedp.EmulateViewport(v.width, height))
	shot := call(t, r.tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	r.look(t, v)
	name := strings.ReplaceAll(names.ReplaceAllString(strings.Trim(at, "/"), "0"), "/", "_") + " " + v.name + ".png"
	if err := os.WriteFile(filepath.Join(folder, name), shot.Data, 0o600); err != nil {
		t.Fatal(err)
	}
}
