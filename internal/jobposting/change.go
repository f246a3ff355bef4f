package jobposting

import "time"

// Change is one place in the gap-free sequence of changes. A change with a
// higher Seq was never committed before one with a lower Seq, so that whoever
// has read up to a place has missed nothing before it.
type Change struct {
	Seq       int64
	PostingID int64
	Kind      Kind
	// Revision is the posting's after the change; Material tells that this
	// change brought it about (a first appearance does).
	Revision   int
	Material   bool
	OccurredAt time.Time
}

// Incoming is a posting as a source sends it now. Strings must be valid UTF-8
// without NUL, as the database takes no other.
type Incoming struct {
	ExternalID string
	Content    Content
	People     People
	// CreatedAt, ModifiedAt and PublishedAt must be known; ExpiresAt is zero
	// for a posting without a deadline.
	CreatedAt, ModifiedAt, PublishedAt time.Time
	ExpiresAt                          time.Time
	// SourceHash, if any, is a hash of the record that this was read from, for
	// Known to find again.
	SourceHash []byte
}

// Known is a posting that is stored just as its source sends it.
type Known struct {
	ExternalID string
	ModifiedAt time.Time
}

// statusAt tells where a posting stands at a time by its own dates.
func (in *Incoming) statusAt(now time.Time) Status {
	switch {
	case !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now):
		return StatusClosed
	case in.PublishedAt.After(now):
		return StatusScheduled
	}
	return StatusOpen
}

// Report counts what Receive did.
type Report struct {
	// New, Changed, Reopened and Expired each took places in the sequence of
	// changes. Reopened postings were closed before; Expired ones arrived with
	// their deadline behind them.
	New, Changed, Reopened, Expired int
	// Unchanged were known as they are.
	Unchanged int
}

// Changes is how many places in the sequence of changes were taken.
func (r Report) Changes() int { return r.New + r.Changed + r.Reopened + r.Expired }

// Add adds the counts of another batch.
func (r *Report) Add(o Report) {
	r.New += o.New
	r.Changed += o.Changed
	r.Reopened += o.Reopened
	r.Expired += o.Expired
	r.Unchanged += o.Unchanged
}

// SweepReport counts what Sweep did.
type SweepReport struct{ Opened, Closed int }

// Card is the short form of a posting that lists show. It holds no personal
// data: a private employer has no name here.
type Card struct {
	ID                     int64
	Status                 Status
	PublishedAt, ExpiresAt time.Time // ExpiresAt is zero without a deadline
	CardContent
}

// CardContent is what a Card takes from the content of its posting.
type CardContent struct {
	Languages      []string  `json:"languages,omitempty"`
	EmployerType   string    `json:"employer_type,omitempty"`
	Employer       Localised `json:"employer,omitempty"`
	Title          Localised `json:"title,omitempty"`
	Positions      int       `json:"positions,omitempty"`
	Employment     string    `json:"employment,omitempty"`
	Continuity     []string  `json:"continuity,omitempty"`
	WorkTime       string    `json:"work_time,omitempty"`
	WorkLanguages  []string  `json:"work_languages,omitempty"`
	Countries      []string  `json:"countries,omitempty"`
	Regions        []string  `json:"regions,omitempty"`
	Municipalities []string  `json:"municipalities,omitempty"`
	Flexible       bool      `json:"flexible,omitempty"`
}

// Employer returns the name of the organisation that the work is for: the
// client's when the advertiser recruits for another, else the advertiser's. It
// is empty when the employer is a household.
func (c *Content) Employer() Localised {
	if len(c.Client.Name) > 0 {
		return c.Client.Name
	}
	return c.Advertiser.Name
}

func (c *Content) card() CardContent {
	return CardContent{
		Languages:      c.Languages,
		EmployerType:   c.EmployerType,
		Employer:       c.Employer(),
		Title:          c.Title,
		Positions:      c.Positions,
		Employment:     c.Employment.Type,
		Continuity:     c.Continuity,
		WorkTime:       c.WorkTime,
		WorkLanguages:  c.WorkLanguages,
		Countries:      c.Countries,
		Regions:        c.Regions,
		Municipalities: c.Municipalities,
		Flexible:       c.Flexible,
	}
}

// SitemapEntry is an open posting and when its page last changed.
type SitemapEntry struct {
	ID         int64
	ModifiedAt time.Time
}

// SitemapPart sums up the open postings whose IDs lie in one part of the range
// of IDs. Part n of a size holds the IDs from n*size+1 to (n+1)*size, so a
// posting never moves from one part to another.
type SitemapPart struct {
	Part       int64
	Count      int
	ModifiedAt time.Time
}

// Stats counts the postings.
type Stats struct {
	Scheduled, Open, Closed int
	// LastSeq is the last place given in the sequence of changes.
	LastSeq int64
}
