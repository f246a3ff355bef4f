package edge

import (
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"tyomarkkinatori.fi/portal/web/respond"
)

// minCompressed is the size from which compressing is worth it.
const minCompressed = 1 << 10

//nolint:gochecknoglobals // a pool has no state that anybody could see
var writers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	return w
}}

// compress sends text compressed to those who take it.
func compress(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &compressing{ResponseWriter: w, accepted: respond.AcceptsGzip(r) && r.Method != http.MethodHead}
		h.ServeHTTP(c, r)
		c.finish()
	})
}

// compressing decides at the first byte whether to compress.
type compressing struct {
	http.ResponseWriter

	accepted, decided bool
	gzip              *gzip.Writer
}

// Unwrap lets http.ResponseController reach the connection.
func (c *compressing) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressing) WriteHeader(status int) {
	if !c.decided {
		c.decided = true
		c.decide(status)
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *compressing) decide(status int) {
	h := c.Header()
	if status == http.StatusNoContent || status == http.StatusNotModified || h.Get("Content-Encoding") != "" || !compressible(h.Get("Content-Type")) {
		return
	}
	h.Set("Vary", "Accept-Encoding")
	if n, err := strconv.Atoi(h.Get("Content-Length")); !c.accepted || err == nil && n < minCompressed {
		return
	}
	h.Del("Content-Length")
	h.Set("Content-Encoding", "gzip")
	c.gzip = writers.Get().(*gzip.Writer) //nolint:errcheck,forcetypeassert // the pool holds nothing else
	c.gzip.Reset(c.ResponseWriter)
}

func (c *compressing) Write(b []byte) (int, error) {
	if !c.decided {
		if c.Header().Get("Content-Type") == "" {
			c.Header().Set("Content-Type", http.DetectContentType(b))
		}
		c.WriteHeader(http.StatusOK)
	}
	if c.gzip != nil {
		return c.gzip.Write(b)
	}
	return c.ResponseWriter.Write(b)
}

func (c *compressing) finish() {
	if c.gzip == nil {
		return
	}
	_ = c.gzip.Close() // the reader is gone: nobody to tell
	c.gzip.Reset(nil)
	writers.Put(c.gzip)
	c.gzip = nil
}

func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind {
	case "application/json", "application/xml", "application/atom+xml", "application/ld+json", "image/svg+xml":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}
