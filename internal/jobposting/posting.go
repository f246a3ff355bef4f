// Package jobposting holds job postings from every source: their content, their
// life from publishing to closing, and the one gap-free sequence of changes
// that search, feeds and job watches follow.
package jobposting

import (
	"slices"
	"time"
)

// Source names where a posting comes from.
type Source string

// SourceTE is the TE customer information system's feed.
const SourceTE Source = "te"

// Status is where a posting stands.
type Status string

// The statuses of a posting. A scheduled posting is known and not yet public;
// a closed one never opens again unless its source publishes it anew.
const (
	StatusScheduled Status = "scheduled"
	StatusOpen      Status = "open"
	StatusClosed    Status = "closed"
)

// transitions lists where a posting may go from each status. One that is not
// known yet has none. Staying put is how content changes.
//
//nolint:gochecknoglobals // a constant table
var transitions = map[Status][]Status{
	"":              {StatusScheduled, StatusOpen, StatusClosed},
	StatusScheduled: {StatusScheduled, StatusOpen, StatusClosed},
	StatusOpen:      {StatusScheduled, StatusOpen, StatusClosed},
	StatusClosed:    {StatusScheduled, StatusOpen},
}

// CanBecome reports whether a posting may go from status s to status to. The
// empty status is that of a posting not known yet.
func (s Status) CanBecome(to Status) bool { return slices.Contains(transitions[s], to) }

// Kind is what a change did to a posting, as those who follow the sequence of
// changes see it.
type Kind string

// The kinds of change. Scheduled means known and not (or no longer) public;
// published means public from now on, be it for the first time or anew.
const (
	KindScheduled Kind = "scheduled"
	KindPublished Kind = "published"
	KindChanged   Kind = "changed"
	KindClosed    Kind = "closed"
)

func kindOf(from, to Status) Kind {
	switch to {
	case StatusScheduled:
		return KindScheduled
	case StatusClosed:
		return KindClosed
	case StatusOpen:
		if from == StatusOpen {
			return KindChanged
		}
	}
	return KindPublished
}

// CloseReason says why a posting closed; empty while it has not.
type CloseReason string

// The reasons: told archived by the source, past its deadline, or gone from the
// source without a word.
const (
	ClosedArchived CloseReason = "archived"
	ClosedExpired  CloseReason = "expired"
	ClosedRemoved  CloseReason = "removed"
)

// Posting is a job posting (työpaikkailmoitus) as it is kept.
type Posting struct {
	ID         int64
	Source     Source
	ExternalID string
	Status     Status
	// CloseReason is empty unless Status is StatusClosed.
	CloseReason CloseReason
	// Revision counts the material changes (deadline, place, pay, title) from 1.
	Revision int
	Content  Content
	// People holds what identifies persons; it is erased when the posting
	// closes.
	People People
	// CreatedAt, ModifiedAt and PublishedAt are the source's own times.
	CreatedAt, ModifiedAt, PublishedAt time.Time
	// ExpiresAt is the application deadline; zero when the posting has none.
	ExpiresAt time.Time
	// ClosedAt is zero while the posting is not closed.
	ClosedAt time.Time
	// ChangedAt is when the portal last stored a change, Seq its place in the
	// change sequence.
	ChangedAt time.Time
	Seq       int64
}

// Localised is a text by language code ("fi", "sv", "en", ...). Languages
// without text are absent.
type Localised map[string]string

// In returns the text in lang, or in the first language that has one, and the
// language that it is in. It returns "" and lang when there is no text.
func (l Localised) In(lang string) (text, in string) {
	for _, in := range [...]string{lang, "fi", "sv", "en"} {
		if text := l[in]; text != "" {
			return text, in
		}
	}
	first := ""
	for in, text := range l {
		if text != "" && (first == "" || in < first) {
			first = in
		}
	}
	if first == "" {
		return "", lang
	}
	return l[first], first
}

