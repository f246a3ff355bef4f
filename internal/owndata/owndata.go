// Package owndata shows a person everything that the portal keeps of them, gives
// them a copy, and deletes the account: at once and wholly, at the person's wish
// or a year after the last log-in. What each capability keeps it learns from
// their keepers, and what a column means from the live schema.
package owndata

import (
	"context"
	"time"

	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// RuleKind is the rule of retention that an account follows.
const RuleKind = "account"

// OwnData knows what is kept of a person.
type OwnData struct {
	db      *postgres.DB
	keepers []keeping.Keeper
	journal *Journal

	// Rules returns the rules in force by kind; nil leaves out how long things
	// are kept.
	Rules func(ctx context.Context, tx *postgres.Tx) (map[string]keeping.Rule, error)
}

// New returns the own data that keepers keep. They erase in their order, the
// keeper of persons last. journal may be nil: then a restore from backup brings
// back whoever was deleted since.
func New(db *postgres.DB, journal *Journal, keepers ...keeping.Keeper) *OwnData {
	return &OwnData{db: db, journal: journal, keepers: keepers}
}

// Item is one value that is kept of a person, with what its column's class says.
type Item struct {
	inventory.Column

	Value any
	At    time.Time
	// Source and By are those of the record.
	Source, By string
	// Rule is how long it is kept, and Ends when it goes: zero as long as that
	// depends on what is still to come.
	Rule keeping.Rule
	Ends time.Time
}

// Look is a look of an officer at a person's data. It never names the officer.
type Look struct {
	At time.Time
	// Groups are those that the officer was in.
	Groups []string
	// Action is that of the audit event, Reason the code or reference given.
	Action, Reason string
}
