// Package keeping says how personal data is described, given up and shown: the
// words that the capabilities, which keep it, share with retention and with the
// pages of a person's own data. It keeps nothing itself.
package keeping

import (
	"context"
	"time"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Action is what happens to data whose time is up.
type Action string

// The actions. What is handed over goes to the National Archives, where it is
// kept for good, and is deleted here.
const (
	Delete    Action = "delete"
	Anonymise Action = "anonymise"
	HandOver  Action = "hand_over"
	// Keep is of what stays for good.
	Keep Action = "keep"
)

// Task is the system's name in the audit log where it gives up what is due.
const Task = "retention"

// Rule says how long one kind of data is kept (säilytysaika).
type Rule struct {
	Kind string
	// Trigger is the code of the event from which the period runs.
	Trigger string
	Period  Period
	Action  Action
	Ground  string
	// WarnDays are the days before the end at which the person is told, the
	// longest first.
	WarnDays []int
	// With is the kind that this one goes together with, "" for one of its own. The
	// rest of the rule is then that kind's.
	With    string
	Version int
}

// Purge is how a capability gives up what is due of one kind. It works by state:
// due is what satisfies trigger + period <= now, whenever anybody looks.
type Purge struct {
	Kind string
	// Due counts what is due under r at tx.Now. It changes nothing, and answers
	// for rules that are merely thought of.
	Due func(ctx context.Context, tx *postgres.Tx, r Rule) (int, error)
	// Run gives up at most limit of what is due, in short transactions of its own
	// that hold the audit event too. It is called until it returns 0.
	Run func(ctx context.Context, r Rule, limit int) (done int, err error)
	// Warn, which may be nil, tells at most limit persons that their data is soon
	// due. It is called until it returns 0, before Run.
	Warn func(ctx context.Context, r Rule, limit int) (told int, err error)
	// Fixed says that the period is built into how the capability works, or stands
	// in each row as it was told, so that officers cannot change it in the table.
	Fixed bool
}

// Record is one stored row as its person may see it. Values are by column,
// opened and readable.
type Record struct {
	Table, Row string
	At         time.Time
	// Source is where the row came from, By the role of who recorded it, "" for the
	// person.
	Source, By string
	// Use is what the row is kept for where its subject decides that, and not its
	// columns; the zero Use otherwise.
	Use    Use
	Values map[string]any
	// Ends is when the row goes, the zero time when it depends on what is still to
	// come.
	Ends time.Time
}

// Use is why, on what legal ground and by which rule something is kept, in the
// codes that the classes of columns have.
type Use struct{ Purpose, Ground, Rule string }

// Where a Record came from.
const (
	SourcePerson         = "person"
	SourcePopulation     = "population_register"
	SourceEIDAS          = "eidas" // identification of another country
	SourceBusiness       = "business_register"
	SourceAuthorizations = "e_authorizations"
	SourceOfficer        = "officer"
	SourceService        = "service"
)

// Kept is what the law keeps of a person after a deletion. Kind is that of a
// rule; Until is zero when the period has not begun.
type Kept struct {
	Kind  string
	Count int
	Until time.Time
}

type (
	// Export returns all that a capability keeps of a person.
	Export func(ctx context.Context, tx *postgres.Tx, person int64) ([]Record, error)
	// Erase takes away all that may go, in the one transaction of a deletion.
	Erase func(ctx context.Context, tx *postgres.Tx, person int64) error
	// Stays returns what Erase leaves.
	Stays func(ctx context.Context, tx *postgres.Tx, person int64) ([]Kept, error)
)

// Keeper is what one capability keeps of persons.
type Keeper struct {
	Name   string
	Export Export
	Erase  Erase
	// Stays may be nil: nothing does.
	Stays Stays
}
