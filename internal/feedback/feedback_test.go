package feedback_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/feedback"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func submission() feedback.Submission {
	return feedback.Submission{
		ID: "first", Topic: feedback.TopicService, Language: i18n.Finnish,
		Message: "Hyvä haku", Email: "aino@example.com",
	}
}

func reader() audit.Ref { return audit.Ref{Kind: "reader", ID: "anonymous"} }

func count(t *testing.T, db *postgres.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSubmit(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	f := feedback.New(db)
	for range 3 {
		if err := f.Submit(t.Context(), reader(), submission()); err != nil {
			t.Fatal(err)
		}
	}
	other := submission()
	other.Message = "Toinen"
	if err := f.Submit(t.Context(), reader(), other); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("another text under the same ID: got %v", err)
	}

	if n := count(t, db, "SELECT count(*) FROM feedback WHERE email = 'aino@example.com'"); n != 1 {
		t.Errorf("%d rows", n)
	}
	if n := count(t, db, "SELECT count(*) FROM audit_event WHERE action = 'feedback.received'"); n != 1 {
		t.Errorf("%d audit events", n)
	}
	if broken, err := audit.Verify(t.Context(), db); err != nil || broken != 0 {
		t.Errorf("audit chain: %d, %v", broken, err)
	}
}

func TestSubmitTakesTheLongestMessage(t *testing.T) {
	t.Parallel()

	f := feedback.New(pgtest.New(t))
	s := submission()
	s.Message = strings.Repeat("ä", feedback.MaxMessage)

	if err := f.Submit(t.Context(), reader(), s); err != nil {
		t.Error(err)
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()

	helsinki := func(year int, month time.Month, day, hour int) time.Time {
		return time.Date(year, month, day, hour, 0, 0, 0, i18n.Helsinki)
	}
	tests := []struct {
		name     string
		received time.Time
		due      time.Time
	}{
		{"an ordinary day", helsinki(2026, time.March, 2, 12), helsinki(2027, time.March, 2, 12)},
		{"before summer time, which begins earlier next year", helsinki(2026, time.March, 28, 12), helsinki(2027, time.March, 28, 12)},
		{"a day that next year lacks", helsinki(2028, time.February, 29, 12), helsinki(2029, time.February, 28, 12)},
		{"the end of February before a leap day", helsinki(2027, time.February, 28, 12), helsinki(2028, time.February, 28, 12)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			db := pgtest.New(t)
			now := tt.received
			db.Now = func() time.Time { return now }
			f := feedback.New(db)
			if err := f.Submit(t.Context(), reader(), submission()); err != nil {
				t.Fatal(err)
			}

			for _, step := range []struct {
				at   time.Time
				want int
			}{{tt.due.Add(-time.Second), 0}, {tt.due, 1}, {tt.due.Add(time.Hour), 0}} {
				now = step.at
				n, err := f.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Months: 12}}, 10)
				if err != nil || n != step.want {
					t.Errorf("at %v: erased %d, %v, want %d", step.at, n, err, step.want)
				}
			}
			if n := count(t, db, "SELECT count(*) FROM feedback"); n != 0 {
				t.Errorf("%d rows left", n)
			}
			if n := count(t, db, "SELECT count(*) FROM audit_event WHERE action = 'feedback.purged'"); n != 1 {
				t.Errorf("%d audit events", n)
			}
		})
	}
}
