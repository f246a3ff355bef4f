package jobposting

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// arrival is an incoming posting made ready to be compared and stored.
type arrival struct {
	Incoming

	content, card []byte
	people        []byte // nil when there are none
	hash          []byte
}

// hashed is everything whose difference counts as a change. The source's
// modification time is left out: a source may touch a record and change
// nothing in it.
type hashed struct {
	Content     Content
	People      People
	CreatedAt   time.Time
	PublishedAt time.Time
	ExpiresAt   time.Time
}

// arrivals prepares a batch. Of several records with one ID the last counts;
// the order by ID makes writers that meet take their locks in the same order.
func arrivals(batch []Incoming) ([]*arrival, error) {
	byID := make(map[string]*arrival, len(batch))
	for _, in := range batch {
		in.CreatedAt = storable(in.CreatedAt)
		in.ModifiedAt = storable(in.ModifiedAt)
		in.PublishedAt = storable(in.PublishedAt)
		in.ExpiresAt = storable(in.ExpiresAt)
		byID[in.ExternalID] = &arrival{Incoming: in}
	}
	list := make([]*arrival, 0, len(byID))
	for _, a := range byID {
		if err := a.encode(); err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *arrival) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	return list, nil
}

// storable gives a time the precision that Postgres keeps, so that one read
// back equals the one sent again.
func storable(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func (a *arrival) encode() error {
	var err error
	if a.content, err = json.Marshal(a.Content); err != nil {
		return fmt.Errorf("encode posting content: %w", err)
	}
	if a.card, err = json.Marshal(a.Content.card()); err != nil {
		return fmt.Errorf("encode posting card: %w", err)
	}
	if a.People.Household != "" || len(a.People.Contacts) > 0 {
		if a.people, err = json.Marshal(a.People); err != nil {
			return fmt.Errorf("encode posting people: %w", err)
		}
	}
	all, err := json.Marshal(hashed{a.Content, a.People, a.CreatedAt, a.PublishedAt, a.ExpiresAt})
	if err != nil {
		return fmt.Errorf("encode posting for its hash: %w", err)
	}
	sum := sha256.Sum256(all)
	a.hash = sum[:16]
	return nil
}

// material is what a reader must be told of when it changes.
type material struct {
	ExpiresAt time.Time

	Title Localised `json:",omitempty"`

	Countries      []string  `json:",omitempty"`
	Regions        []string  `json:",omitempty"`
	Municipalities []string  `json:",omitempty"`
	Flexible       bool      `json:",omitempty"`
	Workplace      Workplace `json:",omitzero"`

	WageBasis string    `json:",omitempty"`
	WageInfo  Localised `json:",omitempty"`
	WageRange string    `json:",omitempty"`
}

func materialOf(c *Content, expiresAt time.Time) ([]byte, error) {
	// The encoding makes nil and empty the same, as storing does.
	b, err := json.Marshal(material{
		ExpiresAt:      expiresAt.UTC(),
		Title:          c.Title,
		Countries:      c.Countries,
		Regions:        c.Regions,
		Municipalities: c.Municipalities,
		Flexible:       c.Flexible,
		Workplace:      c.Workplace,
		WageBasis:      c.WageBasis,
		WageInfo:       c.WageInfo,
		WageRange:      c.WageRange,
	})
	if err != nil {
		return nil, fmt.Errorf("encode the material part of a posting: %w", err)
	}
	return b, nil
}

func materiallyDiffer(old *stored, a *arrival) (bool, error) {
	before, err := materialOf(&old.Content, old.ExpiresAt)
	if err != nil {
		return false, err
	}
	after, err := materialOf(&a.Content, a.ExpiresAt)
	if err != nil {
		return false, err
	}
	return !bytes.Equal(before, after), nil
}

// posting is the row that storing a makes, over old if there is one.
func (a *arrival) posting(source Source, old *stored, now time.Time) (write, error) {
	w := write{arrival: a, Posting: Posting{
		Source:      source,
		ExternalID:  a.ExternalID,
		Status:      a.statusAt(now),
		Revision:    1,
		Content:     a.Content,
		People:      a.People,
		CreatedAt:   a.CreatedAt,
		ModifiedAt:  a.ModifiedAt,
		PublishedAt: a.PublishedAt,
		ExpiresAt:   a.ExpiresAt,
		ChangedAt:   now,
	}, material: true}
	var from Status
	if old != nil {
		from = old.Status
		differ, err := materiallyDiffer(old, a)
		if err != nil {
			return write{}, err
		}
		w.ID, w.Revision, w.material = old.ID, old.Revision, differ
		if differ {
			w.Revision++
		}
	}
	if w.Status == StatusClosed {
		w.CloseReason, w.ClosedAt, w.People = ClosedExpired, now, People{}
	}
	if !from.CanBecome(w.Status) {
		return write{}, fmt.Errorf("posting %d cannot go from %q to %q", w.ID, from, w.Status)
	}
	w.kind = kindOf(from, w.Status)
	return w, nil
}

// write is a posting about to be stored.
type write struct {
	Posting

	arrival  *arrival
	kind     Kind
	material bool
}
