// Package tefeed reads job postings from the TE customer information system,
// over either of its interfaces: P67 (NDJSON, told by changes) and v1 (pages of
// everything).
package tefeed

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// Kind is an interface of the TE system.
type Kind string

// The interfaces.
const (
	KindP67 Kind = "p67"
	KindV1  Kind = "v1"
)

// Config says where and how to read. Zero limits get their defaults.
type Config struct {
	Kind Kind
	// URL is the whole address that is called.
	URL string
	// Key is the subscription key of P67.
	Key secret.String
	// TokenURL, ClientID, ClientSecret and Scope get the access tokens of v1.
	// Without TokenURL v1 is called without a token.
	TokenURL     string
	ClientID     string
	ClientSecret secret.String
	Scope        string
	// PageSize is how many postings v1 is asked for at a time: 100 to 500,
	// by default 500.
	PageSize int
	// ConnectTimeout ends an attempt to connect (5 s): the TE system drops what
	// comes from addresses that it has not opened. StallTimeout ends a wait for
	// the first or the next byte of an answer (60 s).
	ConnectTimeout, StallTimeout time.Duration
	// SnapshotEvery is how often P67 is read whole, to mend whatever the
	// changes left out (24 h).
	SnapshotEvery time.Duration
}

// Outcome says how a run ended. It is kept, logged and counted.
type Outcome string

// The outcomes of a run.
const (
	// OutcomeRead means that everything was read.
	OutcomeRead Outcome = "read"
	// OutcomePartly means that a part could not be read as JSON: the rest is
	// stored and the next run reads the same again.
	OutcomePartly Outcome = "partly_read"
	// OutcomeDoubted means that the snapshot lacked so many postings that none
	// were closed; if the next one lacks them too, it is believed.
	OutcomeDoubted Outcome = "doubted"
	// OutcomeWaiting means that the TE system was not called, as it had asked.
	OutcomeWaiting Outcome = "waiting"

	OutcomeUnreachable  Outcome = "unreachable"
	OutcomeUnauthorised Outcome = "unauthorised"
	OutcomeThrottled    Outcome = "throttled"
	OutcomeRefused      Outcome = "refused"
	OutcomeServerError  Outcome = "server_error"
	OutcomeRedirected   Outcome = "redirected"
	OutcomeStalled      Outcome = "stalled"
	OutcomeTruncated    Outcome = "truncated"
	OutcomeTooLarge     Outcome = "too_large"
	OutcomeBadAnswer    Outcome = "bad_answer"
	OutcomeStopped      Outcome = "stopped"
	OutcomeNotStored    Outcome = "not_stored"
)

// Report tells what a run did.
type Report struct {
	Outcome Outcome
	// Snapshot tells that everything was asked for and not only changes.
	Snapshot bool
	// Records counts what came, Rejected those that could not be used, Damaged
	// those among them that were no JSON at all.
	Records, Rejected, Damaged int
	// Stored counts what became of the others, and Closed the postings closed.
	Stored jobposting.Report
	Closed int
}

// Feed reads postings and stores them.
type Feed struct {
	cfg      Config
	postings *jobposting.Postings
	now      func() time.Time
	log      *slog.Logger
	client   *client
}

// New returns a feed that stores into postings. It fails if cfg makes no sense.
func New(cfg Config, postings *jobposting.Postings, now func() time.Time, log *slog.Logger) (*Feed, error) {
	if cfg.PageSize == 0 {
		cfg.PageSize = 500
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if cfg.StallTimeout == 0 {
		cfg.StallTimeout = time.Minute
	}
	if cfg.SnapshotEvery == 0 {
		cfg.SnapshotEvery = 24 * time.Hour
	}
	var errs []error
	if cfg.Kind != KindP67 && cfg.Kind != KindV1 {
		errs = append(errs, fmt.Errorf("unknown kind of TE feed %q", string(cfg.Kind)))
	}
	if !webAddress(cfg.URL) {
		errs = append(errs, errors.New("the address of the TE feed must be an http or https address"))
	}
	if cfg.TokenURL != "" && !webAddress(cfg.TokenURL) {
		errs = append(errs, errors.New("the token address of the TE feed must be an http or https address"))
	}
	if cfg.PageSize < 100 || cfg.PageSize > 500 {
		errs = append(errs, errors.New("the page size of the TE feed must be from 100 to 500"))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Feed{cfg: cfg, postings: postings, now: now, log: log, client: newClient(cfg, now)}, nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// runError is why a run ended early.
type runError struct {
	outcome Outcome
	// text is written for whoever reads the log; it holds nothing secret.
	text string
	// wait is how long the TE system asks not to be called, 0 if it does not.
	wait time.Duration
	err  error
}

// Error says what happened.
func (e *runError) Error() string {
	if e.err == nil {
		return e.text
	}
	return e.text + ": " + e.err.Error()
}

// Unwrap returns the cause.
func (e *runError) Unwrap() error { return e.err }

func outcomeOf(err error) (Outcome, time.Duration) {
	if run, ok := errors.AsType[*runError](err); ok {
		return run.outcome, run.wait
	}
	return OutcomeNotStored, 0
}
