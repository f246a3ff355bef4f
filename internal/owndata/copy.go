package owndata

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Copy returns everything that is kept of the person whose session s is, who was
// identified within identity.Fresh. A deletion that comes in between wins: then
// it is fault.ErrGone.
func (o *OwnData) Copy(ctx context.Context, s identity.Session, format string) (Everything, error) {
	if s.Kind != identity.KindPerson || !s.FreshAt(o.db.Now()) {
		return Everything{}, fmt.Errorf("copy without a fresh identification: %w", fault.ErrForbidden)
	}
	all, err := o.Everything(ctx, s.PersonID)
	if err != nil {
		return Everything{}, err
	}
	err = o.db.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := o.people.Account(ctx, tx, s.PersonID); err != nil {
			return fmt.Errorf("copy what has just been deleted: %w", fault.ErrGone)
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor: s.Actor(), Action: actionCopied, Subject: personRef(s.PersonID), Detail: map[string]any{"format": format},
		})
	})
	return all, err
}

// The copy as JSON. Its names are the ones that the columns' classes give.
type (
	copyFile struct {
		Service  string         `json:"service"`
		MadeAt   time.Time      `json:"made_at"`
		Ends     *time.Time     `json:"account_ends_at,omitempty"`
		Groups   []copyGroup    `json:"groups"`
		Looks    []copyLook     `json:"looks"`
		Columns  []copyColumn   `json:"what_the_values_are"`
		Withheld []copyWithheld `json:"not_in_this_copy"`
	}
	copyGroup struct {
		Group   string      `json:"group"`
		Entries []copyEntry `json:"entries"`
	}
	copyEntry struct {
		Table      string         `json:"table"`
		Row        string         `json:"row"`
		Source     string         `json:"source"`
		RecordedBy string         `json:"recorded_by"`
		RecordedAt *time.Time     `json:"recorded_at,omitempty"`
		EndsAt     *time.Time     `json:"ends_at,omitempty"`
		Rule       string         `json:"kept_by_rule,omitempty"`
		Values     map[string]any `json:"values"`
	}
	copyLook struct {
		At     time.Time `json:"at"`
		Groups []string  `json:"role"`
		Action string    `json:"action"`
		Reason string    `json:"reason"`
	}
	copyColumn struct {
		Group    string `json:"group"`
		Name     string `json:"name"`
		Category string `json:"category"`
		Purpose  string `json:"purpose"`
		Ground   string `json:"legal_ground"`
		Rule     string `json:"kept_by_rule"`
		Trigger  string `json:"kept_from,omitempty"`
		Period   string `json:"kept_for,omitempty"`
	}
	copyWithheld struct {
		Table  string `json:"table"`
		Column string `json:"column"`
		Reason string `json:"reason"`
	}
)

// JSON writes all as a file that a machine reads and a person can.
func (e *Everything) JSON() ([]byte, error) {
	f := copyFile{Service: "Työmarkkinatori", MadeAt: e.At, Ends: orNil(e.Ends), Looks: []copyLook{}}
	seen := map[copyColumn]bool{}
	for _, g := range e.Groups {
		group := copyGroup{Group: g.Code}
		for _, entry := range g.Entries {
			row := copyEntry{
				Table: entry.Table, Row: entry.Row, Source: entry.Source, RecordedBy: entry.By,
				RecordedAt: orNil(entry.At), EndsAt: orNil(entry.Ends), Values: map[string]any{},
			}
			for _, i := range entry.Items {
				row.Values[i.Item] = dayOrMoment(i.Value)
				row.Rule = cmp.Or(row.Rule, i.Rule)
				if c := e.column(g.Code, i); i.Personal && !seen[c] {
					seen[c] = true
					f.Columns = append(f.Columns, c)
				}
			}
			group.Entries = append(group.Entries, row)
		}
		f.Groups = append(f.Groups, group)
	}
	for _, l := range e.Looks {
		f.Looks = append(f.Looks, copyLook{l.At, l.Groups, l.Action, l.Reason})
	}
	for _, c := range e.Withheld {
		f.Withheld = append(f.Withheld, copyWithheld{c.Table, c.Name, c.Withheld})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("write a copy: %w", err)
	}
	return b.Bytes(), nil
}

func (e *Everything) column(group string, i Item) copyColumn {
	rule := e.RuleOf(i.Rule)
	c := copyColumn{
		Group: group, Name: i.Item, Category: i.Category, Purpose: i.Purpose, Ground: i.Ground,
		Rule: i.Rule, Trigger: rule.Trigger,
	}
	if !rule.Period.IsZero() {
		c.Period = rule.Period.String()
	}
	return c
}

// dayOrMoment writes a day, which has no time, without one.
func dayOrMoment(value any) any {
	if at, ok := value.(time.Time); ok && IsDay(at) {
		return at.Format(time.DateOnly)
	}
	return value
}

// IsDay tells whether a value stands for a day: the database gives one as its
// beginning in UTC.
func IsDay(at time.Time) bool {
	return at.Location() == time.UTC && at.Equal(at.Truncate(24*time.Hour))
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
