package partner_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

func TestDraftKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()

	s := stack(t)
	who := s.Representative(t, business)
	form := partner.Form{
		Contacts:      []partner.Contact{{Name: " O'Neill\t", Email: "not an address", Language: "xx"}, {}},
		DescriptionFi: strings.Repeat("ä", 40000), DescriptionSv: "\u202e\r\n =cmd|' /C calc'!A0", Website: "javascript:alert(1)",
		ServiceAreas: []string{"nothing"}, Municipalities: []string{"999"},
	}
	d := partner.Draft{}
	for _, p := range partner.Parts() {
		var err error
		if d, err = s.Drafts.Save(t.Context(), who, 0, i18n.Swedish, d.Version, p, form, partner.Form{}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Drafts.Of(t.Context(), who, 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(form, got.Form); diff != "" {
		t.Errorf("form (-typed +kept):\n%s", diff)
	}
	if got.Version != len(partner.Parts()) || got.Language != i18n.Swedish || !got.ExpiresAt.Equal(pgtest.Now.Add(7*24*time.Hour)) {
		t.Errorf("draft = version %d, language %s, until %v", got.Version, got.Language, got.ExpiresAt)
	}
	form.DescriptionFi = "a\x00b"
	if _, err := s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, d.Version, partner.PartDescription, form, partner.Form{}); !isInvalid(err) {
		t.Errorf("NUL = %v, want invalid input", err)
	}
}

func isInvalid(err error) bool {
	_, ok := errors.AsType[*fault.InvalidError](err)
	return ok
}

func TestSecondSaverOfAPartSeesTheFirst(t *testing.T) {
	t.Parallel()

	s := stack(t)
	who := s.Representative(t, business)
	text := func(v string) partner.Form { return partner.Form{DescriptionFi: v} }
	first, err := s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, 0, partner.PartDescription, text("first"), partner.Form{})
	if err != nil {
		t.Fatal(err)
	}

	got, err := s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, 0, partner.PartDescription, text("second"), partner.Form{})

	if !errors.Is(err, fault.ErrConflict) || got.Form.DescriptionFi != "first" || got.Version != first.Version {
		t.Errorf("second save = %q in version %d, %v", got.Form.DescriptionFi, got.Version, err)
	}
	if _, err := s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, 0, partner.PartDescription, text("first"), partner.Form{}); err != nil {
		t.Errorf("the same text from the second tab: %v", err)
	}
	if _, err := s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, 0, partner.PartLanguages, partner.Form{Languages: []string{"fi"}}, partner.Form{}); err != nil {
		t.Errorf("another part from the second tab: %v", err)
	}
	kept, err := s.Drafts.Of(t.Context(), who, 0)
	if err != nil || kept.Form.DescriptionFi != "first" || len(kept.Form.Languages) != 1 {
		t.Errorf("kept = %+v, %v", kept.Form, err)
	}
}

func TestOfManySaversOneIsFirst(t *testing.T) {
	t.Parallel()

	s := stack(t)
	who := s.Representative(t, business)
	errs := make([]error, 20)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			form := partner.Form{DescriptionFi: strings.Repeat("x", i+1)}
			_, errs[i] = s.Drafts.Save(context.WithoutCancel(t.Context()), who, 0, i18n.Finnish, 0, partner.PartDescription, form, partner.Form{})
		})
	}
	wg.Wait()
	saved := 0
	for _, err := range errs {
		if err == nil {
			saved++
		} else if !errors.Is(err, fault.ErrConflict) {
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d were first", saved)
	}
	wantCount(t, s.DB, 1, `SELECT count(*) FROM application_draft`)
}

