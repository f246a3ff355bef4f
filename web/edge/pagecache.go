package edge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"tyomarkkinatori.fi/portal/web/respond"
)

// period is how long a page may stay although the data does: pages speak of
// today and tomorrow.
const period = 10 * time.Minute

// maxKept is the size of the largest answer that is kept.
const maxKept = 2 << 20

// version names everything that a rendered page depends on besides its address.
type version struct {
	data, site uint64
	period     int64
	build      string
}

func (v version) tag() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s", v.data, v.site, v.period, v.build))
	return `W/"` + hex.EncodeToString(sum[:8]) + `"`
}

// pageCache keeps rendered pages as long as what they show is unchanged. The
// tag of an answer is that of the version and not of its bytes, so a reader who
// has the page already is told so before anything is looked up or rendered.
type pageCache struct {
	version func(ctx context.Context) version
	bytes   int
	// hurried tells that nobody shall wait for a page that somebody else makes.
	hurried func() bool

	mu  sync.Mutex // guards the change of current
	now atomic.Pointer[generation]
}

// generation holds the pages of one version.
type generation struct {
	version version
	tag     []string

	mu      sync.Mutex
	shelves [2]shelf // addresses without and with a query
	flights map[string]chan struct{}
}

// shelf is a bounded map. Searches have one of their own, so that strange
// queries cannot drive out the pages that everybody reads.
type shelf struct {
	pages map[string]*page
	bytes int
}

type page struct {
	header http.Header // what the handler has set
	plain  []byte
	length []string

	compress         sync.Once
	compressed       []byte
	compressedLength []string
}

func newPageCache(bytes int, v func(ctx context.Context) version, hurried func() bool) *pageCache {
	return &pageCache{version: v, bytes: bytes, hurried: hurried}
}

func (c *pageCache) current(ctx context.Context) *generation {
	v := c.version(ctx)
	if g := c.now.Load(); g != nil && g.version == v {
		return g
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.now.Load(); g != nil && g.version == v {
		return g
	}
	g := &generation{version: v, tag: []string{v.tag()}, flights: map[string]chan struct{}{}}
	for i := range g.shelves {
		g.shelves[i].pages = map[string]*page{}
	}
	c.now.Store(g)
	return g
}

//nolint:gochecknoglobals // header values shared by all answers
var (
	kept     = []string{"public, max-age=0, must-revalidate"}
	varyGzip = []string{"Accept-Encoding"}
	isGzip   = []string{"gzip"}
)

// keep answers GET and HEAD requests from memory and makes what is not there
// once, however many ask for it at the same time.
func (c *pageCache) keep(h http.Handler) http.Handler {
	missed := compress(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			missed.ServeHTTP(w, r)
			return
		}
		g := c.current(r.Context())
		if match := r.Header["If-None-Match"]; len(match) > 0 && matches(match[0], g.tag[0]) {
			header := w.Header()
			header["Etag"], header["Cache-Control"], header["Vary"] = g.tag, kept, varyGzip
			w.WriteHeader(http.StatusNotModified)
			return
		}
		key := r.URL.Path
		if r.URL.RawQuery != "" {
			key += "?" + r.URL.RawQuery
		}
		if p := c.page(g, key, w, r, h); p != nil {
			p.serve(w, r, g.tag)
		}
	})
}

