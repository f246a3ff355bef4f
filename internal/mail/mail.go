// Package mail holds mails that are to be sent until the mail server has taken
// them. A mail is put in in the transaction that calls for it.
package mail

import (
	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Kind names a mail's template in web/letters.
type Kind string

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
	Data map[string]string
}
