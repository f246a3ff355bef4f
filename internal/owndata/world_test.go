package owndata_test

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/consent"
	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/store"
	"tyomarkkinatori.fi/portal/internal/secret"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/internal/viewing"
)

// world is own data with every keeper that there is, and retention with every
// purge, as the portal has them.
type world struct {
	*owndata.OwnData

	db      *postgres.DB
	people  *identity.People
	journal string
	// packages is where organisations' data goes for the archive.
	packages string

	retention *retention.Retention
	watches   *jobwatch.Watches
	drafts    *partner.Drafts
	profiles  *profile.Profiles
	postings  *jobposting.Postings
	terms     *terms.Terms
	mandates  *mandate.Mandates
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	return openWorld(tb, pgtest.New(tb), filepath.Join(tb.TempDir(), "erasures"))
}

func openWorld(tb testing.TB, db *postgres.DB, journalPath string) *world {
	tb.Helper()
	if _, err := terms.Seed(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	journal, err := owndata.NewJournal(journalPath)
	if err != nil {
		tb.Fatal(err)
	}
	keys := identitytest.Keyring(tb)
	w := &world{
		db: db, people: identity.NewPeople(db, keys), journal: journalPath, packages: filepath.Join(tb.TempDir(), "packages"),
		drafts: partner.NewDrafts(db), postings: jobposting.NewPostings(db), terms: terms.New(db),
	}
	w.profiles = profile.New(db, w.people)
	periods := keeping.Periods(func(ctx context.Context, tx *postgres.Tx, kind string) (keeping.Period, error) {
		return w.retention.Period(ctx, tx, kind)
	})
	documents := document.New(db, keys, clean{})
	forms, logins := entry.NewForms(db, keys), entry.NewLogins(db, keys)
	looks := viewing.New(db, viewing.DefaultLimits(), nil)
	requests := datarequest.New(datarequest.Deps{DB: db, People: w.people, Documents: documents, Looks: looks, Options: datarequest.DefaultOptions()})
	reviews := review.New(db, nil, documents, review.DefaultOptions(), nil)
	analyser := search.NewAnalyser(nil, nil)
	w.postings.OnChange = (&store.Documents{Analyser: analyser}).Write
	w.watches = jobwatch.New(jobwatch.Deps{
		DB: db, Keys: keys, Analyser: analyser, Searcher: index.New(analyser, func() time.Time { return db.Now() }), Terms: w.terms,
		Link: func(purpose jobwatch.Purpose, _ i18n.Lang, token string) string {
			return fmt.Sprintf("%s/%s", purpose, token)
		},
	})
	w.mandates = mandate.New(mandate.Deps{DB: db, People: w.people, Keys: keys, Register: closing{}})
	w.OwnData = owndata.New(db, w.people, journal,
		w.mandates.Keeper(),
		forms.Keeper(), w.profiles.Keeper(), consent.New(db).Keeper(), requests.Keeper(periods), w.drafts.Keeper(periods),
		w.terms.Keeper(periods), reviews.Keeper(periods), documents.Keeper(periods), mail.Keeper(), looks.Keeper(), owndata.Log(periods),
	)
	w.Held, w.Again = requests.Held, w.watches.EndAgain
	w.Rules = func(ctx context.Context, tx *postgres.Tx) ([]keeping.Rule, error) {
		rules, err := retention.RulesIn(ctx, tx)
		all := make([]keeping.Rule, len(rules))
		for i, r := range rules {
			all[i] = r.Rule
		}
		return all, err
	}
	handOver := retention.NewHandOver(db, w.packages, reviews.HandOver(), partner.HandOver(), terms.HandOver())
	w.retention = retention.New(db, slices.Concat(
		feedback.New(db).Purges(), mail.NewOutbox(db, nil, nil).Purges(), looks.Purges(), forms.Purges(), logins.Purges(), reviews.Purges(),
		organisation.NewRegister(db, nil).Purges(), w.watches.Purges(), w.people.Purges(), w.drafts.Purges(), w.profiles.Purges(),
		requests.Purges(), w.Purges(), handOver.Purges(), audit.Purges(db),
	))
	w.retention.Rest = func(context.Context, time.Duration) {}
	return w
}

// clean is a scanner that finds nothing.
type clean struct{}

func (clean) Scan(context.Context, io.Reader) error { return nil }

// closing is the register of mandates, which closes visits and does nothing else.
type closing struct{ mandate.Register }

func (closing) Close(context.Context, secret.String) error { return nil }

// fresh is a session of a person who was identified just now.
func (w *world) fresh(id identity.PersonID) identity.Session {
	now := w.db.Now()
	return identity.Session{ID: 1, PersonID: id, Kind: identity.KindPerson, IdentifiedAt: now, CreatedAt: now}
}

// at moves the clock.
func (w *world) at(now time.Time) { w.db.Now = func() time.Time { return now } }

// rules are those in force.
func (w *world) rules(tb testing.TB) []retention.Rule {
	tb.Helper()
	all, err := w.retention.Rules(tb.Context())
	if err != nil || len(all) < 30 {
		tb.Fatalf("%d rules, %v", len(all), err)
	}
	return all
}

// work does what the portal's own tasks do at the time that it is, and then a run
// of retention.
func (w *world) work(tb testing.TB) {
	tb.Helper()
	actor := audit.System("test")
	_, swept := w.postings.Sweep(tb.Context(), actor)
	_, sessions := w.people.Purge(tb.Context(), actor)
	_, drafts := w.drafts.Warn(tb.Context(), actor)
	_, confirmed := w.watches.Confirmations(tb.Context())
	_, warned := w.watches.Warn(tb.Context())
	_, expired := w.watches.Expire(tb.Context(), actor)
	for _, err := range []error{swept, sessions, drafts, confirmed, warned, expired, w.watches.Purge(tb.Context()), w.mandates.Work(tb.Context()), w.retention.Run(tb.Context())} {
		if err != nil {
			tb.Fatal(err)
		}
	}
}
