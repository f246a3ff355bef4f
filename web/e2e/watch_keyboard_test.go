package e2e_test

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestJobWatchByKeyboard orders, confirms, pauses and ends a watch by keyboard
// alone, with scripts off, on a narrow screen, in both languages.
func TestJobWatchByKeyboard(t *testing.T) {
	t.Parallel()

	site := theWatching(t)
	for _, lang := range i18n.Langs {
		t.Run(string(lang), func(t *testing.T) {
			s, r := speak(t, lang), newReader(t, site, false)
			r.comesFrom(t, from(200+len(lang)))
			address := "nappaimisto." + string(lang) + "@keyboard.example"

			r.visit(t, s.path(paths.Watch)+"?"+url.Values{"q": {"hoitaja"}}.Encode())
			r.tabTo(t, "main input[name=rhythm]", 200)
			r.tab.press(t, kb.ArrowDown)
			r.tabTo(t, "main input[name=email]", 60)
			r.enter(t, address)
			r.tabTo(t, "main input[name=terms]", 20)
			r.tab.press(t, " ")
			r.tabTo(t, "#send", 20)
			r.tab.press(t, kb.Enter)
			r.arrive(t, s.path(paths.WatchOrdered), "")

			w := &watcher{visitor: site.visitor(""), address: address}
			confirm := w.linked(t, s.path(paths.WatchConfirm, ""))
			r.visit(t, confirm)
			r.tabTo(t, "main button[value=confirm]", 40)
			r.tab.press(t, kb.Enter)
			r.arrive(t, s.path(paths.WatchOwn, ""), "")

			r.tabTo(t, "main input[name=until]", 80)
			r.tab.press(t, kb.Enter) // nothing is filled in
			r.focuses(t, ".error-summary")
			r.tabTo(t, ".error-summary a", 3)
			r.strike(t, "Enter", 13)
			r.focuses(t, "input[name=until]")
			r.visit(t, r.path(t))
			r.tabTo(t, fmt.Sprintf("main form[action='%s'] button", s.path(paths.WatchCancel, path.Base(r.path(t)))), 60)
			r.tab.press(t, kb.Enter)
			r.arrive(t, s.path(paths.WatchEnded), "")
			if n := site.watches(t, address, ""); n != 0 {
				t.Errorf("%d watches are left", n)
			}
		})
	}
}

// focuses waits until the focus is on an element that matches.
func (b *tab) focuses(t *testing.T, selector string) {
	t.Helper()
	eventually(t, selector+" has the focus", func() bool {
		ctx, cancel := context.WithTimeout(b.Context, time.Second)
		defer cancel()
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf("!!document.activeElement && document.activeElement.matches(%q)", selector)))
		return err == nil && is
	})
}

// strike strikes a key that writes nothing: a link that is followed by it moves
// the focus, and what else the key would write came to the field there.
func (b *tab) strike(t *testing.T, key string, code int64) {
	t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		call(t, b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Code: key, WindowsVirtualKeyCode: code, NativeVirtualKeyCode: code})
	}
}
