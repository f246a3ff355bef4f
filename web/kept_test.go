package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/static"
)

func TestPagesAreKeptByVersion(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	page := func(header ...string) (*httptest.ResponseRecorder, int64) {
		before := p.rendered.Load()
		w := p.get("/fi/tyopaikat", header...)
		return w, p.rendered.Load() - before
	}

	first, made := page()
	if first.Code != http.StatusOK || made != 1 {
		t.Fatalf("first: got %d, made %d times", first.Code, made)
	}
	again, made := page()
	if made != 0 || !bytes.Equal(again.Body.Bytes(), first.Body.Bytes()) {
		t.Errorf("again: made %d times", made)
	}
	tag := first.Header().Get("Etag")
	for _, match := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag} {
		w, made := page("If-None-Match", match)
		if w.Code != http.StatusNotModified || made != 0 || w.Body.Len() != 0 || w.Header().Get("Etag") != tag {
			t.Errorf("If-None-Match %s: got %d with %d bytes, made %d times", match, w.Code, w.Body.Len(), made)
		}
	}

	p.version.Add(1)
	changed, made := page("If-None-Match", tag)
	if changed.Code != http.StatusOK || made != 1 || changed.Header().Get("Etag") == tag {
		t.Errorf("after a change: got %d with %s, made %d times", changed.Code, changed.Header().Get("Etag"), made)
	}
	p.setNow(pgtest.Now.Add(10 * time.Minute))
	if w, made := page("If-None-Match", changed.Header().Get("Etag")); w.Code != http.StatusOK || made != 1 {
		t.Errorf("ten minutes later: got %d, made %d times", w.Code, made)
	}
}

func TestA304IsGivenBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	tag := p.get("/fi/tietosuoja").Header().Get("Etag")

	if w := p.get("/fi/tyopaikat?q=never-asked-before", "If-None-Match", tag); w.Code != http.StatusNotModified {
		t.Errorf("got %d, want 304", w.Code)
	}
	if n := p.rendered.Load(); n != 0 {
		t.Errorf("made %d pages", n)
	}
}

func TestKeptPagesAreMadeOnce(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.hold = make(chan struct{})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if w := p.get("/fi/tyopaikat"); w.Code != http.StatusOK {
				t.Errorf("got %d", w.Code)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	close(p.hold)
	wg.Wait()

	if n := p.rendered.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	a, b := p.get("/probe/kept/bug"), p.get("/probe/kept/bug")

	if a.Code != http.StatusInternalServerError || b.Code != a.Code || a.Header().Get("Etag") != "" {
		t.Errorf("got %d and %d, tag %q", a.Code, b.Code, a.Header().Get("Etag"))
	}
	if id := b.Header().Get("X-Request-Id"); !strings.Contains(b.Body.String(), id) {
		t.Error("the second answer tells another request's ID")
	}
}

func TestMemoryForPagesIsBounded(t *testing.T) {
	t.Parallel()

	p := newPortal(t, func(d *web.Deps) {
		d.Limits = limits(func(l *edge.Limits) { l.CacheBytes, l.SearchesPerMinute = 100<<10, 0 })
	})
	p.get("/fi/tietosuoja")
	for i := range 100 {
		p.get(fmt.Sprintf("/fi/tyopaikat?q=%d", i))
	}
	before := p.rendered.Load()
	for i := range 100 {
		p.get(fmt.Sprintf("/fi/tyopaikat?q=%d", i))
	}
	if made := p.rendered.Load() - before; made < 80 {
		t.Errorf("only %d of 100 pages were made anew: more are kept than the memory allows", made)
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()

	p := newPortal(t)

	for _, path := range []string{"/fi", "/fi/palaute", "/no-such-page", static.Href("site.css")} {
		plain := p.get(path)
		packed := p.get(path, "Accept-Encoding", "br, gzip;q=0.8")
		refused := p.get(path, "Accept-Encoding", "gzip;q=0")
		if packed.Header().Get("Content-Encoding") != "gzip" || refused.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: got %q and, refused, %q", path, packed.Header().Get("Content-Encoding"), refused.Header().Get("Content-Encoding"))
			continue
		}
		if plain.Header().Get("Vary") != "Accept-Encoding" || packed.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary is %q and %q", path, plain.Header().Get("Vary"), packed.Header().Get("Vary"))
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(body); n < plain.Body.Len()-200 || n > plain.Body.Len()+200 {
			t.Errorf("%s: %d bytes unpacked, %d plain", path, n, plain.Body.Len())
		}
	}
}

func TestStaticFilesStayForEver(t *testing.T) {
	t.Parallel()

	p := newPortal(t)

	for name, contentType := range map[string]string{
		"site.css":                            "text/css; charset=utf-8",
		"js/site.js":                          "text/javascript; charset=utf-8",
		"img/icon.svg":                        "image/svg+xml",
		"fonts/source-sans-3-latin-400.woff2": "font/woff2",
	} {
		w := p.get(static.Href(name))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != contentType || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: got %d %v", name, w.Code, w.Header())
		}
	}
	css := p.get(static.Href("site.css")).Body.String()
	if strings.Contains(css, "../fonts") || !strings.Contains(css, static.Href("fonts/source-sans-3-latin-600.woff2")) {
		t.Error("the style sheet does not name the fonts by their addresses")
	}
	if w := p.get("/favicon.ico"); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("favicon: got %d %s", w.Code, w.Header().Get("Content-Type"))
	}
}
