package partner_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/terms"
)

const business = partnertest.Business

func stack(t *testing.T) *partnertest.Stack {
	t.Helper()
	return partnertest.New(t, pgtest.New(t), partner.Rules{SampleSeed: "seed"})
}

func TestRulesApproveAtOnce(t *testing.T) {
	t.Parallel()

	s := stack(t)
	var statuses []partner.Status
	s.Applications.OnStatus = func(_ context.Context, _ *postgres.Tx, a partner.Application) error {
		statuses = append(statuses, a.Status)
		return nil
	}
	s.Answer(t, business)
	who := s.Representative(t, business)

	app := s.Submit(t, who, partnertest.Form())

	if app.Status != partner.Approved || app.DecidedAt.IsZero() {
		t.Errorf("application is %s, decided at %v", app.Status, app.DecidedAt)
	}
	stored, err := s.Applications.ByID(t.Context(), app.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(app, stored, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("stored application differs (-returned +stored):\n%s", diff)
	}
	for i, v := range stored.Verdicts {
		if v.Rule != partner.RuleIDs()[i] || v.Outcome != partner.Pass {
			t.Errorf("verdict %d = %+v", i, v)
		}
	}
	p, err := s.Partners.ByBusinessID(t.Context(), business)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "Esimerkki 1234567-1 Oy" || p.ApplicationID != app.ID || p.Version != 1 {
		t.Errorf("partner = %+v", p)
	}
	if diff := cmp.Diff(partnertest.Form().Tidied(), p.Form, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("partner's form (-sent +kept):\n%s", diff)
	}
	if d, err := s.Drafts.Of(t.Context(), who, 0); err != nil || d.Version != 0 {
		t.Errorf("draft after sending = %+v, %v", d, err)
	}
	wantMails(t, s, "application_approved")
	wantEvents(t, s.DB, "draft.begun", "terms.accepted", "application.submitted", "application.approved", "partner.joined")
	if diff := cmp.Diff([]partner.Status{partner.Approved}, statuses); diff != "" {
		t.Errorf("hook saw (-want +got):\n%s", diff)
	}
}

func TestRulesSendToAnOfficer(t *testing.T) {
	t.Parallel()

	sound := organisation.Organisation{BusinessID: business, Name: "Esimerkki Oy", Form: "OY"}
	bankrupt, dissolving, ceased := sound, sound, sound
	bankrupt.Bankruptcy, dissolving.Liquidation, ceased.Ceased = true, true, true
	looked := partnertest.Form()
	looked.ServiceAreas = []string{"training", "work_ability"}
	renamed, moved := partnertest.Form(), partnertest.Form()
	renamed.Corrections = []partner.Correction{{Field: partner.CorrectName, Value: "Esimerkkivirasto"}}
	moved.Corrections = []partner.Correction{{Field: partner.CorrectAddress, Value: `=HYPERLINK("http://example.fi")`}}
	for _, test := range []struct {
		name      string
		told      organisation.Organisation
		form      partner.Form
		rule      string
		want      partner.Outcome
		situation string
	}{
		{"bankruptcy", bankrupt, partnertest.Form(), partner.RuleOrganisation, partner.Fail, "bankruptcy"},
		{"liquidation", dissolving, partnertest.Form(), partner.RuleOrganisation, partner.Fail, "liquidation"},
		{"end of business", ceased, partnertest.Form(), partner.RuleOrganisation, partner.Fail, "ceased"},
		{"organisation that the register does not know", organisation.Organisation{}, partnertest.Form(), partner.RuleOrganisation, partner.Look, "missing"},
		{"service area that needs a look", sound, looked, partner.RuleServiceAreas, partner.Look, ""},
		{"name of somebody else", sound, renamed, partner.RuleCorrections, partner.Look, ""},
		{"address of somewhere else", sound, moved, partner.RuleCorrections, partner.Look, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			s := stack(t)
			s.Told[business] = test.told
			s.Answer(t, business)

			app := s.Submit(t, s.Representative(t, business), test.form)

			broken := app.Broken()
			if app.Status != partner.InReview || len(broken) != 1 {
				t.Fatalf("application is %s, broken rules %+v", app.Status, broken)
			}
			if v := broken[0]; v.Rule != test.rule || v.Outcome != test.want || v.Evidence["situation"] != test.situation {
				t.Errorf("verdict = %+v", v)
			}
			if _, err := s.Partners.ByBusinessID(t.Context(), business); !errors.Is(err, fault.ErrNotFound) {
				t.Errorf("partner: %v, want none", err)
			}
			waiting, err := s.Applications.Waiting(t.Context())
			if err != nil || len(waiting) != 1 || waiting[0].ID != app.ID {
				t.Errorf("waiting = %v, %v", waiting, err)
			}
			wantMails(t, s, "application_in_review")
		})
	}
}

