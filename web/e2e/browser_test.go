package e2e_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe/axe.min.js
var axe string

// chromium finds the browser that cmd/dev named, or Debian's.
func chromium(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("CHROMIUM"); named != "" {
		return named
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no browser to test with: run make test, or install Debian's chromium")
	return ""
}

// tab is one tab of a browser, and everything its pages complained of.
type tab struct {
	context.Context

	mu       sync.Mutex
	problems []string
}

// openTab starts a browser for the test and opens a tab in it.
func openTab(t *testing.T) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-prefers-reduced-motion", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancel()
		cancelAlloc()
	})
	return watch(t, ctx)
}

// watch opens the tab of ctx and hears what its pages complain of.
func watch(t *testing.T, ctx context.Context) *tab { //nolint:revive // the test comes first everywhere here
	t.Helper()
	b := &tab{Context: ctx}
	// The first run starts the browser and must not have a time limit.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *log.EventEntryAdded: // refused by the content security policy, not found, mixed content
			if ev.Entry.Level != log.EntryLevelInfo {
				b.complain(fmt.Sprintf("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL))
			}
		case *cdpruntime.EventExceptionThrown:
			b.complain("exception: " + ev.ExceptionDetails.Text)
		case *cdpruntime.EventConsoleAPICalled:
			b.complain("console: " + string(ev.Type))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(t, b, log.Enable, cdp.Empty{})
	return b
}

func (b *tab) complain(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, s)
}

// complaints returns what pages complained of since the last call.
func (b *tab) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.problems
	b.problems = nil
	return p
}

func (b *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// call sends a command of the browser's own protocol.
func call[P, R any](t *testing.T, b *tab, command cdp.Command[P, R], params P) R {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, time.Minute)
	defer cancel()
	r, err := chromedp.Call(ctx, command, params)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open goes to a page.
func (b *tab) open(t *testing.T, address string) {
	t.Helper()
	b.do(t, chromedp.Navigate(address))
}

// eval returns what the expression, or the promise that it is, is on the page.
func eval[T any](t *testing.T, b *tab, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// view is a way to look at a page.
type view struct {
	width int64
	media []*emulation.MediaFeature
	name  string
}

func views() []view {
	feature := func(name, value string) []*emulation.MediaFeature {
		return []*emulation.MediaFeature{{Name: name, Value: value}}
	}
	return []view{
		{width: 320, name: "320"},
		{width: 1280, name: "1280"},
		{width: 1280, name: "1280 dark", media: feature("prefers-color-scheme", "dark")},
		{width: 320, name: "320 forced colours", media: feature("forced-colors", "active")},
	}
}

func (b *tab) look(t *testing.T, v view) {
	t.Helper()
	b.do(t, chromedp.EmulateViewport(v.width, 900))
	call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: v.media})
}

// violation is one finding of axe.
type violation struct {
	ID, Help string
	Nodes    []struct {
		Target         []any
		FailureSummary string
	}
}

func (v violation) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s: %s", v.ID, v.Help)
	for i, n := range v.Nodes {
		if i == 3 {
			fmt.Fprintf(&s, "\n    and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&s, "\n    %v %s", n.Target, strings.ReplaceAll(n.FailureSummary, "\n", " "))
	}
	return s.String()
}

const runAxe = `axe.run(document, {runOnly: {type: "tag", values:
	["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
	rules: {"target-size": {enabled: true}}}).then(r => JSON.stringify(r.violations))`

// violations runs axe on the page that is open. The script goes in behind the
// page's own policy, through the debugger.
func (b *tab) violations(t *testing.T) []violation {
	t.Helper()
	eval[bool](t, b, axe+";true")
	var found []violation
	if err := json.Unmarshal([]byte(eval[string](t, b, runAxe)), &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// press sends keys as a keyboard does.
func (b *tab) press(t *testing.T, keys ...string) {
	t.Helper()
	for _, k := range keys {
		b.do(t, chromedp.KeyEvent(k))
	}
}

// tabTo presses Tab until the focus is on an element that matches, and fails
// after most presses.
func (b *tab) tabTo(t *testing.T, selector string, most int) {
	t.Helper()
	for range most {
		b.press(t, "\t")
		if complaint := eval[string](t, b, seesFocus); complaint != "" {
			t.Errorf("on the way to %s: %s", selector, complaint)
		}
		if eval[bool](t, b, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
	}
	t.Fatalf("%d presses of Tab do not reach %s", most, selector)
}
