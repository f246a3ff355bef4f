package retention_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/internal/review"
	"tyomarkkinatori.fi/portal/internal/viewing"
)

// desk is retention over everything that gives data up, with a clock to move.
type desk struct {
	*retention.Retention

	t  testing.TB
	db *postgres.DB

	mu  sync.Mutex
	now time.Time
}

func newDesk(tb testing.TB, more ...keeping.Purge) *desk {
	tb.Helper()
	d := &desk{t: tb, db: pgtest.New(tb), now: pgtest.Now}
	d.db.Now = func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.now
	}
	d.Retention = retention.New(d.db, slices.Concat(purges(tb, d.db), more))
	d.Rest = func(context.Context, time.Duration) {}
	return d
}

// purges are those of the capabilities whose rows go by themselves.
func purges(tb testing.TB, db *postgres.DB) []keeping.Purge {
	tb.Helper()
	keys := identitytest.Keyring(tb)
	return slices.Concat(
		feedback.New(db).Purges(), mail.NewOutbox(db, nil, nil).Purges(), viewing.New(db, viewing.DefaultLimits(), nil).Purges(),
		entry.NewForms(db, keys).Purges(), entry.NewLogins(db, keys).Purges(), organisation.NewRegister(db, nil).Purges(),
		review.New(db, nil, nil, review.DefaultOptions(), nil).Purges(), jobwatch.New(jobwatch.Deps{DB: db, Keys: keys}).Purges(),
	)
}

func (d *desk) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = t
}

