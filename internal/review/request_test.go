package review_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/review"
)

const pdf = "%PDF-1.4\n%%EOF\n"

func TestACorrectionComesBackToItsPlaceInTheQueue(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, who := o.taken()
	for range 2 { // sent twice
		if err := o.Ask(t.Context(), a, o.ask(review.Specify)); err != nil {
			t.Fatal(err)
		}
	}
	if c := o.state(a.ID); c.State != review.Asked || c.Held(o.Now()) {
		t.Fatalf("got %+v", c)
	}
	open, err := o.Open(t.Context(), a.ID)
	if err != nil || len(open) != 1 || open[0].Fields[0] != "description" || !open[0].DueOn.Equal(o.DueOn()) {
		t.Fatalf("got %+v, %v", open, err)
	}
	if len(o.news) != 1 || o.news[0].Kind != review.MailSpecify || o.news[0].Request.ID != open[0].ID {
		t.Errorf("got %+v", o.news)
	}

	o.pass(3 * 24 * time.Hour)
	later, _ := o.waiting(2)
	app, err := o.Applications.ByID(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	form := app.Form
	form.DescriptionFi = "Valmennamme ja ohjaamme työnhakijoita."
	d, err := o.Drafts.Save(t.Context(), who, a.ID, i18n.Finnish, 0, partner.PartDescription, form, app.Form)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Applications.Revise(t.Context(), who, a.ID, rand.Text(), d.Version); err != nil {
		t.Fatal(err)
	}
	c := o.state(a.ID)
	if c.State != review.Waiting || c.Mark != review.Resubmitted || c.Revision != 2 || !c.WaitingSince.Equal(o.Now()) || c.Late(o.Now()) {
		t.Errorf("got %+v", c)
	}
	if all, err := o.Requests(t.Context(), a.ID); err != nil || all[0].State != review.RequestAnswered {
		t.Errorf("got %+v, %v", all, err)
	}
	next, err := o.Take(t.Context(), officer(5))
	if err != nil || next.ApplicationID != a.ID {
		t.Errorf("got case %d before %d, %v; the new one is %d", next.ApplicationID, a.ID, err, later.ID)
	}

	// What the officer saw before is not what is there now.
	a.Officer, a.Submission = officer(5), rand.Text()
	if err := o.Approve(t.Context(), a, ""); !errors.Is(err, fault.ErrConflict) || errors.Is(err, review.ErrClaim) {
		t.Errorf("got %v", err)
	}
	a.Revision = 2
	if err := o.Approve(t.Context(), a, ""); err != nil {
		t.Error(err)
	}
}

func TestAnApplicantWhoDoesNotAnswerIsRemindedAndThenNotWaitedFor(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, _ := o.taken()
	if err := o.Ask(t.Context(), a, o.ask(review.Documents)); err != nil {
		t.Fatal(err)
	}
	work := func(want review.State, mails int) {
		t.Helper()
		for range 2 {
			if err := o.Work(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if c := o.state(a.ID); c.State != want || len(o.news) != mails {
			t.Errorf("got %+v and %d mails", c, len(o.news))
		}
	}
	work(review.Asked, 1)
	o.pass(o.DueOn().Sub(o.Now()) - 5*24*time.Hour) // Wednesday of the week before
	work(review.Asked, 2)
	if o.news[1].Kind != review.MailReminder {
		t.Errorf("got %+v", o.news[1])
	}
	o.pass(6*24*time.Hour - time.Minute) // the last minute of the last day
	work(review.Asked, 2)
	o.pass(time.Minute)
	work(review.Waiting, 2)
	c := o.state(a.ID)
	if c.Mark != review.Lapsed || c.Revision != 1 {
		t.Errorf("got %+v", c)
	}
	if all, err := o.Requests(t.Context(), a.ID); err != nil || all[0].State != review.RequestLapsed {
		t.Errorf("got %+v, %v", all, err)
	}
	if counts, err := o.Counts(t.Context()); err != nil || counts.Lapsed != 1 {
		t.Errorf("got %+v, %v", counts, err)
	}
	if app, err := o.Applications.ByID(t.Context(), a.ID); err != nil || app.Status != partner.InReview {
		t.Errorf("got %s, %v", app.Status, err)
	}
}

func TestDocumentsComeFromTheApplicantAlone(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, who := o.taken()
	if err := o.Ask(t.Context(), a, o.ask(review.Documents)); err != nil {
		t.Fatal(err)
	}
	open, err := o.Open(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	id := open[0].ID
	clean, err := o.documents.Check(t.Context(), "todistus.pdf", []byte(pdf))
	if err != nil {
		t.Fatal(err)
	}
	other := who
	other.Acting = &identity.Acting{BusinessID: business(77)}
	for _, s := range []identity.Session{other, {}, officer(1)} {
		if err := o.Attach(t.Context(), s, id, rand.Text(), clean); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if err := o.Deliver(t.Context(), s, id); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	if _, invalid := errors.AsType[*fault.InvalidError](o.Deliver(t.Context(), who, id)); !invalid {
		t.Error("delivered nothing")
	}
	if err := o.Attach(t.Context(), who, id, rand.Text(), clean); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := o.Deliver(t.Context(), who, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Attach(t.Context(), who, id, rand.Text(), clean); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("took in a document after all were delivered: %v", err)
	}
	if c := o.state(a.ID); c.State != review.Waiting || c.Mark != review.Resubmitted {
		t.Errorf("got %+v", c)
	}
}

func TestWhatAnOfficerAsksIsChecked(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	for name, test := range map[string]struct {
		change func(a *review.Ask)
		want   string
	}{
		"no field":         {func(a *review.Ask) { a.Fields = nil }, "review.ask.fields"},
		"unknown field":    {func(a *review.Ask) { a.Fields = []string{"role"} }, "review.ask.fields"},
		"no message":       {func(a *review.Ask) { a.Message = " \n" }, "review.ask.message"},
		"an endless one":   {func(a *review.Ask) { a.Message = strings.Repeat("ä", 40_000) }, "review.ask.long"},
		"no date":          {func(a *review.Ask) { a.DueOn = time.Time{} }, "review.ask.due_format"},
		"today":            {func(a *review.Ask) { a.DueOn = o.Now() }, "review.ask.due_past"},
		"next year":        {func(a *review.Ask) { a.DueOn = o.Now().AddDate(1, 0, 0) }, "review.ask.due_far"},
		"Easter":           {func(a *review.Ask) { a.DueOn = time.Date(2026, time.April, 6, 0, 0, 0, 0, i18n.Helsinki) }, "review.ask.due_closed"},
		"a Saturday":       {func(a *review.Ask) { a.DueOn = time.Date(2026, time.March, 14, 0, 0, 0, 0, i18n.Helsinki) }, "review.ask.due_closed"},
		"nothing is wrong": {func(*review.Ask) {}, ""},
	} {
		ask := o.ask(review.Specify)
		test.change(&ask)
		got := ""
		if invalid, ok := errors.AsType[*fault.InvalidError](o.ValidateAsk(ask)); ok {
			got = invalid.Fields[0].MessageID
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestTheClockCountsWorkingDays(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.pass(time.Date(2026, time.April, 2, 9, 0, 0, 0, time.UTC).Sub(o.Now())) // Maundy Thursday
	app, _ := o.waiting(1)
	c := o.state(app.ID)
	if want := time.Date(2026, time.April, 14, 0, 0, 0, 0, i18n.Helsinki); !c.DueAt.Equal(want) {
		t.Errorf("due %v, want %v", c.DueAt, want)
	}
	o.pass(c.DueAt.Sub(o.Now()) - time.Second)
	if o.state(app.ID).Late(o.Now()) {
		t.Error("late a second too soon")
	}
	o.pass(time.Second)
	if counts, err := o.Counts(t.Context()); err != nil || counts.Late != 1 || !o.state(app.ID).Late(o.Now()) {
		t.Errorf("got %+v, %v", counts, err)
	}
}

func TestPostSupervision(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	o.Stack = partnertest.New(t, o.DB, partner.Rules{SampleRate: 1, SampleSeed: "seed"})
	o.Reviews = review.New(o.DB, o.Applications, o.documents, review.DefaultOptions(), o.tell)
	p, _ := partnertest.Approved(t, o.Stack, business(1))
	a := review.Act{Officer: officer(1, identity.GroupSupervision), ID: p.ApplicationID, Submission: rand.Text()}
	for range 2 {
		if err := o.PostReview(t.Context(), a, "Tarkistettu rekistereistä."); err != nil {
			t.Fatal(err)
		}
	}
	left, err := o.Applications.Supervised(t.Context())
	if err != nil || len(left) != 0 {
		t.Errorf("got %d, %v", len(left), err)
	}
	if notes, err := o.Notes(t.Context(), a.ID); err != nil || len(notes) != 1 {
		t.Errorf("got %+v, %v", notes, err)
	}
}
