// Package organisation knows organisations by their business ID and what the
// business register tells of them. What the register tells is fetched by a task
// and kept for a day; no page ever waits for it.
package organisation

import (
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Organisation is what the business register told of an organisation.
type Organisation struct {
	BusinessID BusinessID `json:"business_id"`
	// Name is the registered name in use.
	Name string `json:"name"`
	// ParallelNames are the registered name in other languages.
	ParallelNames []string `json:"parallel_names,omitempty"`
	// Form is the register's code, such as OY; FormNames says it in words.
	Form      string               `json:"form,omitempty"`
	FormNames map[i18n.Lang]string `json:"form_names,omitempty"`
	// The situations in force. Ceased is an organisation whose business has
	// ended for good.
	Reorganisation bool `json:"reorganisation,omitempty"`
	Liquidation    bool `json:"liquidation,omitempty"`
	Bankruptcy     bool `json:"bankruptcy,omitempty"`
	Ceased         bool `json:"ceased,omitempty"`
	// TradeRegisterStatus (REK_KDI) and Status (STATUS3) are the register's
	// codes as they came.
	TradeRegisterStatus string    `json:"trade_register_status,omitempty"`
	Status              string    `json:"status,omitempty"`
	Addresses           []Address `json:"addresses,omitempty"`
	Website             string    `json:"website,omitempty"`
	// RegisteredOn is zero when the register does not tell it.
	RegisteredOn time.Time `json:"registered_on,omitzero"`
	// FetchedAt is when the register was asked.
	FetchedAt time.Time `json:"fetched_at"`
}

// AddressKind says what an address is for.
type AddressKind string

// The kinds of addresses.
const (
	AddressVisiting AddressKind = "visiting"
	AddressPostal   AddressKind = "postal"
)

// Address is an address in the business register.
type Address struct {
	Kind AddressKind `json:"kind"`
	// Lines stand above the post code: care of, street or box.
	Lines    []string             `json:"lines,omitempty"`
	PostCode string               `json:"post_code,omitempty"`
	City     map[i18n.Lang]string `json:"city,omitempty"`
	// Municipality is a code of Statistics Finland, Country one of ISO 3166;
	// both may be empty.
	Municipality string `json:"municipality,omitempty"`
	Country      string `json:"country,omitempty"`
}

// Called tells whether the register knows the organisation by name, as its name or
// a parallel one.
func (o Organisation) Called(name string) bool {
	return slices.ContainsFunc(append([]string{o.Name}, o.ParallelNames...), func(known string) bool { return strings.EqualFold(known, name) })
}

// Sound tells whether the organisation is in business and neither bankrupt nor
// in liquidation. Reorganisation does not end a business.
func (o Organisation) Sound() bool { return !o.Ceased && !o.Bankruptcy && !o.Liquidation }

// Address returns the address of a kind, the zero value when there is none.
func (o Organisation) Address(kind AddressKind) Address {
	i := slices.IndexFunc(o.Addresses, func(a Address) bool { return a.Kind == kind })
	if i < 0 {
		return Address{}
	}
	return o.Addresses[i]
}

// Situation names the gravest situation in force: bankruptcy, liquidation, ceased,
// reorganisation or active.
func (o Organisation) Situation() string {
	switch {
	case o.Bankruptcy:
		return "bankruptcy"
	case o.Liquidation:
		return "liquidation"
	case o.Ceased:
		return "ceased"
	case o.Reorganisation:
		return "reorganisation"
	}
	return "active"
}
