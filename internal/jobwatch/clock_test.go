package jobwatch_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/terms"
)

func helsinki(year int, month time.Month, day, hour int) time.Time {
	return time.Date(year, month, day, hour, 0, 0, 0, i18n.Helsinki)
}

// TestMailsComeAtEightWhateverTheNight goes through the nights in which clocks
// change and through a leap day: one mail each morning, and one each week.
func TestMailsComeAtEightWhateverTheNight(t *testing.T) {
	t.Parallel()

	for name, start := range map[string]time.Time{
		"summer time begins": helsinki(2026, time.March, 27, 12), "summer time ends": helsinki(2026, time.October, 23, 12),
		"leap day": helsinki(2028, time.February, 27, 12), "new year": helsinki(2026, time.December, 30, 12),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			p := newPortal(t)
			p.now = start
			p.watch(jobwatch.Daily)
			p.watch(jobwatch.Weekly)
			mornings := map[string][]string{}
			for day := range 9 {
				p.publishCook(day)
				for end := start.AddDate(0, 0, day+1); p.now.Before(end); {
					p.wait(min(30*time.Minute, end.Sub(p.now)), 30*time.Minute)
					for _, l := range p.server.taken {
						at := l.Date.In(i18n.Helsinki)
						if at.Format("15:04") != "08:00" || p.now.Sub(at) > 30*time.Minute {
							t.Errorf("a mail of %v came at %v", at, p.now.In(i18n.Helsinki))
						}
						mornings[l.To] = append(mornings[l.To], at.Format(time.DateOnly))
					}
					p.server.taken = nil
				}
			}
			for to, n := range map[string]int{"aino1@person.example": 9, "aino2@person.example": 1} {
				if got := mornings[to]; len(got) != n || len(slices.Compact(slices.Sorted(slices.Values(got)))) != n {
					t.Errorf("%s had mails on %v, want %d", to, got, n)
				}
			}
			p.sound()
		})
	}
}

// TestWatchesEndOnTheirDay deletes nothing a second early and nothing a day late,
// whatever the months are like.
func TestWatchesEndOnTheirDay(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ ordered, ends time.Time }{
		{helsinki(2027, time.November, 29, 12), helsinki(2028, time.February, 29, 12)},
		{helsinki(2027, time.November, 30, 12), helsinki(2028, time.February, 29, 12)},
		{helsinki(2026, time.November, 30, 12), helsinki(2027, time.February, 28, 12)},
		{helsinki(2028, time.February, 29, 12), helsinki(2028, time.May, 29, 12)},
		{helsinki(2026, time.December, 29, 3), helsinki(2027, time.March, 29, 3)},
		{helsinki(2026, time.July, 31, 12), helsinki(2026, time.October, 31, 12)},
	} {
		t.Run(c.ordered.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()

			p := newPortal(t)
			p.now = c.ordered
			token := p.watch(jobwatch.Daily)
			there := func() bool {
				_, err := p.watches.Expire(t.Context(), audit.System("test"))
				p.do(err)
				return p.count("SELECT count(*) FROM job_watch") == 1
			}
			s, err := p.watches.Manage(t.Context(), token)
			if err != nil || !s.EndsAt.Equal(c.ends) {
				t.Fatalf("ends %v, want %v: %v", s.EndsAt.In(i18n.Helsinki), c.ends, err)
			}
			p.now = c.ends.Add(-time.Second)
			if _, err := p.watches.Manage(t.Context(), token); err != nil || !there() {
				t.Errorf("gone a second early: %v", err)
			}
			p.now = p.now.Add(time.Hour) // by a clock that is an hour ahead
			if !there() {
				t.Error("a clock that is an hour ahead has a watch deleted")
			}
			p.now = c.ends
			if _, err := p.watches.Manage(t.Context(), token); err == nil {
				t.Error("still open at its end")
			}
			p.now = c.ends.Add(3 * time.Hour)
			if there() {
				t.Error("still there three hours late")
			}
		})
	}
}

