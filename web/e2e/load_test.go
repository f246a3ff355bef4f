package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// helloAddr, when set, makes the test binary a server that says hello: the
// measure of what net/http itself takes on this machine.
const helloAddr = "E2E_HELLO_ADDR"

func serveHello() {
	addr := os.Getenv(helloAddr)
	if addr == "" {
		return
	}
	s := &http.Server{Addr: addr, ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "hello\n")
	})}
	fmt.Fprintln(os.Stderr, s.ListenAndServe())
	os.Exit(1)
}

// target is a server under load.
type target struct {
	host string
	pid  int
}

// rate is what a server makes of load: answers a second, and the processor time
// that it takes for each.
type rate struct {
	perSecond float64
	cpu       time.Duration
}

// load asks for paths in turn over a few connections for some seconds. The
// client does as little as can be, since it runs on the same cores.
func (g target) load(b *testing.B, header string, want int, paths ...string) rate {
	b.Helper()
	const connections, lasts = 8, 3 * time.Second

	requests := make([][]byte, len(paths))
	for i, p := range paths {
		requests[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", p, g.host, header)
	}
	var answers, next atomic.Int64
	var group sync.WaitGroup
	before := cpuTime(b, g.pid)
	started := time.Now()
	for range connections {
		group.Go(func() {
			conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", g.host)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			r := bufio.NewReaderSize(conn, 64<<10)
			for time.Since(started) < lasts {
				if _, err := conn.Write(requests[int(next.Add(1))%len(requests)]); err != nil {
					b.Error(err)
					return
				}
				status, err := skipAnswer(r)
				if err != nil || status != want {
					b.Errorf("answer %d, %v; want %d", status, err, want)
					return
				}
				answers.Add(1)
			}
		})
	}
	group.Wait()
	took := time.Since(started)
	n := answers.Load()
	if n == 0 {
		b.Fatal("no answers")
	}
	return rate{float64(n) / took.Seconds(), (cpuTime(b, g.pid) - before) / time.Duration(n)}
}

func skipAnswer(r *bufio.Reader) (status int, err error) {
	t := textproto.NewReader(r)
	line, err := t.ReadLineBytes()
	if err != nil || len(line) < 12 {
		return 0, fmt.Errorf("status line: %w", err)
	}
	status, _ = strconv.Atoi(string(line[9:12]))
	length := 0
	for {
		line, err := t.ReadLineBytes()
		if err != nil {
			return status, err
		}
		if len(line) == 0 {
			break
		}
		if name, value, _ := strings.Cut(string(line), ": "); name == "Content-Length" {
			length, _ = strconv.Atoi(value)
		}
	}
	_, err = r.Discard(length)
	return status, err
}

// cpuTime is how long a process has had a processor.
func cpuTime(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		tb.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * (time.Second / 100)
}

// BenchmarkPages measures pages of the real portal against a plain server on the
// same cores, in one run.
func BenchmarkPages(b *testing.B) {
	addr := freeAddr(b)
	hello := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^$")
	hello.Env = append(os.Environ(), helloAddr+"="+addr)
	if err := hello.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = hello.Process.Kill()
		_ = hello.Wait()
	})
	// As the portal does: a fair measure collects garbage as seldom.
	s := newSurroundings(b, 20_000)
	b.Cleanup(s.stop)
	s.portal(b, "migrate")
	s.portal(b, "work", "-run", "te_feed.sync")
	s.env = append(s.env, "TE_FEED_URL=", "SERVE_WITHOUT_TASKS=true")
	s.serve(b)
	eventually(b, "the portal is ready", s.ready)
	eventually(b, "the plain server answers", func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})

	plain := target{addr, hello.Process.Pid}
	portal := target{strings.TrimPrefix(s.url, "http://"), s.processes[len(s.processes)-1].Process.Pid}
	posting := fmt.Sprintf("/fi/tyopaikat/%d", s.number(b, `SELECT id FROM job_posting WHERE status = 'open' LIMIT 1`))
	res, err := http.Get(s.url + "/fi/tyopaikat")
	if err != nil {
		b.Fatal(err)
	}
	_ = res.Body.Close()
	tag := "If-None-Match: " + res.Header.Get("Etag") + "\r\n"
	const gzip = "Accept-Encoding: gzip\r\n"

	for b.Loop() {
		base := plain.load(b, "", http.StatusOK, "/")
		fmt.Printf("%-34s %8.0f a second %8s CPU each\n", "net/http hello", base.perSecond, base.cpu)
		show := func(name string, r rate) {
			fmt.Printf("%-34s %8.0f a second %8s CPU each; of hello's: %3.0f %% by rate, %3.0f %% by CPU\n",
				name, r.perSecond, r.cpu, 100*r.perSecond/base.perSecond, 100*float64(base.cpu)/float64(r.cpu))
		}
		listing := portal.load(b, "", http.StatusOK, "/fi/tyopaikat")
		show("listing", listing)
		zipped := portal.load(b, gzip, http.StatusOK, "/fi/tyopaikat")
		show("listing, gzip", zipped)
		show("posting", portal.load(b, "", http.StatusOK, posting))
		show("listing, 304", portal.load(b, tag, http.StatusNotModified, "/fi/tyopaikat"))
		show("search pages, each once", portal.load(b, gzip, http.StatusOK, searches(20_000)...))
		fmt.Printf("gzip page of plain page: %.0f %% by rate\n", 100*zipped.perSecond/listing.perSecond)
	}
}

// searches are that many different addresses of performance's query mix: browsing
// by filter, places, words, words in places, occupations, prefixes, nonsense.
func searches(n int) []string {
	words := []string{"sairaanhoitaja", "myyjä", "kuljettaja", "siivooja", "opettaja", "kokki", "lärare", "projekti", "asiakaspalvelu", "hitsaaja", "kehittäjä", "vårdare"}
	places := []string{"helsinki", "tampereella", "turku", "oulussa", "vasa", "espoo", "jyväskylä", "lahdessa"}
	codes := []string{"091", "049", "837", "853", "564", "905", "179", "398"}
	list := make([]string, n)
	for i := range list {
		v := url.Values{}
		w, p := words[i%len(words)], places[i/3%len(places)]
		switch i % 20 {
		case 0, 1:
			v.Set("working_time", []string{"01", "02"}[i/20%2])
		case 2, 3, 4:
			v.Set("municipality", codes[i/20%len(codes)])
		case 5, 6, 7:
			v.Set("q", w)
		case 8, 9, 10, 11, 12:
			v.Set("q", w+" "+p)
		case 13, 14:
			v.Set("occupation", []string{"2221", "5223", "83", "2", "9112"}[i/20%5])
			v.Set("municipality", codes[i/40%len(codes)])
		case 15, 16:
			v.Set("q", w+" "+p)
			v.Set("continuity", "01")
		case 17:
			v.Set("q", w+" "+words[i/20%len(words)])
		case 18:
			v.Set("q", "xyz"+strconv.Itoa(i))
		case 19:
			v.Set("q", string([]rune(w)[:5])+"*")
		}
		v.Set("since", fmt.Sprintf("2020-01-%02d", 1+i%28)) // makes each address its own
		v.Set("literal", strconv.Itoa(i))
		list[i] = "/fi/tyopaikat?" + v.Encode()
	}
	return list
}
