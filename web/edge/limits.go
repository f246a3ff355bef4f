package edge

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/httprate"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/route"
)

// What a request may be. The server's own limit on all headers together lies
// above these, so that a request beyond them still gets a page.
const (
	maxPath       = 2 << 10
	maxQuery      = 8 << 10
	maxQueryKeys  = 100
	maxHeader     = 8 << 10
	maxHeaders    = 16 << 10
	maxBody       = 256 << 10
	maxLangHeader = 200

	// maxUpload is the largest body of a form with files, uploadTime how long it
	// may be on its way, and uploadWork the time to look into the files.
	maxUpload  = 6 << 20
	uploadTime = 2 * time.Minute
	uploadWork = 20 * time.Second

	// MaxHeaderBytes is for http.Server.
	MaxHeaderBytes = 96 << 10

	// maxDiscarded and discardTime bound what is read of a body only to throw it
	// away.
	maxDiscarded = 8 << 20
	discardTime  = 5 * time.Second
)

// Bounds refuses requests that no reader of ours sends: odd methods, endless
// addresses and headers. Bodies are cut where a form ends.
func (e *Edge) Bounds(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := outOfBounds(r); status != 0 {
			if status == http.StatusMethodNotAllowed {
				w.Header().Set("Allow", "GET, HEAD, POST")
			}
			// The rest of an oversize request is not worth reading.
			w.Header().Set("Connection", "close")
			e.Refuse(w, r, status)
			return
		}
		if r.ContentLength > maxUpload {
			e.tooLarge(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// measure bounds the body by what the route takes.
func (e *Edge) measure(c route.Class, h http.Handler) http.Handler {
	limit := int64(maxBody)
	if c.Upload {
		limit = maxUpload
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > limit {
			e.tooLarge(w, r)
			return
		}
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
		h.ServeHTTP(w, r)
	})
}

func (e *Edge) tooLarge(w http.ResponseWriter, r *http.Request) {
	discard(w, r)
	w.Header().Set("Connection", "close")
	e.Refuse(w, r, http.StatusRequestEntityTooLarge)
}

// discard reads the body of a refused request: a browser that is still sending
// when the connection closes shows an error of its own instead of our page.
func discard(w http.ResponseWriter, r *http.Request) {
	deadline := time.Now().Add(discardTime) //nolint:forbidigo // of a connection, decides nothing else
	_ = http.NewResponseController(w).SetReadDeadline(deadline)
	_, _ = io.CopyN(io.Discard, r.Body, maxDiscarded)
}

// receive reads the body of a form before h may take anyone's room or time: a
// reader on a slow line must hold up nobody but himself.
func (e *Edge) receive(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			h.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		_, tooLarge := errors.AsType[*http.MaxBytesError](err)
		switch {
		case tooLarge:
			e.Refuse(w, r, http.StatusRequestEntityTooLarge)
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.Header().Set("Connection", "close")
			e.Refuse(w, r, http.StatusRequestTimeout)
		case err != nil:
			e.Refuse(w, r, http.StatusBadRequest)
		default:
			r.Body = io.NopCloser(bytes.NewReader(body))
			h.ServeHTTP(w, r)
		}
	})
}

func outOfBounds(r *http.Request) int {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		return http.StatusMethodNotAllowed
	}
	if len(r.URL.Path) > maxPath {
		return http.StatusRequestURITooLong
	}
	if len(r.URL.RawQuery) > maxQuery || strings.Count(r.URL.RawQuery, "&") >= maxQueryKeys {
		return http.StatusBadRequest
	}
	total := 0
	for name, values := range r.Header {
		for _, v := range values {
			if len(v) > maxHeader {
				return http.StatusRequestHeaderFieldsTooLarge
			}
			total += len(name) + len(v)
		}
	}
	if total > maxHeaders {
		return http.StatusRequestHeaderFieldsTooLarge
	}
	return 0
}

// Host refuses a name that is not ours, so that no link and no cache entry is
// made for it. Health checks come by address.
func (e *Edge) Host(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != e.PublicURL.Host && !e.knownHost(r) {
			e.Refuse(w, r, http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (e *Edge) knownHost(r *http.Request) bool {
	host := bareHost(r.Host)
	return host == e.host || e.Development && isLoopback(host) || strings.HasPrefix(r.URL.Path, "/health/")
}

// bareHost is host in lower case without the port that goes without saying.
func bareHost(host string) string {
	host = strings.ToLower(host)
	for _, port := range [...]string{":443", ":80"} {
		host = strings.TrimSuffix(host, port)
	}
	return host
}

func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

// SameOrigin refuses a POST that another site's page has sent, and one with a
// session that does not tell where it comes from: browsers do.
func (e *Edge) SameOrigin(h http.Handler) http.Handler {
	p := http.NewCrossOriginProtection()
	if err := p.AddTrustedOrigin(e.origin); err != nil {
		panic(err) // the configuration checks the address
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.Refuse(w, r, http.StatusForbidden)
	}))
	known := p.Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		silent := r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
		if silent && r.Method == http.MethodPost && e.Sessions != nil && e.Sessions.Named(r) {
			e.Refuse(w, r, http.StatusForbidden)
			return
		}
		known.ServeHTTP(w, r)
	})
}