// Content is what a posting says, save who the people in it are. Codes are
// those of the TE system's interfaces, in package reference's lists; unknown
// ones are kept as they came. Empty and zero mean that the source is silent.
type Content struct {
	Languages []string `json:"languages,omitempty"`
	// Markdown tells that the descriptions are markdown and not plain text.
	Markdown bool `json:"markdown,omitempty"`
	// EmployerType is "01" for an organisation and "02" for a household.
	EmployerType string `json:"employer_type,omitempty"`
	// Advertiser is the organisation that published the posting (owner in the
	// TE system); Client the one it recruits for, when it is another.
	Advertiser Organisation `json:"advertiser,omitzero"`
	Client     Organisation `json:"client,omitzero"`
	Homepage   string       `json:"homepage,omitempty"`

	Title       Localised `json:"title,omitempty"`
	Summary     Localised `json:"summary,omitempty"`
	Description Localised `json:"description,omitempty"`
	Marketing   Localised `json:"marketing,omitempty"`
	// Positions is how many people are wanted, at least 1.
	Positions int `json:"positions,omitempty"`

	Employment Employment `json:"employment,omitzero"`
	// Continuity holds codes of reference.Continuity.
	Continuity      []string  `json:"continuity,omitempty"`
	EndsOn          string    `json:"ends_on,omitempty"` // ISO date
	FixedTermReason Localised `json:"fixed_term_reason,omitempty"`
	WorkTime        string    `json:"work_time,omitempty"`
	PartTimeInfo    Localised `json:"part_time_info,omitempty"`
	// HoursPeriod tells what HoursMin and HoursMax count: a week or a month.
	HoursPeriod string    `json:"hours_period,omitempty"`
	HoursMin    float64   `json:"hours_min,omitempty"`
	HoursMax    float64   `json:"hours_max,omitempty"`
	WorkHours   []string  `json:"work_hours,omitempty"`
	Shifts      []string  `json:"shifts,omitempty"`
	OnCall      bool      `json:"on_call,omitempty"`
	Travel      bool      `json:"travel,omitempty"`
	Start       string    `json:"start,omitempty"`
	StartsOn    string    `json:"starts_on,omitempty"` // ISO date
	StartInfo   Localised `json:"start_info,omitempty"`
	WageBasis   string    `json:"wage_basis,omitempty"`
	WageInfo    Localised `json:"wage_info,omitempty"`
	WageRange   string    `json:"wage_range,omitempty"`

	// Occupations and Skills are concept URIs, the main occupation first.
	Occupations    []string        `json:"occupations,omitempty"`
	Skills         []string        `json:"skills,omitempty"`
	WorkLanguages  []string        `json:"work_languages,omitempty"`
	LanguageSkills []LanguageSkill `json:"language_skills,omitempty"`
	Licences       []string        `json:"licences,omitempty"`
	LicenceInfo    Localised       `json:"licence_info,omitempty"`
	Cards          []string        `json:"cards,omitempty"`
	CardInfo       Localised       `json:"card_info,omitempty"`
	Education      string          `json:"education,omitempty"`
	// CriminalRecord tells that an extract from the criminal record is asked
	// for (Act 504/2002, work with children).
	CriminalRecord bool `json:"criminal_record,omitempty"`

	Countries      []string `json:"countries,omitempty"`
	Regions        []string `json:"regions,omitempty"`
	Municipalities []string `json:"municipalities,omitempty"`
	// Flexible tells that the work can be done anywhere.
	Flexible  bool      `json:"flexible,omitempty"`
	Workplace Workplace `json:"workplace,omitzero"`

	// ApplyURL is where one applies; ApplyElsewhere tells that it leads to a
	// form outside the TE system.
	ApplyURL       Localised `json:"apply_url,omitempty"`
	ApplyElsewhere bool      `json:"apply_elsewhere,omitempty"`
	ApplyInfo      Localised `json:"apply_info,omitempty"`
	Links          []Link    `json:"links,omitempty"`
}

// Organisation is an employer or a recruiter.
type Organisation struct {
	BusinessID string    `json:"business_id,omitempty"`
	Name       Localised `json:"name,omitempty"`
	Office     string    `json:"office,omitempty"`
	Reference  string    `json:"reference,omitempty"`
	Industry   string    `json:"industry,omitempty"`
}

// Employment is the kind of employment relationship and what only some kinds
// have.
type Employment struct {
	Type              string    `json:"type,omitempty"` // reference.Employment
	Apprenticeship    bool      `json:"apprenticeship,omitempty"`
	Internship        bool      `json:"internship,omitempty"`
	AgencyWork        bool      `json:"agency_work,omitempty"`
	AgencyClient      string    `json:"agency_client,omitempty"`
	Recruitment       bool      `json:"recruitment,omitempty"`
	RecruitmentClient string    `json:"recruitment_client,omitempty"`
	AlternationLeave  bool      `json:"alternation_leave,omitempty"`
	Franchising       bool      `json:"franchising,omitempty"`
	FranchisingTerm   Localised `json:"franchising_term,omitempty"`
	OwnCapital        bool      `json:"own_capital,omitempty"`
	OwnCapitalInfo    Localised `json:"own_capital_info,omitempty"`
}

// LanguageSkill is a language that the applicant must know. Level is a code of
// reference.LanguageLevel.
type LanguageSkill struct {
	Code  string    `json:"code"`
	Level string    `json:"level,omitempty"`
	Info  Localised `json:"info,omitempty"`
}

// Workplace is where the work is done.
type Workplace struct {
	Name       Localised `json:"name,omitempty"`
	Address    string    `json:"address,omitempty"`
	PostalCode string    `json:"postal_code,omitempty"`
	PostOffice string    `json:"post_office,omitempty"`
}

// Link is a further address that the posting gives.
type Link struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
}

// People holds what a posting says of persons.
type People struct {
	// Household is the name of a private employer.
	Household string    `json:"household,omitempty"`
	Contacts  []Contact `json:"contacts,omitempty"`
}

// Contact is a person or desk to ask.
type Contact struct {
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Email     string `json:"email,omitempty"`
	Phone     string `json:"phone,omitempty"`
}
