package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tyomarkkinatori.fi/portal/internal/mail"
)

// connection fills mail.Connection.
type connection struct {
	server *Server
	client *gomail.Client
	raw    net.Conn
	broken bool
}

// dial connects for the client. The connection is kept, so that it can be cut:
// the protocol's own farewell would end a mail that was sent half.
func (c *connection) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.server.cfg.Step)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c.raw = &stepped{Conn: conn, step: c.server.cfg.Step}
	if c.server.cfg.TLS != TLSDirect {
		return c.raw, nil
	}
	secure := tls.Client(c.raw, c.server.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

// cut ends the connection without a word.
func (c *connection) cut() {
	c.broken = true
	if c.raw != nil {
		_ = c.raw.Close()
	}
}

// Send hands l over. Errors hold no address.
func (c *connection) Send(ctx context.Context, l mail.Letter) error {
	if c.broken {
		return errors.New("mail server: the connection has ended")
	}
	// A server that answers byte by byte keeps every step short.
	ctx, cancel := context.WithTimeout(ctx, 10*c.server.cfg.Step)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer stop()
	m := c.server.message(l)
	err := c.client.Send(m)
	if err == nil || m.IsDelivered() {
		return nil
	}
	failed, ok := errors.AsType[*gomail.SendError](err)
	if !ok || failed.ErrorCode() == 0 {
		c.cut()
		if ok && failed.Reason == gomail.ErrSMTPDataClose {
			return fmt.Errorf("mail server: %w", mail.ErrLost)
		}
		return fmt.Errorf("mail server: %s: the connection broke", step(failed))
	}
	if failed.Reason == gomail.ErrSMTPData {
		// Only a refused DATA leaves the mail begun at the server.
		if c.client.Reset() != nil {
			c.cut()
		}
	}
	return &mail.ReplyError{Code: failed.ErrorCode(), Address: refusesAddress(failed)}
}

func step(e *gomail.SendError) string {
	if e == nil {
		return "sending"
	}
	return e.Reason.String()
}

// refusesAddress tells a receiver that does not exist from a server that will
// not work for us: 5.7 is its policy.
func refusesAddress(e *gomail.SendError) bool {
	return e.Reason == gomail.ErrSMTPRcptTo && e.ErrorCode()/100 == 5 && !strings.HasPrefix(e.EnhancedStatusCode(), "5.7")
}

// Close takes leave of the server.
func (c *connection) Close() error {
	if c.broken {
		return nil
	}
	err := c.client.Close()
	c.cut()
	if err != nil {
		return errors.New("mail server: no farewell")
	}
	return nil
}

// message writes l with its head. Nothing of l reaches the head but an address
// that mail.ValidAddress has let through, and a subject that is encoded.
func (s *Server) message(l mail.Letter) *gomail.Msg {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	m.ToMailAddress(&netmail.Address{Address: l.To})
	m.Subject(oneLine(l.Subject))
	m.SetDateWithValue(l.Date)
	m.SetMessageIDWithValue(l.ID + "@" + s.domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader(gomail.HeaderContentLang, string(l.Lang))
	if l.Unsubscribe != "" {
		m.SetListUnsubscribe(l.Unsubscribe)
		m.SetListUnsubscribePost()
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m
}

// maxSubject is how long a subject may be, in characters.
const maxSubject = 200

// oneLine keeps a subject from being more than one line, and from being one that
// no server takes.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxSubject {
		return string(r[:maxSubject])
	}
	return s
}

// stepped is a connection whose every read and write ends in time. The client's
// own deadlines, which would be for a whole mail, are not heard.
type stepped struct {
	net.Conn

	step time.Duration
}

// Read ends in time.
func (s *stepped) Read(b []byte) (int, error) {
	defer s.limit()()
	return s.Conn.Read(b)
}

// Write ends in time.
func (s *stepped) Write(b []byte) (int, error) {
	defer s.limit()()
	return s.Conn.Write(b)
}

// SetDeadline is not heard.
func (*stepped) SetDeadline(time.Time) error { return nil }

func (s *stepped) limit() (stop func()) {
	timer := time.AfterFunc(s.step, func() { _ = s.Close() })
	return func() { timer.Stop() }
}