// TestAClockThatJumpsTellsNothingTwice puts the clock forth and back by an hour
// at every hour of two days.
func TestAClockThatJumpsTellsNothingTwice(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for _, rhythm := range []jobwatch.Rhythm{jobwatch.AtOnce, jobwatch.Daily} {
		p.watchCapped(rhythm, "kokki", jobwatch.MaxCap)
	}
	for i := range 48 {
		if i%4 == 0 {
			p.publishCook(i / 4)
		}
		for _, jump := range []time.Duration{0, time.Hour, -time.Hour, -time.Hour, time.Hour} {
			p.now = p.now.Add(jump)
			p.work()
		}
		p.now = p.now.Add(time.Hour)
	}
	p.wait(26*time.Hour, time.Hour)
	ids, texts := map[string]int{}, map[string][]string{}
	for _, l := range p.server.taken {
		ids[l.ID]++
		texts[l.To] = append(texts[l.To], l.Text)
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("mail %s went %d times", id, n)
		}
	}
	for _, to := range []string{"aino1@person.example", "aino2@person.example"} {
		p.hasOnce(texts[to], 12, "")
	}
	if n := len(texts["aino2@person.example"]); n != 3 {
		t.Errorf("%d daily mails in three days", n)
	}
	p.sound()
}

// TestThreeProcessesWithDifferentClocks works with one clock right, one an hour
// ahead and one an hour behind, all at once.
func TestThreeProcessesWithDifferentClocks(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for range 10 {
		p.watchCapped(jobwatch.AtOnce, "kokki", jobwatch.MaxCap)
		p.watchCapped(jobwatch.Daily, "kokki", jobwatch.MaxCap)
	}
	run := make([]func(ctx context.Context), 3)
	for i, skew := range []time.Duration{-time.Hour, 0, time.Hour} {
		run[i] = p.processAt(skew)
	}
	const hours = 60
	for hour := range hours {
		if hour%4 == 0 && hour < 36 {
			p.publishCook(hour / 4)
		}
		var working sync.WaitGroup
		for _, f := range run {
			working.Go(func() { f(t.Context()) })
		}
		working.Wait()
		p.now = p.now.Add(time.Hour)
	}
	ids, texts := map[string]int{}, map[string][]string{}
	for _, l := range p.server.taken {
		ids[l.ID]++
		texts[l.To] = append(texts[l.To], l.Text)
	}
	if len(texts) != 20 {
		t.Errorf("%d receivers, want 20", len(texts))
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("mail %s went %d times", id, n)
		}
	}
	for to, all := range texts {
		p.hasOnce(all, 9, "")
		if t.Failed() {
			t.Fatal(to)
		}
	}
	p.sound()
}

// processAt returns the work of another process, by whose clock it is earlier or
// later.
func (p *portal) processAt(skew time.Duration) func(ctx context.Context) {
	db := &postgres.DB{Pool: p.db.Pool, Now: func() time.Time { return p.now.Add(skew) }}
	analyser := search.NewAnalyser(nil, nil)
	w := jobwatch.New(jobwatch.Deps{
		DB: db, Keys: identitytest.Keyring(p.t), Analyser: analyser, Searcher: index.New(analyser, db.Now), Terms: terms.New(db),
		Link: func(jobwatch.Purpose, i18n.Lang, string) string { return "/" },
	})
	o := mail.NewOutbox(db, func(ctx context.Context, m mail.Message) (mail.Rendered, error) {
		d, err := w.Compose(ctx, m)
		var text strings.Builder
		for _, item := range d.Items {
			text.WriteString(item.Title["fi"] + " ")
		}
		return mail.Rendered{Subject: string(m.Kind), Text: text.String()}, err
	}, p.server)
	o.Connections, o.OnRefused = 2, w.Refused
	return func(ctx context.Context) {
		for range 3 {
			_, _ = w.Match(ctx)
			_, _ = w.Digests(ctx)
			_ = o.Work(ctx)
			_, _ = w.Settle(ctx)
			_, _ = w.Expire(ctx, audit.System("test"))
		}
	}
}
