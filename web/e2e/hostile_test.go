package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSearchTakesAnything asks for what nobody should and some do: a page comes
// back within a second, 200 or 400, and says so in the reader's language.
func TestSearchTakesAnything(t *testing.T) {
	t.Parallel()

	s := theSite(t)
	tests := []struct{ name, query string }{
		{"10,000 characters", url.Values{"q": {strings.Repeat("sairaanhoitaja ", 667)}}.Encode()},
		{"a quote and SQL", url.Values{"q": {`' OR 1=1--`}}.Encode()},
		{"wildcards of LIKE", url.Values{"q": {`%_`}}.Encode()},
		{"operators", url.Values{"q": {`a & ! ( |`}}.Encode()},
		{"only operators", url.Values{"q": {`- * " -"" -* "*`}}.Encode()},
		{"NUL", "q=a%00b"},
		{"invalid UTF-8", "q=%ff%fe%c3"},
		{"lone surrogates", "q=%ed%a0%80%ed%bf%bf"},
		{"right-to-left override", url.Values{"q": {"hoitaja\u202egnp.exe"}}.Encode()},
		{"markup", url.Values{"q": {`<script>alert(1)</script>`}, "employer": {`"><img src=x onerror=alert(1)>`}}.Encode()},
		{"a broken escape", "q=%zz"},
		{"a semicolon", "q=a;b=c"},
		{"a star alone", "q=*"},
		{"a prefix of one letter", "q=a*"},
		{"a thousand quotes", url.Values{"q": {strings.Repeat(`"`, 400)}}.Encode()},
		{"a forged cursor", "after=AAAA%2F%2F&sort=relevance"},
		{"an unknown order", "sort=random"},
		{"an unknown code", "municipality=Helsinki"},
		{"a bad date", "since=2026-13-45"},
		{"a date of year 0", "since=0000-01-01"},
		{"200 values", strings.Repeat("municipality=091&", 200)},
	}
	for _, list := range []string{"/fi/tyopaikat", "/sv/lediga-jobb", "/fi/tyopaikat.atom", "/sv/lediga-jobb.ics"} {
		for _, tt := range tests {
			t.Run(list+" "+tt.name, func(t *testing.T) {
				var status int
				var header http.Header
				var body string
				// One late answer is the machine's doing, three are the query's. The page
				// kept in memory goes by its address, so each try has its own.
				took := time.Hour
				for try := 0; try < 3 && took > time.Second; try++ {
					started := time.Now()
					status, header, body = s.get(t, list+"?"+tt.query+strings.Repeat("&", try))
					took = time.Since(started)
				}
				if took > time.Second {
					t.Errorf("the answer took %s", took)
				}
				if status != http.StatusOK && status != http.StatusBadRequest {
					t.Errorf("status = %d, want 200 or 400", status)
				}
				isMarkup := !strings.HasPrefix(header.Get("Content-Type"), "text/calendar")
				if isMarkup && (strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x")) {
					t.Error("the query comes back as markup")
				}
				if strings.HasPrefix(header.Get("Content-Type"), "text/html") && !strings.Contains(body, `<html lang="`+list[1:3]) {
					t.Error("the page is not in the reader's language")
				}
			})
		}
	}
}

