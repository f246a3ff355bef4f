package terms_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/terms"
	"tyomarkkinatori.fi/portal/internal/terms/termstest"
)

// draft starts a draft and returns an edit of it that can be published.
func draft(t *testing.T, tt *terms.Terms) terms.Edit {
	t.Helper()
	if err := tt.StartDraft(t.Context(), officer(10), terms.Partner); err != nil {
		t.Fatal(err)
	}
	d, err := tt.Draft(t.Context(), terms.Partner)
	if err != nil {
		t.Fatal(err)
	}
	return terms.Edit{
		Kind: terms.Partner, Revision: d.Revision, Title: d.Title, EffectiveOn: "1.6.2026",
		Text: map[i18n.Lang]string{i18n.Finnish: "## Uusi\r\n\r\nTeksti", i18n.Swedish: "## Ny\n\nText\n\n"},
	}
}

func fields(t *testing.T, err error) []string {
	t.Helper()
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		t.Fatalf("got %v, want an invalid input", err)
	}
	var all []string
	for _, f := range invalid.Fields {
		all = append(all, f.Field+":"+f.MessageID)
	}
	return all
}

func TestPublishingTakesTwoOfficers(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	tt := termstest.Seed(t, db)
	ctx := t.Context()
	e := draft(t, tt)
	d, err := tt.SaveDraft(ctx, officer(10), e)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Text[i18n.Finnish]; got != "## Uusi\n\nTeksti\n" {
		t.Errorf("kept text %q", got)
	}
	if _, err := tt.Publish(ctx, officer(11), terms.Partner, d.Revision); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("publishing without a request: %v", err)
	}
	for range 2 {
		if err := tt.RequestPublication(ctx, officer(10), terms.Partner, d.Revision); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tt.Publish(ctx, officer(10), terms.Partner, d.Revision); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("publishing one's own request: %v", err)
	}
	later := e
	later.Revision, later.Title = d.Revision, map[i18n.Lang]string{i18n.Finnish: "Muu", i18n.Swedish: "Annat"}
	if _, err := tt.SaveDraft(ctx, officer(11), later); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("editing what was requested: %v", err)
	}
	if _, err := tt.Publish(ctx, officer(11), terms.Partner, d.Revision-1); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("publishing a draft that was not seen: %v", err)
	}
	v, err := tt.Publish(ctx, officer(11), terms.Partner, d.Revision)
	if err != nil {
		t.Fatal(err)
	}

	if v.Number != 2 || v.RequestedBy != 10 || v.ApprovedBy != 11 || v.Hash[i18n.Swedish] != terms.Hash("## Ny\n\nText\n") {
		t.Errorf("published %+v", v)
	}
	if _, err := tt.Draft(ctx, terms.Partner); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the draft after publishing: %v", err)
	}
	if current, err := tt.Current(ctx, terms.Partner); err != nil || current.Number != 1 {
		t.Errorf("in force before the day: %d, %v", current.Number, err)
	}
	if coming, err := tt.Coming(ctx, terms.Partner); err != nil || len(coming) != 1 {
		t.Errorf("coming: %v, %v", coming, err)
	}
}

func TestEveryActOfAnOfficerIsAuditedAndOnlyContentMayAct(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	tt := termstest.Seed(t, db)
	ctx := t.Context()
	stranger := identity.Session{ID: 9, PersonID: 9, Kind: identity.KindStaff, Groups: []identity.Group{identity.GroupMain}}
	e := draft(t, tt)
	acts := []struct {
		action string
		do     func(s identity.Session) error
	}{
		{"terms.draft_edited", func(s identity.Session) error { _, err := tt.SaveDraft(ctx, s, e); return err }},
		{"terms.publication_requested", func(s identity.Session) error { return tt.RequestPublication(ctx, s, terms.Partner, 2) }},
		{"terms.publication_returned", func(s identity.Session) error { return tt.ReturnDraft(ctx, s, terms.Partner, 2) }},
		{"terms.draft_withdrawn", func(s identity.Session) error { return tt.WithdrawDraft(ctx, s, terms.Partner, 2) }},
		{"terms.drafted", func(s identity.Session) error { return tt.StartDraft(ctx, s, terms.Interface) }},
	}
	for _, act := range acts {
		if err := act.do(stranger); !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("%s by another group: %v", act.action, err)
		}
		if err := act.do(officer(10)); err != nil {
			t.Errorf("%s: %v", act.action, err)
		}
		if n := count(t, db, "SELECT count(*) FROM audit_event WHERE action = $1", act.action); n < 1 {
			t.Errorf("%s is not audited", act.action)
		}
	}
}

