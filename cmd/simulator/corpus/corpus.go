// Package corpus makes up job postings as the TE system would hold them:
// realistic in trade, place, language, length and oddities, invented in every
// name, number and address. The same seed, index and time always give the same
// posting, whatever else was generated, so that a million can be walked through
// without holding them.
package corpus

import (
	"iter"
	"time"
)

// Text is a text in the languages a posting can have; a language that is not
// given is empty.
type Text struct{ Fi, Sv, En string }

// In returns the text in the language "fi", "sv" or "en", empty when missing.
func (t Text) In(lang string) string {
	switch lang {
	case "fi":
		return t.Fi
	case "sv":
		return t.Sv
	case "en":
		return t.En
	default:
		return ""
	}
}

// Set changes the text of one language.
func (t *Text) Set(lang, s string) {
	switch lang {
	case "fi":
		t.Fi = s
	case "sv":
		t.Sv = s
	case "en":
		t.En = s
	}
}

// Posting holds everything that either interface of the TE system can say
// about a posting, in neutral names. Codes are those of the v1 interface.
type Posting struct {
	Index    int
	ID       string
	Revision int
	// Oddity names what is wrong or unusual about the posting, see Oddities.
	Oddity string

	Languages []string
	Markdown  bool
	Created   time.Time
	Modified  time.Time
	Published time.Time
	// Expires is zero when applications are taken until the place is filled.
	Expires time.Time

	Employer Employer
	// Client is the principal of a recruiter, nil otherwise.
	Client *Client

	// Occupation is the main occupation's address, ISCO its four-digit group.
	Occupation  string
	ISCO        string
	Occupations []string
	Skills      []string

	Title, Summary, Description, Marketing Text

	Terms    Terms
	Hours    Hours
	Start    Start
	Pay      Pay
	Needs    Needs
	Location Location
	Apply    Apply
	Contacts []Contact
	Links    []Link
}

// Employer is who publishes the posting: an organisation ("01") or a household
// ("02").
type Employer struct {
	Kind       string
	BusinessID string
	Name       Text
	Office     string
	Reference  string
	Household  string
	// Industry is a five-digit TOL 2008 code.
	Industry string
	Homepage string
}

// Client is the organisation a recruiter works for.
type Client struct{ BusinessID, Name, Office, Industry string }

// Terms are the kind and length of the employment.
type Terms struct {
	// Relationship: 01 employment, 02 public service, 03 commission, 04
	// entrepreneurship.
	Relationship string
	// Continuity: 01 permanent, 02 fixed-term, 0201 seasonal, 0202 summer.
	Continuity                                         string
	EndsOn                                             string
	EndReason                                          Text
	Apprenticeship, Training, Agency, Recruited, Cover bool
	Franchise, OwnFunding                              bool
	FranchiseTerm, FundingInfo                         Text
}

// Hours are the working times.
type Hours struct {
	// WorkTime: 01 full time, 02 part time.
	WorkTime string
	// Period: 0201 hours a week, 0202 hours a month; empty when not told.
	Period   string
	Min, Max float64
	PartTime string
	Times    []string
	Shifts   []string
	OnCall   bool
	Travel   bool
}

// Start is when the work begins: 01 as soon as possible, 02 on the date On, 03
// by agreement.
type Start struct {
	Code, On string
	Info     Text
}

// Pay is the basis (01 to 07) and what is told about the pay.
type Pay struct {
	Basis string
	Info  Text
	Range string
}

// Needs are what the work requires of a person.
type Needs struct {
	WorkLanguages  []string
	Languages      []LanguageSkill
	Licences       []string
	LicenceInfo    Text
	Cards          []string
	CardInfo       Text
	Education      string
	CriminalRecord bool
}

// LanguageSkill is a required language with its level (A1 to C1, L1).
type LanguageSkill struct {
	Code, Level string
	Info        Text
}

// Location is where the work is done.
type Location struct {
	Municipalities, Regions, Countries []string
	Flexible                           bool
	Workplace                          Text
	Street, PostalCode, PostOffice     string
}

// Apply is how to apply.
type Apply struct {
	Positions int
	Help, URL Text
}

// Contact is an invented person to ask.
type Contact struct{ First, Last, Email, Phone string }

// Link is an address outside with its text.
type Link struct{ URL, Text string }

// Generate returns the postings 0 to n-1 as they stand at now.
func Generate(seed uint64, n int, now time.Time) []Posting {
	postings := make([]Posting, n)
	for i := range postings {
		postings[i] = At(seed, i, now)
	}
	return postings
}

// All walks through the postings 0 to n-1 without holding them.
func All(seed uint64, n int, now time.Time) iter.Seq[Posting] {
	return func(yield func(Posting) bool) {
		for i := range n {
			if !yield(At(seed, i, now)) {
				return
			}
		}
	}
}

// At returns posting number i as it stands at now: published before, open
// still. It may be called in any order and from many goroutines.
func At(seed uint64, i int, now time.Time) Posting {
	m := load()
	a := &author{
		m: m, now: now.UTC().Truncate(time.Second),
		d: dice{state: mix(seed, uint64(i))}, //nolint:gosec // an index is not negative
	}
	a.p.Index = i
	a.p.ID = ID(seed, i)
	a.choose()
	a.write()
	a.oddity()
	return a.p
}
