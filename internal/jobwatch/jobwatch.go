// Package jobwatch is the job watch (työpaikkavahti, platsvakten): whoever
// orders one gets mails of new postings that match a search, each match once
// and in time, without logging in. What is kept of a person is the address, the
// acceptance of the terms and the search; all of it goes when the watch ends.
package jobwatch

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobwatch/matcher"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/secret"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// State is where a watch stands. One that has ended is not there any more.
type State string

// The states: ordered and not confirmed; in force; in force and silent until a
// date; stopped because the mail server refused the address for good.
const (
	Pending   State = "pending"
	Active    State = "active"
	Paused    State = "paused"
	Suspended State = "suspended"
)

// Rhythm is how often mails come.
type Rhythm string

// The rhythms. Daily and weekly mails come at 8 in the morning in Finland,
// weekly ones on the day of the week on which the watch was ordered.
const (
	AtOnce Rhythm = "at_once"
	Daily  Rhythm = "daily"
	Weekly Rhythm = "weekly"
)

// Rhythms lists them in the order in which they are offered.
func Rhythms() []Rhythm { return []Rhythm{AtOnce, Daily, Weekly} }

// DefaultCap is how many mails a day AtOnce sends unless told otherwise, and
// MaxCap the most that can be asked for. What comes after waits for the next
// morning.
const (
	DefaultCap = 5
	MaxCap     = 20
)

// Schedule says when mails come. Cap counts for AtOnce only, and is DefaultCap
// when it is 0.
type Schedule struct {
	Rhythm Rhythm
	Cap    int
}

func (s Schedule) tidied() Schedule {
	if s.Cap == 0 || s.Rhythm != AtOnce {
		s.Cap = DefaultCap
	}
	return s
}

func (s Schedule) check(check *fault.Checker) {
	check.Check(slices.Contains(Rhythms(), s.Rhythm), "rhythm", "watches.rhythm.missing")
	check.Check(s.Cap >= 1 && s.Cap <= MaxCap, "cap", "watches.cap.wrong")
}

// Subscription is a watch as its subscriber sees it.
type Subscription struct {
	ID       int64
	State    State
	Address  string
	Language i18n.Lang
	Schedule Schedule
	// Weekday is the day of weekly mails.
	Weekday time.Weekday
	// Criteria are what is watched. They are empty and Unreadable is set when
	// the service has changed so that they cannot be understood any more.
	Criteria   search.Criteria
	Unreadable bool
	// TermsVersion and TermsHash tell which terms were accepted.
	TermsVersion int
	TermsHash    string
	CreatedAt    time.Time
	// ConfirmedAt is zero while the watch is pending.
	ConfirmedAt time.Time
	// EndsAt is when the watch is deleted.
	EndsAt time.Time
	// NextAt is when the next mail can come; it is zero when one comes as soon
	// as there is something to tell.
	NextAt time.Time
	// PausedUntil and SuspendedAt are zero unless the State says so.
	PausedUntil, SuspendedAt time.Time

	searchID          int64
	seed              []byte
	startSeq, doneSeq int64
	regularAt         time.Time
	pausedAt          time.Time
}

// Deps are what Watches stand on.
type Deps struct {
	DB *postgres.DB
	// Keys make the tokens of links; every process must have the same.
	Keys *secret.Keyring
	// Analyser and Searcher must be those of the search page.
	Analyser *search.Analyser
	Searcher search.Searcher
	Terms    *terms.Terms
	// Link returns the path of the page that a token opens.
	Link func(purpose Purpose, lang i18n.Lang, token string) string
	// Gone notes in a transaction that the watch with key ends at its subscriber's
	// wish, so that no restore from backup brings it back: see EndAgain.
	Gone func(ctx context.Context, tx *postgres.Tx, key string) error
}

// Watches takes orders, matches postings, and makes the mails.
type Watches struct {
	db       *postgres.DB
	keys     *secret.Keyring
	analyser *search.Analyser
	searcher search.Searcher
	terms    *terms.Terms
	link     func(purpose Purpose, lang i18n.Lang, token string) string
	gone     func(ctx context.Context, tx *postgres.Tx, key string) error

	// ConfirmationsPerMinute is the most confirmations that are put out in a
	// minute; more are delayed and not lost.
	ConfirmationsPerMinute int

	digesting sync.Mutex
	matching  sync.Mutex
	set       *matcher.Set
	known     int64   // the newest search that set has seen
	faulty    []int64 // searches that are still to be marked as not understood
}

// New returns the watches kept in the database.
func New(d Deps) *Watches {
	return &Watches{
		db: d.DB, keys: d.Keys, analyser: d.Analyser, searcher: d.Searcher, terms: d.Terms, link: d.Link, gone: d.Gone,
		ConfirmationsPerMinute: 60,
	}
}

const sqlLockCursor = `
SELECT seq
  FROM job_watch_cursor
   FOR UPDATE`

// lockCursor returns the place in the change sequence up to which postings have
// been matched, and keeps it there until tx ends. Whatever changes which
// searches there are does so under this lock, so that no window of changes is
// matched against the searches of before. It is taken before the lock of any
// watch.
func lockCursor(ctx context.Context, tx *postgres.Tx) (int64, error) {
	var seq int64
	if err := tx.QueryRow(ctx, sqlLockCursor).Scan(&seq); err != nil {
		return 0, fmt.Errorf("lock the cursor of job watches: %w", err)
	}
	return seq, nil
}

func newSeed() []byte {
	seed := make([]byte, 16)
	_, _ = rand.Read(seed) // never fails
	return seed
}