// rateLimits makes the limit of each class that has one.
func (e *Edge) rateLimits() map[route.Rate]func(http.Handler) http.Handler {
	limits := map[route.Rate]func(http.Handler) http.Handler{}
	for class, perMinute := range map[route.Rate]int{
		route.RatePage:    e.Limits.PagesPerMinute,
		route.RateSearch:  e.Limits.SearchesPerMinute,
		route.RateOutside: e.Limits.PagesPerMinute,
	} {
		if perMinute > 0 {
			limits[class] = e.rateLimit(perMinute)
		}
	}
	limits[route.RateForm] = e.formLimit(limits[route.RatePage])
	return limits
}

func newLimiter(perMinute int) *httprate.RateLimiter {
	return httprate.NewRateLimiter(perMinute, time.Minute,
		httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}))
}

func (e *Edge) rateLimit(perMinute int) func(http.Handler) http.Handler {
	limiter := newLimiter(perMinute)
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if limiter.OnLimit(w, r, network(e.client(r))) {
				e.Refuse(w, r, http.StatusTooManyRequests)
				return
			}
			h.ServeHTTP(w, r)
		})
	}
}

type allowanceKey struct{}

// formLimit counts a form as a page, and once more when its handler takes it:
// see TakeForm.
func (e *Edge) formLimit(asPage func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	limiter := newLimiter(e.Limits.FormsPerMinute)
	return func(h http.Handler) http.Handler {
		if e.Limits.FormsPerMinute > 0 {
			h = offer(h, func(w http.ResponseWriter, r *http.Request) bool {
				return !limiter.OnLimit(w, r, network(e.client(r)))
			})
		}
		h = e.named(h)
		if asPage != nil {
			h = asPage(h)
		}
		return h
	}
}

type networkKey struct{}

func (e *Edge) named(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), networkKey{}, network(e.client(r)))))
	})
}

// Network tells where a form came from: an IPv4 address or an IPv6 /64, "" on a
// route that is not of route.RateForm.
func Network(ctx context.Context) string {
	n, _ := ctx.Value(networkKey{}).(string)
	return n
}

func offer(h http.Handler, take func(w http.ResponseWriter, r *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), allowanceKey{}, func() bool { return take(w, r) })
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// TakeForm counts a form that its reader has filled in without mistake, and
// tells whether it is still within the limit. A handler asks before it does what
// the form is for; when it must refuse, it can do so with the form, so that
// nothing that the reader has written is lost.
func TakeForm(ctx context.Context) bool {
	take, ok := ctx.Value(allowanceKey{}).(func() bool)
	return !ok || take()
}

// network is what one reader can hold: an IPv4 address or an IPv6 /64.
func network(addr netip.Addr) string {
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}

// backwards splits a list header, last item first.
func backwards(list string) []string {
	items := strings.Split(list, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	slices.Reverse(items)
	return items
}

// language chooses the language for an address that names none.
func language(r *http.Request) i18n.Lang {
	for _, l := range i18n.Langs {
		prefix := "/" + string(l)
		if rest, ok := strings.CutPrefix(r.URL.Path, prefix); ok && (rest == "" || rest[0] == '/') {
			return l
		}
	}
	return Preferred(r)
}

// Preferred returns the language of the pages that the reader's browser asks
// for first, or Finnish.
func Preferred(r *http.Request) i18n.Lang {
	header := r.Header.Get("Accept-Language")
	if len(header) > maxLangHeader {
		header = header[:maxLangHeader]
	}
	best, weight := i18n.Finnish, ""
	for item := range strings.SplitSeq(header, ",") {
		tag, q, _ := strings.Cut(strings.TrimSpace(item), ";q=")
		if q == "" {
			q = "1"
		}
		for _, l := range i18n.Langs {
			// Weights are 0 to 1 with the same form, so they compare as text.
			if (strings.EqualFold(tag, string(l)) || len(tag) > 2 && strings.EqualFold(tag[:3], string(l)+"-")) && q > weight && q != "0" {
				best, weight = l, q
			}
		}
	}
	return best
}