func TestSilentRegisterDelaysAndNeverDecides(t *testing.T) {
	t.Parallel()

	s := stack(t)
	now := pgtest.Now
	s.DB.Now = func() time.Time { return now }
	who := s.Representative(t, business)

	app := s.Submit(t, who, partnertest.Form())

	if app.Status != partner.Submitted {
		t.Fatalf("application is %s", app.Status)
	}
	if n, err := s.Applications.Decide(t.Context()); err != nil || n != 0 {
		t.Errorf("Decide in silence = %d, %v", n, err)
	}
	now = now.Add(time.Minute)
	if err := s.Register.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Applications.Decide(t.Context()); err != nil || n != 1 {
		t.Errorf("Decide after the answer = %d, %v", n, err)
	}
	if app, err := s.Applications.ByID(t.Context(), app.ID); err != nil || app.Status != partner.Approved || app.Organisation.FetchedAt.IsZero() {
		t.Errorf("application = %+v, %v", app, err)
	}
	wantMails(t, s, "application_received", "application_approved")

	other := s.Representative(t, "2345678-5")
	late := s.Submit(t, other, partnertest.Form())
	now = now.Add(25 * time.Hour)
	if n, err := s.Applications.Decide(t.Context()); err != nil || n != 1 {
		t.Errorf("Decide after a day of silence = %d, %v", n, err)
	}
	if late, err := s.Applications.ByID(t.Context(), late.ID); err != nil || late.Status != partner.InReview {
		t.Errorf("application after a day of silence = %s, %v, want in review", late.Status, err)
	}
}

func TestFiftyCopiesAreOneApplication(t *testing.T) {
	t.Parallel()

	s := stack(t)
	s.Answer(t, business)
	who := s.Representative(t, business)
	s.AcceptTerms(t, who)
	d := s.Draft(t, who, partnertest.Form())
	ids := make([]int64, 50)
	errs := make([]error, len(ids))
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			app, err := s.Applications.Submit(context.WithoutCancel(t.Context()), who, "one", d.Version)
			ids[i], errs[i] = app.ID, err
		})
	}
	wg.Wait()

	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 1 || ids[0] == 0 {
		t.Errorf("applications = %v, want one", slices.Compact(ids))
	}
	wantCount(t, s.DB, 1, `SELECT count(*) FROM application`)
	wantCount(t, s.DB, 1, `SELECT count(*) FROM partner`)
	wantCount(t, s.DB, 1, `SELECT count(*) FROM mail_outbox`)
	wantCount(t, s.DB, 1, `SELECT count(*) FROM audit_event WHERE action = 'application.submitted'`)
}

func TestTwoRepresentativesMakeOneApplication(t *testing.T) {
	t.Parallel()

	s := stack(t)
	versions := map[identity.PersonID]int{}
	var people []identity.Session
	for range 8 {
		who := s.Representative(t, business)
		s.AcceptTerms(t, who)
		versions[who.PersonID] = s.Draft(t, who, partnertest.Form()).Version
		people = append(people, who)
	}
	errs := make([]error, len(people))
	var wg sync.WaitGroup
	for i, who := range people {
		wg.Go(func() {
			_, errs[i] = s.Applications.Submit(context.WithoutCancel(t.Context()), who, rand.Text(), versions[who.PersonID])
		})
	}
	wg.Wait()

	sent := 0
	for _, err := range errs {
		switch {
		case err == nil:
			sent++
		case !errors.Is(err, fault.ErrConflict):
			t.Error(err)
		}
	}
	if sent != 1 {
		t.Errorf("sent %d times, want once", sent)
	}
	wantCount(t, s.DB, 1, `SELECT count(*) FROM application`)
	wantCount(t, s.DB, 7, `SELECT count(*) FROM application_draft`)
}

