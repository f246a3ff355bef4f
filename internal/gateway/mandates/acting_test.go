package mandates_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/mandate"
)

func TestActingForAnOrganisation(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, s := b.logIn("aino")
	page := b.begin(s)
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if q.Get("lang") != "sv" || q.Get("redirect_uri") != returnURL || q.Get("client_id") != "ed4b7ae7" || len(q.Get("state")) < 43 {
		t.Errorf("page to choose on: %s", page)
	}

	out, err := b.Finish(t.Context(), s, b.pick(page, "koivutyo"))
	if err != nil {
		t.Fatal(err)
	}
	want := mandate.Outcome{Back: "/fi/takaisin", Choices: []mandate.Choice{{
		BusinessID: id("koivutyo"), Name: "Koivutyö Oy", Roles: []string{"NIMKO", "TJ"}, Authority: "NIMKO", Standing: mandate.StandingAccepted,
	}}}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	newToken, _, err := b.Choose(t.Context(), token, s, id("koivutyo"))
	if err != nil {
		t.Fatal(err)
	}
	acting := identity.Acting{BusinessID: "9000000-3", Name: "Koivutyö Oy", Roles: []string{"NIMKO", "TJ"}, Authority: "NIMKO", CheckedAt: b.now}
	if diff := cmp.Diff(&acting, b.session(newToken).Acting); diff != "" {
		t.Error(diff)
	}
	if newToken == token || b.session(token).LoggedIn() {
		t.Error("the old token is still good")
	}
	if n := b.count(`SELECT count(*) FROM organisation WHERE business_id = '9000000-3'`); n != 1 {
		t.Error("the business register is not asked for the organisation")
	}

	if _, s, err = b.Stop(t.Context(), newToken); err != nil || s.Acting != nil {
		t.Errorf("after stopping: %+v, %v", s.Acting, err)
	}
}

func TestWhatRolesAreWorth(t *testing.T) {
	t.Parallel()

	for person, want := range map[string]struct {
		organisation string
		standing     mandate.Standing
		authority    string
	}{
		"aino":         {"koivutyo", mandate.StandingAccepted, "NIMKO"},
		"twin":         {"kaksoisura", mandate.StandingAccepted, "TJ"},
		"ayramo":       {"ayramo", mandate.StandingAccepted, "YHM"},
		"oneill":       {"oneill", mandate.StandingAccepted, "ELI"},
		"ng":           {"bjorkvik", mandate.StandingAccepted, world.MandatePartner},
		"association":  {"yhdistys", mandate.StandingAccepted, world.MandatePartner},
		"unregistered": {"kuntayhtyma", mandate.StandingAccepted, world.MandatePartner},
		"auditor":      {"tarkastettu", mandate.StandingRefused, ""},
		"incomplete":   {"kesken", mandate.StandingIncomplete, ""},
	} {
		t.Run(person, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			token, s := b.logIn(person)
			out, err := b.Finish(t.Context(), s, b.pick(b.begin(s), want.organisation))
			if err != nil || len(out.Choices) != 1 {
				t.Fatalf("got %+v, %v", out, err)
			}
			if c := out.Choices[0]; c.Standing != want.standing || c.Authority != want.authority {
				t.Errorf("got %+v", c)
			}
			_, s, err = b.Choose(t.Context(), token, s, id(want.organisation))
			switch want.standing {
			case mandate.StandingAccepted:
				if err != nil || s.Acting == nil {
					t.Errorf("choosing: %v", err)
				}
			case mandate.StandingRefused:
				if !errors.Is(err, fault.ErrForbidden) {
					t.Errorf("choosing what is not accepted: %v", err)
				}
			case mandate.StandingIncomplete:
				if !errors.Is(err, mandate.ErrUnavailable) || errors.Is(err, fault.ErrForbidden) {
					t.Errorf("choosing what is incomplete: %v", err)
				}
			}
			if err != nil && b.session(token).Acting != nil {
				t.Error("acts all the same")
			}
		})
	}
}

func TestChoosingAmongSeveralAndSwitching(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	b.sim.SetSeveral(true)
	token, s := b.logIn("several")
	out, err := b.Finish(t.Context(), s, b.pick(b.begin(s), "ura", "bjorkvik", "tarkastettu"))
	if err != nil || len(out.Choices) != 3 {
		t.Fatalf("got %+v, %v", out, err)
	}
	for _, key := range []string{"ura", "bjorkvik", "ura"} {
		if token, s, err = b.Choose(t.Context(), token, s, id(key)); err != nil || s.Acting.BusinessID != string(id(key)) {
			t.Fatalf("switching to %s: %+v, %v", key, s.Acting, err)
		}
	}
	if _, _, err := b.Choose(t.Context(), token, s, id("valmennus")); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("an organisation that was not told of: %v", err)
	}
	told, at, err := b.Choices(t.Context(), s)
	if err != nil || !slices.EqualFunc(told, out.Choices, func(a, c mandate.Choice) bool { return cmp.Equal(a, c) }) || !at.Equal(b.now) {
		t.Errorf("choices: %+v, %v, %v", told, at, err)
	}
	b.now = b.now.Add(mandate.CheckedFor + time.Second)
	if _, _, err := b.Choose(t.Context(), token, s, id("bjorkvik")); !errors.Is(err, mandate.ErrConfirm) {
		t.Errorf("what was told half an hour ago: %v", err)
	}
}

