package retention_test

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
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
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/internal/owndata/owndatatest"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/profile"
	"tyomarkkinatori.fi/portal/internal/retention"
	"tyomarkkinatori.fi/portal/internal/viewing"
)

// idleAccounts is how many accounts are due beside the million rows. Each goes in
// a transaction and with a line in the journal of its own.
const idleAccounts = 20_000

// BenchmarkRetention gives up a million rows and thousands of accounts that are
// all due, while readers read and writers send feedback, which waits for the end
// of the audit log. It fails when one of them waits a second.
func BenchmarkRetention(b *testing.B) {
	for b.Loop() {
		d := newDesk(b)
		b.StopTimer()
		old := pgtest.Now
		for _, query := range []string{
			`INSERT INTO feedback (submission, topic, language, message, email, received_at)
			 SELECT 's' || i, 'service', 'fi', repeat('Kiitos palvelusta. ', 10), 'a@example.fi', $1::timestamptz + i * interval '1 ms' FROM generate_series(1, 350000) AS i`,
			`INSERT INTO mail_outbox (kind, key, priority, language, address, data, status, created_at, due_at, finished_at)
			 SELECT 'k', 'k' || i, 1, 'fi', '', '{}', 'sent', $1, $1, $1::timestamptz + i * interval '1 ms' FROM generate_series(1, 350000) AS i`,
			`INSERT INTO signin_transaction (state_hash, browser_hash, kind, language, return_path, sealed, begun_at)
			 SELECT sha256(i::text::bytea), 'b', 'person', 'fi', '/', repeat('x', 200)::bytea, $1 FROM generate_series(1, 200000) AS i`,
			`INSERT INTO viewing (officer_id, subject_kind, subject_id, looked_at) SELECT i % 50, 'person', i, $1 FROM generate_series(1, 100000) AS i`,
		} {
			d.exec(query, old)
		}
		accounts := d.accounts(b, old)
		d.exec(`VACUUM (ANALYZE)`) //nolint:misspell // the statement is spelt so
		d.set(keeping.Period{Months: 12}.End(old).Add(24 * time.Hour))
		begin := retention.New(d.db, slices.Concat(purges(b, d.db), accounts))
		ctx, cancel := context.WithCancel(b.Context())
		var group sync.WaitGroup
		var reads, writes []time.Duration
		group.Go(func() { reads = visits(ctx, func(int) { d.read() }) })
		group.Go(func() { writes = visits(ctx, func(n int) { d.write(n) }) })
		b.StartTimer()
		if err := begin.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		cancel()
		group.Wait()
		runs, err := d.Runs(b.Context(), 0, 1)
		if err != nil || runs[0].Figures["account"].Done != idleAccounts || runs[0].Total() < 1_000_000+idleAccounts {
			b.Fatalf("the run gave up %d, %v", runs[0].Total(), err)
		}
		for what, all := range map[string][]time.Duration{"read": reads, "write": writes} {
			slices.Sort(all)
			worst := all[len(all)-1]
			b.ReportMetric(float64(worst.Microseconds())/1000, what+"-max-ms")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, what+"-p99-ms")
			if worst > time.Second {
				b.Errorf("a page waited %v to %s", worst, what)
			}
		}
		b.ReportMetric(float64(runs[0].Total())/b.Elapsed().Seconds(), "rows/s")
		b.StartTimer()
	}
}

// accounts makes people who were last there at old, with everything of theirs, and
// returns how they are given up.
func (d *desk) accounts(b *testing.B, old time.Time) []keeping.Purge {
	b.Helper()
	journal, err := owndata.NewJournal(filepath.Join(b.TempDir(), "erasures"))
	if err != nil {
		b.Fatal(err)
	}
	for first := int64(1_000_000); first < 1_000_000+idleAccounts; first += 1000 {
		err := d.db.InTx(b.Context(), func(tx *postgres.Tx) error {
			return owndatatest.Insert(b.Context(), tx, first, first+999, old)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	keys := identitytest.Keyring(b)
	people := identity.NewPeople(d.db, keys)
	return owndata.New(d.db, people, journal,
		mandate.New(mandate.Deps{DB: d.db, People: people, Keys: keys}).Keeper(), entry.NewForms(d.db, keys).Keeper(), profile.New(d.db, people).Keeper(),
		consent.New(d.db).Keeper(), datarequest.New(datarequest.Deps{DB: d.db, People: people, Documents: document.New(d.db, keys, nil)}).Keeper(nil),
		partner.NewDrafts(d.db).Keeper(nil), mail.Keeper(), viewing.New(d.db, viewing.DefaultLimits(), nil).Keeper(),
	).Purges()
}

// visits calls visit every 10 ms and returns how long each took.
func visits(ctx context.Context, visit func(n int)) []time.Duration {
	var all []time.Duration
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return all
		case <-tick.C:
		}
		began := time.Now()
		visit(n)
		all = append(all, time.Since(began))
	}
}

func (d *desk) read() {
	if _, err := d.Rules(d.t.Context()); err != nil {
		d.t.Error(err)
	}
}

func (d *desk) write(n int) {
	err := feedback.New(d.db).Submit(d.t.Context(), audit.Ref{Kind: "visitor", ID: ""}, feedback.Submission{
		ID: "new" + strconv.Itoa(n), Topic: "service", Language: i18n.Finnish, Message: "Kiitos",
	})
	if err != nil {
		d.t.Error(err)
	}
}
