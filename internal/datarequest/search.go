package datarequest

import (
	"context"
	"crypto/rand"
	"errors"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
)

// Found is a person whom a search has found.
type Found struct {
	Person   identity.Person
	Requests []Request
	// Restricted tells whether the use of the person's data is restricted.
	Restricted bool
}

// Search finds a person by their whole identity code, or by the whole identifier
// of a foreign identification. Only an officer of data protection who was
// identified a moment ago may, and says why. Each search counts as a look at one
// more person, whether or not it finds anybody, so that nobody can try codes one
// after the other; the person sees afterwards that there was one. Nobody found is
// fault.ErrNotFound.
func (r *Requests) Search(ctx context.Context, officer identity.Session, sought identity.Sought, why identity.Reason) (Found, error) {
	person, err := r.People.Search(ctx, officer, sought, why)
	if err != nil && !errors.Is(err, fault.ErrNotFound) {
		return Found{}, err
	}
	who := audit.Ref{Kind: "search", ID: rand.Text()}
	if person.ID != 0 {
		who = personRef(person.ID)
	}
	if err := r.Looks.Look(ctx, officer, string(why), who); err != nil {
		return Found{}, err
	}
	requests, listErr := selectOfPerson(ctx, r.DB, person.ID)
	if listErr != nil {
		return Found{}, listErr
	}
	if err != nil {
		return Found{}, err
	}
	f := Found{Person: WithoutContact(person)}
	for _, q := range requests {
		f.Requests = append(f.Requests, q.outline())
		f.Restricted = f.Restricted || q.Restricts()
	}
	return f, nil
}

// Beside returns what else there is of the person of q: whether the use of their
// data is restricted, and their other requests that wait.
func (r *Requests) Beside(ctx context.Context, q Request) (restricted bool, waiting []Request, err error) {
	all, err := selectOfPerson(ctx, r.DB, q.Person)
	if err != nil {
		return false, nil, err
	}
	for _, other := range all {
		restricted = restricted || other.Restricts()
		if other.ID != q.ID && other.State == Waiting {
			waiting = append(waiting, other.outline())
		}
	}
	return restricted, waiting, nil
}

// WithoutContact leaves out where a protected person can be found.
func WithoutContact(p identity.Person) identity.Person {
	if p.NonDisclosure {
		p.Country, p.Municipality, p.Phone, p.Email = "", "", "", ""
	}
	return p
}
