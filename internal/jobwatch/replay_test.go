package jobwatch_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/search"
)

func TestAPreviewIsWhatTheEngineWouldHaveDone(t *testing.T) {
	t.Parallel()

	for _, schedule := range []jobwatch.Schedule{
		{Rhythm: jobwatch.AtOnce, Cap: 1}, {Rhythm: jobwatch.AtOnce, Cap: 3}, {Rhythm: jobwatch.Daily}, {Rhythm: jobwatch.Weekly},
	} {
		t.Run(fmt.Sprint(schedule), func(t *testing.T) {
			t.Parallel()

			p := newPortal(t)
			random := rand.New(rand.NewPCG(7, uint64(schedule.Cap)))
			p.now = time.Date(2026, time.March, 2, 12, 30, 0, 0, i18n.Helsinki)
			token := p.watchCapped(schedule.Rhythm, "kokki", schedule.Cap)
			start := p.now
			weekday := p.watches.Today()
			titles := map[string]string{}
			for end := start.AddDate(0, 0, 30).Add(-time.Hour); p.now.Before(end); {
				p.until(p.now.Add(time.Duration(1+random.IntN(9)) * time.Hour))
				for range random.IntN(3) {
					id := strconv.Itoa(len(titles))
					titles[id] = "Kokki " + id
					if random.IntN(3) == 0 {
						titles[id] = "Siivooja " + id
					}
					p.publish(id, titles[id])
				}
				if n := len(titles); n > 3 && random.IntN(4) == 0 {
					id := strconv.Itoa(random.IntN(n))
					titles[id] += " ja tiskaaja" // what matched goes on to match
					p.publish(id, titles[id])
				}
				p.work()
			}
			now := p.now
			told := map[int64]bool{}
			p.wait(8*24*time.Hour, time.Hour)
			history, err := p.watches.Manage(t.Context(), token)
			p.do(err)
			all, err := p.watches.History(t.Context(), history, 1000)
			p.do(err)
			for _, one := range all {
				if one.Sent {
					told[one.PostingID] = true
				}
			}
			mails := len(p.server.bodies())
			p.now = now
			got, err := p.watches.Preview(t.Context(), search.Criteria{Query: "kokki"}, schedule.Cap, weekday)
			p.do(err)
			if got.Total != len(told) || got.Mails[schedule.Rhythm] != mails {
				t.Errorf("previewed %d postings in %d mails, sent %d in %d", got.Total, got.Mails[schedule.Rhythm], len(told), mails)
			}
		})
	}
}

// until moves the clock on, and works at 8 in the morning on the way.
func (p *portal) until(t time.Time) {
	y, m, d := p.now.Date()
	eight := time.Date(y, m, d, 8, 0, 0, 0, i18n.Helsinki)
	for ; eight.Before(t); eight = eight.AddDate(0, 0, 1) {
		if eight.After(p.now) {
			p.now = eight
			p.work()
		}
	}
	p.now = t
}

func TestAPreviewTellsOfPostingsThatCloseBeforeTheMail(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.Weekly)
	p.now = p.now.Add(24 * time.Hour)
	p.publish("soon", "Kokki", until(p.now.Add(60*time.Hour)))
	p.publish("late", "Kokki")
	p.work()
	now := p.now
	got, err := p.watches.Preview(t.Context(), search.Criteria{Query: "kokki"}, 0, time.Monday)
	p.do(err)
	p.wait(7*24*time.Hour, time.Hour)
	if mails := len(p.server.bodies()); mails != 2 || got.Mails[jobwatch.Weekly] != mails || got.Total != 2 {
		t.Errorf("%d mails, previewed %+v at %v for %s", mails, got, now, token)
	}
}

func TestAPreviewTellsOfCriteriaThatBringNothing(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.publish("1", "Kokki", func(in *jobposting.Incoming) { in.PublishedAt = p.now.AddDate(0, 0, -60) })
	p.work()
	got, err := p.watches.Preview(t.Context(), search.Criteria{Query: "kokki"}, 0, time.Monday)
	if err != nil || got.Total != 0 || got.Never {
		t.Errorf("60 days ago: %+v, %v", got, err)
	}
	got, err = p.watches.Preview(t.Context(), search.Criteria{Query: "kokki", Municipalities: []string{"853"}}, 0, time.Monday)
	if err != nil || !got.Never || len(got.Drops) == 0 {
		t.Errorf("nowhere: %+v, %v", got, err)
	}
}
