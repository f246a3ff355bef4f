package partner_test

import (
	"crypto/rand"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/terms"
)

func deskOf(t *testing.T) (*partnertest.Stack, *partner.Desk) {
	t.Helper()
	s := partnertest.New(t, pgtest.New(t), partner.Rules{})
	return s, partner.NewDesk(s.DB, s.Applications)
}

func TestDeskChangesAtOnceWhatTheRulesDoNotLookAt(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	form := p.Form
	form.DescriptionSv = "Vi tränar arbetssökande."
	form.ServiceAreas = []string{"work_ability"} // not the part that is changed
	submission := rand.Text()
	for range 2 {
		got, err := desk.Change(t.Context(), who, i18n.Finnish, submission, partner.PartDescription, p.Form.Fingerprint(partner.PartDescription), form)
		if err != nil || got.Application != nil {
			t.Fatalf("Change = %+v, %v", got, err)
		}
		if got.Partner.Version != 2 || got.Partner.Form.DescriptionSv != form.DescriptionSv {
			t.Errorf("partner: version %d, %q", got.Partner.Version, got.Partner.Form.DescriptionSv)
		}
		if diff := cmp.Diff(got.Partner.Form.ServiceAreas, p.Form.ServiceAreas); diff != "" {
			t.Errorf("another part changed too:\n%s", diff)
		}
	}
}

func TestDeskSecondSaverSeesTheFirst(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	seen := p.Form.Fingerprint(partner.PartContacts)
	first, second := partnertest.Form(), partnertest.Form()
	first.Contacts[0].Name, second.Contacts[0].Name = "Aatu Äyrämö", "Pat O'Neill"
	if _, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartContacts, seen, first); err != nil {
		t.Fatal(err)
	}
	got, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartContacts, seen, second)
	if !errors.Is(err, fault.ErrConflict) || got.Partner.Form.Contacts[0].Name != "Aatu Äyrämö" {
		t.Errorf("the second saver: %v, sees %+v", err, got.Partner.Form.Contacts)
	}
	// Another part does not stand in the way.
	other := partnertest.Form()
	other.Website = "https://example.fi/uusi"
	if _, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartDescription, p.Form.Fingerprint(partner.PartDescription), other); err != nil {
		t.Errorf("another part: %v", err)
	}
}

func TestDeskSendsServiceAreasToTheRules(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	seen := p.Form.Fingerprint(partner.PartServiceAreas)

	form := p.Form
	form.ServiceAreas = []string{"training", "youth"}
	got, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartServiceAreas, seen, form)
	if err != nil || got.Application != nil || !cmp.Equal(got.Partner.Form.ServiceAreas, form.ServiceAreas) {
		t.Fatalf("areas that need no look: %+v, %v", got, err)
	}

	form.ServiceAreas = []string{"work_ability"}
	seen = got.Partner.Form.Fingerprint(partner.PartServiceAreas)
	submission := rand.Text()
	var id int64
	for range 2 {
		got, err = desk.Change(t.Context(), who, i18n.Finnish, submission, partner.PartServiceAreas, seen, form)
		if err != nil || got.Application == nil || got.Application.Status != partner.InReview || got.Application.Kind != partner.ChangeData {
			t.Fatalf("an area that needs a look: %+v, %v", got, err)
		}
		if id != 0 && id != got.Application.ID {
			t.Errorf("the same form filed %d and %d", id, got.Application.ID)
		}
		id = got.Application.ID
		if cmp.Equal(got.Partner.Form.ServiceAreas, form.ServiceAreas) {
			t.Error("the change is in force before it is approved")
		}
	}
	form.ServiceAreas = []string{"rehabilitation"}
	got, err = desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartServiceAreas, seen, form)
	if !errors.Is(err, partner.ErrChangeOpen) || got.Application == nil || got.Application.ID != id {
		t.Errorf("a second change: %+v, %v", got, err)
	}
}

