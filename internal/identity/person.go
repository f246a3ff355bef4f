package identity

import (
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// Person is somebody who has logged in, or whom the staff register expects.
type Person struct {
	ID PersonID
	// FirstNames are all of them; CallName is the one in use and may be empty.
	FirstNames, CallName, FamilyName string
	// BirthDate is zero when it is not known.
	BirthDate time.Time
	// MaskedCode is the identity code with its end hidden, "" for people who
	// have none.
	MaskedCode string
	// Country and Municipality are empty under a protection order.
	Country, Municipality string
	NonDisclosure         bool
	// Source told names, birth date and residence, last at SourcedAt.
	Source    Source
	SourcedAt time.Time
	// Email and Phone are what the person told; they may be empty.
	Email, Phone string
	Language     i18n.Lang
	CreatedAt    time.Time
	// LoggedInAt is the newest log-in, zero for none yet.
	LoggedInAt time.Time
	Blocked    bool
}

// Source says where what is known of a person comes from.
type Source string

// The sources. What the staff register says stands until the first log-in.
const (
	SourceIdentification Source = "identification"
	SourceStaffRegister  Source = "staff_register"
)

// Name is the call name, or the first names, and the family name.
func (p Person) Name() string { return fullName(p.FirstNames, p.CallName, p.FamilyName) }

func fullName(firstNames, callName, familyName string) string {
	if callName == "" {
		callName = firstNames
	}
	return strings.TrimSpace(callName + " " + familyName)
}

// Reason says why an officer looks for a person.
type Reason string

// The reasons.
const (
	// ReasonDataRequest: the person asked for their data or its correction.
	ReasonDataRequest Reason = "data_request"
	// ReasonIdentity: it must be made sure who the person is.
	ReasonIdentity Reason = "identity"
	// ReasonAuthority: an authority that may know asked.
	ReasonAuthority Reason = "authority"
	// ReasonFault: a fault or a misuse is being looked into.
	ReasonFault Reason = "fault"
)

// Reasons lists them in the order in which they are offered.
func Reasons() []Reason {
	return []Reason{ReasonDataRequest, ReasonIdentity, ReasonAuthority, ReasonFault}
}
