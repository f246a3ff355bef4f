package mail

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Rendered is a mail's text in its receiver's language. HTML says the same as
// Text. The subject holds no personal data.
type Rendered struct {
	Subject, Text, HTML string
	// Unsubscribe is an address that ends such mails by POST (RFC 8058), "" for
	// mails that cannot be ended.
	Unsubscribe string
}

// Renderer writes a mail when it is sent. ErrDropped means that the mail has
// lost its point and is not to be sent.
type Renderer func(ctx context.Context, m Message) (Rendered, error)

// ErrDropped is a Renderer's answer for a mail that is not to be sent any more.
var ErrDropped = errors.New("mail has lost its point")

// Letter is a mail ready to be handed over.
type Letter struct {
	Rendered

	// ID is the same at each try and becomes the left side of the Message-ID.
	ID   string
	To   string
	Lang i18n.Lang
	Date time.Time
}

// Sender connects to a mail server.
type Sender interface {
	Open(ctx context.Context) (Connection, error)
}

// Connection is a connection to a mail server. One goroutine uses it.
type Connection interface {
	// Send returns nil once the server has taken the mail over. A *ReplyError
	// is the server's answer; with any other error the connection is of no use
	// any more. ErrLost among them means that the server had the whole mail, so
	// that it may have taken it.
	Send(ctx context.Context, l Letter) error
	// Close ends the connection.
	Close() error
}

// ErrLost is a Connection's answer for a mail that the server had whole when the
// connection broke: nobody can know whether it was taken.
var ErrLost = errors.New("the mail server's answer was lost")

// ReplyError is a mail server's refusal of one mail.
type ReplyError struct {
	// Code is the reply, such as 450 or 550.
	Code int
	// Address means that the server refused the receiver's address for good.
	// Any other refusal may be the fault of the server or of our settings, so
	// the mail waits.
	Address bool
}

// Error names the reply. It holds nothing of the server's text, which may hold
// the address.
func (e *ReplyError) Error() string { return fmt.Sprintf("mail server replied %d", e.Code) }

// Outbox sends what was enqueued. Any number of processes may work at the same
// time.
type Outbox struct {
	db     *postgres.DB
	render Renderer
	sender Sender
	busy   sync.Mutex

	// PerMinute is the most mails that all processes together send in any
	// minute; 0 sets no limit.
	PerMinute int
	// Connections is how many connections to the mail server one process uses
	// at a time.
	Connections int
	// Lease is how long a process that gives no sign of life keeps the mails that
	// it has in hand.
	Lease time.Duration
	// OnRefused is told of a mail whose address the server has refused for good,
	// in the transaction that parks the mail; it may be nil.
	OnRefused func(ctx context.Context, tx *postgres.Tx, m Message) error
}

// NewOutbox returns the outbox of db. It sends nothing until Work.
func NewOutbox(db *postgres.DB, render Renderer, sender Sender) *Outbox {
	return &Outbox{db: db, render: render, sender: sender, Connections: 4, Lease: 9 * time.Second}
}
