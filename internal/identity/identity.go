// Package identity knows the persons who log in with strong identification:
// their identity codes, their sessions, and the groups of staff that they
// belong to.
package identity

import "strconv"

// PersonID names a person.
type PersonID int64

// String is the ID in decimals, for audit events and addresses.
func (id PersonID) String() string { return strconv.FormatInt(int64(id), 10) }

// Kind says what a session is for.
type Kind string

// A person session is for one's own matters and those of organisations; a staff
// session is for an officer's work. Neither opens the other's pages.
const (
	KindPerson Kind = "person"
	KindStaff  Kind = "staff"
)

// Group is a group of staff (virkailijaryhmä); it opens the pages of one task.
type Group string

// The groups.
const (
	GroupApplications   Group = "applications"
	GroupSupervision    Group = "supervision"
	GroupContent        Group = "content"
	GroupAppeals        Group = "appeals"
	GroupDataProtection Group = "data_protection"
	GroupInterfaces     Group = "interfaces"
	GroupAudit          Group = "audit"
	// GroupMain (pääkäyttäjä) maintains the staff register.
	GroupMain Group = "main"
)

// Groups lists every group in the order in which they are shown.
func Groups() []Group {
	return []Group{
		GroupApplications, GroupSupervision, GroupContent, GroupAppeals,
		GroupDataProtection, GroupInterfaces, GroupAudit, GroupMain,
	}
}