// page returns the page for key, or nil when it has answered by itself: what is
// no plain 200 is not kept.
func (c *pageCache) page(g *generation, key string, w http.ResponseWriter, r *http.Request, h http.Handler) *page {
	s := &g.shelves[0]
	if r.URL.RawQuery != "" {
		s = &g.shelves[1]
	}
	g.mu.Lock()
	for {
		if p := s.pages[key]; p != nil {
			g.mu.Unlock()
			return p
		}
		flight, flying := g.flights[key]
		if !flying {
			break
		}
		g.mu.Unlock()
		if c.hurried() {
			compress(h).ServeHTTP(w, r)
			return nil
		}
		select {
		case <-flight:
		case <-r.Context().Done():
			return nil
		}
		g.mu.Lock()
		if s.pages[key] == nil && g.flights[key] == nil {
			// It is nothing to keep, so each gets an answer of its own.
			g.mu.Unlock()
			compress(h).ServeHTTP(w, r)
			return nil
		}
	}
	flight := make(chan struct{})
	g.flights[key] = flight
	g.mu.Unlock()

	var p *page
	defer func() {
		g.mu.Lock()
		delete(g.flights, key)
		if p != nil {
			s.add(key, p, c.bytes/len(g.shelves))
		}
		g.mu.Unlock()
		close(flight)
	}()
	made := &capture{header: http.Header{}}
	made.header[requestIDHeader] = w.Header()[requestIDHeader]
	get := r
	if r.Method == http.MethodHead {
		get = r.Clone(r.Context())
		get.Method = http.MethodGet
	}
	// Others may be waiting for this page: it is finished even if its reader
	// leaves.
	h.ServeHTTP(made, get.WithContext(context.WithoutCancel(r.Context())))
	if p = made.page(); p == nil {
		compress(made).ServeHTTP(w, r)
	}
	return p
}

func (s *shelf) add(key string, p *page, limit int) {
	size := p.size(key)
	if size > limit {
		return
	}
	for old, victim := range s.pages {
		if s.bytes+size <= limit {
			break
		}
		delete(s.pages, old)
		s.bytes -= victim.size(old)
	}
	s.pages[key] = p
	s.bytes += size
}

// size counts a third more for the compressed copy that comes later.
func (p *page) size(key string) int { return len(key) + len(p.plain)*4/3 + 512 }

func (p *page) serve(w http.ResponseWriter, r *http.Request, tag []string) {
	header := w.Header()
	maps.Copy(header, p.header)
	header["Etag"], header["Cache-Control"] = tag, kept
	body, length := p.plain, p.length
	if compressible(header.Get("Content-Type")) {
		header["Vary"] = varyGzip
		if respond.AcceptsGzip(r) {
			p.compress.Do(p.pack)
			if p.compressed != nil {
				header["Content-Encoding"] = isGzip
				body, length = p.compressed, p.compressedLength
			}
		}
	}
	header["Content-Length"] = length
	_, _ = w.Write(body)
}

func (p *page) pack() {
	if len(p.plain) < minCompressed {
		return
	}
	var buf bytes.Buffer
	z := writers.Get().(*gzip.Writer) //nolint:errcheck,forcetypeassert // the pool holds nothing else
	z.Reset(&buf)
	_, _ = z.Write(p.plain) // a bytes.Buffer takes everything
	_ = z.Close()
	z.Reset(nil)
	writers.Put(z)
	p.compressed = bytes.Clone(buf.Bytes())
	p.compressedLength = []string{strconv.Itoa(len(p.compressed))}
}

// matches compares by the weak rule, which is the one for If-None-Match.
func matches(header, tag string) bool {
	if header == tag {
		return true
	}
	opaque := strings.TrimPrefix(tag, "W/")
	for candidate := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == opaque {
			return true
		}
	}
	return false
}

// capture holds an answer back.
type capture struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *capture) Header() http.Header { return c.header }

func (c *capture) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

func (c *capture) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(b)
}

// page returns what was answered if it may be given to everybody.
func (c *capture) page() *page {
	delete(c.header, requestIDHeader)
	if c.status != http.StatusOK || c.header["Set-Cookie"] != nil || c.body.Len() > maxKept {
		return nil
	}
	for _, name := range [...]string{"Etag", "Cache-Control", "Vary", "Content-Length"} {
		delete(c.header, name)
	}
	body := bytes.Clone(c.body.Bytes())
	return &page{header: c.header, plain: body, length: []string{strconv.Itoa(len(body))}}
}

// ServeHTTP gives the answer to the one reader it was made for.
func (c *capture) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	maps.Copy(w.Header(), c.header)
	if c.status == 0 {
		c.status = http.StatusOK
	}
	w.WriteHeader(c.status)
	_, _ = w.Write(c.body.Bytes())
}
