// Package mailsink is a mail server for development and tests: it takes every
// mail, delivers none, shows them on a page and as JSON, and fails on request
// as mail servers do.
package mailsink

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	defaultKeep = 50_000
	// maxKept bounds the memory that mails take, whatever their number.
	maxKept    = 512 << 20
	maxMessage = 25 << 20
)

// Options say where the server listens and how much it keeps.
type Options struct {
	// Addr is the SMTP address; port 0 takes a free one.
	Addr string
	// Keep is how many mails are kept, 50,000 when zero; the oldest go first.
	Keep int
	// Clock gives the times of arrival.
	Clock func() time.Time
}

// Fault is a way of failing. The zero value is none.
type Fault struct {
	// Mode is one of Modes.
	Mode string `json:"mode"`
	// Address limits "450" and "550" to one recipient.
	Address string `json:"address,omitempty"`
	// Times is how many times it fails; 0 means until the fault is cleared.
	Times int `json:"times,omitempty"`
	// Wait is how many seconds "slow" takes to accept a mail.
	Wait float64 `json:"wait,omitempty"`
}

// Modes lists the ways of failing: the service closing (421), a recipient put
// off (450) or refused (550), a mail taken slowly, a mail kept but never
// confirmed, and nobody listening at all.
func Modes() []string { return []string{"421", "450", "550", "slow", "unconfirmed", "down"} }

// Sink is a running mail server with what it has taken.
type Sink struct {
	opt     Options
	backend *smtp.Server
	addr    string

	mu     sync.Mutex
	mails  []Message
	bytes  int
	nextID int64
	fault  Fault
	// wake ends the waits of slow mails when the sink closes.
	wake chan struct{}
}

// Start listens for mail until Close.
func Start(opt Options) (*Sink, error) {
	if opt.Keep == 0 {
		opt.Keep = defaultKeep
	}
	s := &Sink{opt: opt, nextID: 1, wake: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.listen(opt.Addr); err != nil {
		return nil, err
	}
	return s, nil
}

// listen starts the server. The caller holds the lock.
func (s *Sink) listen(addr string) error {
	listener, err := net.Listen("tcp", addr) //nolint:noctx // lives until Close
	if err != nil {
		return fmt.Errorf("listen for mail: %w", err)
	}
	s.addr = listener.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{sink: s, conn: c}, nil }))
	server.Domain = "mailsink.example"
	server.MaxMessageBytes = maxMessage
	server.MaxRecipients = 100
	server.ReadTimeout, server.WriteTimeout = time.Minute, time.Minute
	server.EnableSMTPUTF8 = true
	server.ErrorLog = quiet{}
	s.backend = server
	go func() {
		// It ends with the listener, which Close and "down" close on purpose.
		_ = server.Serve(listener)
	}()
	return nil
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Addr is the SMTP address, with the port that was found.
func (s *Sink) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Close stops listening and ends all connections; what was taken stays
// readable.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.wake:
		return nil
	default:
		close(s.wake)
	}
	if s.backend == nil {
		return nil
	}
	return s.backend.Close()
}

// SetFault makes the server fail from now on; the zero Fault ends that, and
// opens a server again that was "down".
func (s *Sink) SetFault(f Fault) error {
	if f.Mode != "" && !slices.Contains(Modes(), f.Mode) {
		return fmt.Errorf("no fault mode %q; there are %s", f.Mode, strings.Join(Modes(), ", "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	switch {
	case f.Mode == "down" && s.backend != nil:
		err := s.backend.Close()
		s.backend = nil
		return err
	case f.Mode != "down" && s.backend == nil:
		return s.listen(s.addr)
	}
	return nil
}

// Messages returns the mails whose recipients contain the text, all for "", the
// newest first.
func (s *Sink) Messages(to string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Message
	for i := len(s.mails) - 1; i >= 0; i-- {
		if s.mails[i].sentTo(to) {
			found = append(found, s.mails[i])
		}
	}
	return found
}

// Message returns one mail.
func (s *Sink) Message(id int64) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, found := slices.BinarySearchFunc(s.mails, id, func(m Message, id int64) int { return int(m.ID - id) })
	if !found {
		return Message{}, false
	}
	return s.mails[i], true
}

// Clear throws all mails away.
func (s *Sink) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.bytes = nil, 0
}

func (s *Sink) keep(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.ID = s.nextID
	m.ReceivedAt = s.opt.Clock().UTC().Truncate(time.Millisecond)
	s.nextID++
	s.mails = append(s.mails, m)
	s.bytes += len(m.Raw)
	drop := 0
	for len(s.mails)-drop > s.opt.Keep || s.bytes > maxKept {
		s.bytes -= len(s.mails[drop].Raw)
		s.mails[drop] = Message{}
		drop++
	}
	s.mails = s.mails[drop:]
}

// fails reports whether the fault of that mode concerns this step, and counts
// it.
func (s *Sink) fails(mode, address string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.fault
	if f.Mode != mode || f.Address != "" && !strings.EqualFold(f.Address, address) {
		return Fault{}, false
	}
	if s.fault.Times > 0 {
		s.fault.Times--
		if s.fault.Times == 0 {
			s.fault = Fault{}
		}
	}
	return f, true
}

type session struct {
	sink *Sink
	conn *smtp.Conn
	from string
	to   []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if _, fails := s.sink.fails("421", ""); fails {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Service not available, closing transmission channel"}
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, fails := s.sink.fails("450", to); fails {
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "Mailbox unavailable, try again later"}
	}
	if _, fails := s.sink.fails("550", to); fails {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
	}
	s.to = append(s.to, to)
	return nil
}

var errUnconfirmed = errors.New("connection ended before the reply")

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if f, slow := s.sink.fails("slow", ""); slow {
		select {
		case <-time.After(time.Duration(f.Wait * float64(time.Second))):
		case <-s.sink.wake:
		}
	}
	s.sink.keep(read(Message{From: s.from, To: s.to, Raw: raw}))
	if _, fails := s.sink.fails("unconfirmed", ""); fails {
		if err := s.conn.Conn().Close(); err != nil {
			return err
		}
		return errUnconfirmed
	}
	return nil
}
