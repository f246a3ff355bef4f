package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

const (
	// mostRefusals is how many addresses in a row are believed to be no good. A
	// server that refuses more of them and takes nothing is broken itself, or our
	// settings are; what it refuses then waits, and nobody is told off for it.
	mostRefusals = 10
	// A server that puts off so many mails in a row, to so many domains, works
	// for nobody. One domain alone must not stop the others.
	mostPutOff, mostDomains = 10, 3
)

// The faults of a server that answers and takes nothing.
var (
	errRefusesAll = errors.New("the mail server refuses one address after the other: check the server and the settings")
	errPutsOffAll = errors.New("the mail server puts off one mail after the other: it is left alone for a while")
)

// doubt is what a lane has seen refused since the server last took a mail.
type doubt struct {
	mails   int
	domains map[string]bool
}

// grow counts a mail that was put off, and tells whether the server is the
// reason.
func (d *doubt) grow(to string) bool {
	if d.domains == nil {
		d.domains = map[string]bool{}
	}
	_, domain, _ := strings.Cut(to, "@")
	d.mails++
	d.domains[strings.ToLower(domain)] = true
	return d.mails >= mostPutOff && len(d.domains) >= mostDomains
}

const sqlCountRefusal = `UPDATE mail_pace SET refusals = refusals + 1 RETURNING refusals`

// countRefusal fails with errRefusesAll when too many addresses in a row were
// refused for the refusal to be believed.
func countRefusal(ctx context.Context, tx *postgres.Tx) error {
	var n int
	if err := tx.QueryRow(ctx, sqlCountRefusal).Scan(&n); err != nil {
		return fmt.Errorf("count a refused address: %w", err)
	}
	if n > mostRefusals {
		return errRefusesAll
	}
	return nil
}
