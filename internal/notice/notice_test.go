package notice_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/notice"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func plan(t *testing.T, db *postgres.DB, kind notice.Kind, text string, from, to time.Duration) {
	t.Helper()
	_, err := db.Exec(t.Context(), `
INSERT INTO service_notice (kind, text_fi, text_sv, shown_from, shown_to)
VALUES ($1, $2, $3, $4, $5)`, kind, text, text+" (sv)", pgtest.Now.Add(from), pgtest.Now.Add(to))
	if err != nil {
		t.Fatal(err)
	}
}

func shown(ctx context.Context, b *notice.Board, lang i18n.Lang) []string {
	var texts []string
	for _, n := range b.Current(ctx) {
		texts = append(texts, n.In(lang))
	}
	return texts
}

func TestBoardShowsWhatIsDueFaultsFirst(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	plan(t, db, notice.News, "uutinen", -time.Hour, time.Hour)
	plan(t, db, notice.Break, "katko", -time.Minute, time.Hour)
	plan(t, db, notice.Fault, "vika", 0, time.Hour)
	plan(t, db, notice.Fault, "ohi", -time.Hour, 0)
	plan(t, db, notice.Break, "tulossa", time.Second, time.Hour)
	b := notice.NewBoard(db)
	if err := b.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff([]string{"vika", "katko", "uutinen"}, shown(t.Context(), b, i18n.Finnish)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"vika (sv)", "katko (sv)", "uutinen (sv)"}, shown(t.Context(), b, i18n.Swedish)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBoardFollowsTheClockWithoutTheDatabase(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	plan(t, db, notice.Break, "katko", time.Hour, 2*time.Hour)
	var later atomic.Int64
	db.Now = func() time.Time { return pgtest.Now.Add(time.Duration(later.Load())) }
	b := notice.NewBoard(db)
	if err := b.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	db.Close()
	version := b.Version(t.Context())

	for _, step := range []struct {
		at   time.Duration
		want []string
	}{{0, nil}, {time.Hour, []string{"katko"}}, {2*time.Hour - time.Microsecond, []string{"katko"}}, {2 * time.Hour, nil}} {
		later.Store(int64(step.at))
		if diff := cmp.Diff(step.want, shown(t.Context(), b, i18n.Finnish)); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", step.at, diff)
		}
		if changed := b.Version(t.Context()) != version; changed != (step.want != nil) {
			t.Errorf("after %v: the version changed: %v", step.at, changed)
		}
	}
}

func TestBoardNoticesANewNotice(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	var later atomic.Int64
	db.Now = func() time.Time { return pgtest.Now.Add(time.Duration(later.Load())) }
	b := notice.NewBoard(db)
	if got := shown(t.Context(), b, i18n.Finnish); got != nil {
		t.Fatalf("got %q on an empty board", got)
	}
	plan(t, db, notice.Fault, "vika", -time.Hour, time.Hour)
	later.Store(int64(6 * time.Second))

	// It is read beside the asker, so the first answers may be old.
	for range 500 {
		if got := shown(t.Context(), b, i18n.Finnish); len(got) == 1 && got[0] == "vika" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the notice was never shown")
}
