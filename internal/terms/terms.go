// Package terms keeps the terms of the service (käyttöehdot): their versions in
// Finnish and Swedish, who has accepted which of them for which organisation,
// and telling of coming versions beforehand. A published version is readable
// for ever and never changes.
package terms

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Kind says what terms are for.
type Kind string

// The kinds: of joining as a partner, of using the interfaces, of job watch,
// and the agreement on processing personal data for the operator
// (henkilötietojen käsittelijäsopimus).
const (
	Partner   Kind = "partner"
	Interface Kind = "interface"
	JobWatch  Kind = "job_watch"
	Processor Kind = "processor"
)

// Kinds lists every kind in the order in which they are shown.
func Kinds() []Kind { return []Kind{Partner, Interface, JobWatch, Processor} }

// Known tells whether there is such a kind.
func (k Kind) Known() bool { return slices.Contains(Kinds(), k) }

// Version is one published text of a kind.
type Version struct {
	Kind   Kind
	Number int
	// EffectiveOn is the day, at midnight UTC, from whose beginning in Helsinki
	// the version is in force.
	EffectiveOn time.Time
	// Title, Text and Hash are by language. Text is markdown, Hash the SHA-256
	// of its exact bytes in hexadecimal.
	Title, Text, Hash map[i18n.Lang]string
	// Reporting makes reporting a condition of using the service.
	Reporting   bool
	PublishedAt time.Time
	// RequestedBy and ApprovedBy are the officers who published it, 0 for the
	// texts that the program brings along.
	RequestedBy, ApprovedBy identity.PersonID
}

// InForceSince is the moment from which the version counts, unless a newer one
// does.
func (v Version) InForceSince() time.Time { return startOf(v.EffectiveOn) }

// Whole is the text in lang under its title, as markdown, for telling what
// changed.
func (v Version) Whole(lang i18n.Lang) string { return whole(v.Title[lang], v.Text[lang]) }

func whole(title, text string) string { return "# " + title + "\n\n" + text }

// Receiver is somebody to tell of a coming version.
type Receiver struct {
	// Key names the receiver for ever, for example a contact by its ID; it is no
	// address.
	Key          string
	Organisation string
	Email        string
	Language     i18n.Lang
}

// Terms publishes versions and takes in acceptances. Make it with New and set
// the exported fields before use.
type Terms struct {
	// ProcessorOn opens the processor agreement; while it is off, nobody can
	// read or accept it.
	ProcessorOn bool
	// NoticeDays is how many days before its effect a new version must be told.
	NoticeDays int
	// Receivers returns who is to be told of changes to terms of a kind; nil
	// tells nobody.
	Receivers func(ctx context.Context, q postgres.Querier, kind Kind) ([]Receiver, error)
	// Link returns the path of the page that tells what a version changes; it
	// goes into the mails.
	Link func(lang i18n.Lang, kind Kind, number int) string

	db *postgres.DB
}

// DefaultNoticeDays lets every reminder come.
const DefaultNoticeDays = 30

// New returns Terms kept in db.
func New(db *postgres.DB) *Terms { return &Terms{db: db, NoticeDays: DefaultNoticeDays} }

// Open tells whether terms of that kind are in use.
func (t *Terms) Open(kind Kind) bool {
	return kind.Known() && (kind != Processor || t.ProcessorOn)
}

// Current returns the version of kind that is in force, or fault.ErrNotFound.
func (t *Terms) Current(ctx context.Context, kind Kind) (Version, error) {
	if !t.Open(kind) {
		return Version{}, notOpen(kind)
	}
	return selectCurrent(ctx, t.db, kind, today(t.db.Now()))
}

// Version returns a published version of kind, be it in force, over or coming,
// or fault.ErrNotFound.
func (t *Terms) Version(ctx context.Context, kind Kind, number int) (Version, error) {
	if !t.Open(kind) {
		return Version{}, notOpen(kind)
	}
	return selectVersion(ctx, t.db, kind, number)
}

// Versions returns every published version of kind, newest first.
func (t *Terms) Versions(ctx context.Context, kind Kind) ([]Version, error) {
	if !t.Open(kind) {
		return nil, notOpen(kind)
	}
	return selectVersions(ctx, t.db, kind)
}

// Coming returns the versions of kind that are published and not in force yet,
// soonest first. A version that a newer one overtakes is left out.
func (t *Terms) Coming(ctx context.Context, kind Kind) ([]Version, error) {
	if !t.Open(kind) {
		return nil, nil
	}
	return selectComing(ctx, t.db, kind, today(t.db.Now()))
}

func notOpen(kind Kind) error { return fmt.Errorf("terms %q: %w", kind, fault.ErrNotFound) }

// today is the date in Helsinki at now, as midnight UTC.
func today(now time.Time) time.Time {
	y, m, d := now.In(i18n.Helsinki).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// startOf is the moment at which the day on begins in Helsinki.
func startOf(on time.Time) time.Time {
	y, m, d := on.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, i18n.Helsinki)
}

// Now is the time by which versions come into force.
func (t *Terms) Now() time.Time { return t.db.Now() }
