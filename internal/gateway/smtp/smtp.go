// Package smtp hands mails over to a mail server.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// TLS says how the connection is kept secret.
type TLS string

// The ways: not at all, by STARTTLS, which the server must then offer, or from
// the first byte.
const (
	TLSNone     TLS = "none"
	TLSStartTLS TLS = "starttls"
	TLSDirect   TLS = "tls"
)

// defaultStep is how long the server may take over each step.
const defaultStep = 30 * time.Second

// Config says which server takes the mails, and who sends them.
type Config struct {
	// Addr is host:port.
	Addr string
	TLS  TLS
	// User is empty for a server that asks for no log-in.
	User     string
	Password secret.String
	// From is the sender, "Name <address>" or an address. Its domain also ends
	// the Message-ID.
	From string
	// Step is how long connecting and each read and write may take, 30 seconds
	// when zero.
	Step time.Duration
	// Roots are the authorities that the server's certificate is checked with,
	// the system's when nil.
	Roots *x509.CertPool
}

// Server is a mail server. It fills mail.Sender.
type Server struct {
	cfg    Config
	host   string
	port   int
	from   *netmail.Address
	domain string
}

// New returns the server of cfg without connecting to it. An error says which
// part of cfg cannot be used.
func New(cfg Config) (*Server, error) {
	host, service, err := net.SplitHostPort(cfg.Addr)
	if err != nil || host == "" {
		return nil, errors.New("mail server's address: not host:port")
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil || port == 0 {
		return nil, errors.New("mail server's address: the port is not a number")
	}
	switch cfg.TLS {
	case TLSNone, TLSStartTLS, TLSDirect:
	default:
		return nil, fmt.Errorf("mail server's encryption: %s, %s or %s", TLSNone, TLSStartTLS, TLSDirect)
	}
	if cfg.User != "" && cfg.TLS == TLSNone {
		return nil, errors.New("mail server's encryption: a password needs starttls or tls")
	}
	from, err := netmail.ParseAddress(cfg.From)
	if err != nil || !mail.ValidAddress(from.Address) {
		return nil, errors.New("sender of mails: not an address, or Name <address>")
	}
	if cfg.Step == 0 {
		cfg.Step = defaultStep
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	return &Server{cfg: cfg, host: host, port: int(port), from: from, domain: domain}, nil
}

// Open connects, encrypts and logs in. The connection is good for any number of
// mails, one after the other.
func (s *Server) Open(ctx context.Context) (mail.Connection, error) {
	c := &connection{server: s}
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithHELO(s.domain), gomail.WithTimeout(10 * s.cfg.Step),
		// A question after the server's acceptance would widen the time in which
		// a crash sends the mail twice.
		gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithDialContextFunc(c.dial), gomail.WithTLSConfig(s.tls()),
	}
	switch s.cfg.TLS {
	case TLSStartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLSDirect:
		// The client asks the connection itself whether it is secret, and then
		// trusts it with the password.
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case TLSNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.cfg.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.cfg.User), gomail.WithPassword(s.cfg.Password.Reveal()))
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	c.client = client
	if err := client.DialWithContext(ctx); err != nil {
		c.cut()
		return nil, fmt.Errorf("connect to the mail server: %w", err)
	}
	return c, nil
}

func (s *Server) tls() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.cfg.Roots, MinVersion: tls.VersionTLS12}
}
