// Package mail holds mails that are to be sent until the mail server has taken
// them. A mail comes in with the transaction that calls for it, so that it goes
// out if, and only if, what it tells of has happened.
package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Kind names a mail's template in web/letters.
type Kind string

// Priority says which of two mails goes first.
type Priority int16

// A confirmation is waited for by a person at a screen; bulk is sent to many at
// a time.
const (
	PriorityBulk         Priority = -1
	PriorityNormal       Priority = 0
	PriorityConfirmation Priority = 1
)

// Message is a mail to one receiver.
type Message struct {
	Kind Kind
	// To is a bare address.
	To   string
	Lang i18n.Lang
	// Key makes the mail unique: a second one with the same key is not sent.
	Key string
	// Data fills the template: identifiers, dates, names of organisations; no
	// personal data that the receiver need not read in a mail.
	Data     map[string]string
	Priority Priority
	// ExpiresAt is when the mail is no use any more: what could not be sent by
	// then is not sent. It is zero for mails that are always of use.
	ExpiresAt time.Time
	// Again tells a Renderer that a copy may have been delivered: what the mail
	// tells must not grow, since receivers throw the second of two mails with
	// one Message-ID away.
	Again bool
}

// maxAddress is the longest address that a mail server takes (RFC 5321).
const maxAddress = 254

// ValidAddress tells whether s is one bare address that a mail can be sent to.
// Nothing in a valid address can start a new header or name a second receiver.
func ValidAddress(s string) bool {
	if len(s) > maxAddress || strings.ContainsAny(s, ",;:<>()[]\"\\ ") || strings.ContainsFunc(s, hidden) {
		return false
	}
	a, err := netmail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	local, domain, _ := strings.Cut(s, "@")
	return len(local) <= 64 && validDomain(domain)
}

// hidden finds what cannot be seen, and line breaks of every kind.
func hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar
}

func validDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(l, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
		}) {
			return false
		}
	}
	return len(labels) > 1
}

// check returns what a caller has done wrong.
func (m Message) check() error {
	switch {
	case m.Kind == "" || m.Key == "":
		return errors.New("enqueue mail: no kind or no key")
	case !ValidAddress(m.To):
		return fmt.Errorf("enqueue mail %s: not a valid address", m.Kind)
	case m.Lang != i18n.Finnish && m.Lang != i18n.Swedish:
		return fmt.Errorf("enqueue mail %s: no such language", m.Kind)
	}
	return nil
}

const sqlInsertMail = `
INSERT INTO mail_outbox (kind, key, priority, language, address, data, created_at, due_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
ON CONFLICT (key) DO NOTHING`

// Enqueue puts m in to be sent once tx has committed. A mail with the key of one
// that is there already is not put in again. It fails when the address is not
// valid or when m lacks its kind, its key or a language of the service, which
// are faults of the caller.
func Enqueue(ctx context.Context, tx *postgres.Tx, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	data := m.Data
	if data == nil {
		data = map[string]string{}
	}
	var expires *time.Time
	if !m.ExpiresAt.IsZero() {
		expires = &m.ExpiresAt
	}
	_, err := tx.Exec(ctx, sqlInsertMail, m.Kind, m.Key, m.Priority, m.Lang, m.To, data, tx.Now, expires)
	if err != nil {
		return fmt.Errorf("insert mail %s: %w", m.Kind, err)
	}
	return nil
}
