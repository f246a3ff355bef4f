package jobwatch_test

import (
	"errors"
	"slices"
	"testing"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/search"
)

func content(f func(c *jobposting.Content)) func(*jobposting.Incoming) {
	return func(in *jobposting.Incoming) { f(&in.Content) }
}

// matched publishes a posting that a watch with these criteria finds, and returns
// what the watch has to do with it.
func (p *portal) matched(c search.Criteria, title string, more ...func(*jobposting.Incoming)) jobwatch.About {
	p.t.Helper()
	token := p.watch(jobwatch.AtOnce)
	p.do(p.watches.Change(p.t.Context(), token, jobwatch.Change{
		Criteria: c, Schedule: jobwatch.Schedule{Rhythm: jobwatch.AtOnce}, Language: "fi", TermsVersion: 1,
	}))
	p.publish(title, title, more...)
	p.work()
	var id int64
	p.do(p.db.QueryRow(p.t.Context(), "SELECT max(id) FROM job_posting").Scan(&id))
	about, err := p.watches.About(p.t.Context(), token, id)
	p.do(err)
	return about
}

func TestAMatchTellsWhichCriteriaItMeets(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	a := p.matched(search.Criteria{Query: "kokki", Municipalities: []string{"091", "049"}}, "Kokki",
		content(func(c *jobposting.Content) { c.Municipalities = []string{"049"} }))
	if want := []jobwatch.Criterion{{Name: "q", Value: "kokki"}, {Name: "municipality", Value: "049"}}; !slices.Equal(a.Met, want) {
		t.Errorf("meets %v", a.Met)
	}
	if want := []jobwatch.Criterion{{Name: "municipality", Value: "091"}}; !slices.Equal(a.Unmet, want) || !a.Matches || len(a.Told) != 1 || !a.Told[0].Sent {
		t.Errorf("got %+v", a)
	}
	own := p.watchCapped(jobwatch.AtOnce, "siivooja", 0)
	for _, token := range []string{"0000-0000-0000-0000", own, own + "0", own[:18]} {
		if _, err := p.watches.About(t.Context(), token, a.Posting.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("%s: another's watch: %v", token, err)
		}
	}
	if _, err := p.watches.Manage(t.Context(), own+"0"); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("a letter too many: %v", err)
	}
}

func TestObjectionsAreAnsweredWithEdits(t *testing.T) {
	t.Parallel()

	inEspoo := content(func(c *jobposting.Content) {
		c.Municipalities, c.WorkTime, c.Continuity = []string{"049"}, "02", []string{"01"}
	})
	p := newPortal(t)
	for _, test := range []struct {
		criteria  search.Criteria
		objection jobwatch.Objection
		want      search.Criteria
	}{
		{search.Criteria{Query: "kokki", Municipalities: []string{"049", "091"}}, jobwatch.TooFar, search.Criteria{Query: "kokki", Municipalities: []string{"091"}}},
		{search.Criteria{Query: "kokki", Regions: []string{"01"}}, jobwatch.TooFar, search.Criteria{Query: "kokki -Espoo", Regions: []string{"01"}}},
		{search.Criteria{Query: "kokki"}, jobwatch.WrongTime, search.Criteria{Query: "kokki", WorkTimes: []string{"01"}}},
		{search.Criteria{Query: "kokki"}, jobwatch.WrongDuration, search.Criteria{Query: "kokki", Continuity: []string{"02"}}},
	} {
		a := p.matched(test.criteria, "Kokki", inEspoo)
		p.remove("Kokki")
		i := slices.IndexFunc(a.Proposals, func(o jobwatch.Proposal) bool { return o.Objection == test.objection })
		if i < 0 {
			t.Errorf("%+v: no answer to %s: %+v", test.criteria, test.objection, a.Proposals)
			continue
		}
		if got := a.Proposals[i].Criteria; got.Values().Encode() != test.want.Values().Encode() {
			t.Errorf("%+v, %s: %q, want %q", test.criteria, test.objection, got.Values().Encode(), test.want.Values().Encode())
		}
	}
}

func TestNoEditShutsOutWhatIsAskedFor(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	a := p.matched(search.Criteria{Query: "kokki Espoo", WorkTimes: []string{"02"}}, "Kokki Espoossa",
		content(func(c *jobposting.Content) { c.Municipalities, c.WorkTime = []string{"049"}, "02" }))
	for _, o := range a.Proposals {
		if o.Objection == jobwatch.TooFar || o.Objection == jobwatch.WrongTime {
			t.Errorf("%s is answered with %q", o.Objection, o.Criteria.Values().Encode())
		}
	}
}

func TestWhatHasBeenSentAndMatchesAgainIsToldOf(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.AtOnce)
	p.publish("1", "Kokki")
	p.work()
	p.want("watch_digest: Kokki")
	p.now = p.now.Add(3600e9)
	p.publish("1", "Kokki", saying("Tervetuloa keittiöön"))
	p.work()
	p.want()
	s, err := p.watches.Manage(t.Context(), token)
	p.do(err)
	all, err := p.watches.History(t.Context(), s, 10)
	if err != nil || len(all) != 1 || !all[0].Sent || all[0].AgainAt.IsZero() {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestWhatWaitsForTheNextMailIsToldOf(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.Daily)
	p.publish("1", "Kokki")
	p.work()
	s, err := p.watches.Manage(t.Context(), token)
	p.do(err)
	all, err := p.watches.History(t.Context(), s, 10)
	if err != nil || len(all) != 1 || !all[0].Waiting || all[0].Title["fi"] != "Kokki" {
		t.Errorf("got %+v, %v", all, err)
	}
}
