package owndata

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/inventory"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Everything is all that is kept of a person at one moment.
type Everything struct {
	At time.Time
	// Ends is when the account goes unless its person logs in; zero for an
	// officer's, which stays.
	Ends time.Time
	// Held tells that the account does not go at Ends: a request of the person waits
	// to be answered or has just been, or the use of the data is restricted.
	Held   bool
	Groups []Group
	// Rules are those in force, by kind.
	Rules map[string]keeping.Rule
	// Withheld are the columns of which a copy holds nothing, each with the reason.
	Withheld []inventory.Column
	// Looks are what officers did about the person, the newest first.
	Looks []Look
}

// Group is what belongs together in a copy, such as account.
type Group struct {
	Code    string
	Entries []Entry
}

// Entry is a stored row, or the part of it that has one source.
type Entry struct {
	keeping.Record

	Items []Item
}

// Item is one value with what its column's class says of it.
type Item struct {
	inventory.Column

	// Item is its name within the group.
	Item  string
	Value any
}

// Look is something that an officer did about a person, mostly looking at their
// data. It never says which officer it was.
type Look struct {
	At     time.Time
	Action string
	// Reason is the code or reference that the officer gave.
	Reason string
	// Groups are those that the officer was in at that time.
	Groups []string
}

// maxLooks is how many looks are told; officers look at nobody that often.
const maxLooks = 5000

// Everything returns what is kept of a person. A person who is gone is
// fault.ErrNotFound.
func (o *OwnData) Everything(ctx context.Context, person identity.PersonID) (Everything, error) {
	var all Everything
	err := o.db.InReadTx(ctx, func(tx *postgres.Tx) error {
		var err error
		all, err = o.everything(ctx, tx, person)
		return err
	})
	return all, err
}

func (o *OwnData) everything(ctx context.Context, tx *postgres.Tx, person identity.PersonID) (Everything, error) {
	all := Everything{At: tx.Now}
	account, err := o.people.Account(ctx, tx, person)
	if err != nil {
		return all, err
	}
	if all.Rules, err = o.rules(ctx, tx); err != nil {
		return all, err
	}
	held, err := o.held(ctx, tx, person)
	if err != nil {
		return all, err
	}
	all.Held = len(held) > 0
	columns, err := inventory.Columns(ctx, tx)
	if err != nil {
		return all, err
	}
	if account.Officer {
		account.LoggedInAt = time.Time{}
	}
	all.Ends = all.end(RuleKind, account.LoggedInAt)
	s := sorter{all: &all, account: account, columns: map[string]inventory.Column{}, places: map[string]int{}}
	for i, c := range columns {
		s.columns[c.Table+"."+c.Name], s.places[c.Table+"."+c.Name] = c, i
		if c.Withheld != "" {
			all.Withheld = append(all.Withheld, c)
		}
	}
	for _, k := range o.keepers {
		records, err := k.Export(ctx, tx, int64(person))
		if err != nil {
			return all, err
		}
		for _, r := range records {
			s.add(r)
		}
	}
	all.Looks, err = looks(ctx, tx, int64(person), maxLooks)
	return all, err
}

// end is when data of a kind goes whose period began at from.
func (e *Everything) end(kind string, from time.Time) time.Time {
	r, ok := e.Rules[kind]
	if !ok || r.Period.IsZero() || from.IsZero() {
		return time.Time{}
	}
	return r.Period.End(from)
}

// RuleOf returns the rule that a kind of data follows: its own, or that of the
// kind it goes with.
func (e *Everything) RuleOf(kind string) keeping.Rule {
	r := e.Rules[kind]
	if with, ok := e.Rules[r.With]; ok && r.With != "" {
		return with
	}
	return r
}

// sorter puts records into their groups.
type sorter struct {
	all     *Everything
	account identity.Account
	columns map[string]inventory.Column
	// places are those of the columns in the schema.
	places map[string]int
}

func (s *sorter) add(r keeping.Record) {
	e := Entry{Record: r}
	group, rule := r.Table, ""
	for name, value := range r.Values {
		c, known := s.columns[r.Table+"."+name]
		if !known {
			c = inventory.Column{Table: r.Table, Name: name}
		}
		if c.Withheld != "" || isNothing(value) {
			continue
		}
		if r.Use != (keeping.Use{}) && c.Personal {
			c.Purpose, c.Ground, c.Rule = r.Use.Purpose, r.Use.Ground, r.Use.Rule
		}
		item := Item{Column: c, Item: name, Value: value}
		if g, n, ok := strings.Cut(c.Copy, "."); ok {
			group, item.Item = g, n
		}
		rule = cmp.Or(rule, c.Rule)
		e.Items = append(e.Items, item)
	}
	if len(e.Items) == 0 {
		return
	}
	slices.SortFunc(e.Items, func(a, b Item) int {
		return cmp.Compare(s.places[a.Table+"."+a.Name], s.places[b.Table+"."+b.Name])
	})
	if e.Ends.IsZero() {
		e.Ends = s.ends(r, rule)
	}
	i := slices.IndexFunc(s.all.Groups, func(g Group) bool { return g.Code == group })
	if i < 0 {
		s.all.Groups = append(s.all.Groups, Group{Code: group})
		i = len(s.all.Groups) - 1
	}
	s.all.Groups[i].Entries = append(s.all.Groups[i].Entries, e)
}

// ends is when a record goes whose keeper left that to its rule.
func (s *sorter) ends(r keeping.Record, kind string) time.Time {
	rule := s.all.RuleOf(kind)
	var began time.Time
	switch rule.Kind {
	case RuleKind:
		began = s.account.LoggedInAt
	case "session":
		began, _ = r.Values["ended_at"].(time.Time)
	case "mail":
		began, _ = r.Values["finished_at"].(time.Time)
	}
	return s.all.end(rule.Kind, began)
}

func isNothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