func TestSubmitRefuses(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, s *partnertest.Stack, who *identity.Session, version *int)
		want  error
		field string
	}{
		{"a draft that changed after the check", func(_ *testing.T, _ *partnertest.Stack, _ *identity.Session, version *int) { *version-- }, fault.ErrConflict, ""},
		{"a right that has ended", func(_ *testing.T, s *partnertest.Stack, _ *identity.Session, _ *int) {
			s.Applications.Recheck = func(context.Context, identity.Session) error { return fault.ErrForbidden }
		}, fault.ErrForbidden, ""},
		{"somebody who acts for nobody", func(_ *testing.T, _ *partnertest.Stack, who *identity.Session, _ *int) { who.Acting = nil }, fault.ErrForbidden, ""},
		{"another person's draft", func(t *testing.T, s *partnertest.Stack, who *identity.Session, _ *int) {
			t.Helper()
			*who = s.Representative(t, business)
			s.AcceptTerms(t, *who)
		}, fault.ErrNotFound, ""},
		{"somebody who has not accepted the terms", func(t *testing.T, s *partnertest.Stack, who *identity.Session, _ *int) {
			t.Helper()
			*who = s.Representative(t, business)
		}, nil, "terms"},
		{"a draft with faults", func(t *testing.T, s *partnertest.Stack, who *identity.Session, version *int) {
			t.Helper()
			d, err := s.Drafts.Save(t.Context(), *who, 0, i18n.Finnish, *version, partner.PartDeclarations, partner.Form{}, partner.Form{})
			if err != nil {
				t.Fatal(err)
			}
			*version = d.Version
		}, nil, "declaration_law"},
		{"a draft whose time has come", func(_ *testing.T, s *partnertest.Stack, _ *identity.Session, _ *int) {
			s.DB.Now = func() time.Time { return pgtest.Now.Add(partner.DraftKept) }
		}, fault.ErrConflict, ""},
		{"a partner", func(t *testing.T, s *partnertest.Stack, _ *identity.Session, _ *int) {
			t.Helper()
			partnertest.Approved(t, s, business)
		}, fault.ErrConflict, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			s := stack(t)
			who := s.Representative(t, business)
			s.AcceptTerms(t, who)
			version := s.Draft(t, who, partnertest.Form()).Version
			test.spoil(t, s, &who, &version)
			before := count(t, s.DB, `SELECT count(*) FROM application`)

			_, err := s.Applications.Submit(t.Context(), who, "one", version)

			if invalid, ok := errors.AsType[*fault.InvalidError](err); test.field != "" && (!ok || invalid.Fields[0].Field != test.field) {
				t.Errorf("Submit = %v, want the field %s", err, test.field)
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("Submit = %v, want %v", err, test.want)
			}
			wantCount(t, s.DB, before, `SELECT count(*) FROM application`)
		})
	}
}

func TestRemovedPartnerGoesToAnOfficer(t *testing.T) {
	t.Parallel()

	for barred, want := range map[string]partner.Status{
		"NULL":                        partner.InReview,
		"'2026-03-03T00:00:00Z'":      partner.InReview,
		"'2026-03-01 00:00:00+00:00'": partner.Approved,
	} {
		s := stack(t)
		partnertest.Approved(t, s, business)
		_, err := s.DB.Exec(t.Context(), `UPDATE partner SET status = 'removed', removed_at = $1, barred_until = `+barred, s.DB.Now())
		if err != nil {
			t.Fatal(err)
		}
		if app := s.Submit(t, s.Representative(t, business), partnertest.Form()); app.Status != want {
			t.Errorf("barred until %s: application is %s, want %s", barred, app.Status, want)
		}
	}
}

func TestOwnNameInOtherLettersNeedsNoLook(t *testing.T) {
	t.Parallel()

	s := stack(t)
	s.Told[business] = organisation.Organisation{BusinessID: business, Name: "Esimerkki Oy", ParallelNames: []string{"Exempel Ab"}}
	s.Answer(t, business)
	form := partnertest.Form()
	form.Corrections = []partner.Correction{{Field: partner.CorrectName, Value: "EXEMPEL AB"}}
	if app := s.Submit(t, s.Representative(t, business), form); app.Status != partner.Approved {
		t.Errorf("application is %s, broken rules %+v", app.Status, app.Broken())
	}
}

