package review_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/review"
)

// office is the officers' work over a database of its own.
type office struct {
	*review.Reviews
	*partnertest.Stack

	tb        testing.TB
	documents *document.Documents

	mu   sync.Mutex
	now  time.Time
	news []review.News
}

func newOffice(tb testing.TB) *office {
	tb.Helper()
	db := pgtest.New(tb)
	o := &office{tb: tb, now: pgtest.Now}
	db.Now = func() time.Time {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.now
	}
	o.Stack = partnertest.New(tb, db, partner.Rules{})
	// The officers of these tests are no rows; applicants are others than they.
	if _, err := db.Exec(tb.Context(), "ALTER TABLE person ALTER COLUMN id RESTART WITH 1000"); err != nil {
		tb.Fatal(err)
	}
	o.documents = document.New(db, identitytest.Keyring(tb), clean{})
	o.Reviews = review.New(db, o.Applications, o.documents, review.DefaultOptions(), o.tell)
	o.Applications.OnStatus = o.Follow
	return o
}

// clean is a scanner that finds nothing.
type clean struct{}

func (clean) Scan(context.Context, io.Reader) error { return nil }

func (o *office) tell(_ context.Context, _ *postgres.Tx, n review.News) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.news = append(o.news, n)
	return nil
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func officer(n int64, groups ...identity.Group) identity.Session {
	if len(groups) == 0 {
		groups = []identity.Group{identity.GroupApplications}
	}
	return identity.Session{ID: n, PersonID: identity.PersonID(n), Kind: identity.KindStaff, Groups: groups}
}

// businesses are valid business IDs.
func business(n int) string {
	for {
		digits := fmt.Sprintf("%07d", 1_000_000+n*7)
		sum := 0
		for i, weight := range []int{7, 9, 10, 5, 8, 4, 2} {
			sum += int(digits[i]-'0') * weight
		}
		switch rest := sum % 11; rest {
		case 0:
			return digits + "-0"
		case 1:
			n += 1000
		default:
			return fmt.Sprintf("%s-%d", digits, 11-rest)
		}
	}
}

// waiting is a new case that nobody has.
func (o *office) waiting(n int) (partner.Application, identity.Session) {
	o.tb.Helper()
	return partnertest.Submitted(o.tb, o.Stack, business(n))
}

// taken is a case in hand of officer 1.
func (o *office) taken() (review.Act, identity.Session) {
	o.tb.Helper()
	app, who := o.waiting(1)
	if _, err := o.Take(o.tb.Context(), officer(1)); err != nil {
		o.tb.Fatal(err)
	}
	return act(officer(1), app), who
}

func act(s identity.Session, app partner.Application) review.Act {
	return review.Act{Officer: s, ID: app.ID, Revision: app.Revision, Submission: rand.Text()}
}

func (o *office) ask(kind review.RequestKind) review.Ask {
	ask := review.Ask{Kind: kind, Message: "Kertokaa tarkemmin.", DueOn: o.DueOn()}
	if kind == review.Specify {
		ask.Fields = []string{"description"}
	}
	return ask
}

func (o *office) refusal() review.Refusal {
	return review.Refusal{Grounds: []review.Ground{review.GroundNoServices}, Reasons: "Organisaatio ei tuota palveluja työnhakijoille."}
}

func word(d review.Decision, _ partner.Application, reasons string) review.Wording {
	return review.Wording{Title: d.Number(), Sections: []review.Section{{Heading: "Perustelut", Paragraphs: []string{reasons}}}}
}

func (o *office) state(id int64) review.Case {
	o.tb.Helper()
	c, err := o.ByID(o.tb.Context(), id)
	if err != nil {
		o.tb.Fatal(err)
	}
	return c
}

func (o *office) count(query string, args ...any) int {
	o.tb.Helper()
	var n int
	if err := o.DB.QueryRow(o.tb.Context(), query, args...).Scan(&n); err != nil {
		o.tb.Fatal(err)
	}
	return n
}

