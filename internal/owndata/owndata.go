// Package owndata shows a person everything that the portal keeps of them, gives
// them a copy, and deletes the account: at once and wholly, at the person's wish
// or a year after the last log-in. What each capability keeps it learns from
// their keepers, and what a column means from the live schema.
package owndata

import (
	"context"
	"sync"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// RuleKind is the rule of retention that an account follows.
const RuleKind = "account"

// The audited actions.
const (
	actionCopied   = "own_data.copied"
	actionErased   = "account.erased"
	actionReplayed = "erasures.replayed"
	actionWarned   = "accounts.warned"
)

// OwnData knows what is kept of a person.
type OwnData struct {
	db      *postgres.DB
	people  *identity.People
	keepers []keeping.Keeper
	journal *Journal

	// Rules returns the rules in force; without it nobody is told how long things
	// are kept.
	Rules func(ctx context.Context, tx *postgres.Tx) ([]keeping.Rule, error)
	// Held returns the people whose accounts do not go by themselves for now, or only
	// that one of them unless it is 0; without it there are none.
	Held func(ctx context.Context, tx *postgres.Tx, only identity.PersonID) ([]identity.PersonID, error)
	// Again erases what keys stand for that were noted by Remember, and tells whether
	// it was there.
	Again func(ctx context.Context, tx *postgres.Tx, key string) (bool, error)

	// replaying guards read, up to where the journal has been replayed.
	replaying sync.Mutex
	read      int64
}

// New returns the own data of people. Keepers erase in their order, and people
// themselves after them. A nil journal keeps none: then a restore from backup
// brings back whoever was deleted since.
func New(db *postgres.DB, people *identity.People, journal *Journal, keepers ...keeping.Keeper) *OwnData {
	return &OwnData{db: db, people: people, journal: journal, keepers: append(keepers, people.Keeper())}
}

func personRef(id identity.PersonID) audit.Ref { return audit.Ref{Kind: "person", ID: id.String()} }

func (o *OwnData) held(ctx context.Context, tx *postgres.Tx, only identity.PersonID) ([]identity.PersonID, error) {
	if o.Held == nil {
		return nil, nil
	}
	return o.Held(ctx, tx, only)
}

// rules are those in force, by kind.
func (o *OwnData) rules(ctx context.Context, tx *postgres.Tx) (map[string]keeping.Rule, error) {
	byKind := map[string]keeping.Rule{}
	if o.Rules == nil {
		return byKind, nil
	}
	all, err := o.Rules(ctx, tx)
	for _, r := range all {
		byKind[r.Kind] = r
	}
	return byKind, err
}
