package viewing_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/viewing"
)

func officer(id int64) identity.Session {
	return identity.Session{ID: id, PersonID: identity.PersonID(id), Kind: identity.KindStaff}
}

func person(n int) audit.Ref { return audit.Ref{Kind: "person", ID: strconv.Itoa(n)} }

func countEvents(t *testing.T, db *postgres.DB, action string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM audit_event WHERE action = $1", action).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnOfficerWhoLooksAtAThousandPeopleIsStoppedAtAHundred(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	var alarms []viewing.Stop
	looks := viewing.New(db, viewing.DefaultLimits(), func(_ context.Context, _ *postgres.Tx, s viewing.Stop) error {
		alarms = append(alarms, s)
		return nil
	})

	seen := 0
	for n := range 130 {
		err := looks.Look(t.Context(), officer(1), "test", person(n))
		switch {
		case err == nil:
			seen++
		case !viewing.IsLimit(err) || !errors.Is(err, fault.ErrForbidden):
			t.Fatal(err)
		}
	}
	if seen != 100 || countEvents(t, db, "person.viewed") != 100 {
		t.Errorf("saw %d people, %d in the audit log", seen, countEvents(t, db, "person.viewed"))
	}
	if len(alarms) != 30 || alarms[0].People != 100 || countEvents(t, db, "viewing.stopped") != 30 {
		t.Errorf("got %d alarms, the first %+v", len(alarms), alarms[0])
	}
	if err := looks.Look(t.Context(), officer(1), "test", person(5)); err != nil {
		t.Errorf("a person looked at before: %v", err)
	}
	if err := looks.Look(t.Context(), officer(2), "test", person(500)); err != nil {
		t.Errorf("another officer: %v", err)
	}
}

func TestAnHourLaterAnOfficerMayGoOnUntilTheDayIsFull(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	looks := viewing.New(db, viewing.Limits{PerHour: 10, PerDay: 25}, nil)

	seen := 0
	for hour := range 4 {
		now = pgtest.Now.Add(time.Duration(hour) * 61 * time.Minute)
		for n := range 12 {
			if looks.Look(t.Context(), officer(1), "test", person(100*hour+n)) == nil {
				seen++
			}
		}
	}
	if seen != 25 {
		t.Errorf("saw %d people", seen)
	}
	now = pgtest.Now.AddDate(0, 0, 3)
	if _, err := looks.Purges()[0].Run(t.Context(), keeping.Rule{Period: keeping.Period{Hours: 48}}, 1000); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM viewing").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d looks are left: %v", left, err)
	}
}

func TestLooksAtTheSameTimeDoNotSlipThrough(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	looks := viewing.New(db, viewing.Limits{PerHour: 10, PerDay: 100}, nil)
	var seen atomic.Int32
	var wg sync.WaitGroup
	for n := range 30 {
		wg.Go(func() {
			if looks.Look(t.Context(), officer(1), "test", person(n)) == nil {
				seen.Add(1)
			}
		})
	}
	wg.Wait()
	if seen.Load() != 10 {
		t.Errorf("saw %d people", seen.Load())
	}
}

func TestALookAtSeveralPeopleCountsAllOfThem(t *testing.T) {
	t.Parallel()

	looks := viewing.New(pgtest.New(t), viewing.Limits{PerHour: 3, PerDay: 100}, nil)
	if err := looks.Look(t.Context(), officer(1), "test", person(1), person(2), person(2)); err != nil {
		t.Fatal(err)
	}
	if err := looks.Look(t.Context(), officer(1), "test", person(3), person(4)); !viewing.IsLimit(err) {
		t.Errorf("got %v", err)
	}
	if err := looks.Look(t.Context(), officer(1), "test", person(3)); err != nil {
		t.Error(err)
	}
}

func TestNobodyButAnOfficerLooks(t *testing.T) {
	t.Parallel()

	looks := viewing.New(pgtest.New(t), viewing.DefaultLimits(), nil)
	for _, s := range []identity.Session{{}, {ID: 1, PersonID: 1, Kind: identity.KindPerson}} {
		if err := looks.Look(t.Context(), s, "test", person(1)); !errors.Is(err, fault.ErrForbidden) || viewing.IsLimit(err) {
			t.Errorf("got %v", err)
		}
	}
}
