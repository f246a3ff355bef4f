package jobwatch_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/search"
)

func TestOneAddressGetsOneConfirmationADay(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	forms := []string{"maija.meikalainen@gmail.com", "MaijaMeikalainen+a@gmail.com", "m.a.i.j.a.meikalainen+b@googlemail.com", "MAIJAMEIKALAINEN@GMAIL.COM"}
	for i := range 200 {
		o := p.order(jobwatch.AtOnce, fmt.Sprintf("kokki %d", i))
		o.Address = forms[i%len(forms)]
		p.do(p.watches.Order(t.Context(), o))
		if i%20 == 0 {
			p.work()
		}
	}
	p.wait(23*time.Hour, time.Hour)
	if got := p.server.bodies(); len(got) != 1 {
		t.Errorf("%d confirmations in a day: %q", len(got), got)
	}
	if n := p.count("SELECT count(*) FROM job_watch"); n != 3 {
		t.Errorf("%d orders wait", n)
	}
	o := p.order(jobwatch.AtOnce, "kokki")
	o.Address = "maija.meikalainen@other.example"
	p.do(p.watches.Order(t.Context(), o))
	p.work()
	if got := p.server.bodies(); len(got) != 1 {
		t.Errorf("another address was sent %q", got)
	}
}

func TestAStormOfOrdersIsDelayedAndNotLost(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for i := range 150 {
		o := p.order(jobwatch.Daily, "kokki")
		o.Address = fmt.Sprintf("seeker%d@person.example", i)
		p.do(p.watches.Order(t.Context(), o))
	}
	p.work()
	for minute, want := range []int{60, 60, 30, 0} {
		p.work()
		if got := len(p.server.bodies()); got != want {
			t.Errorf("minute %d: %d confirmations, want %d", minute, got, want)
		}
		p.now = p.now.Add(time.Minute)
		p.work()
	}
}

func TestTheSameOrderTwiceIsOne(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	o := p.order(jobwatch.Daily, "kokki")
	for range 5 {
		p.do(p.watches.Order(t.Context(), o))
	}
	if n := p.count("SELECT count(*) FROM job_watch"); n != 1 {
		t.Errorf("%d orders", n)
	}
}

func TestALinkConfirmsEveryOrderOfItsAddressAndNoOther(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for _, query := range []string{"kokki", "siivooja"} {
		p.do(p.watches.Order(t.Context(), p.order(jobwatch.AtOnce, query)))
	}
	other := p.order(jobwatch.AtOnce, "vartija")
	other.Address = "Aino.Vahti@person.example" // counted as the same mailbox
	p.do(p.watches.Order(t.Context(), other))
	p.work()
	bodies := p.server.bodies()
	token := bodies[0][len("watch_confirmation: /fi/confirm/"):]
	orders, err := p.watches.Orders(t.Context(), token)
	if err != nil || len(orders) != 2 || orders[0].Criteria.Query != "kokki" || orders[1].Criteria.Query != "siivooja" {
		t.Fatalf("got %+v, %v", orders, err)
	}
	for range 2 {
		_, err = p.watches.Confirm(t.Context(), token, orders[1].ID)
		p.do(err)
	}
	if _, err := p.watches.Confirm(t.Context(), token, orders[1].ID+1); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("confirmed an order of another address: %v", err)
	}
	p.do(p.watches.Decline(t.Context(), token, orders[0].ID))
	if n := p.count("SELECT count(*) FROM job_watch WHERE state = 'active'"); n != 1 {
		t.Errorf("%d watches in force", n)
	}
}

