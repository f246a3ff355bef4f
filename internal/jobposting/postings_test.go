package jobposting_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func feed() audit.Ref { return audit.System("feed") }

// incoming returns a whole posting; tests change one field.
func incoming(id string) jobposting.Incoming {
	return jobposting.Incoming{
		ExternalID: id,
		Content: jobposting.Content{
			Languages:      []string{"fi", "sv"},
			Markdown:       true,
			EmployerType:   "01",
			Advertiser:     jobposting.Organisation{BusinessID: "1234567-1", Name: jobposting.Localised{"fi": "Koekunta"}},
			Title:          jobposting.Localised{"fi": "Lähihoitaja", "sv": "Närvårdare"},
			Description:    jobposting.Localised{"fi": "Tule **meille** töihin."},
			Positions:      2,
			Employment:     jobposting.Employment{Type: "01"},
			Continuity:     []string{"01"},
			WorkTime:       "01",
			HoursMin:       37.25,
			WageInfo:       jobposting.Localised{"fi": "2 700 €/kk"},
			Municipalities: []string{"853"},
			Regions:        []string{"02"},
			Countries:      []string{"FI"},
			Workplace:      jobposting.Workplace{Name: jobposting.Localised{"fi": "Kotihoito"}, PostalCode: "20100"},
			ApplyURL:       jobposting.Localised{"fi": "https://haku.example.invalid/1"},
		},
		People: jobposting.People{
			Contacts: []jobposting.Contact{{FirstName: "Aino", LastName: "Esimerkki", Email: "aino@example.invalid"}},
		},
		CreatedAt:   pgtest.Now.Add(-48 * time.Hour),
		ModifiedAt:  pgtest.Now.Add(-24 * time.Hour),
		PublishedAt: pgtest.Now.Add(-24 * time.Hour),
		ExpiresAt:   pgtest.Now.Add(14 * 24 * time.Hour),
	}
}