// TestRequestsHaveBounds sends requests that are too large, too many or of the
// wrong kind: each is refused, and the process does not grow by them.
func TestRequestsHaveBounds(t *testing.T) {
	t.Parallel()

	s := theSite(t)
	many := make([]string, 10_000)
	for i := range many {
		many[i] = "k" + strconv.Itoa(i) + "=1"
	}
	request := func(method, path, body string, header ...string) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return req
	}
	tests := []struct {
		name string
		req  *http.Request
		want func(status int) bool
	}{
		{"10,000 query keys", request(http.MethodGet, "/fi/tyopaikat?"+strings.Join(many, "&"), ""), refused},
		{"a query of 9 kB", request(http.MethodGet, "/fi/tyopaikat?q="+strings.Repeat("a", 9000), ""), refused},
		{"TRACE", request("TRACE", "/fi", ""), refused},
		{"an unknown method", request("BREW", "/fi", ""), refused},
		{"a body of 1 MB", request(http.MethodPost, "/fi/palaute", "message="+strings.Repeat("a", 1<<20), "Content-Type", "application/x-www-form-urlencoded", "Origin", s.url), refused},
		{"a post from elsewhere", request(http.MethodPost, "/fi/palaute", "message=a", "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"), func(n int) bool { return n == http.StatusForbidden }},
		{"15 kB of Accept-Language", request(http.MethodGet, "/", "", "Accept-Language", strings.Repeat("x-", 7500)), func(n int) bool { return n < 500 }},
		{"40 kB of headers", request(http.MethodGet, "/fi", "", "X-Long", strings.Repeat("x", 40<<10)), refused},
	}
	before := s.memory(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, header, _ := s.do(t, tt.req)
			if !tt.want(status) {
				t.Errorf("status = %d", status)
			}
			if status != http.StatusRequestHeaderFieldsTooLarge && header.Get("Content-Security-Policy") == "" {
				t.Error("the answer lacks the headers of every answer")
			}
		})
	}
	if grown := s.memory(t) - before; grown > 32<<20 {
		t.Errorf("the process grew by %d MiB", grown>>20)
	}
	t.Run("an unknown host", func(t *testing.T) {
		req := request(http.MethodGet, "/fi", "")
		req.Host = "evil.example"
		if status, _, body := s.do(t, req); status != http.StatusMisdirectedRequest || strings.Contains(body, "evil") {
			t.Errorf("status = %d, want 421", status)
		}
	})
}

func refused(status int) bool { return status >= 400 && status < 500 }

// TestMalformedRequests speaks HTTP by hand.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()

	s := theSite(t)
	host := strings.TrimPrefix(s.url, "http://")
	for _, raw := range []string{
		"GET /fi\r\n\r\n",
		"GET /fi HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\n\r\n",
		"GET /fi HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nabcde",
		"GET http://evil.example/fi HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /fi/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"GET /static/../../../etc/passwd HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	} {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(7 * time.Second))
		_, _ = conn.Write([]byte(raw))
		line, _ := bufio.NewReader(conn).ReadString('\n')
		_ = conn.Close()
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue // cut off without a word, which is an answer too
		}
		if status, _ := strconv.Atoi(fields[1]); status < 400 || status >= 500 {
			t.Errorf("%q answers %q, want a refusal", raw, strings.TrimSpace(line))
		}
	}
	if status, _, _ := s.get(t, "/health/live"); status != http.StatusOK {
		t.Errorf("afterwards the portal answers %d", status)
	}
}

// memory returns the resident memory of the portal's process in bytes.
func (s *site) memory(t *testing.T) int {
	t.Helper()
	p := s.processes[len(s.processes)-1].Process.Pid
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// TestOverloadIsRefusedEarly asks for more searches at once than are worked on:
// some are answered, the rest are told at once to come again, and afterwards all
// is as before.
func TestOverloadIsRefusedEarly(t *testing.T) {
	t.Parallel()

	s := newSite(t, 300)
	t.Cleanup(s.stop)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	statuses := make(chan int, 400)
	for i := range cap(statuses) {
		go func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/fi/tyopaikat?q=hoitaja+%d", s.url, i), nil)
			if err != nil {
				statuses <- 0
				return
			}
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				statuses <- 0
				return
			}
			_ = res.Body.Close()
			if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
				statuses <- -1
				return
			}
			statuses <- res.StatusCode
		}()
	}
	counts := map[int]int{}
	for range cap(statuses) {
		counts[<-statuses]++
	}
	t.Logf("statuses: %v", counts)
	if counts[http.StatusOK] == 0 || counts[http.StatusOK]+counts[http.StatusServiceUnavailable] != cap(statuses) {
		t.Errorf("statuses = %v, want 200 and 503 with Retry-After only", counts)
	}
	eventually(t, "the portal answers again", func() bool {
		status, _, _ := s.get(t, "/fi/tyopaikat?q=opettaja")
		return status == http.StatusOK
	})
}
