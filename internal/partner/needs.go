package partner

import (
	"slices"
	"time"
)

// NeedState says how far something is that joining needs.
type NeedState string

// A need is done, to be done now, to be done once the needs before it are, or it
// waits for somebody else.
const (
	NeedDone    NeedState = "done"
	NeedTodo    NeedState = "todo"
	NeedLater   NeedState = "later"
	NeedWaiting NeedState = "waiting"
)

// Who is the one that a need waits for.
type Who string

// Those that a need may wait for.
const (
	WhoApplicant Who = "applicant"
	WhoRegister  Who = "register"
	WhoOfficer   Who = "officer"
)

// The needs beside those for each part.
const (
	NeedLogIn        = "log_in"
	NeedOrganisation = "organisation"
	NeedTerms        = "terms"
	NeedSend         = "send"
	NeedDecision     = "decision"
)

// Need is one thing that joining takes.
type Need struct {
	// ID is one of the constants, or empty for a part.
	ID    string
	Part  Part
	State NeedState
	Who   Who
	// Until is the time by which it must be done, or is promised; zero for none.
	Until time.Time
	// Missing tells a part that was begun and has faults.
	Missing bool
}

// Standing is where a reader stands with joining.
type Standing struct {
	LoggedIn, Acting, TermsAccepted bool
	Draft                           Draft
	// Application is the newest of the organisation's to join, nil for none.
	Application *Application
	// Partner tells that the organisation is one now.
	Partner bool
	// RequestUntil is when the applicant must have answered, PromisedBy when an
	// officer will have; both may be zero.
	RequestUntil, PromisedBy time.Time
}

// Sent tells whether there is nothing to fill in.
func (s Standing) Sent() bool {
	return s.Partner || s.Application != nil && s.Application.Status.Open()
}

// Needs lists everything that joining takes and how far it is, from what is
// kept and nothing else.
func (s Standing) Needs(areas []ServiceArea) []Need {
	needs := []Need{{ID: NeedLogIn, Who: WhoApplicant}, {ID: NeedOrganisation, Who: WhoApplicant}, {ID: NeedTerms, Who: WhoApplicant}}
	done := []bool{s.LoggedIn, s.Acting, s.TermsAccepted || s.Sent()}
	whole := true
	for _, p := range Parts() {
		n := Need{Part: p, Who: WhoApplicant, Until: s.Draft.ExpiresAt}
		saved := s.Draft.Saved[p] > 0
		valid := s.Draft.Form.ValidatePart(p, areas) == nil
		n.Missing = saved && !valid
		whole = whole && saved && valid
		needs, done = append(needs, n), append(done, s.Sent() || saved && valid)
	}
	needs = append(needs, Need{ID: NeedSend, Who: WhoApplicant, Until: s.Draft.ExpiresAt}, s.decision())
	done = append(done, s.Sent())
	for i := range done {
		switch {
		case done[i]:
			needs[i].State, needs[i].Until = NeedDone, time.Time{}
		// Parts come in any order, sending comes after all of them.
		case needs[i].Part != "" && !slices.Contains(done[:3], false), !slices.Contains(done[:i], false):
			needs[i].State = NeedTodo
		default:
			needs[i].State = NeedLater
		}
	}
	return needs
}

// decision is the last need.
func (s Standing) decision() Need {
	n := Need{ID: NeedDecision, State: NeedLater, Who: WhoOfficer}
	switch {
	case s.Partner:
		n.State = NeedDone
	case s.Application == nil:
	case s.Application.Status == Submitted:
		n.State, n.Who = NeedWaiting, WhoRegister
	case s.Application.Status == InReview:
		n.State, n.Until = NeedWaiting, s.PromisedBy
	case s.Application.Status == Specify:
		n.State, n.Who, n.Until = NeedTodo, WhoApplicant, s.RequestUntil
	}
	return n
}
