package profile_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/profile"
)

func TestDraftKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()

	w := open(t)
	typed := profile.Values{
		"title": {" =cmd|' /C calc'!A0 <script>alert(1)</script>"}, "begun": {"not a month"}, "ongoing": {"maybe"},
		"description": {strings.Repeat("ä", 40000)},
	}
	d, err := w.KeepDraft(t.Context(), w.aino, profile.SectionWork, 0, "", "", typed)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := w.of(w.aino).Draft(profile.SectionWork, 0)
	if diff := cmp.Diff(typed, got.Values); !ok || diff != "" {
		t.Errorf("draft (-typed +kept):\n%s", diff)
	}
	if got.Values.Mark() != d.Values.Mark() || !got.ExpiresAt.Equal(w.db.Now().Add(7*24*time.Hour)) {
		t.Errorf("draft = %v until %v", got.Values.Mark(), got.ExpiresAt)
	}
	if len(w.of(w.other).Drafts) != 0 {
		t.Error("somebody else sees the draft")
	}
}

func TestDraftOfTwoWindows(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx, s := t.Context(), profile.SectionSkills
	a, err := w.KeepDraft(ctx, w.aino, s, 0, "", "", skill("yksi"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.KeepDraft(ctx, w.aino, s, 0, "", "", skill("kaksi")); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("another window: %v", err)
	}
	if a, err = w.KeepDraft(ctx, w.aino, s, 0, "", a.Values.Mark(), skill("yksi ja puoli")); err != nil {
		t.Errorf("the same window: %v", err)
	}
	if _, err := w.Save(ctx, w.aino, s, 0, "", "", skill("kaksi")); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.of(w.aino).Draft(s, 0); !ok {
		t.Error("the second window's save took the first one's draft")
	}
	if _, err := w.Save(ctx, w.aino, s, 0, "", a.Values.Mark(), skill("yksi")); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.of(w.aino).Draft(s, 0); ok {
		t.Error("the draft outlived what became of it")
	}
}

func TestDraftRefuses(t *testing.T) {
	t.Parallel()

	w := open(t)
	for name, v := range map[string]profile.Values{
		"an identity code":            skill("tunnus " + aino),
		"a code with unseen marks":    skill("010594\u200bY9032"),
		"more than anybody types":     {"name": {strings.Repeat("x", 300<<10)}},
		"a code in a field of others": {"name": {"a"}, "description": {"soita " + eino + " kiitos"}},
	} {
		_, err := w.KeepDraft(t.Context(), w.aino, profile.SectionSkills, 0, "", "", v)
		if _, ok := errors.AsType[*fault.InvalidError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.count(`SELECT count(*) FROM profile_draft`); n != 0 {
		t.Errorf("%d drafts", n)
	}
}

func TestUnchangedEntryNeedsNoDraft(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx, s := t.Context(), profile.SectionSkills
	e := w.add(s, skill("a"))
	d, err := w.KeepDraft(ctx, w.aino, s, e.ID, e.Values.Mark(), "", skill("ab"))
	if err != nil {
		t.Fatal(err)
	}
	if d, err = w.KeepDraft(ctx, w.aino, s, e.ID, e.Values.Mark(), d.Values.Mark(), skill(" a ")); err != nil || len(d.Values) != 0 {
		t.Errorf("typed back: %v, %v", d, err)
	}
	if len(w.of(w.aino).Drafts) != 0 {
		t.Error("a draft is left")
	}
}

func TestDraftsGoWhenTheirTimeComes(t *testing.T) {
	t.Parallel()

	w := open(t)
	ctx := t.Context()
	rule := keeping.Rule{Kind: profile.DraftKind, Period: keeping.Period{Hours: 168}}
	purge := w.Purges()[0]
	if _, err := w.KeepDraft(ctx, w.aino, profile.SectionSkills, 0, "", "", skill("a")); err != nil {
		t.Fatal(err)
	}
	due := func() (n int) {
		t.Helper()
		w.tx(func(tx *postgres.Tx) error {
			var err error
			n, err = purge.Due(ctx, tx, rule)
			return err
		})
		return n
	}
	w.pass(7*24*time.Hour - time.Second)
	n, err := purge.Run(ctx, rule, 10)
	if due() != 0 || n != 0 || err != nil || len(w.of(w.aino).Drafts) != 1 {
		t.Errorf("a second early: due %d, gone %d, %v", due(), n, err)
	}
	w.pass(time.Second)
	if due() != 1 || len(w.of(w.aino).Drafts) != 0 {
		t.Errorf("in time: due %d, shown %v", due(), w.of(w.aino).Drafts)
	}
	if n, err = purge.Run(ctx, rule, 10); n != 1 || err != nil {
		t.Errorf("in time: gone %d, %v", n, err)
	}
	if n, err = purge.Run(ctx, rule, 10); n != 0 || err != nil || w.events("profile_draft.purged") != 1 {
		t.Errorf("again: gone %d, %v, %d events", n, err, w.events("profile_draft.purged"))
	}
}