func TestRejectionSendsTheNextApplicationToAnOfficer(t *testing.T) {
	t.Parallel()

	for ago, want := range map[string]partner.Status{"1 month": partner.InReview, "5 months 20 days": partner.InReview, "7 months": partner.Approved} {
		s := stack(t)
		s.Answer(t, business)
		looked := partnertest.Form()
		looked.ServiceAreas = []string{"work_ability"}
		who := s.Representative(t, business)
		app := s.Submit(t, who, looked)
		act(t, s, func(tx *postgres.Tx) error {
			_, err := s.Applications.Reject(t.Context(), tx, partnertest.Officer(), app.ID)
			return err
		})
		if _, err := s.DB.Exec(t.Context(), `UPDATE application SET decided_at = decided_at - $1::interval`, ago); err != nil {
			t.Fatal(err)
		}
		next := s.Submit(t, who, partnertest.Form())
		if next.Status != want {
			t.Errorf("%s after a rejection the application is %s, want %s", ago, next.Status, want)
		}
		if want == partner.Approved {
			continue
		}
		if b := next.Broken(); len(b) != 1 || b[0].Rule != partner.RuleRejection || b[0].Evidence["rejected_at"] == "" {
			t.Errorf("broken rules = %+v", b)
		}
		act(t, s, func(tx *postgres.Tx) error {
			_, err := s.Applications.Approve(t.Context(), tx, partnertest.Officer(), next.ID)
			return err
		})
		now, err := s.Partners.ByBusinessID(t.Context(), business)
		if err != nil {
			t.Fatal(err)
		}
		form := now.Form
		form.ServiceAreas = []string{"youth"}
		changed, err := s.Applications.SubmitChange(t.Context(), who, i18n.Finnish, rand.Text(), now.Version, form)
		if err != nil || changed.Status != partner.Approved {
			t.Errorf("a change after an officer's approval is %s, %v", changed.Status, err)
		}
	}
}