func TestSaveDraftTellsOfAnotherOfficersText(t *testing.T) {
	t.Parallel()

	tt := termstest.Seed(t, pgtest.New(t))
	ctx := t.Context()
	mine := draft(t, tt)
	theirs := mine
	theirs.Text = map[i18n.Lang]string{i18n.Finnish: "Toisen", i18n.Swedish: "Den andras"}
	if _, err := tt.SaveDraft(ctx, officer(11), theirs); err != nil {
		t.Fatal(err)
	}
	if _, err := tt.SaveDraft(ctx, officer(11), theirs); err != nil {
		t.Errorf("the same form sent twice: %v", err)
	}
	if _, err := tt.SaveDraft(ctx, officer(10), mine); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("saving over a text that was not seen: %v", err)
	}
	mine.Text = map[i18n.Lang]string{i18n.Finnish: strings.Repeat("ä", terms.MaxText-1), i18n.Swedish: "S"}
	mine.Revision++
	if _, err := tt.SaveDraft(ctx, officer(10), mine); err != nil {
		t.Errorf("the longest text: %v", err)
	}
	mine.Text[i18n.Finnish] += "ää"
	mine.EffectiveOn = "huomenna"
	_, err := tt.SaveDraft(ctx, officer(10), mine)
	if got := fields(t, err); !slices.Equal(got, []string{"text_fi:terms.draft.text_long", "effective_on:terms.draft.effective_format"}) {
		t.Errorf("got %v", got)
	}
}

func TestNoticePeriods(t *testing.T) {
	t.Parallel()

	helsinki := func(year int, month time.Month, day, hour int) time.Time {
		return time.Date(year, month, day, hour, 0, 0, 0, i18n.Helsinki)
	}
	for _, test := range []struct {
		name      string
		now       time.Time
		reporting bool
		early, ok string
	}{
		{"an ordinary change", helsinki(2026, time.March, 2, 12), false, "2026-03-31", "2026-04-01"},
		{"reporting", helsinki(2026, time.January, 10, 12), true, "2026-04-10", "2026-04-11"},
		{"reporting, told in the first hour of a day in Helsinki", helsinki(2026, time.January, 11, 0), true, "2026-04-11", "2026-04-12"},
		{"reporting, told on a day that the third month lacks", helsinki(2026, time.November, 30, 12), true, "2027-02-28", "2027-03-01"},
		{"reporting, over the change to summer time", helsinki(2026, time.January, 31, 23), true, "2026-04-30", "2026-05-01"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			db := pgtest.New(t)
			now := test.now.AddDate(-1, 0, 0)
			db.Now = func() time.Time { return now }
			tt := termstest.Seed(t, db)
			now = test.now
			ctx := t.Context()
			e := draft(t, tt)
			e.Reporting, e.EffectiveOn = test.reporting, test.early
			d, err := tt.SaveDraft(ctx, officer(10), e)
			if err != nil {
				t.Fatal(err)
			}
			err = tt.RequestPublication(ctx, officer(10), terms.Partner, d.Revision)
			if got := fields(t, err); !slices.Equal(got, []string{"effective_on:terms.draft.effective_early"}) {
				t.Errorf("%s: got %v", test.early, got)
			}
			e.Revision, e.EffectiveOn = d.Revision, test.ok
			if d, err = tt.SaveDraft(ctx, officer(10), e); err != nil {
				t.Fatal(err)
			}
			if err := tt.RequestPublication(ctx, officer(10), terms.Partner, d.Revision); err != nil {
				t.Errorf("%s: %v", test.ok, err)
			}

			// What was in time when it was asked for is late a day after.
			now = now.AddDate(0, 0, 1)
			_, err = tt.Publish(ctx, officer(11), terms.Partner, d.Revision)
			if got := fields(t, err); !slices.Equal(got, []string{"effective_on:terms.draft.effective_early"}) {
				t.Errorf("a day later: got %v", got)
			}
		})
	}
}

func TestReportingCannotComeEarlierByASecondVersion(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	tt := termstest.Seed(t, db)
	first := publish(t, tt, "Raportoi.", now.AddDate(0, 4, 0), true)
	now = now.AddDate(0, 2, 0)

	got, err := tt.Earliest(t.Context(), terms.Partner, true)
	if err != nil || !got.Equal(first.EffectiveOn) {
		t.Errorf("the same condition again may come on %v, want %v: %v", got, first.EffectiveOn, err)
	}
	publish(t, tt, "Ei sittenkään.", now.AddDate(0, 2, 0), false)
	got, err = tt.Earliest(t.Context(), terms.Partner, true)
	if want := time.Date(2026, time.August, 3, 0, 0, 0, 0, time.UTC); err != nil || !got.Equal(want) {
		t.Errorf("after it was taken back it may come on %v, want %v: %v", got, want, err)
	}
}

