package partner_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func mails(t *testing.T, db *postgres.DB, kind string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE kind = $1`, kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLeave(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	form := p.Form
	form.ServiceAreas = []string{"work_ability"}
	change, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartServiceAreas, p.Form.Fingerprint(partner.PartServiceAreas), form)
	if err != nil {
		t.Fatal(err)
	}
	leaving := partner.NewDepartures(s.DB, s.Applications)
	hidden := 0
	leaving.OnLeft = func(context.Context, *postgres.Tx, partner.Partner) error { hidden++; return nil }

	submission := rand.Text()
	var dep partner.Departure
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := leaving.Leave(t.Context(), who, i18n.Finnish, submission); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if dep, err = leaving.Leave(t.Context(), who, i18n.Finnish, submission); err != nil {
		t.Fatal(err)
	}
	all, err := leaving.OfOrganisation(t.Context(), p.BusinessID)
	if err != nil || len(all) != 1 || all[0].ID != dep.ID || hidden != 1 || mails(t, s.DB, "partner_left") != 1 {
		t.Errorf("one form sent 21 times: %d departures, %d times hidden, %d mails, %v", len(all), hidden, mails(t, s.DB, "partner_left"), err)
	}
	if _, err := s.Partners.ByBusinessID(t.Context(), p.BusinessID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("it is a partner still: %v", err)
	}
	if app, err := s.Applications.ByID(t.Context(), change.Application.ID); err != nil || app.Status != partner.Withdrawn {
		t.Errorf("the open change is %s, %v", app.Status, err)
	}
	var people int
	if err := s.DB.QueryRow(t.Context(), `SELECT count(*) FROM partner WHERE form::text LIKE '%aino@example.fi%'`).Scan(&people); err != nil || people != 0 {
		t.Errorf("the contact persons are kept (%v)", err)
	}
	var codes []partner.DutyCode
	for _, d := range dep.Duties {
		codes = append(codes, d.Code)
		if want := time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC); !d.DueOn.Equal(want) {
			t.Errorf("%s is due on %v, want %v", d.Code, d.DueOn, want)
		}
	}
	if diff := cmp.Diff(codes, []partner.DutyCode{partner.DutyPersonalData, partner.DutyCopies}); diff != "" {
		t.Errorf("duties:\n%s", diff)
	}

	// It may join again, and leave again.
	if app := s.Submit(t, who, partnertest.Form()); app.Status != partner.Approved {
		t.Fatalf("joining again: %s", app.Status)
	}
	if again, err := leaving.Leave(t.Context(), who, i18n.Finnish, rand.Text()); err != nil || again.ID == dep.ID {
		t.Errorf("leaving again: %d, %v", again.ID, err)
	}
}

func TestLeaveAsksForTheRightAgain(t *testing.T) {
	t.Parallel()

	s, _ := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	leaving := partner.NewDepartures(s.DB, s.Applications)
	if _, err := leaving.Leave(t.Context(), s.Representative(t, "0201256-6"), i18n.Finnish, rand.Text()); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("an organisation that is no partner: %v", err)
	}
	if _, err := leaving.Own(t.Context(), "0201256-6", 1); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("another organisation's departure: %v", err)
	}
	failed := errors.New("right ended")
	s.Applications.Recheck = func(context.Context, identity.Session) error { return errors.Join(fault.ErrForbidden, failed) }
	if _, err := leaving.Leave(t.Context(), who, i18n.Finnish, rand.Text()); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("a right that has ended: %v", err)
	}
	if _, err := s.Partners.ByBusinessID(t.Context(), p.BusinessID); err != nil {
		t.Errorf("it left all the same: %v", err)
	}
}

func TestDutiesAreConfirmedOnce(t *testing.T) {
	t.Parallel()

	s, _ := deskOf(t)
	_, who := partnertest.Approved(t, s, partnertest.Business)
	leaving := partner.NewDepartures(s.DB, s.Applications)
	dep, err := leaving.Leave(t.Context(), who, i18n.Finnish, rand.Text())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]partner.Confirmation{
		"no answer":            {Duty: partner.DutyPersonalData},
		"an unknown answer":    {Duty: partner.DutyPersonalData, Answer: "perhaps"},
		"kept without ground":  {Duty: partner.DutyPersonalData, Answer: partner.AnswerKept, Ground: " \n "},
		"copies that are kept": {Duty: partner.DutyCopies, Answer: partner.AnswerKept, Ground: "kirjanpitolaki"},
		"an unknown duty":      {Duty: "role", Answer: partner.AnswerKept, Ground: "x"},
	} {
		_, err := leaving.Confirm(t.Context(), who, dep.ID, c)
		if _, ok := errors.AsType[*fault.InvalidError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	stranger := s.Representative(t, "0201256-6")
	kept := partner.Confirmation{Duty: partner.DutyPersonalData, Answer: partner.AnswerKept, Ground: "Kirjanpitolaki 2 luku 10 §"}
	if _, err := leaving.Confirm(t.Context(), stranger, dep.ID, kept); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("another organisation: %v", err)
	}
	for range 2 {
		if dep, err = leaving.Confirm(t.Context(), who, dep.ID, kept); err != nil || !dep.SettledAt.IsZero() {
			t.Fatalf("kept with a ground: %+v, %v", dep, err)
		}
	}
	other := kept
	other.Answer = partner.AnswerDone
	if _, err := leaving.Confirm(t.Context(), who, dep.ID, other); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("another answer later: %v", err)
	}
	dep, err = leaving.Confirm(t.Context(), who, dep.ID, partner.Confirmation{Duty: partner.DutyCopies, Answer: partner.AnswerNone})
	if err != nil || dep.SettledAt.IsZero() {
		t.Fatalf("the last duty: %+v, %v", dep, err)
	}
	var address string
	if err := s.DB.QueryRow(t.Context(), `SELECT email FROM partner_departure WHERE id = $1`, dep.ID).Scan(&address); err != nil || address != "" {
		t.Errorf("the address is kept when nothing is left to be confirmed (%v)", err)
	}
	if _, err := leaving.Confirm(t.Context(), who, dep.ID, partner.Confirmation{Duty: partner.DutyProcessing, Answer: partner.AnswerDone}); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("a duty that this partner never had: %v", err)
	}
	var events int
	if err := s.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_event WHERE action IN ('partner.left', 'duty.confirmed')`).Scan(&events); err != nil || events != 3 {
		t.Errorf("%d audit events, want 3 (%v)", events, err)
	}
}

func TestDeparturesAreRemindedOfOnce(t *testing.T) {
	t.Parallel()

	s, _ := deskOf(t)
	_, who := partnertest.Approved(t, s, partnertest.Business)
	leaving := partner.NewDepartures(s.DB, s.Applications)
	if _, err := leaving.Leave(t.Context(), who, i18n.Finnish, rand.Text()); err != nil {
		t.Fatal(err)
	}
	now := pgtest.Now
	s.DB.Now = func() time.Time { return now }
	for _, tt := range []struct{ day, want int }{{10, 0}, {11, 1}, {12, 1}, {20, 1}} {
		now = pgtest.Now.AddDate(0, 0, tt.day)
		if _, err := leaving.Remind(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := mails(t, s.DB, "departure_reminder"); n != tt.want {
			t.Errorf("after %d days: %d reminders, want %d", tt.day, n, tt.want)
		}
	}
}
