package review_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/review"
)

func TestDecisionsAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	const n = 8
	var acts []review.Act
	for i := range n {
		app, _ := o.waiting(i)
		s := officer(int64(i + 1))
		if _, err := o.Take(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		acts = append(acts, act(s, app))
	}
	var wg sync.WaitGroup
	for i, a := range acts {
		wg.Go(func() {
			if i%2 == 0 { // one that fails after it was given its number
				failing := a
				failing.Submission = rand.Text()
				_, _ = o.Reject(t.Context(), failing, o.refusal(), func(review.Decision, partner.Application, string) review.Wording {
					return review.Wording{Title: "\x00"} // which no jsonb takes
				})
			}
			if _, err := o.Reject(t.Context(), a, o.refusal(), word); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := o.count("SELECT count(*) FROM decision WHERE year = 2026 AND serial BETWEEN 1 AND $1", n); got != n {
		t.Errorf("%d decisions have the numbers 1 to %d", got, n)
	}
	d, err := o.Decision(t.Context(), officer(1), 1)
	if err != nil || !strings.HasPrefix(d.Number(), "2026/00000") || d.Wording.Title != d.Number() {
		t.Errorf("got %+v, %v", d, err)
	}

	// New Year comes at midnight in Helsinki, two hours before it does in UTC.
	o.pass(time.Date(2026, time.December, 31, 22, 30, 0, 0, time.UTC).Sub(o.Now()))
	app, _ := o.waiting(50)
	if err := o.Claim(t.Context(), officer(1), app.ID); err != nil {
		t.Fatal(err)
	}
	if d, err := o.Reject(t.Context(), act(officer(1), app), o.refusal(), word); err != nil || d.Number() != "2027/000001" {
		t.Errorf("got %s, %v", d.Number(), err)
	}
}

func TestADecisionNeverChanges(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, _ := o.taken()
	if _, err := o.Reject(t.Context(), a, o.refusal(), word); err != nil {
		t.Fatal(err)
	}
	// The tests own the tables.
	for _, query := range []string{
		"UPDATE decision SET organisation = 'x'", "UPDATE decision SET document = '{}'", "DELETE FROM decision", "TRUNCATE decision",
	} {
		if _, err := o.DB.Exec(t.Context(), query); err == nil {
			t.Errorf("%s: done", query)
		}
	}
}

func TestAFormThatIsSentFiftyTimesHasOneEffect(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, _ := o.taken()
	var wg sync.WaitGroup
	var mu sync.Mutex
	numbers := map[string]int{}
	for range 50 {
		wg.Go(func() {
			d, err := o.Reject(t.Context(), a, o.refusal(), word)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			numbers[d.Number()]++
		})
	}
	wg.Wait()
	if len(numbers) != 1 || numbers["2026/000001"] != 50 || len(o.news) != 1 {
		t.Errorf("got %v and %d mails", numbers, len(o.news))
	}
	if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'decision.made'"); n != 1 {
		t.Errorf("%d decisions in the audit log", n)
	}
}

func TestADecisionIsReadByItsOrganisationAndByStaffAlone(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, who := o.taken()
	d, err := o.Reject(t.Context(), a, o.refusal(), word)
	if err != nil {
		t.Fatal(err)
	}
	other := who
	other.Acting = &identity.Acting{BusinessID: business(77)}
	nobody := who
	nobody.Acting = nil
	for _, s := range []identity.Session{other, nobody, {}} {
		if _, err := o.Decision(t.Context(), s, d.ID); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	for _, s := range []identity.Session{who, officer(9)} {
		if _, err := o.Decision(t.Context(), s, d.ID); err != nil {
			t.Error(err)
		}
	}
	if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'decision.read'"); n != 2 {
		t.Errorf("%d readings in the audit log", n)
	}
	mine, err := o.Decisions(t.Context(), d.BusinessID)
	if err != nil || len(mine) != 1 || mine[0].Language != i18n.Finnish {
		t.Errorf("got %+v, %v", mine, err)
	}
	app, err := o.Applications.ByID(t.Context(), a.ID)
	if err != nil || app.Status != partner.Rejected {
		t.Errorf("got %s, %v", app.Status, err)
	}
}

func TestARejectionNeedsGroundsAndReasons(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, _ := o.taken()
	for name, f := range map[string]review.Refusal{
		"nothing":        {},
		"no reasons":     {Grounds: review.Grounds()},
		"a word":         {Grounds: review.Grounds(), Reasons: "Ei käy."},
		"unknown ground": {Grounds: []review.Ground{"mood"}, Reasons: o.refusal().Reasons},
		"endless":        {Grounds: review.Grounds(), Reasons: strings.Repeat("a", 40_000)},
	} {
		_, err := o.Reject(t.Context(), a, f, word)
		if _, invalid := errors.AsType[*fault.InvalidError](err); !invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOnlyOfficersOfTheGroupAct(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, who := o.taken()
	for _, s := range []identity.Session{who, officer(1, identity.GroupAudit), {}} {
		a.Officer = s
		_, rejected := o.Reject(t.Context(), a, o.refusal(), word)
		_, taken := o.Take(t.Context(), s)
		for _, err := range []error{
			rejected, taken, o.Approve(t.Context(), a, ""), o.Ask(t.Context(), a, o.ask(review.Specify)), o.HandBack(t.Context(), a, "x"),
			o.NoteContact(t.Context(), a, "x"), o.Claim(t.Context(), s, a.ID), o.PostReview(t.Context(), a, "x"), o.Release(t.Context(), a, "x"),
		} {
			if !errors.Is(err, fault.ErrForbidden) {
				t.Errorf("got %v", err)
			}
		}
	}
}

func TestAnApplicantAndAnOfficerAtTheSameTimeDoNotBlockEachOther(t *testing.T) {
	t.Parallel()

	for range 5 {
		o := newOffice(t)
		a, who := o.taken()
		var approved, withdrawn error
		var wg sync.WaitGroup
		wg.Go(func() { approved = o.Approve(t.Context(), a, "") })
		wg.Go(func() { _, withdrawn = o.Applications.Withdraw(t.Context(), who, a.ID) })
		wg.Wait()
		if (approved == nil) == (withdrawn == nil) {
			t.Errorf("approval: %v; withdrawal: %v", approved, withdrawn)
		}
		for _, err := range []error{approved, withdrawn} {
			if err != nil && (!errors.Is(err, fault.ErrConflict) || postgres.IsUnavailable(err)) {
				t.Errorf("got %v", err)
			}
		}
	}
}