func TestDraftsEndSevenDaysAfterTheLastChange(t *testing.T) {
	t.Parallel()

	s := stack(t)
	now := pgtest.Now
	s.DB.Now = func() time.Time { return now }
	system := audit.System("partner.purge_drafts")
	who, silent := s.Representative(t, business), s.Representative(t, "2345678-5")
	d := s.Draft(t, who, partnertest.Form())
	s.Draft(t, silent, partner.Form{})
	warn := func(want int) {
		t.Helper()
		if n, err := s.Drafts.Warn(t.Context(), system); err != nil || n != want {
			t.Errorf("warned %d at %v, %v, want %d", n, now, err, want)
		}
	}
	purge := func(want int) {
		t.Helper()
		if n, err := s.Drafts.Purge(t.Context(), system); err != nil || n != want {
			t.Errorf("purged %d at %v, %v, want %d", n, now, err, want)
		}
	}

	now = now.Add(5*24*time.Hour - time.Second)
	warn(0)
	now = now.Add(time.Second)
	warn(1)
	warn(0)
	wantMails(t, s, "draft_expires")
	// A change gives seven days more, and another warning.
	d, err := s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, d.Version, partner.PartPlaces, partner.Form{WholeCountry: true}, partner.Form{})
	if err != nil {
		t.Fatal(err)
	}
	now = pgtest.Now.Add(7*24*time.Hour - time.Second)
	purge(0)
	now = now.Add(time.Second)
	if gone, err := s.Drafts.Of(t.Context(), silent, 0); err != nil || gone.Version != 0 {
		t.Errorf("a draft whose time has come = %+v, %v", gone, err)
	}
	purge(1)
	if kept, err := s.Drafts.Of(t.Context(), who, 0); err != nil || kept.Version != d.Version {
		t.Errorf("the draft that was changed = %+v, %v", kept, err)
	}
	now = now.Add(4 * 24 * time.Hour)
	warn(1)
	now = now.Add(2 * 24 * time.Hour)
	purge(1)
	wantCount(t, s.DB, 0, `SELECT count(*) FROM application_draft`)
	wantEvents(t, s.DB, "draft.warned", "draft.purged")

	// Whoever types on after the end begins anew and loses nothing of the page.
	if d, err = s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, d.Version, partner.PartDescription, partner.Form{DescriptionSv: "kvar"}, partner.Form{}); err != nil || d.Version != 1 {
		t.Errorf("saved after the end: version %d, %v", d.Version, err)
	}
	if err := s.Drafts.Discard(t.Context(), who, 0); err != nil {
		t.Error(err)
	}
	wantEvents(t, s.DB, "draft.discarded")
}

func TestServiceAreas(t *testing.T) {
	t.Parallel()

	s := stack(t)
	areas := partner.NewServiceAreas(s.DB)
	all, err := areas.List(t.Context())
	if err != nil || len(all) < 10 || len(all) > 14 {
		t.Fatalf("%d service areas to start with, %v", len(all), err)
	}
	for _, a := range all {
		if err := a.Validate(); err != nil {
			t.Errorf("%s: %v", a.Code, err)
		}
	}
	fresh := partner.ServiceArea{
		Code: "mentoring", Name: map[i18n.Lang]string{"fi": " Mentorointi ", "sv": "Mentorskap"},
		Description: map[i18n.Lang]string{"fi": "Kokenut neuvoo.", "sv": "En erfaren ger råd."},
	}
	officer := partnertest.Officer()
	if err := areas.Add(t.Context(), officer, fresh); err != nil {
		t.Fatal(err)
	}
	if err := areas.Add(t.Context(), officer, fresh); !isInvalid(err) {
		t.Errorf("a code that is taken = %v", err)
	}
	if err := areas.Add(t.Context(), officer, partner.ServiceArea{Code: "Bad Code"}); !isInvalid(err) {
		t.Errorf("a bad code = %v", err)
	}
	fresh.Version, fresh.NeedsLook = 1, true
	if err := areas.Change(t.Context(), officer, fresh); err != nil {
		t.Fatal(err)
	}
	if err := areas.Change(t.Context(), officer, fresh); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("a change of an old version = %v", err)
	}
	for range 2 {
		if err := areas.Retire(t.Context(), officer, "mentoring"); err != nil {
			t.Fatal(err)
		}
	}
	if err := areas.Retire(t.Context(), officer, "nothing"); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("retire what is not there = %v", err)
	}
	if all, err = areas.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	form := partnertest.Form()
	form.ServiceAreas = []string{"mentoring"}
	if err := form.Validate(all); !isInvalid(err) {
		t.Errorf("a retired area in a form = %v", err)
	}
	wantEvents(t, s.DB, "service_area.added", "service_area.changed", "service_area.retired")
	wantCount(t, s.DB, 1, `SELECT count(*) FROM audit_event WHERE action = 'service_area.retired'`)
}