func TestCancelledSwitchLeavesActingAsItWas(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, s := b.act("several", "ura")
	if _, err := b.Finish(t.Context(), s, b.pick(b.begin(s))); !errors.Is(err, mandate.ErrCancelled) {
		t.Fatalf("got %v", err)
	}
	if err := b.Recheck(t.Context(), b.session(token)); err != nil {
		t.Errorf("the right that was there: %v", err)
	}
	b.work()
	if n := b.sim.State().Visits; n != 1 {
		t.Errorf("%d visits open, want the one that is acted with", n)
	}
}

func TestAnAnswerIsTakenOnceAndInItsOwnSession(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, s := b.logIn("aino")
	_, other := b.logIn("twin")
	answer := b.pick(b.begin(s), "koivutyo")
	b.begin(other)

	if _, err := b.Finish(t.Context(), other, answer); !refusedFor(err, "state") {
		t.Errorf("in another person's session: %v", err)
	}
	for name, change := range map[string]func(url.Values){
		"no state":      func(q url.Values) { q.Del("state") },
		"another state": func(q url.Values) { q.Set("state", strings.Repeat("A", 43)) },
		"two states":    func(q url.Values) { q.Add("state", q.Get("state")) },
	} {
		q := url.Values{"code": answer["code"], "state": slices.Clone(answer["state"])}
		change(q)
		if _, err := b.Finish(t.Context(), s, q); !refusedFor(err, "state") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Finish(t.Context(), s, answer); err != nil {
		t.Fatalf("the right one, after all that: %v", err)
	}
	if _, err := b.Finish(t.Context(), s, answer); !refusedFor(err, "state") {
		t.Errorf("replayed: %v", err)
	}
	if _, _, err := b.Choose(t.Context(), token, s, id("koivutyo")); err != nil {
		t.Errorf("the replay undid the first: %v", err)
	}
	if n := b.count(`SELECT count(*) FROM audit_event WHERE action = 'mandate.answer_refused' AND detail->>'reason' = 'state'`); n != 5 {
		t.Errorf("%d refusals audited, want 5", n)
	}
}

func TestAStateDoesNotLastForEver(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, s := b.logIn("aino")
	page := b.begin(s)
	b.now = b.now.Add(30*time.Minute + time.Second)
	if _, err := b.Finish(t.Context(), s, b.pick(page, "koivutyo")); !refusedFor(err, "state") {
		t.Errorf("got %v", err)
	}
}

func TestStrangeAnswersOfTheBrowser(t *testing.T) {
	t.Parallel()

	for name, tt := range map[string]struct {
		change func(url.Values)
		want   func(error) bool
	}{
		"no code":         {func(q url.Values) { q.Del("code") }, func(err error) bool { return refusedFor(err, "code") }},
		"two codes":       {func(q url.Values) { q.Add("code", "x") }, func(err error) bool { return refusedFor(err, "code") }},
		"another code":    {func(q url.Values) { q.Set("code", "x") }, func(err error) bool { return refusedFor(err, "code") }},
		"denied":          {func(q url.Values) { q.Set("error", "access_denied") }, func(err error) bool { return errors.Is(err, mandate.ErrCancelled) }},
		"server error":    {func(q url.Values) { q.Set("error", "server_error") }, func(err error) bool { return errors.Is(err, mandate.ErrUnavailable) }},
		"some error":      {func(q url.Values) { q.Set("error", "<script>") }, func(err error) bool { return refusedFor(err, "error") }},
		"several errors":  {func(q url.Values) { q["error"] = []string{"access_denied", "access_denied"} }, func(err error) bool { return refusedFor(err, "error") }},
		"unknown in it":   {func(q url.Values) { q.Set("iss", "x") }, func(err error) bool { return err == nil }},
		"error beside it": {func(q url.Values) { q["error"] = []string{""} }, func(err error) bool { return refusedFor(err, "error") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			_, s := b.logIn("aino")
			answer := b.pick(b.begin(s), "koivutyo")
			tt.change(answer)
			out, err := b.Finish(t.Context(), s, answer)
			if !tt.want(err) {
				t.Errorf("got %v", err)
			}
			if err != nil && (len(out.Choices) > 0 || out.Back != "/fi/takaisin") {
				t.Errorf("got %+v", out)
			}
			if err == nil {
				return
			}
			if told, _, _ := b.Choices(t.Context(), s); len(told) > 0 {
				t.Errorf("there are choices all the same: %+v", told)
			}
			b.work()
			if n := b.sim.State().Visits; n != 0 {
				t.Errorf("%d visits left open", n)
			}
		})
	}
}

func TestPeopleWithoutAFinnishCode(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, s := b.logIn("foreign")
	if _, err := b.Begin(t.Context(), s, i18n.Finnish, ""); !errors.Is(err, mandate.ErrNoCode) {
		t.Errorf("got %v", err)
	}
	if n := b.sim.State().Calls["register"]; n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestStaffActForNobody(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, s := b.logIn("aino")
	s.Kind = identity.KindStaff
	if _, err := b.Begin(t.Context(), s, i18n.Finnish, ""); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("got %v", err)
	}
}