func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	if _, err := d.db.Exec(d.t.Context(), query, args...); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) count(query string, args ...any) int {
	d.t.Helper()
	var n int
	if err := d.db.QueryRow(d.t.Context(), query, args...).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func (d *desk) run() {
	d.t.Helper()
	if err := d.Run(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) due(kind string) int {
	d.t.Helper()
	all, err := d.DryRun(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for _, one := range all {
		if one.Kind == kind {
			return one.Count
		}
	}
	d.t.Fatalf("the dry run says nothing of %s", kind)
	return 0
}

// rows make one row of each kind whose period runs from $1.
func rows() map[string]struct{ insert, table string } {
	return map[string]struct{ insert, table string }{
		"feedback": {`INSERT INTO feedback (submission, topic, language, message, received_at) VALUES ('s', 'service', 'fi', 'Kiitos', $1)`, "feedback"},
		"mail": {`INSERT INTO mail_outbox (kind, key, priority, language, address, data, status, created_at, due_at, finished_at)
		          VALUES ('k', 'k', 1, 'fi', '', '{}', 'sent', $1, $1, $1)`, "mail_outbox"},
		"viewing": {`INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at) VALUES (1, 'person', '2', $1)`, "viewing"},
		"parked_form": {`INSERT INTO parked_form (id, person_id, kind, content, parked_at)
		                 SELECT 'f', id, 'person', '', $1 FROM person`, "parked_form"},
		"sign_in": {`INSERT INTO signin_transaction (state_hash, browser_hash, kind, language, return_path, sealed, begun_at)
		             VALUES ('s', 'b', 'person', 'fi', '/', '', $1)`, "signin_transaction"},
		"register_entry": {`INSERT INTO organisation (business_id, asked_at, next_try_at) VALUES ('1234567-1', $1, $1)`, "organisation"},
		"review_act":     {`INSERT INTO review_act (submission, application_id, act, done_by, done_at) VALUES ('s', 1, 'a', 1, $1)`, "review_act"},
		"job_watch": {`WITH s AS (INSERT INTO job_watch_search (hash, params_version, criteria) VALUES ('h', 1, '{}') RETURNING id)
		               INSERT INTO job_watch (submission, state, address, address_index, language, rhythm, daily_cap, weekday, params_version, criteria,
		                      terms_version, terms_hash, seed, created_at, ends_at, search_id, confirmed_at, start_seq, done_seq)
		               SELECT 's', 'active', 'a@example.fi', 'x', 'fi', 'daily', 1, 1, 1, '{}', 1, '', '', $1, keeping_end($1, 3, 0, 0), id, $1, 0, 0 FROM s`, "job_watch"},
		"job_watch_unconfirmed": {`INSERT INTO job_watch (submission, state, address, address_index, language, rhythm, daily_cap, weekday, params_version, criteria,
		                                  terms_version, terms_hash, seed, created_at, ends_at)
		                           VALUES ('s', 'pending', 'a@example.fi', 'x', 'fi', 'daily', 1, 1, 1, '{}', 1, '', '', $1, keeping_end($1, 0, 0, 48))`, "job_watch"},
		"job_watch_brake":  {`INSERT INTO job_watch_brake (address_index, sent_at) VALUES ('x', $1)`, "job_watch_brake"},
		"job_watch_source": {`INSERT INTO job_watch_source (source_index, times, last_at) VALUES ('x', '{}', $1)`, "job_watch_source"},
		"application": {`INSERT INTO application (kind, business_id, status, language, submission, submitted_by, authority, authority_at, organisation, submitted_at, changed_at, decided_at)
		                     VALUES ('join', '1234567-1', 'rejected', 'fi', 's', 1, 'NIMKO', $1, '{}', $1, $1, $1)`, "application"},
		"customership": {`WITH a AS (INSERT INTO application (kind, business_id, status, language, submission, submitted_by, authority, authority_at, organisation, submitted_at, changed_at, decided_at)
		                             VALUES ('join', '1234567-1', 'approved', 'fi', 's', 1, 'NIMKO', $1, '{}', $1, $1, $1::timestamptz - interval '90 days') RETURNING id)
		                  INSERT INTO partner (business_id, name, status, application_id, form, joined_at, changed_at, left_at)
		                  SELECT '1234567-1', 'Esimerkki Oy', 'left', id, '{}', $1, $1, $1 FROM a`, "partner"},
	}
}

// TestAtTheEnd holds each kind to going at its very end, to the microsecond, but
// for the watches that wait two hours more on purpose.
func TestAtTheEnd(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	h := retention.NewHandOver(d.db, t.TempDir(), parts(t, d.db)...)
	d.Retention = retention.New(d.db, slices.Concat(purges(t, d.db), h.Purges()))
	all, err := d.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	identitytest.Person(t, d.db, "010190-900P")
	for _, rule := range all {
		row, ok := rows()[rule.Kind]
		if !ok {
			continue
		}
		start := pgtest.Now
		d.set(start)
		d.exec(row.insert, start)
		late := 0 * time.Second
		if rule.Kind == "job_watch" {
			late = 2 * time.Hour
		}
		d.set(rule.Period.End(start).Add(late - time.Microsecond))
		if n := d.due(rule.Kind); n != 0 {
			t.Errorf("%s: %d due a microsecond early", rule.Kind, n)
		}
		d.set(rule.Period.End(start).Add(late))
		if n := d.due(rule.Kind); n != 1 {
			t.Errorf("%s: %d due at the end", rule.Kind, n)
		}
		d.run()
		if n := d.count("SELECT count(*) FROM " + row.table); n != 0 {
			t.Errorf("%s: %d left at the end", rule.Kind, n)
		}
	}
}

func fill(d *desk, n int) {
	d.t.Helper()
	d.exec(`INSERT INTO feedback (submission, topic, language, message, received_at)
	        SELECT i::text, 'service', 'fi', 'Kiitos', $1 FROM generate_series(1, $2) AS i`, d.db.Now(), n)
}

func TestManyProcessesRunOnce(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	fill(d, 2000)
	d.set(keeping.Period{Months: 12}.End(pgtest.Now))
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			other := retention.New(d.db, purges(t, d.db))
			other.Batch, other.Rest = 100, func(context.Context, time.Duration) {}
			if err := other.Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	runs, err := d.Runs(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, r := range runs {
		if r.State != retention.Done {
			t.Errorf("run %d is %s", r.ID, r.State)
		}
		total += r.Total()
	}
	if total != 2000 || d.count(`SELECT count(*) FROM feedback`) != 0 {
		t.Errorf("the runs gave up %d", total)
	}
	if n := d.count(`SELECT sum((detail->>'count')::int) FROM audit_event WHERE action = 'feedback.purged'`); n != 2000 {
		t.Errorf("the audit log tells of %d", n)
	}
	if n := d.count(`SELECT sum((detail->'figures'->'feedback'->>'done')::int) FROM audit_event WHERE action = 'retention.done'`); n != 2000 {
		t.Errorf("the figures of the runs tell of %d", n)
	}
}

func TestKilledRunGoesOn(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	fill(d, 1000)
	d.set(keeping.Period{Months: 12}.End(pgtest.Now))
	d.Batch = 100
	n := 0
	d.Rest = func(context.Context, time.Duration) {
		if n++; n == 3 {
			// The process is gone: nothing of it reaches the database any more.
			d.exec(`UPDATE retention_run SET beat_at = beat_at - interval '1 hour'`)
			d.run2()
		}
	}
	if err := d.Run(t.Context()); err != nil {
		t.Errorf("a run that was replaced: %v", err)
	}
	if n := d.count(`SELECT count(*) FROM feedback`); n != 0 {
		t.Errorf("%d left", n)
	}
	runs, err := d.Runs(t.Context(), 0, 10)
	if err != nil || len(runs) != 2 || runs[0].State != retention.Done || runs[1].State != retention.Interrupted {
		t.Fatalf("runs: %+v, %v", runs, err)
	}
	if runs[0].Total() != 700 || runs[1].Total() != 300 {
		t.Errorf("the runs gave up %d and %d", runs[1].Total(), runs[0].Total())
	}
	if n := d.count(`SELECT count(*) FROM audit_event WHERE action = 'retention.interrupted'`); n != 1 {
		t.Errorf("%d events of an interrupted run", n)
	}
}

// run2 is a run of another process.
func (d *desk) run2() {
	d.t.Helper()
	other := retention.New(d.db, purges(d.t, d.db))
	other.Batch, other.Rest = 100, func(context.Context, time.Duration) {}
	if err := other.Run(d.t.Context()); err != nil {
		d.t.Error(err)
	}
}

func TestCutOff(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	fill(d, 300)
	d.set(keeping.Period{Months: 12}.End(pgtest.Now))
	ctx, cancel := context.WithCancel(t.Context())
	d.Batch, d.Rest = 100, func(context.Context, time.Duration) { cancel() }
	if err := d.Run(ctx); err == nil {
		t.Error("a run that was cut off says that it is done")
	}
	runs, err := d.Runs(t.Context(), 0, 10)
	if err != nil || len(runs) != 1 || runs[0].State != retention.Interrupted || runs[0].Total() != 100 {
		t.Fatalf("runs: %+v, %v", runs, err)
	}
	d.run2()
	if n := d.count(`SELECT count(*) FROM feedback`); n != 0 {
		t.Errorf("%d left", n)
	}
}

func TestOneKindFails(t *testing.T) {
	t.Parallel()

	broken := keeping.Purge{
		Kind: "account",
		Due:  func(context.Context, *postgres.Tx, keeping.Rule) (int, error) { return 0, nil },
		Run: func(context.Context, keeping.Rule, int) (int, error) {
			return 0, errors.New("the disk is full")
		},
	}
	d := newDesk(t, broken)
	fill(d, 10)
	d.set(keeping.Period{Months: 12}.End(pgtest.Now))
	if err := d.Run(t.Context()); err == nil {
		t.Error("the run says nothing of the kind that failed")
	}
	runs, err := d.Runs(t.Context(), 0, 10)
	if err != nil || runs[0].State != retention.Failed || !runs[0].Figures["account"].Failed || runs[0].Figures["feedback"].Done != 10 {
		t.Fatalf("runs: %+v, %v", runs, err)
	}
	unknown := newDesk(t, keeping.Purge{Kind: "nothing_known"})
	if err := unknown.Run(t.Context()); err == nil {
		t.Error("a kind without a rule is given up")
	}
}