func TestAnnounceTellsEachReceiverOnceForEachDay(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	tt := termstest.Seed(t, db)
	aino := terms.Receiver{Key: "contact:1", Organisation: "Äyrämö Oy", Email: "aino@example.com", Language: i18n.Finnish}
	ngoc := terms.Receiver{Key: "contact:2", Organisation: "Oy Ab", Email: "ng@example.com", Language: i18n.Swedish}
	receivers := []terms.Receiver{aino, {Key: "contact:3", Email: "no address", Language: i18n.Finnish}}
	tt.Receivers = func(_ context.Context, _ postgres.Querier, kind terms.Kind) ([]terms.Receiver, error) {
		if kind != terms.Partner {
			return nil, nil
		}
		return receivers, nil
	}
	tt.Link = func(lang i18n.Lang, _ terms.Kind, _ int) string { return "/" + string(lang) }
	v := publish(t, tt, "Uusi kohta.", now.AddDate(0, 0, 60), false)

	told := func(address string) int {
		return count(t, db, "SELECT count(*) FROM mail_outbox WHERE address = $1", address)
	}
	for _, step := range []struct {
		daysLeft   int
		aino, ngoc int
	}{{60, 1, 0}, {31, 1, 0}, {30, 2, 1}, {29, 2, 1}, {7, 3, 2}, {3, 3, 2}, {1, 4, 3}, {0, 4, 3}, {-5, 4, 3}} {
		if step.daysLeft == 30 {
			receivers = append(receivers, ngoc)
		}
		for _, hours := range []int{1, 13} {
			now = v.InForceSince().AddDate(0, 0, -step.daysLeft).Add(time.Duration(hours) * time.Hour)
			if err := tt.Announce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if a, n := told(aino.Email), told(ngoc.Email); a != step.aino || n != step.ngoc {
				t.Errorf("%d days left: %d and %d mails, want %d and %d", step.daysLeft, a, n, step.aino, step.ngoc)
			}
		}
	}
	if n := count(t, db, "SELECT count(*) FROM mail_outbox WHERE kind = 'terms_announced'"); n != 2 {
		t.Errorf("%d first announcements", n)
	}
	if n := count(t, db, "SELECT count(*) FROM mail_outbox WHERE data->>'link' = '/fi' AND data->>'date' = '2026-05-01'"); n != 4 {
		t.Errorf("%d mails with link and date", n)
	}
}

func TestAMissedReminderIsMadeUpForByOneMail(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	tt := termstest.Seed(t, db)
	tt.Receivers = func(context.Context, postgres.Querier, terms.Kind) ([]terms.Receiver, error) {
		return []terms.Receiver{{Key: "contact:1", Email: "aino@example.com", Language: i18n.Finnish}}, nil
	}
	v := publish(t, tt, "Uusi kohta.", now.AddDate(0, 0, 60), false)
	for _, daysLeft := range []int{60, 5, 4} {
		now = v.InForceSince().AddDate(0, 0, -daysLeft).Add(time.Hour)
		if err := tt.Announce(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, db, "SELECT count(*) FROM mail_outbox"); n != 2 {
		t.Errorf("%d mails, want the announcement and one reminder", n)
	}
}

func TestGapsBetweenTheLanguages(t *testing.T) {
	t.Parallel()

	texts := func(fi, sv string) map[i18n.Lang]string { return map[i18n.Lang]string{"fi": fi, "sv": sv} }
	const before = "## Yksi – ett\n\nA\n"
	for want, after := range map[terms.Gap]map[i18n.Lang]string{
		terms.NoGap:       texts("## Yksi – ett\n\nA\n\nB\n", "## Yksi – ett\n\nA\n\nC\n"),
		terms.GapChange:   texts("## Yksi – ett\n\nA\n\nB\n", before),
		terms.GapHeadings: texts("## Yksi – ett\n\nA\n\n## Kaksi\n", "## Yksi – ett\n\nA\n\nKaksi\n"),
	} {
		changes := map[i18n.Lang][]terms.Paragraph{}
		for _, lang := range i18n.Langs {
			changes[lang] = terms.Difference(before, after[lang])
		}
		if got := (terms.Draft{Text: after}).Gap(changes); got != want {
			t.Errorf("%q: %q, want %q", after, got, want)
		}
	}
}
