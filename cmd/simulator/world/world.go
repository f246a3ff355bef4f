// Package world is the invented population of the simulators: people with
// artificial identity codes, organisations, and who may act for which. The
// identification, e-Authorizations and the business register that are simulated
// all tell of the same world.
package world

import (
	"fmt"
	"slices"
)

// Person is somebody who can identify strongly.
type Person struct {
	// Key names the person in tests and controls.
	Key string
	// Code is the Finnish identity code, NNN 900 to 999; people from abroad
	// have none but a ForeignID as eIDAS writes it.
	Code, ForeignID string
	// CallName may be empty.
	FirstNames, CallName, FamilyName string
	// BirthDate is written 1994-05-01.
	BirthDate string
	// Municipality is a code of Statistics Finland. A real provider does not
	// tell it of somebody with a protection order, a careless one does.
	Municipality string
	// NonDisclosure is the protection order (turvakielto).
	NonDisclosure bool
	// Note says what the person is good for, for the person picker.
	Note string
}

// Name is how the person is addressed.
func (p Person) Name() string {
	first := p.CallName
	if first == "" {
		first = p.FirstNames
	}
	return first + " " + p.FamilyName
}

// The situations that the business register knows, as PRH writes them.
const (
	Reorganisation = "SANE"
	Liquidation    = "SELTILA"
	Bankruptcy     = "KONK"
)

// Address is where an organisation is.
type Address struct {
	Street, Number, PostCode     string
	CityFi, CitySv, Municipality string
}

// Organisation is an organisation with a valid business ID.
type Organisation struct {
	Key        string
	BusinessID string
	Name       string
	// SwedishName is a parallel name, empty for most.
	SwedishName string
	// FormerNames are names that ended.
	FormerNames []string
	// Form is PRH's code, such as OY; empty for those outside its registers.
	Form string
	// Situation is empty for a sound one.
	Situation string
	Ceased    bool
	// Unregistered organisations have mandates but are not in the business
	// register.
	Unregistered bool
	// RegisteredOn is written 2019-04-01.
	RegisteredOn string
	Address      Address
}

// Right says in what roles a person may act for an organisation.
type Right struct {
	// Person and Organisation are keys.
	Person, Organisation string
	// Roles are those of the trade register and URIs of mandates.
	Roles []string
	// Incomplete rights are told with complete false: a source did not answer.
	Incomplete bool
}

// World is all of it. It does not change: a simulator that lets things change
// takes a Clone.
type World struct {
	People        []Person
	Organisations []Organisation
	Rights        []Right
}

// Clone returns a copy that may be changed.
func (w *World) Clone() *World {
	c := &World{People: slices.Clone(w.People), Organisations: slices.Clone(w.Organisations), Rights: slices.Clone(w.Rights)}
	for i := range c.Rights {
		c.Rights[i].Roles = slices.Clone(c.Rights[i].Roles)
	}
	return c
}

// Person returns the person called key; it panics when there is none.
func (w *World) Person(key string) Person {
	for _, p := range w.People {
		if p.Key == key {
			return p
		}
	}
	panic(fmt.Sprintf("no person %q in the world", key))
}

// ByCode returns the person with an identity code.
func (w *World) ByCode(code string) (Person, bool) {
	for _, p := range w.People {
		if code != "" && p.Code == code {
			return p, true
		}
	}
	return Person{}, false
}

// Organisation returns the organisation called key; it panics when there is
// none.
func (w *World) Organisation(key string) Organisation {
	for _, o := range w.Organisations {
		if o.Key == key {
			return o
		}
	}
	panic(fmt.Sprintf("no organisation %q in the world", key))
}

// ByBusinessID returns the organisation with a business ID.
func (w *World) ByBusinessID(id string) (Organisation, bool) {
	for _, o := range w.Organisations {
		if o.BusinessID == id {
			return o, true
		}
	}
	return Organisation{}, false
}

// RightsOf returns the rights of the person called key.
func (w *World) RightsOf(key string) []Right {
	var all []Right
	for _, r := range w.Rights {
		if r.Person == key {
			all = append(all, r)
		}
	}
	return all
}

const checkCharacters = "0123456789ABCDEFHJKLMNPRSTUVWXY"

// Crowd makes n people for load, each with a code of its own: n is at most
// 250,000. They have no rights.
func Crowd(n int) []Person {
	people := make([]Person, n)
	for i := range people {
		number := 900 + i%100
		day := i / 100
		d, m, y := day%28+1, day/28%12+1, 60+day/336%8
		digits := fmt.Sprintf("%02d%02d%02d", d, m, y)
		var sum int
		for _, c := range fmt.Sprintf("%s%03d", digits, number) {
			sum = (sum*10 + int(c-'0')) % len(checkCharacters)
		}
		people[i] = Person{
			Key:        fmt.Sprintf("crowd-%d", i),
			Code:       fmt.Sprintf("%s-%03d%c", digits, number, checkCharacters[sum]),
			FirstNames: fmt.Sprintf("Väki %d", i), FamilyName: "Joukkonen",
			BirthDate: fmt.Sprintf("19%02d-%02d-%02d", y, m, d), Municipality: "091",
		}
	}
	return people
}
