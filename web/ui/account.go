package ui

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"tyomarkkinatori.fi/portal/web/paths"
)

// Account is who is at the browser, as every page shows it. The zero value is
// nobody.
type Account struct {
	// Enter is the page that somebody who is not logged in goes to; the zero
	// pair leads nowhere.
	Enter paths.Pair
	// Name is empty for nobody.
	Name string
	// Front is the person's own first page.
	Front paths.Pair
	// Organisation is the one acted for, with its business ID; "" for none.
	Organisation string
	// Switch is the page on which to choose another organisation.
	Switch paths.Pair
	// Navigation holds the pages that are open to the person.
	Navigation []NavItem
	// LogOut takes the form whose hidden fields are LogOutFields.
	LogOut       paths.Pair
	LogOutFields templ.Component
	// EndsAt is when the session ends if nothing is done, EndsIn how long that is
	// from now.
	EndsAt time.Time
	EndsIn time.Duration
	// Final tells that nothing done makes the session last longer.
	Final bool
	// Extend is the address that makes it last longer.
	Extend string
}

// LoggedIn tells whether there is anybody.
func (a Account) LoggedIn() bool { return a.Name != "" }

// OwnFront is the path of the first page of whoever is logged in, "" for nobody.
func OwnFront(ctx context.Context) string {
	a := accountOf(ctx)
	if !a.LoggedIn() {
		return ""
	}
	return paths.To(ctx, a.Front)
}

func accountOf(ctx context.Context) Account {
	if f := siteOf(ctx).Account; f != nil {
		return f(ctx)
	}
	return Account{}
}
