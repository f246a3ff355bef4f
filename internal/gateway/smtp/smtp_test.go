package smtp_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink"
	"tyomarkkinatori.fi/portal/internal/gateway/smtp"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/secret"
)

func sink(t *testing.T) *mailsink.Sink {
	t.Helper()
	s, err := mailsink.Start(mailsink.Options{Addr: "127.0.0.1:0", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func config(addr string) smtp.Config {
	return smtp.Config{Addr: addr, TLS: smtp.TLSNone, From: "Työmarkkinatori <ei-vastausta@portal.example>", Step: time.Second}
}

func open(t *testing.T, cfg smtp.Config) mail.Connection {
	t.Helper()
	s, err := smtp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func letter() mail.Letter {
	return mail.Letter{
		ID: "0123abcd", To: "aino@person.example", Lang: i18n.Swedish, Date: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC),
		Rendered: mail.Rendered{
			Subject: "Er ansökan är mottagen", Text: "Hej!\n\n.\nSlut med en punkt på egen rad.\n", HTML: "<p>Hej, Äyrämö!</p>",
			Unsubscribe: "https://portal.example/sv/platsvakt/avsluta/abc",
		},
	}
}

func TestSendOneConnectionForMany(t *testing.T) {
	t.Parallel()

	server := sink(t)
	c := open(t, config(server.Addr()))
	for n := range 20 {
		l := letter()
		l.ID = fmt.Sprintf("id%d", n)
		if err := c.Send(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	mails := server.Messages("")
	if len(mails) != 20 {
		t.Fatalf("%d mails", len(mails))
	}
	m, err := netmail.ReadMessage(bytes.NewReader(mails[19].Raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"To": "<aino@person.example>", "Message-Id": "<id0@portal.example>", "Date": "Mon, 02 Mar 2026 09:30:00 +0000",
		"Content-Language": "sv", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0",
		"List-Unsubscribe":      "<https://portal.example/sv/platsvakt/avsluta/abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
	} {
		if got := m.Header[textproto.CanonicalMIMEHeaderKey(name)]; len(got) != 1 || got[0] != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	content := mails[19].Content()
	if content.Text != letter().Text || content.HTML != letter().HTML || mails[19].Subject != letter().Subject {
		t.Errorf("content: %q %+v", mails[19].Subject, content)
	}
	for name := range m.Header {
		if strings.HasPrefix(name, "X-") || name == "User-Agent" {
			t.Errorf("the head tells of us: %s", name)
		}
	}
}

func TestRepliesAreToldApart(t *testing.T) {
	t.Parallel()

	for mode, want := range map[string]mail.ReplyError{
		"421": {Code: 421}, "450": {Code: 450}, "550": {Code: 550, Address: true},
	} {
		server := sink(t)
		c := open(t, config(server.Addr()))
		if err := server.SetFault(mailsink.Fault{Mode: mode, Times: 1}); err != nil {
			t.Fatal(err)
		}
		reply, ok := errors.AsType[*mail.ReplyError](c.Send(t.Context(), letter()))
		if !ok || *reply != want {
			t.Errorf("%s: %+v, want %+v", mode, reply, want)
		}
		if err := c.Send(t.Context(), letter()); err != nil {
			t.Errorf("%s: the next mail on the connection: %v", mode, err)
		}
	}
	server := sink(t)
	c := open(t, config(server.Addr()))
	if err := server.SetFault(mailsink.Fault{Mode: "unconfirmed"}); err != nil {
		t.Fatal(err)
	}
	err := c.Send(t.Context(), letter())
	if _, answered := errors.AsType[*mail.ReplyError](err); err == nil || answered || strings.Contains(err.Error(), "person.example") {
		t.Errorf("a lost answer: %v", err)
	}
	if err := c.Send(t.Context(), letter()); err == nil {
		t.Error("a broken connection was used again")
	}
}

// TestHostileTexts sends what an attacker would put into each text that is not
// ours and expects one mail to one receiver each time.
func TestHostileTexts(t *testing.T) {
	t.Parallel()

	server := sink(t)
	c := open(t, config(server.Addr()))
	hostile := hostileTexts()
	if len(hostile) < 200 {
		t.Fatalf("only %d texts", len(hostile))
	}
	for i, text := range hostile {
		l := letter()
		l.ID, l.Subject, l.Text, l.HTML = fmt.Sprintf("id%d", i), text, text, "<p>"+text+"</p>"
		if err := c.Send(t.Context(), l); err != nil {
			t.Fatalf("text %d: %v", i, err)
		}
	}
	mails := server.Messages("")
	if len(mails) != len(hostile) {
		t.Fatalf("%d mails for %d letters", len(mails), len(hostile))
	}
	for _, got := range mails {
		for line := range bytes.Lines(got.Raw) {
			if len(line) > 1000 {
				t.Errorf("%s: a line of %d bytes", got.MessageID, len(line))
			}
		}
		m, err := netmail.ReadMessage(bytes.NewReader(got.Raw))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Content-Type"} {
			if n := len(m.Header[name]); n != 1 {
				t.Errorf("%s: %d times %s", got.MessageID, n, name)
			}
		}
		for _, name := range []string{"Bcc", "Cc", "Reply-To", "X-Injected"} {
			if m.Header.Get(name) != "" {
				t.Errorf("%s: %s was let in", got.MessageID, name)
			}
		}
		if len(got.To) != 1 || got.To[0] != letter().To {
			t.Errorf("%s: went to %v", got.MessageID, got.To)
		}
	}
}

func hostileTexts() []string {
	var all []string
	for _, brk := range []string{"\r\n", "\n", "\r", "\n\n", "\r\n\r\n", "\u2028", "\u0085", "\v", "\r\n\t", "=0D=0A", "%0d%0a", "\\r\\n", "\x1b"} {
		for _, rest := range []string{
			"Bcc: x@y.example", "To: x@y.example", "Cc: x@y.example", "Subject: toinen", "From: x@y.example", "X-Injected: 1",
			"Content-Type: text/html", ".", ".\r\nMAIL FROM:<x@y.example>", ".\nRCPT TO:<x@y.example>", "--boundary", "Reply-To: x@y.example",
		} {
			all = append(all, "Oy Äyrämö"+brk+rest)
		}
	}
	for _, s := range []string{
		"=?utf-8?q?Bcc:_x=40y.example?=", "=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=", strings.Repeat("ä", 5000), strings.Repeat("a", 40_000),
		"O'Neill & Ng <script>", "", " ", "\u202etfel", "🙂", "a\tb", "?=", "=?", "\"", "\\", "(kommentti", "<x@y.example>", "x@y.example,",
	} {
		all = append(all, s, "Oy "+s, s+"\r\nBcc: x@y.example")
	}
	return all
}

// guarded is a server with encryption and a password, or a mute one.
type guarded struct {
	mu    sync.Mutex
	mails int
}

func (g *guarded) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return &visit{g: g}, nil }

type visit struct {
	g      *guarded
	opened bool
}

func (*visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "portaali" || password != "avain" {
			return gosmtp.ErrAuthFailed
		}
		v.opened = true
		return nil
	}), nil
}

func (v *visit) Mail(string, *gosmtp.MailOptions) error {
	if !v.opened {
		return gosmtp.ErrAuthRequired
	}
	return nil
}
func (*visit) Rcpt(string, *gosmtp.RcptOptions) error { return nil }
func (*visit) Reset()                                 {}
func (*visit) Logout() error                          { return nil }

func (v *visit) Data(r io.Reader) error {
	v.g.mu.Lock()
	defer v.g.mu.Unlock()
	v.g.mails++
	_, err := io.Copy(io.Discard, r)
	return err
}

func TestEncryptionAndPassword(t *testing.T) {
	t.Parallel()

	certificate, roots := selfSigned(t)
	for _, way := range []smtp.TLS{smtp.TLSStartTLS, smtp.TLSDirect} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()

			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			g := &guarded{}
			server := gosmtp.NewServer(g)
			settings := &tls.Config{Certificates: []tls.Certificate{certificate}}
			if way == smtp.TLSStartTLS {
				server.TLSConfig = settings
			} else {
				listener = tls.NewListener(listener, settings)
			}
			go server.Serve(listener) //nolint:errcheck // ends with the test
			t.Cleanup(func() { _ = server.Close() })

			cfg := config(listener.Addr().String())
			cfg.TLS, cfg.User, cfg.Password, cfg.Roots = way, "portaali", secret.New("avain"), roots
			if err := open(t, cfg).Send(t.Context(), letter()); err != nil || g.mails != 1 {
				t.Errorf("%d mails, %v", g.mails, err)
			}

			wrong := cfg
			wrong.Password = secret.New("hunter2")
			unknown := cfg
			unknown.Roots = nil
			for name, c := range map[string]smtp.Config{"a wrong password": wrong, "an unknown certificate": unknown} {
				s, err := smtp.New(c)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Open(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	plain := config(sink(t).Addr())
	plain.TLS = smtp.TLSStartTLS
	s, err := smtp.New(plain)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context()); err == nil {
		t.Error("a server without encryption was taken")
	}
}

func TestMuteServerIsLeft(t *testing.T) {
	t.Parallel()

	for name, greeting := range map[string]string{
		"says nothing": "", "stops after the greeting": "220 mute.example ESMTP\r\n", "slices its answers": "",
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, greeting)
				if name == "slices its answers" {
					for range 100 {
						time.Sleep(20 * time.Millisecond)
						_, _ = io.WriteString(conn, "220-")
					}
				}
			}
		}()
		cfg := config(listener.Addr().String())
		cfg.Step = 100 * time.Millisecond
		s, err := smtp.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := s.Open(t.Context()); err == nil || time.Since(began) > 3*time.Second {
			t.Errorf("a server that %s: %v after %v", name, err, time.Since(began))
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(*smtp.Config){
		"an address without a port": func(c *smtp.Config) { c.Addr = "mail.example" },
		"an address without a host": func(c *smtp.Config) { c.Addr = ":25" },
		"a port that is no number":  func(c *smtp.Config) { c.Addr = "mail.example:smtp" },
		"an unknown encryption":     func(c *smtp.Config) { c.TLS = "ssl" },
		"a password in clear":       func(c *smtp.Config) { c.User = "portaali" },
		"no sender":                 func(c *smtp.Config) { c.From = "" },
		"a sender that is a header": func(c *smtp.Config) { c.From = "a@b.example\r\nBcc: c@d.example" },
	} {
		cfg := config("mail.example:25")
		spoil(&cfg)
		if _, err := smtp.New(cfg); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