func receive(tb testing.TB, p *jobposting.Postings, batch ...jobposting.Incoming) jobposting.Report {
	tb.Helper()
	r, err := p.Receive(tb.Context(), feed(), jobposting.SourceTE, batch)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func idOf(tb testing.TB, db *postgres.DB, externalID string) int64 {
	tb.Helper()
	var id int64
	if err := db.QueryRow(tb.Context(), "SELECT id FROM job_posting WHERE external_id = $1", externalID).Scan(&id); err != nil {
		tb.Fatal(err)
	}
	return id
}

// theA returns the posting whose external ID is "a".
func theA(tb testing.TB, db *postgres.DB) jobposting.Posting {
	tb.Helper()
	p, err := jobposting.ByID(tb.Context(), db, idOf(tb, db, "a"))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func changes(tb testing.TB, db *postgres.DB) []jobposting.Change {
	tb.Helper()
	list, err := jobposting.ChangesAfter(tb.Context(), db, 0, 100000)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func TestReceiveStoresEveryField(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	in := incoming("a")
	in.CreatedAt = in.CreatedAt.Add(1234 * time.Nanosecond)

	if got, want := receive(t, postings, in), (jobposting.Report{New: 1}); got != want {
		t.Fatalf("report = %+v, want %+v", got, want)
	}
	got := theA(t, db)
	want := jobposting.Posting{
		ID: got.ID, Source: jobposting.SourceTE, ExternalID: "a", Status: jobposting.StatusOpen, Revision: 1,
		Content: in.Content, People: in.People,
		CreatedAt: in.CreatedAt.Truncate(time.Microsecond), ModifiedAt: in.ModifiedAt, PublishedAt: in.PublishedAt, ExpiresAt: in.ExpiresAt,
		ChangedAt: pgtest.Now, Seq: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored posting (-want +got):\n%s", diff)
	}
	if _, err := jobposting.ByID(t.Context(), db, got.ID+1); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("unknown posting: error = %v, want fault.ErrNotFound", err)
	}
}

func TestReceiveKnowsWhatIsUnchanged(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	in := incoming("a")
	in.SourceHash = []byte("first")
	receive(t, postings, in)

	in.ModifiedAt = in.ModifiedAt.Add(time.Hour)
	in.SourceHash = []byte("second")
	if got, want := receive(t, postings, in), (jobposting.Report{Unchanged: 1}); got != want {
		t.Errorf("report = %+v, want %+v", got, want)
	}
	if n := len(changes(t, db)); n != 1 {
		t.Errorf("changes = %d, want 1", n)
	}
	known, err := postings.Known(t.Context(), jobposting.SourceTE, [][]byte{[]byte("first"), []byte("second")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]jobposting.Known{"second": {ExternalID: "a", ModifiedAt: in.ModifiedAt}}, known); diff != "" {
		t.Errorf("known hashes (-want +got):\n%s", diff)
	}
	all, err := postings.AllKnown(t.Context(), jobposting.SourceTE)
	if err != nil || !cmp.Equal(all, known) {
		t.Errorf("all known = %v (%v), want %v", all, err, known)
	}
	if other, err := postings.AllKnown(t.Context(), "other"); err != nil || len(other) != 0 {
		t.Errorf("known of another source = %v (%v), want nothing", other, err)
	}
	if _, err := postings.Close(t.Context(), feed(), jobposting.SourceTE, []string{"a"}, jobposting.ClosedArchived); err != nil {
		t.Fatal(err)
	}
	known, err = postings.Known(t.Context(), jobposting.SourceTE, [][]byte{[]byte("second")})
	if err != nil || len(known) != 0 {
		t.Errorf("a closed posting is known as %v (%v), want nothing", known, err)
	}
}

func TestReceiveTakesTheLastOfDuplicates(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	first, last := incoming("a"), incoming("a")
	last.Content.Title = jobposting.Localised{"fi": "Kokki"}

	if got, want := receive(t, postings, first, last), (jobposting.Report{New: 1}); got != want {
		t.Errorf("report = %+v, want %+v", got, want)
	}
	if got := theA(t, db).Content.Title["fi"]; got != "Kokki" {
		t.Errorf("title = %q, want the last one", got)
	}
}

func TestRevision(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		change func(*jobposting.Incoming)
		want   int
	}{
		{"deadline", func(in *jobposting.Incoming) { in.ExpiresAt = in.ExpiresAt.Add(time.Hour) }, 2},
		{"no deadline", func(in *jobposting.Incoming) { in.ExpiresAt = time.Time{} }, 2},
		{"municipality", func(in *jobposting.Incoming) { in.Content.Municipalities = []string{"091"} }, 2},
		{"flexible", func(in *jobposting.Incoming) { in.Content.Flexible = true }, 2},
		{"workplace", func(in *jobposting.Incoming) { in.Content.Workplace.Address = "Katu 1" }, 2},
		{"pay", func(in *jobposting.Incoming) { in.Content.WageInfo = jobposting.Localised{"fi": "2 900 €/kk"} }, 2},
		{"title", func(in *jobposting.Incoming) { in.Content.Title = jobposting.Localised{"fi": "Kokki"} }, 2},
		{"description", func(in *jobposting.Incoming) { in.Content.Description = jobposting.Localised{"fi": "Uusi."} }, 1},
		{"contact", func(in *jobposting.Incoming) { in.People.Contacts[0].Phone = "+358 40 000 0000" }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			db := pgtest.New(t)
			postings := jobposting.NewPostings(db)
			receive(t, postings, incoming("a"))
			in := incoming("a")
			tt.change(&in)

			if got, want := receive(t, postings, in), (jobposting.Report{Changed: 1}); got != want {
				t.Errorf("report = %+v, want %+v", got, want)
			}
			if got := theA(t, db).Revision; got != tt.want {
				t.Errorf("revision = %d, want %d", got, tt.want)
			}
			got := changes(t, db)[1]
			want := jobposting.Change{
				Seq: 2, PostingID: got.PostingID, Kind: jobposting.KindChanged,
				Revision: tt.want, Material: tt.want == 2, OccurredAt: pgtest.Now,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("change (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCloseErasesPeople(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	receive(t, postings, incoming("a"), incoming("b"))

	n, err := postings.Close(t.Context(), feed(), jobposting.SourceTE, []string{"a", "unknown"}, jobposting.ClosedArchived)
	if err != nil || n != 1 {
		t.Fatalf("Close = %d, %v; want 1", n, err)
	}
	p := theA(t, db)
	if p.Status != jobposting.StatusClosed || p.CloseReason != jobposting.ClosedArchived || !p.ClosedAt.Equal(pgtest.Now) {
		t.Errorf("closed posting = %s, %s at %s", p.Status, p.CloseReason, p.ClosedAt)
	}
	var trace int
	err = db.QueryRow(t.Context(), "SELECT count(*) FROM job_posting AS p WHERE external_id = 'a' AND p::text LIKE '%Aino%'").Scan(&trace)
	if err != nil || trace != 0 {
		t.Errorf("rows that still name the contact = %d (%v), want 0", trace, err)
	}
	if n, err := postings.Close(t.Context(), feed(), jobposting.SourceTE, []string{"a"}, jobposting.ClosedRemoved); err != nil || n != 0 {
		t.Errorf("second Close = %d, %v; want 0", n, err)
	}

	if got, want := receive(t, postings, incoming("a")), (jobposting.Report{Reopened: 1}); got != want {
		t.Errorf("report of the same posting published again = %+v, want %+v", got, want)
	}
	p = theA(t, db)
	if p.Status != jobposting.StatusOpen || p.CloseReason != "" || len(p.People.Contacts) != 1 || !p.ClosedAt.IsZero() {
		t.Errorf("reopened posting = %+v", p)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	scheduled, expiring, both, endless := incoming("scheduled"), incoming("expiring"), incoming("both"), incoming("endless")
	scheduled.PublishedAt = pgtest.Now.Add(time.Hour)
	expiring.ExpiresAt = pgtest.Now.Add(time.Hour)
	both.PublishedAt, both.ExpiresAt = pgtest.Now.Add(time.Hour), pgtest.Now.Add(2*time.Hour)
	endless.ExpiresAt = time.Time{}
	late := incoming("late")
	late.ExpiresAt = pgtest.Now
	report := receive(t, postings, scheduled, expiring, both, endless, late)
	if want := (jobposting.Report{New: 4, Expired: 1}); report != want {
		t.Errorf("report = %+v, want %+v", report, want)
	}

	steps := []struct {
		after time.Duration
		want  jobposting.SweepReport
		open  string
	}{
		{0, jobposting.SweepReport{}, "endless expiring"},
		{time.Hour - time.Microsecond, jobposting.SweepReport{}, "endless expiring"},
		{time.Hour, jobposting.SweepReport{Opened: 2, Closed: 1}, "both endless scheduled"},
		{30 * 24 * time.Hour, jobposting.SweepReport{Closed: 2}, "endless"},
	}
	for _, step := range steps {
		later := &postgres.DB{Pool: db.Pool, Now: func() time.Time { return pgtest.Now.Add(step.after) }}
		got, err := jobposting.NewPostings(later).Sweep(t.Context(), feed())
		if err != nil {
			t.Fatal(err)
		}
		if got != step.want {
			t.Errorf("after %s: swept %+v, want %+v", step.after, got, step.want)
		}
		var open string
		err = db.QueryRow(t.Context(),
			"SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM job_posting WHERE status = 'open'").Scan(&open)
		if err != nil {
			t.Fatal(err)
		}
		if open != step.open {
			t.Errorf("after %s: open are %q, want %q", step.after, open, step.open)
		}
	}
}

func TestSweepTakesMoreThanOneBatch(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	for b := range 3 {
		var batch []jobposting.Incoming
		for i := range jobposting.BatchSize {
			in := incoming(fmt.Sprintf("%d-%d", b, i))
			in.ExpiresAt = pgtest.Now.Add(time.Minute)
			batch = append(batch, in)
		}
		receive(t, postings, batch...)
	}
	later := &postgres.DB{Pool: db.Pool, Now: func() time.Time { return pgtest.Now.Add(time.Minute) }}

	got, err := jobposting.NewPostings(later).Sweep(t.Context(), feed())
	if err != nil || got.Closed != 3*jobposting.BatchSize {
		t.Errorf("Sweep = %+v, %v; want all %d closed", got, err, 3*jobposting.BatchSize)
	}
}

// TestAuditEvents drives every use case that changes postings; what a feed
// keeps of itself is bookkeeping and leaves no event.
func TestAuditEvents(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	due := incoming("due")
	due.ExpiresAt = pgtest.Now.Add(time.Minute)
	receive(t, postings, incoming("a"), due)
	receive(t, postings, incoming("a"))
	if _, err := postings.Close(t.Context(), feed(), jobposting.SourceTE, []string{"a"}, jobposting.ClosedRemoved); err != nil {
		t.Fatal(err)
	}
	later := &postgres.DB{Pool: db.Pool, Now: func() time.Time { return pgtest.Now.Add(time.Hour) }}
	if _, err := jobposting.NewPostings(later).Sweep(t.Context(), audit.System("sweep")); err != nil {
		t.Fatal(err)
	}

	var got string
	err := db.QueryRow(t.Context(),
		"SELECT string_agg(actor_id || ' ' || action || ' ' || detail::text, E'\n' ORDER BY id) FROM audit_event").Scan(&got)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`feed job_posting.received {"new": 2, "changed": 0, "expired": 0, "last_seq": 2, "reopened": 0}`,
		`feed job_posting.closed {"closed": 1, "reason": "removed", "last_seq": 3}`,
		`sweep job_posting.swept {"closed": 1, "opened": 0, "last_seq": 4}`,
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit events (-want +got):\n%s", diff)
	}
}

func TestOnChange(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	postings := jobposting.NewPostings(db)
	var seen []string
	postings.OnChange = func(_ context.Context, _ *postgres.Tx, changed []jobposting.Posting) error {
		for _, p := range changed {
			seen = append(seen, fmt.Sprintf("%s %s %q", p.ExternalID, p.Status, p.Content.Title["fi"]))
		}
		return nil
	}
	receive(t, postings, incoming("a"))
	receive(t, postings, incoming("a"))
	if _, err := postings.Close(t.Context(), feed(), jobposting.SourceTE, []string{"a"}, jobposting.ClosedRemoved); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`a open "Lähihoitaja"`, `a closed ""`}, seen); diff != "" {
		t.Errorf("changes told (-want +got):\n%s", diff)
	}

	failure := errors.New("no room")
	postings.OnChange = func(context.Context, *postgres.Tx, []jobposting.Posting) error { return failure }
	if _, err := postings.Receive(t.Context(), feed(), jobposting.SourceTE, []jobposting.Incoming{incoming("b")}); !errors.Is(err, failure) {
		t.Errorf("Receive error = %v, want the hook's", err)
	}
	if n := len(changes(t, db)); n != 2 {
		t.Errorf("changes = %d, want 2: the failed one must leave nothing", n)
	}
}