func TestDeskHasCorrectionsLookedAt(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	change := func(corrections ...partner.Correction) partner.Changed {
		t.Helper()
		form := p.Form
		form.Corrections = corrections
		now, err := s.Partners.ByBusinessID(t.Context(), partnertest.Business)
		if err != nil {
			t.Fatal(err)
		}
		got, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartOrganisation, now.Form.Fingerprint(partner.PartOrganisation), form)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	address := partner.Correction{Field: partner.CorrectAddress, Value: "Katu 1"}
	name := partner.Correction{Field: partner.CorrectName, Value: "Esimerkkivirasto"}
	got := change(name, address)
	if got.Application == nil || got.Application.Status != partner.InReview || got.Partner.Form.Correction(partner.CorrectName) != "" {
		t.Fatalf("a name and an address: %+v", got)
	}
	err := s.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := s.Applications.Approve(t.Context(), tx, partnertest.Officer(), got.Application.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := change(name); got.Application != nil || got.Partner.Form.Correction(partner.CorrectName) != name.Value || got.Partner.Form.Correction(partner.CorrectAddress) != "" {
		t.Errorf("what was approved is looked at again: %+v", got)
	}
	if got := change(name, partner.Correction{Field: partner.CorrectAddress, Value: "Katu 2"}); got.Application == nil || got.Application.Status != partner.InReview {
		t.Errorf("another address: %+v", got)
	}
}

func TestDeskRefuses(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	seen := func(part partner.Part) string { return p.Form.Fingerprint(part) }

	bad := p.Form
	bad.Contacts = []partner.Contact{{Name: "Aino", Email: "a@b.example\r\nBcc: c@d.example", Language: i18n.Finnish}}
	_, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartContacts, seen(partner.PartContacts), bad)
	if _, ok := errors.AsType[*fault.InvalidError](err); !ok {
		t.Errorf("a hostile address: %v", err)
	}
	for _, part := range []partner.Part{partner.PartDeclarations, partner.PartPersonalData, "role"} {
		if _, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), part, seen(part), p.Form); !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("part %s: %v", part, err)
		}
	}
	stranger := s.Representative(t, "0201256-6")
	if _, err := desk.Change(t.Context(), stranger, i18n.Finnish, rand.Text(), partner.PartContacts, seen(partner.PartContacts), p.Form); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("a representative of no partner: %v", err)
	}
	who.Acting = nil
	if _, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartContacts, seen(partner.PartContacts), p.Form); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("somebody who acts for nobody: %v", err)
	}
}

func TestDeskKeepsOneOfFiftySaves(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	seen := p.Form.Fingerprint(partner.PartDescription)
	var wg sync.WaitGroup
	kept := make([]bool, 50)
	for i := range kept {
		wg.Go(func() {
			form := p.Form
			form.DescriptionFi = "Valmennamme työnhakijoita. " + rand.Text()
			_, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartDescription, seen, form)
			if err != nil && !errors.Is(err, fault.ErrConflict) {
				t.Error(err)
			}
			kept[i] = err == nil
		})
	}
	wg.Wait()
	n := 0
	for _, k := range kept {
		if k {
			n++
		}
	}
	now, err := s.Partners.ByBusinessID(t.Context(), p.BusinessID)
	if n != 1 || err != nil || now.Version != 2 {
		t.Errorf("%d of 50 saves were kept, version %d, %v", n, now.Version, err)
	}
}

func TestApprovalOfAChangeKeepsWhatWasChangedMeanwhile(t *testing.T) {
	t.Parallel()

	s, desk := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	form := p.Form
	form.ServiceAreas = []string{"work_ability"}
	waits, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartServiceAreas, p.Form.Fingerprint(partner.PartServiceAreas), form)
	if err != nil || waits.Application == nil {
		t.Fatal(waits, err)
	}
	other := partnertest.Form()
	other.Contacts[0].Name = "Uusi Yhteyshenkilö"
	if _, err := desk.Change(t.Context(), who, i18n.Finnish, rand.Text(), partner.PartContacts, p.Form.Fingerprint(partner.PartContacts), other); err != nil {
		t.Fatal(err)
	}
	err = s.DB.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := s.Applications.Approve(t.Context(), tx, partnertest.Officer(), waits.Application.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	now, err := s.Partners.ByBusinessID(t.Context(), p.BusinessID)
	if err != nil || now.Form.Contacts[0].Name != "Uusi Yhteyshenkilö" || !cmp.Equal(now.Form.ServiceAreas, form.ServiceAreas) {
		t.Errorf("after the approval: %+v, %v", now.Form, err)
	}
}

func TestReceiversAreThoseWhoAcceptedTheTerms(t *testing.T) {
	t.Parallel()

	s, _ := deskOf(t)
	p, who := partnertest.Approved(t, s, partnertest.Business)
	partnertest.Approved(t, s, "0201256-6")
	count := func(kind terms.Kind) int {
		t.Helper()
		all, err := s.Partners.Receivers(t.Context(), s.DB, kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if r.Email != "aino@example.fi" || r.Language != i18n.Finnish || r.Key == "" || r.Organisation == "" {
				t.Errorf("receiver %+v", r)
			}
		}
		return len(all)
	}
	if n := count(terms.Partner); n != 2 {
		t.Errorf("%d receivers of the partner terms, want 2", n)
	}
	for _, kind := range []terms.Kind{terms.Processor, terms.Interface, terms.JobWatch} {
		if n := count(kind); n != 0 {
			t.Errorf("%d receivers of %s terms", n, kind)
		}
	}
	if _, err := partner.NewDepartures(s.DB, s.Applications).Leave(t.Context(), who, i18n.Finnish, rand.Text()); err != nil {
		t.Fatal(err)
	}
	if n := count(terms.Partner); n != 1 {
		t.Errorf("after %s has left: %d receivers", p.BusinessID, n)
	}
}
