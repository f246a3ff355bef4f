package jobwatch_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/jobwatch"
)

func TestASourceOrdersFiveTimesAnHour(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	order := func(i int, source string) error {
		o := p.order(jobwatch.Daily, "kokki")
		o.Address, o.Source = fmt.Sprintf("seeker%d@person.example", i), source
		return p.watches.Order(t.Context(), o)
	}
	for i := range 5 {
		p.do(order(i, "192.0.2.1"))
		p.now = p.now.Add(time.Minute)
	}
	for i := range 3 {
		if err := order(5+i, "192.0.2.1"); !errors.Is(err, jobwatch.ErrTooMany) {
			t.Errorf("order %d: %v", 5+i, err)
		}
	}
	p.do(order(8, "2001:db8::/64"))
	if n := p.count("SELECT count(*) FROM job_watch"); n != 6 {
		t.Errorf("%d orders are kept", n)
	}
	p.now = p.now.Add(time.Hour)
	p.do(order(9, "192.0.2.1"))
	p.now = p.now.Add(time.Hour)
	p.work()
	if n := p.count("SELECT count(*) FROM job_watch_source"); n != 0 {
		t.Errorf("%d sources are kept after an hour", n)
	}
}

func TestAStrangerShutsNobodyOut(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	var wait sync.WaitGroup
	for range 8 {
		o := p.order(jobwatch.Daily, "siivooja")
		wait.Go(func() { p.do(p.watches.Order(t.Context(), o)) })
	}
	wait.Wait()
	if n := p.count("SELECT count(*) FROM job_watch"); n != 3 {
		t.Errorf("%d orders wait", n)
	}
	p.now = p.now.Add(time.Minute)
	p.do(p.watches.Order(t.Context(), p.order(jobwatch.Daily, "kokki")))
	if n := p.count("SELECT count(*) FROM job_watch WHERE criteria @> '{\"q\": [\"kokki\"]}'"); n != 1 {
		t.Errorf("the owner's own order is kept %d times", n)
	}
	if n := p.count("SELECT count(*) FROM job_watch"); n != 3 {
		t.Errorf("%d orders wait", n)
	}
}