// act does what an officer does, in a transaction.
func act(t *testing.T, s *partnertest.Stack, f func(tx *postgres.Tx) error) {
	t.Helper()
	if err := s.DB.InTx(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func TestCorrectionChangesOnlyWhatWasAskedFor(t *testing.T) {
	t.Parallel()

	s := stack(t)
	app, who := partnertest.Submitted(t, s, business)
	ask(t, s, app.ID, "description", "contacts")
	other := partnertest.Form()
	other.DescriptionFi, other.ServiceAreas, other.Contacts[0].Name = "Uusi kuvaus", []string{"youth"}, "Väinö Äyrämö"
	d := saveAll(t, s, who, app.ID, other, app.Form)

	got, err := s.Applications.Revise(t.Context(), who, app.ID, "correction", d.Version)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Applications.Revise(t.Context(), who, app.ID, "correction", d.Version)
	if err != nil || again.ID != got.ID || again.Revision != 2 {
		t.Errorf("the same correction again = revision %d, %v", again.Revision, err)
	}

	if got.Status != partner.InReview || got.Revision != 2 || len(got.Editable) != 0 {
		t.Errorf("application = %+v", got)
	}
	revisions, err := s.Applications.Revisions(t.Context(), app.ID)
	if err != nil || len(revisions) != 2 {
		t.Fatalf("revisions = %d, %v", len(revisions), err)
	}
	want := []partner.Change{
		{Part: partner.PartContacts, Field: "contact_name_1", Before: "Aino Esimerkki", After: "Väinö Äyrämö"},
		{Part: partner.PartDescription, Field: "description_fi", Before: "Valmennamme työnhakijoita.", After: "Uusi kuvaus"},
	}
	if diff := cmp.Diff(want, partner.Diff(revisions[0].Form, revisions[1].Form)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if _, err := s.DB.Exec(t.Context(), `UPDATE application_revision SET form = '{}'`); err == nil {
		t.Error("a revision could be changed")
	}
	if _, err := s.Applications.Revise(t.Context(), who, app.ID, "other", d.Version); !errors.Is(err, fault.ErrNotFound) && !errors.Is(err, fault.ErrConflict) {
		t.Errorf("second correction = %v", err)
	}
}

func TestOtherOrganisationsSeeNothing(t *testing.T) {
	t.Parallel()

	s := stack(t)
	app, who := partnertest.Submitted(t, s, business)
	ask(t, s, app.ID, "description")
	saveAll(t, s, who, app.ID, partnertest.Form(), app.Form)
	stranger := s.Representative(t, "2345678-5")
	s.AcceptTerms(t, stranger)

	if _, err := s.Applications.Own(t.Context(), "2345678-5", app.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("Own = %v", err)
	}
	if _, err := s.Applications.Withdraw(t.Context(), stranger, app.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("Withdraw = %v", err)
	}
	if _, err := s.Applications.Revise(t.Context(), stranger, app.ID, "x", 1); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("Revise = %v", err)
	}
	if all, err := s.Applications.ForOrganisation(t.Context(), "2345678-5"); err != nil || len(all) != 0 {
		t.Errorf("ForOrganisation = %v, %v", all, err)
	}
	colleague := s.Representative(t, business)
	for _, id := range []int64{0, app.ID} {
		if d, err := s.Drafts.Of(t.Context(), colleague, id); err != nil || d.ID != 0 {
			t.Errorf("colleague's view of the draft = %+v, %v", d, err)
		}
	}
}

func TestEveryTransition(t *testing.T) {
	t.Parallel()

	s := stack(t)
	acts := map[partner.Status]func(*postgres.Tx, int64) (partner.Application, error){
		partner.Approved: func(tx *postgres.Tx, id int64) (partner.Application, error) {
			return s.Applications.Approve(t.Context(), tx, partnertest.Officer(), id)
		},
		partner.Rejected: func(tx *postgres.Tx, id int64) (partner.Application, error) {
			return s.Applications.Reject(t.Context(), tx, partnertest.Officer(), id)
		},
		partner.Specify: func(tx *postgres.Tx, id int64) (partner.Application, error) {
			return s.Applications.AskToSpecify(t.Context(), tx, partnertest.Officer(), id, []string{"places"})
		},
		partner.InReview: func(tx *postgres.Tx, id int64) (partner.Application, error) {
			return s.Applications.BackToReview(t.Context(), tx, partnertest.Officer(), id)
		},
	}
	n := 0
	for _, from := range partner.Statuses() {
		for to, act := range acts {
			n++
			app, _ := partnertest.Submitted(t, s, businessID(n))
			force(t, s.DB, app.ID, from)
			events := count(t, s.DB, `SELECT count(*) FROM audit_event`)

			err := s.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
				_, err := act(tx, app.ID)
				return err
			})

			allowed := from.CanBecome(to) && from != partner.Submitted
			got, readErr := s.Applications.ByID(t.Context(), app.ID)
			if readErr != nil {
				t.Fatal(readErr)
			}
			switch {
			case allowed && (err != nil || got.Status != to):
				t.Errorf("%s to %s: %v, now %s", from, to, err, got.Status)
			case allowed && count(t, s.DB, `SELECT count(*) FROM audit_event`) == events:
				t.Errorf("%s to %s left no event", from, to)
			case !allowed && (!errors.Is(err, fault.ErrConflict) || got.Status != from):
				t.Errorf("%s to %s: %v, now %s, want a conflict", from, to, err, got.Status)
			case got.Status.Open() != got.DecidedAt.IsZero():
				t.Errorf("%s to %s: decided at %v", from, to, got.DecidedAt)
			}
		}
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()

	s := stack(t)
	n := 0
	for _, from := range partner.Statuses() {
		n++
		app, who := partnertest.Submitted(t, s, businessID(n))
		force(t, s.DB, app.ID, from)
		got, err := s.Applications.Withdraw(t.Context(), who, app.ID)
		switch {
		case from.Open() || from == partner.Withdrawn:
			if err != nil || got.Status != partner.Withdrawn {
				t.Errorf("from %s: %v, now %s", from, err, got.Status)
			}
		case !errors.Is(err, fault.ErrConflict):
			t.Errorf("from %s: %v, want a conflict", from, err)
		}
	}
}

func TestSampleIsDrawnByApplicationAndSeed(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	s := partnertest.New(t, db, partner.Rules{SampleRate: 1, SampleSeed: "seed"})
	partnertest.Approved(t, s, business)
	app, err := s.Applications.ForOrganisation(t.Context(), business)
	if err != nil || !app[0].Supervise {
		t.Fatalf("application = %+v, %v", app, err)
	}
	supervised, err := s.Applications.Supervised(t.Context())
	if err != nil || len(supervised) != 1 {
		t.Fatalf("to supervise = %v, %v", supervised, err)
	}
	for range 2 {
		err = db.InTx(t.Context(), func(tx *postgres.Tx) error {
			return s.Applications.MarkSupervised(t.Context(), tx, partnertest.Officer(), app[0].ID)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if supervised, err := s.Applications.Supervised(t.Context()); err != nil || len(supervised) != 0 {
		t.Errorf("to supervise after it was done = %v, %v", supervised, err)
	}
	wantCount(t, db, 1, `SELECT count(*) FROM audit_event WHERE action = 'application.supervised'`)
}

func TestDryRun(t *testing.T) {
	t.Parallel()

	s := stack(t)
	for i := range 40 {
		form := partnertest.Form()
		if i%4 == 0 {
			form.ServiceAreas = []string{"work_ability"}
		}
		s.Answer(t, businessID(i+1))
		s.Submit(t, s.Representative(t, businessID(i+1)), form)
	}
	events := count(t, s.DB, `SELECT count(*) FROM audit_event`)
	run := func(r partner.Rules) (differ, approved, supervised int) {
		t.Helper()
		results, err := s.Applications.DryRun(t.Context(), r, time.Time{})
		if err != nil || len(results) != 40 {
			t.Fatalf("DryRun = %d results, %v", len(results), err)
		}
		for _, r := range results {
			if r.Differs() {
				differ++
			}
			if r.After == partner.Approved {
				approved++
			}
			if r.SupervisedAfter {
				supervised++
			}
		}
		return differ, approved, supervised
	}

	if d, a, n := run(partner.Rules{SampleSeed: "seed"}); d != 0 || a != 30 || n != 0 {
		t.Errorf("the same rules: %d differ, %d approved, %d supervised", d, a, n)
	}
	if d, a, _ := run(partner.Rules{Look: []string{}}); d != 10 || a != 40 {
		t.Errorf("no area needs a look: %d differ, %d approved", d, a)
	}
	if d, a, _ := run(partner.Rules{Look: []string{"training"}}); d != 40 || a != 10 {
		t.Errorf("another area needs a look: %d differ, %d approved", d, a)
	}
	if d, a, _ := run(partner.Rules{Off: []string{partner.RuleServiceAreas}}); d != 10 || a != 40 {
		t.Errorf("the rule is off: %d differ, %d approved", d, a)
	}
	_, _, half := run(partner.Rules{SampleRate: .5, SampleSeed: "a"})
	_, _, same := run(partner.Rules{SampleRate: .5, SampleSeed: "a"})
	_, _, all := run(partner.Rules{SampleRate: 1, SampleSeed: "a"})
	if half != same || half < 5 || half > 25 || all != 30 {
		t.Errorf("half sampled %d, again %d, all %d of 30", half, same, all)
	}
	wantCount(t, s.DB, events, `SELECT count(*) FROM audit_event`)
}

func TestPersonalDataNeedsTheSwitchAndTheAgreement(t *testing.T) {
	t.Parallel()

	s := stack(t)
	form := partnertest.Form()
	form.ProcessesPersonalData = true
	s.Answer(t, business, "2345678-5")
	if app := s.Submit(t, s.Representative(t, business), form); app.Status != partner.Approved || app.Form.ProcessesPersonalData {
		t.Errorf("switched off: %s, processes personal data %v", app.Status, app.Form.ProcessesPersonalData)
	}

	s.Applications.PersonalData, s.Terms.ProcessorOn = true, true
	who := s.Representative(t, "2345678-5")
	s.AcceptTerms(t, who)
	d := s.Draft(t, who, form)
	_, err := s.Applications.Submit(t.Context(), who, "one", d.Version)
	if invalid, ok := errors.AsType[*fault.InvalidError](err); !ok || invalid.Fields[0].Field != "personal_data" {
		t.Errorf("without the agreement = %v", err)
	}
	err = s.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := s.Terms.Accept(t.Context(), tx, who, terms.Processor, 1, i18n.Finnish)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if app, err := s.Applications.Submit(t.Context(), who, "two", d.Version); err != nil || !app.Form.ProcessesPersonalData {
		t.Errorf("with the agreement = %+v, %v", app.Form, err)
	}
}

func TestChangeRunsTheRulesAgain(t *testing.T) {
	t.Parallel()

	s := stack(t)
	p, who := partnertest.Approved(t, s, business)
	form := p.Form
	form.ServiceAreas = []string{"youth"}
	app, err := s.Applications.SubmitChange(t.Context(), who, i18n.Swedish, "one", p.Version, form)
	if err != nil || app.Status != partner.Approved || app.Kind != partner.ChangeData {
		t.Fatalf("SubmitChange = %+v, %v", app, err)
	}
	if p, err = s.Partners.ByBusinessID(t.Context(), business); err != nil || p.Version != 2 || p.Form.ServiceAreas[0] != "youth" {
		t.Errorf("partner = %+v, %v", p, err)
	}
	if _, err := s.Applications.SubmitChange(t.Context(), who, i18n.Swedish, "two", 1, form); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("change of an old version = %v", err)
	}
	form.ServiceAreas = []string{"rehabilitation"}
	app, err = s.Applications.SubmitChange(t.Context(), who, i18n.Swedish, "three", 2, form)
	if err != nil || app.Status != partner.InReview {
		t.Fatalf("SubmitChange = %s, %v", app.Status, err)
	}
	err = s.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := s.Applications.Approve(t.Context(), tx, partnertest.Officer(), app.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if p, err = s.Partners.ByBusinessID(t.Context(), business); err != nil || p.Form.ServiceAreas[0] != "rehabilitation" {
		t.Errorf("partner = %+v, %v", p, err)
	}
}

func ask(t *testing.T, s *partnertest.Stack, id int64, fields ...string) {
	t.Helper()
	err := s.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := s.Applications.AskToSpecify(t.Context(), tx, partnertest.Officer(), id, fields)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func saveAll(t *testing.T, s *partnertest.Stack, who identity.Session, id int64, form, base partner.Form) partner.Draft {
	t.Helper()
	var d partner.Draft
	for _, p := range partner.Parts() {
		var err error
		if d, err = s.Drafts.Save(t.Context(), who, id, i18n.Finnish, d.Version, p, form, base); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// force puts an application into a status, however it may have got there.
func force(t *testing.T, db *postgres.DB, id int64, status partner.Status) {
	t.Helper()
	_, err := db.Exec(t.Context(), `UPDATE application SET status = $2, decided_at = CASE WHEN $2 IN ('approved', 'rejected', 'withdrawn') THEN changed_at END WHERE id = $1`, id, string(status))
	if err != nil {
		t.Fatal(err)
	}
}

// businessID makes valid business IDs by number.
func businessID(n int) string {
	for i := 0; ; i++ {
		for check := range 10 {
			id, err := organisation.ParseBusinessID(fmt.Sprintf("%07d-%d", 3000000+n*20+i, check))
			if err == nil {
				return string(id)
			}
		}
	}
}

func count(t *testing.T, db *postgres.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func wantCount(t *testing.T, db *postgres.DB, want int, query string) {
	t.Helper()
	if got := count(t, db, query); got != want {
		t.Errorf("%s = %d, want %d", query, got, want)
	}
}

func wantMails(t *testing.T, s *partnertest.Stack, want ...string) {
	t.Helper()
	wantColumn(t, s.DB, want, `SELECT kind FROM mail_outbox ORDER BY id`)
}

func wantEvents(t *testing.T, db *postgres.DB, want ...string) {
	t.Helper()
	got := column(t, db, `SELECT action FROM audit_event ORDER BY id`)
	for _, action := range want {
		if !slices.Contains(got, action) {
			t.Errorf("no event %s in %v", action, got)
		}
	}
	if bad, err := audit.Verify(t.Context(), db); err != nil || bad != 0 {
		t.Errorf("audit chain: %d, %v", bad, err)
	}
}

func wantColumn(t *testing.T, db *postgres.DB, want []string, query string) {
	t.Helper()
	if diff := cmp.Diff(want, column(t, db, query)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

func column(t *testing.T, db *postgres.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return all
}