func TestTwentyOfficersNeverGetTheSameCase(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	const cases, officers = 12, 20
	for n := range cases {
		o.waiting(n)
	}
	var mu sync.Mutex
	taken := map[int64]int64{}
	empty := 0
	var wg sync.WaitGroup
	for n := range int64(officers) {
		wg.Go(func() {
			c, err := o.Take(t.Context(), officer(n+1))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, fault.ErrNotFound):
				empty++
			case err != nil:
				t.Error(err)
			case taken[c.ApplicationID] != 0:
				t.Errorf("case %d went to %d and %d", c.ApplicationID, taken[c.ApplicationID], n+1)
			default:
				taken[c.ApplicationID] = n + 1
			}
		})
	}
	wg.Wait()
	// A taker who meets only cases that others lock at that moment sees none; it
	// must not be one too many.
	if len(taken)+empty != officers || len(taken) > cases {
		t.Errorf("%d took a case, %d found none", len(taken), empty)
	}
	for n := range int64(officers) {
		if _, err := o.Take(t.Context(), officer(n+1)); err == nil {
			empty--
		}
	}
	if c, err := o.Counts(t.Context()); err != nil || c.Held != cases || c.Waiting != cases {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestOneOfficerWhoPressesManyTimesGetsOneCase(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	for n := range 5 {
		o.waiting(n)
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := o.Take(t.Context(), officer(1)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := o.count("SELECT count(*) FROM review_case WHERE claimed_by = 1"); n != 1 {
		t.Errorf("has %d cases", n)
	}
}

func TestTheQueueGivesOwnThenExpiredThenOldest(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	var ids []int64
	for n := range 4 {
		app, _ := o.waiting(n)
		ids = append(ids, app.ID)
		o.pass(time.Minute)
	}
	take := func(who int64, want int) {
		t.Helper()
		c, err := o.Take(t.Context(), officer(who))
		if err != nil || c.ApplicationID != ids[want] {
			t.Errorf("officer %d got %d, %v; want %d", who, c.ApplicationID, err, ids[want])
		}
	}
	take(1, 0)
	take(1, 0)
	take(2, 1)
	take(3, 2)
	o.pass(29 * time.Minute)
	take(3, 2) // and goes on with it
	o.pass(2 * time.Minute)
	take(4, 0) // the oldest whose claim ran out
	take(2, 1) // ran out too, and was one's own
	take(1, 3)
}

func TestAClaimEndsHalfWay(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, _ := o.taken()
	o.pass(31 * time.Minute)
	if err := o.Approve(t.Context(), a, ""); !errors.Is(err, review.ErrClaim) || !errors.Is(err, fault.ErrConflict) {
		t.Errorf("got %v", err)
	}
	if err := o.Claim(t.Context(), officer(2), a.ID); err != nil {
		t.Fatal(err)
	}
	if err := o.Claim(t.Context(), officer(1), a.ID); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("claimed from another: %v", err)
	}
	for _, err := range []error{
		o.Approve(t.Context(), a, ""), o.HandBack(t.Context(), a, "x"), o.Ask(t.Context(), a, o.ask(review.Specify)),
	} {
		if !errors.Is(err, review.ErrClaim) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := o.Reject(t.Context(), a, o.refusal(), word); !errors.Is(err, review.ErrClaim) {
		t.Errorf("got %v", err)
	}
	if c := o.state(a.ID); c.State != review.Waiting || c.ClaimedBy != 2 {
		t.Errorf("got %+v", c)
	}
	if n := o.count("SELECT count(*) FROM decision") + o.count("SELECT count(*) FROM review_request"); n != 0 {
		t.Errorf("%d rows of acts that failed", n)
	}
}

func TestActingRenewsTheClaim(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, _ := o.taken()
	for range 4 {
		o.pass(20 * time.Minute)
		a.Submission = rand.Text()
		if err := o.NoteContact(t.Context(), a, "Soitettu."); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Approve(t.Context(), a, ""); err == nil {
		t.Error("one form for two acts")
	}
	a.Submission = rand.Text()
	if err := o.Approve(t.Context(), a, ""); err != nil {
		t.Error(err)
	}
}

func TestHandingBackAndReleasing(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a, _ := o.taken()
	if _, invalid := errors.AsType[*fault.InvalidError](o.HandBack(t.Context(), a, " ")); !invalid {
		t.Error("handed back without a word")
	}
	for range 2 {
		if err := o.HandBack(t.Context(), a, "Olen esteellinen."); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.Take(t.Context(), officer(2)); err != nil {
		t.Fatal(err)
	}
	release := review.Act{Officer: officer(3), ID: a.ID, Submission: rand.Text()}
	if err := o.Release(t.Context(), release, "Loma."); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	release.Officer = officer(3, identity.GroupApplications, identity.GroupMain)
	if err := o.Release(t.Context(), release, "Loma."); err != nil {
		t.Fatal(err)
	}
	notes, err := o.Notes(t.Context(), a.ID)
	if err != nil || len(notes) != 2 || notes[0].Text != "Olen esteellinen." || notes[1].MadeBy != 3 {
		t.Errorf("got %+v, %v", notes, err)
	}
	if c := o.state(a.ID); c.Held(o.Now()) {
		t.Errorf("got %+v", c)
	}
}

func TestEveryPairOfStates(t *testing.T) {
	t.Parallel()

	may := map[[2]review.State]bool{
		{review.Waiting, review.Asked}: true, {review.Waiting, review.Approved}: true, {review.Waiting, review.Rejected}: true,
		{review.Waiting, review.Withdrawn}: true, {review.Asked, review.Waiting}: true, {review.Asked, review.Withdrawn}: true,
	}
	for _, from := range review.States() {
		for _, to := range review.States() {
			if got := from.CanBecome(to); got != may[[2]review.State{from, to}] {
				t.Errorf("from %s to %s: %v", from, to, got)
			}
		}
	}

	// And through the doors: every act on a case in every state.
	for _, from := range review.States() {
		for _, to := range review.States() {
			if from == to {
				continue
			}
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()

				o := newOffice(t)
				a, who := o.taken()
				if err := o.bring(t.Context(), a, who, from); err != nil {
					t.Fatal(err)
				}
				before := o.count("SELECT count(*) FROM audit_event")
				a.Submission = rand.Text()
				err := o.bring(t.Context(), a, who, to)
				if want := may[[2]review.State{from, to}]; want != (err == nil) {
					t.Fatalf("got %v", err)
				}
				got := o.state(a.ID).State
				if err == nil && got != to || err != nil && got != from {
					t.Errorf("got %s after %v", got, err)
				}
				if err != nil && !errors.Is(err, fault.ErrConflict) {
					t.Errorf("got %v", err)
				}
				if after := o.count("SELECT count(*) FROM audit_event"); (after > before) != (err == nil) {
					t.Errorf("%d audit events more after %v", after-before, err)
				}
			})
		}
	}
}

// bring does what takes the case to a state; it is in hand of the act's officer.
func (o *office) bring(ctx context.Context, a review.Act, who identity.Session, to review.State) error {
	var err error
	switch to {
	case review.Waiting:
		if o.state(a.ID).State == review.Waiting {
			return nil
		}
		open, listErr := o.Open(ctx, a.ID)
		if listErr != nil || len(open) == 0 {
			return errors.Join(listErr, fault.ErrConflict)
		}
		sent, checkErr := o.documents.Check(ctx, "x.pdf", []byte("%PDF-1.4\n%%EOF\n"))
		if checkErr != nil {
			return checkErr
		}
		if err := o.Attach(ctx, who, open[0].ID, rand.Text(), sent); err != nil {
			return err
		}
		return o.Deliver(ctx, who, open[0].ID)
	case review.Asked:
		err = o.Ask(ctx, a, o.ask(review.Documents))
	case review.Approved:
		err = o.Approve(ctx, a, "")
	case review.Rejected:
		_, err = o.Reject(ctx, a, o.refusal(), word)
	case review.Withdrawn:
		_, err = o.Applications.Withdraw(ctx, who, a.ID)
	}
	return err
}

func TestNobodyDecidesOnesOwnApplication(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	app, who := o.waiting(1)
	o.pass(time.Minute)
	other, _ := o.waiting(2)
	own := officer(int64(who.PersonID))
	for range 2 {
		if c, err := o.Take(t.Context(), own); err != nil || c.ApplicationID != other.ID {
			t.Errorf("got case %d, %v", c.ApplicationID, err)
		}
	}
	if c := o.state(app.ID); c.Held(o.Now()) {
		t.Errorf("got %+v", c)
	}
	a := act(own, app)
	_, rejected := o.Reject(t.Context(), a, o.refusal(), word)
	for _, err := range []error{o.Claim(t.Context(), own, app.ID), o.Approve(t.Context(), a, ""), o.Ask(t.Context(), a, o.ask(review.Specify)), rejected} {
		if !errors.Is(err, review.ErrOwn) {
			t.Errorf("got %v", err)
		}
	}
	if c, err := o.Take(t.Context(), officer(9)); err != nil || c.ApplicationID != app.ID {
		t.Errorf("another officer got case %d, %v", c.ApplicationID, err)
	}
}