func TestOrdersAreChecked(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	for name, test := range map[string]struct {
		spoil func(*jobwatch.Order)
		field string
	}{
		"no address":        {func(o *jobwatch.Order) { o.Address = "" }, "email"},
		"two addresses":     {func(o *jobwatch.Order) { o.Address = "a@b.example,c@d.example" }, "email"},
		"no rhythm":         {func(o *jobwatch.Order) { o.Schedule.Rhythm = "hourly" }, "rhythm"},
		"terms not taken":   {func(o *jobwatch.Order) { o.Accepted = false }, "terms"},
		"other terms":       {func(o *jobwatch.Order) { o.TermsVersion = 2 }, "terms"},
		"no criteria":       {func(o *jobwatch.Order) { o.Criteria = search.Criteria{Since: p.now} }, "criteria"},
		"criteria of space": {func(o *jobwatch.Order) { o.Criteria = search.Criteria{Query: "  "} }, "criteria"},
	} {
		o := p.order(jobwatch.Daily, "kokki")
		test.spoil(&o)
		err := p.watches.Order(t.Context(), o)
		invalid, ok := errors.AsType[*fault.InvalidError](err)
		if !ok || len(invalid.Fields) != 1 || invalid.Fields[0].Field != test.field {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := p.count("SELECT count(*) FROM job_watch"); n != 0 {
		t.Errorf("%d orders are kept", n)
	}
}

func TestPreviewTellsWhatThereWouldHaveBeen(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	start := p.now
	for i := range 14 {
		p.now = start.Add(-time.Duration(i/2) * 24 * time.Hour)
		p.publish(string(rune('a'+i)), "Kokki")
	}
	p.now = start.Add(-40 * 24 * time.Hour)
	p.publish("old", "Vanha kokki")
	p.now = start
	p.work()
	got, err := p.watches.Preview(t.Context(), search.Criteria{Query: "kokki"}, 0, p.watches.Today())
	want := map[jobwatch.Rhythm]int{jobwatch.AtOnce: 7, jobwatch.Daily: 7, jobwatch.Weekly: 2}
	if err != nil || got.Total != 14 || !maps.Equal(got.Mails, want) || len(got.Cards) != 14 || got.TooWide {
		t.Errorf("%d postings in %v mails, %d shown: %v", got.Total, got.Mails, len(got.Cards), err)
	}
}

func TestThreeMonthsByTheCalendar(t *testing.T) {
	t.Parallel()

	for from, want := range map[time.Time]time.Time{
		time.Date(2027, time.November, 30, 23, 30, 0, 0, i18n.Helsinki): time.Date(2028, time.February, 29, 23, 30, 0, 0, i18n.Helsinki),
		time.Date(2026, time.November, 30, 8, 0, 0, 0, i18n.Helsinki):   time.Date(2027, time.February, 28, 8, 0, 0, 0, i18n.Helsinki),
		time.Date(2028, time.February, 29, 12, 0, 0, 0, i18n.Helsinki):  time.Date(2028, time.May, 29, 12, 0, 0, 0, i18n.Helsinki),
		time.Date(2027, time.January, 15, 0, 0, 0, 0, i18n.Helsinki):    time.Date(2027, time.April, 15, 0, 0, 0, 0, i18n.Helsinki),
	} {
		p := newPortal(t)
		p.now = from
		token := p.watch(jobwatch.Daily)
		s, err := p.watches.Manage(t.Context(), token)
		if err != nil || !s.EndsAt.Equal(want) {
			t.Errorf("from %v to %v, want %v: %v", from, s.EndsAt.In(i18n.Helsinki), want, err)
		}
	}
}

func TestDailyMailsCameAtEightOnBothNightsOfTheClocks(t *testing.T) {
	t.Parallel()

	for _, night := range []time.Time{
		time.Date(2026, time.March, 29, 0, 0, 0, 0, i18n.Helsinki), time.Date(2026, time.October, 25, 0, 0, 0, 0, i18n.Helsinki),
	} {
		p := newPortal(t)
		p.now = night.Add(-12 * time.Hour)
		p.watch(jobwatch.Daily)
		for range 3 {
			p.publish(p.now.String(), "Kokki")
			_, m, d := p.now.In(i18n.Helsinki).Date()
			next := time.Date(2026, m, d+1, 8, 0, 0, 0, i18n.Helsinki)
			p.now = next.Add(-time.Second)
			p.work()
			p.want()
			p.now = next
			p.work()
			p.now = next.Add(-time.Hour) // the machine's clock is put back
			p.work()
			p.now = next.Add(time.Hour)
			p.work()
			p.want("watch_digest: Kokki")
		}
		p.sound()
	}
}
