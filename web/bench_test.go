package web_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/web"
	"tyomarkkinatori.fi/portal/web/edge"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
)

// pageSize is about that of a results page.
const pageSize = 25 << 10

// filler is a page of pageSize that compresses like one.
type filler struct{ body []byte }

func (f filler) Routes(m *route.Mux) {
	kept := route.Class{Audience: route.Public, CSRF: route.Safe, Cache: route.CacheData, Rate: route.RatePage}
	m.Page(http.MethodGet, paths.JobSearch, kept, func(w http.ResponseWriter, r *http.Request) error {
		return respond.Page(w, r, http.StatusOK, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := w.Write(f.body)
			return err
		}))
	})
}

// BenchmarkEdge measures how many requests a second the edge answers from
// memory, over loopback, as shares of what net/http makes of "hello". They take
// turns in one run, with 16 connections and the client on the same cores. What
// counts is requests per second of processor time, so that neighbours on the
// machine do not.
//
//	go test -run '^$' -bench Edge -benchtime 1x ./web
func BenchmarkEdge(b *testing.B) {
	// The portal runs with a heap that is collected as seldom; hello gains too.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	hello := serve(b, &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello\n")
	})})
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	body := fill(b)
	p := newPortal(b, func(d *web.Deps) {
		d.AccessLog = edge.NewLogWriter(b.Context(), null)
		d.Sections = []web.Section{filler{body}}
	})
	portal := serve(b, web.Server(p.handler, slog.New(slog.DiscardHandler)))
	tag := p.get("/fi/tyopaikat").Header().Get("Etag")

	cases := []struct{ name, address, request string }{
		{"hello", hello, "GET / HTTP/1.1\r\nHost: portal.example\r\n\r\n"},
		{"page", portal, "GET /fi/tyopaikat HTTP/1.1\r\nHost: portal.example\r\n\r\n"},
		{"gzip", portal, "GET /fi/tyopaikat HTTP/1.1\r\nHost: portal.example\r\nAccept-Encoding: gzip\r\n\r\n"},
		{"304", portal, "GET /fi/tyopaikat HTTP/1.1\r\nHost: portal.example\r\nIf-None-Match: " + tag + "\r\n\r\n"},
	}
	const rounds = 7
	rates := map[string][]float64{}
	for range b.N {
		for range rounds {
			for _, c := range cases {
				rates[c.name] = append(rates[c.name], load(b, c.address, c.request, 700*time.Millisecond))
			}
		}
	}
	median := func(name string) float64 {
		slices.SortFunc(rates[name], cmp.Compare)
		return rates[name][len(rates[name])/2]
	}
	b.ReportMetric(median("hello"), "hello/cpu-s")
	b.ReportMetric(100*median("page")/median("hello"), "page/hello%")
	b.ReportMetric(100*median("304")/median("hello"), "304/hello%")
	b.ReportMetric(100*median("gzip")/median("page"), "gzip/page%")
	b.ReportMetric(0, "ns/op")
}

// fill renders a real page of ours and repeats its content to pageSize.
func fill(b *testing.B) []byte {
	b.Helper()
	p := newPortal(b)
	page := p.get("/fi").Body.Bytes()
	var buf bytes.Buffer
	for i := 0; buf.Len() < pageSize; i++ {
		_, _ = fmt.Fprintf(&buf, "<!-- %d -->", i*i*7919)
		buf.Write(page)
	}
	return buf.Bytes()[:pageSize]
}

func serve(b *testing.B, s *http.Server) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	}()
	b.Cleanup(func() { _ = s.Close() })
	return listener.Addr().String()
}

// load asks the same again and again over 16 connections and returns answers a
// second of processor time. It parses no more of an answer than it must, so that it takes little
// of the processor.
func load(b *testing.B, address, request string, d time.Duration) float64 {
	b.Helper()
	var n atomic.Int64
	var wg sync.WaitGroup
	start, before := time.Now(), processorTime(b)
	for range 16 {
		wg.Go(func() {
			conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close() //nolint:errcheck // the measuring is over
			in := bufio.NewReaderSize(conn, 64<<10)
			for time.Since(start) < d {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Error(err)
					return
				}
				if err := skipAnswer(in); err != nil {
					b.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / (processorTime(b) - before).Seconds()
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func skipAnswer(in *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch {
		case first:
			if status := line[9]; status != '2' && status != '3' {
				return fmt.Errorf("answer %q", line)
			}
		case len(line) <= 2:
			_, err := in.Discard(length)
			return err
		case len(line) > 16 && bytes.EqualFold(line[:15], []byte("Content-Length:")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:]))); err != nil {
				return err
			}
		}
	}
}
