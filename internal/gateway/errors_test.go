// Package gateway_test has every system that the portal calls answer with what it
// was told, and with worse, and reads what the log would say of it.
package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/businessregister"
	"tyomarkkinatori.fi/portal/internal/gateway/clamd"
	"tyomarkkinatori.fi/portal/internal/gateway/mandates"
	"tyomarkkinatori.fi/portal/internal/gateway/smtp"
	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/logline"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// What is told to the systems, and what they say.
const (
	code    = "131052-308T"
	address = "kanarialintu@posti.example"
	canary  = "Kanarialintu"
)

// answers are what a system may say on a connection: to speakers of HTTP, of SMTP
// and of the scanner's language.
func answers() map[string]string {
	all := map[string]string{
		"nothing":      "",
		"words":        canary + " " + address + " " + code + "\r\n\r\n",
		"a bad header": "HTTP/1.1 200 OK\r\n" + canary + " " + address + "\r\n\r\n",
		"a bad length": "HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n",
		"a bad status": "HTTP/1.1 " + canary + " OK\r\n\r\n",
		"a redirect":   "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/" + canary + "?code=" + code + "\r\nContent-Length: 0\r\n\r\n",
		"a bad place":  "HTTP/1.1 302 Found\r\nLocation: http://" + canary + " x%zz/\r\nContent-Length: 0\r\n\r\n",
		"a greeting":   "220 " + canary + "\r\n",
		"no greeting":  "554 5.7.1 no mails of " + address + " here, " + canary + "\r\n",
		"no mail":      "220 x\r\n250 x\r\n250 x\r\n550 5.1.1 <" + address + ">: no " + canary + "\r\n550 no " + canary + "\r\n",
		"a find":       "stream: " + canary + " FOUND\x00",
	}
	for name, body := range map[string]string{
		"a page": "<h1>" + canary + " " + address + "</h1>", "other types": `{"sessionId": "` + canary + `", "userId": 1310523081, "access_token": {"` + canary + `": 1}, "companies": "` + canary + `"}`,
		"half an object": `{"` + canary, "a text": `"` + canary + `"`, "a list": `["` + canary + `"]`,
	} {
		for _, status := range []string{"200 OK", "400 Bad", "500 Broken"} {
			all[name+", "+status] = fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
		}
	}
	return all
}

// listen says answer on each connection and ends it; to speakers of HTTP once it
// was asked.
func listen(t *testing.T, answer string, http bool) (addr string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
				if http {
					_, _ = bufio.NewReader(conn).ReadString('\n')
				}
				_, _ = io.WriteString(conn, answer)
				if c, ok := conn.(*net.TCPConn); ok {
					_ = c.CloseWrite()
				}
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	return l.Addr().String()
}

func TestErrorsTellNothing(t *testing.T) {
	t.Parallel()

	keys, err := suomifi.GenerateKeys(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	person, err := identity.ParseCode(code)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func(ctx context.Context, addr string) error{
		"mandates": func(ctx context.Context, addr string) error {
			c := mandates.New(mandates.Options{URL: "http://" + addr, ClientID: "c", Now: time.Now, Log: logtest.New(t)})
			_, err := c.Open(ctx, person)
			return err
		},
		"mandates' tokens": func(ctx context.Context, addr string) error {
			c := mandates.New(mandates.Options{URL: "http://" + addr, ClientID: "c", Now: time.Now, Log: logtest.New(t)})
			_, err := c.Exchange(ctx, canary)
			return err
		},
		"business register": func(ctx context.Context, addr string) error {
			_, err := businessregister.New("http://"+addr+"/"+canary, time.Now).Company(ctx, "7654321-7")
			return err
		},
		"identification": func(ctx context.Context, addr string) error {
			cfg := suomifi.FTN()
			cfg.Issuer, cfg.ClientID, cfg.RedirectURL, cfg.Keys, cfg.PlainHTTP = "http://"+addr, "portal", "https://portal.example/back", secret.New(keys), true
			cfg.LogOutRedirectURL, cfg.ServiceName = "https://portal.example/out", "Portaali"
			p, err := suomifi.New(cfg, time.Now)
			if err != nil {
				return err
			}
			_, err = p.Begin(ctx, identity.SignInOptions{Lang: i18n.Finnish})
			return err
		},
		"identification's tokens": func(ctx context.Context, addr string) error {
			cfg := suomifi.FTN()
			cfg.Issuer, cfg.ClientID, cfg.RedirectURL, cfg.Keys, cfg.PlainHTTP = "http://"+addr, "portal", "https://portal.example/back", secret.New(keys), true
			cfg.LogOutRedirectURL, cfg.ServiceName = "https://portal.example/out", "Portaali"
			p, err := suomifi.New(cfg, time.Now)
			if err != nil {
				return err
			}
			_, err = p.Finish(ctx, identity.SignIn{State: canary, Nonce: canary, Verifier: canary}, url.Values{"state": {canary}, "code": {canary}, "iss": {"http://" + addr}})
			return err
		},
		"TE feed": func(ctx context.Context, addr string) error {
			f, err := tefeed.New(tefeed.Config{Kind: tefeed.KindP67, URL: "http://" + addr + "/" + canary + "?q=" + canary, Key: secret.New(canary)}, jobposting.NewPostings(db), db.Now, logtest.New(t))
			if err != nil {
				return err
			}
			_, err = f.Sync(ctx)
			return err
		},
		"TE feed's tokens": func(ctx context.Context, addr string) error {
			f, err := tefeed.New(tefeed.Config{
				Kind: tefeed.KindV1, URL: "http://" + addr, TokenURL: "http://" + addr + "/" + canary, ClientID: "c", ClientSecret: secret.New(canary),
			}, jobposting.NewPostings(db), db.Now, logtest.New(t))
			if err != nil {
				return err
			}
			_, err = f.Sync(ctx)
			return err
		},
		"scanner": func(ctx context.Context, addr string) error {
			return clamd.New(addr).Scan(ctx, strings.NewReader(canary))
		},
		"mail server": func(ctx context.Context, addr string) error {
			s, err := smtp.New(smtp.Config{Addr: addr, TLS: smtp.TLSNone, From: "ei-vastausta@portal.example", Step: time.Second})
			if err != nil {
				return err
			}
			c, err := s.Open(ctx)
			if err != nil {
				return err
			}
			err = c.Send(ctx, mail.Letter{ID: "1", To: address, Lang: i18n.Finnish, Date: time.Now(), Rendered: mail.Rendered{Subject: canary, Text: canary, HTML: canary}})
			_ = c.Close()
			return err
		},
	}
	for system, call := range calls {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			failures, http := 0, system != "scanner" && system != "mail server"
			for name, answer := range answers() {
				if !http && strings.HasPrefix(answer, "HTTP") {
					continue
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				err := call(ctx, listen(t, answer, http))
				cancel()
				if err == nil {
					continue
				}
				failures++
				text := logline.Text(err)
				for _, fault := range logtest.Faults(text, logtest.Word{What: canary, Text: canary}, logtest.Word{What: "lower", Text: strings.ToLower(canary)}) {
					t.Errorf("%s: the log would hold %s", name, fault)
				}
			}
			if failures < 5 {
				t.Errorf("only %d failures", failures)
			}
		})
	}
}
