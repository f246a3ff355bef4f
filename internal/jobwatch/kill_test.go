package jobwatch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// killedLease is how long those that are killed keep their mails.
const killedLease = 300 * time.Millisecond

// process returns what another process of the portal has of the watches.
func (p *portal) process() (*jobwatch.Watches, *mail.Outbox) {
	analyser := search.NewAnalyser(nil, nil)
	w := jobwatch.New(jobwatch.Deps{
		DB: p.db, Keys: identitytest.Keyring(p.t), Analyser: analyser, Searcher: index.New(analyser, p.db.Now), Terms: terms.New(p.db),
		Link: func(jobwatch.Purpose, i18n.Lang, string) string { return "/" },
	})
	o := mail.NewOutbox(p.db, p.render, p.server)
	o.Connections, o.OnRefused, o.Lease = 2, w.Refused, killedLease
	return w, o
}

// TestKilledAnywhereNothingIsLostOrDoubled has three processes at work at once,
// each cut off again and again at any instant, while postings come, change and
// go and watches come.
func TestKilledAnywhereNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for _, rhythm := range []jobwatch.Rhythm{jobwatch.AtOnce, jobwatch.Daily} {
		p.watchCapped(rhythm, "kokki", jobwatch.MaxCap)
		p.watchCapped(rhythm, "siivooja", jobwatch.MaxCap)
	}
	start, began := p.now, time.Now()
	still := p.db.Now
	p.db.Now = func() time.Time { return start.Add(3 * time.Since(began)) }
	ctx, stop := context.WithCancel(t.Context())
	var processes sync.WaitGroup
	kills := make([]int, 3)
	for i := range kills {
		w, o := p.process()
		processes.Go(func() {
			for ctx.Err() == nil {
				life, kill := context.WithTimeout(ctx, rand.N(4*time.Millisecond)<<rand.N(8))
				_, _ = w.Match(life)
				_, _ = w.Digests(life)
				_ = o.Work(life)
				_, _ = w.Settle(life)
				if life.Err() != nil {
					kills[i]++
				}
				kill()
			}
		})
	}
	const n = 40
	for i := range n {
		title := []string{"Kokki", "Siivooja"}[i%2]
		p.publish(strconv.Itoa(i), fmt.Sprintf("%s nro%d", title, i))
		if i%8 == 0 {
			p.publish(strconv.Itoa(i), fmt.Sprintf("%s nro%d", title, i), saying("Korjattu."))
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	processes.Wait()
	p.server.mu.Lock()
	sofar := len(p.server.taken)
	p.server.mu.Unlock()
	time.Sleep(killedLease)
	p.now, p.db.Now = p.db.Now().Add(time.Minute), still
	p.work()
	if n := p.count(`SELECT count(*) FROM job_watch AS w
	                  WHERE next_at IS NULL AND EXISTS (SELECT FROM job_watch_match AS m WHERE m.search_id = w.search_id AND m.upto > w.done_seq)`); n != 0 {
		t.Errorf("%d watches are forgotten", n)
	}
	p.wait(48*time.Hour, time.Hour)

	got := map[string][]string{}
	for _, l := range p.server.taken {
		got[l.To] = append(got[l.To], strings.Fields(strings.NewReplacer("Kokki ", "", "Siivooja ", "").Replace(l.Text))...)
	}
	if len(got) != 4 {
		t.Fatalf("%d receivers", len(got))
	}
	for to, numbers := range got {
		slices.Sort(numbers)
		if len(numbers) != n/2 || len(slices.Compact(slices.Clone(numbers))) != n/2 {
			t.Errorf("%s got %d postings: %q", to, len(numbers), numbers)
		}
	}
	f := p.sound()
	if f.Matched != 2*n || f.Sent != 2*n {
		t.Errorf("figures %+v", f)
	}
	t.Logf("%d mails under way, %d after %v kills", sofar, len(p.server.taken)-sofar, kills)
}
