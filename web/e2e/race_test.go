package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

// race has many people log in at once, at a service whose answers overtake one
// another and come twice, and looks at what each of them then sees.
type race struct {
	people, atOnce int
	delay          time.Duration
}

// outcome counts what came of it.
type outcome struct {
	// in are people who saw their own page, crossed those who saw another's name,
	// failed those who saw neither; again counts how often the portal asked to
	// come again.
	in, crossed, failed, again atomic.Int64
}

// run has the people log in, with half of the answers opened by somebody else
// before.
func (r race) run(t *testing.T, s *site) {
	t.Helper()
	order(t, s.world.IdentityURL, "delay?most="+r.delay.String())
	order(t, s.world.IdentityURL, "double?on=true")
	t.Cleanup(func() { order(t, s.world.IdentityURL, "reset") })
	everybody := world.Crowd(r.people)
	var out outcome
	var next atomic.Int64
	var running sync.WaitGroup
	started := time.Now()
	for range r.atOnce {
		running.Go(func() {
			for {
				n := int(next.Add(1)) - 1
				if n >= r.people {
					return
				}
				r.logIn(t, s, everybody[n], &out)
			}
		})
	}
	running.Wait()
	took := time.Since(started)
	t.Logf("%d log-ins, %d at a time, answers up to %s late, shuffled and doubled: %d in, %d crossed, %d failed, %d times told to come again, in %s (%.0f a second)",
		r.people, r.atOnce, r.delay, out.in.Load(), out.crossed.Load(), out.failed.Load(), out.again.Load(), took.Round(time.Millisecond), float64(r.people)/took.Seconds())
	if out.crossed.Load() > 0 || out.in.Load() != int64(r.people) {
		t.Errorf("%d of %d people are in, %d see somebody else", out.in.Load(), r.people, out.crossed.Load())
	}
	if n := s.number(t, `SELECT count(*) FROM person WHERE family_name = 'Joukkonen'`); n != int64(r.people) {
		t.Errorf("%d persons for %d people", n, r.people)
	}
	if n := s.number(t, `SELECT count(DISTINCT p.id) FROM session AS s JOIN person AS p ON p.id = s.person_id WHERE p.family_name = 'Joukkonen' AND s.ended_at IS NULL`); n != int64(r.people) {
		t.Errorf("%d live sessions for %d people", n, r.people)
	}
}

// logIn logs one person in and looks at the page of sessions, which names them.
func (r race) logIn(t *testing.T, s *site, p world.Person, out *outcome) {
	t.Helper()
	v := s.visitor(p.Key)
	err := patiently(t.Context(), v, out, func() error { return v.enter(t.Context(), "/fi/kirjaudu") })
	if err == nil {
		err = patiently(t.Context(), v, out, func() error {
			_, err := v.get(t.Context(), "/fi/asiointi")
			return err
		})
	}
	a := v.at
	if err != nil {
		out.failed.Add(1)
		t.Logf("%s: %v", p.Key, err)
		return
	}
	switch seen := namesIn(a.body); {
	case len(seen) == 1 && seen[p.Name()] && a.status == http.StatusOK:
		out.in.Add(1)
	case len(seen) > 0 && !seen[p.Name()] || len(seen) > 1:
		out.crossed.Add(1)
		t.Errorf("%s sees %v", p.Name(), seen)
	default:
		out.failed.Add(1)
		t.Logf("%s is not named: %s", p.Name(), a)
	}
}

// patiently tries again for as long as the portal says that it is busy, half a
// minute at most.
func patiently(ctx context.Context, v *visitor, out *outcome, try func() error) error {
	var err error
	for range 30 {
		if err = try(); v.at == nil || v.at.status != http.StatusServiceUnavailable {
			return err
		}
		out.again.Add(1)
		if err := pause(ctx, v.at); err != nil {
			return err
		}
	}
	return err
}

// pause waits as long as a busy portal asks for, a second at most.
func pause(ctx context.Context, a *answer) error {
	seconds, _ := strconv.Atoi(cmp.Or(a.header.Get("Retry-After"), "1"))
	select {
	case <-time.After(min(time.Duration(seconds)*time.Second, time.Second)):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait: %w", ctx.Err())
	}
}

// namesIn are the people of the crowd whom a page names.
func namesIn(body string) map[string]bool {
	seen := map[string]bool{}
	for rest := body; ; {
		i := strings.Index(rest, "Väki ")
		if i < 0 {
			return seen
		}
		rest = rest[i:]
		number := strings.TrimLeft(rest[len("Väki "):], "0123456789")
		n := rest[:len(rest)-len(number)]
		seen[n+" Joukkonen"] = true
		rest = number
	}
}

// TestLogInsDoNotCross is the short form of the drill: nobody gets another's
// session, however the answers come.
func TestLogInsDoNotCross(t *testing.T) {
	t.Parallel()

	s := newSite(t, 5)
	t.Cleanup(s.stop)
	race{people: 200, atOnce: 40, delay: 200 * time.Millisecond}.run(t, s)
}
