package mandates_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mandate"
	"tyomarkkinatori.fi/portal/internal/secret"
)

func TestRecheckConfirms(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, s := b.act("aino", "koivutyo")
	b.now = b.now.Add(5 * time.Minute)
	b.sim.End("aino", "koivutyo", "NIMKO") // TJ is left
	if err := b.Recheck(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if a := b.session(token).Acting; !a.CheckedAt.Equal(b.now) || a.Authority != "TJ" {
		t.Errorf("got %+v", a)
	}
	if n := b.sim.State().Calls["token"]; n != 1 {
		t.Errorf("%d calls for tokens, want 1", n)
	}
}

func TestRecheckTakesActingAway(t *testing.T) {
	t.Parallel()

	for name, end := range map[string]func(b *bench){
		"no role is left": func(b *bench) { b.sim.End("several", "bjorkvik", "") },
		"only another role is left": func(b *bench) {
			b.sim.Grant("several", "bjorkvik", "TIL")
			b.sim.End("several", "bjorkvik", world.MandatePartner)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			token, s := b.act("several", "bjorkvik")
			end(b)
			if err := b.Recheck(t.Context(), s); !errors.Is(err, fault.ErrForbidden) {
				t.Fatalf("got %v", err)
			}
			after := b.session(token)
			if !after.LoggedIn() || after.Acting != nil {
				t.Errorf("after the end: %+v", after)
			}
			if _, _, err := b.Choose(t.Context(), token, after, id("bjorkvik")); !errors.Is(err, mandate.ErrConfirm) {
				t.Errorf("choosing it again from memory: %v", err)
			}
			if err := b.Recheck(t.Context(), after); !errors.Is(err, fault.ErrForbidden) {
				t.Errorf("asking again: %v", err)
			}
			if n := b.count(`SELECT count(*) FROM audit_event WHERE subject_kind = 'organisation' AND subject_id = $1 AND action LIKE '%revoked'`, id("bjorkvik")); n != 1 {
				t.Errorf("%d audit events", n)
			}
			b.work()
			if n := b.sim.State().Visits; n != 0 {
				t.Errorf("%d visits left open", n)
			}
		})
	}
}

func TestRecheckDecidesNothingWhenNobodyCanTell(t *testing.T) {
	t.Parallel()

	for _, mode := range []string{"500", "503", "403", "drop", "html", "long", "redirect", "incomplete", "wrong-organisation", "other-person"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			token, s := b.act("aino", "koivutyo")
			b.fail(mode, "roles")
			before := s.Acting.CheckedAt
			b.now = b.now.Add(time.Minute)
			err := b.Recheck(t.Context(), s)
			if !errors.Is(err, mandate.ErrUnavailable) || errors.Is(err, fault.ErrForbidden) {
				t.Fatalf("got %v", err)
			}
			if a := b.session(token).Acting; a == nil || !a.CheckedAt.Equal(before) {
				t.Errorf("acting is now %+v", a)
			}
			b.fail("", "")
			if err := b.Recheck(t.Context(), s); err != nil {
				t.Errorf("afterwards: %v", err)
			}
			refused := b.count(`SELECT count(*) FROM audit_event WHERE action = 'mandate.answer_refused' AND detail->>'reason' = 'organisation'`)
			if lies := mode == "wrong-organisation" || mode == "other-person"; (refused == 1) != lies {
				t.Errorf("%d refusals audited", refused)
			}
		})
	}
}

func TestTenSecondsOfSilence(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, s := b.act("aino", "koivutyo")
	b.fail("hang", "")
	began := time.Now()
	if err := b.Recheck(t.Context(), s); !errors.Is(err, mandate.ErrUnavailable) {
		t.Errorf("rechecking: %v", err)
	}
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("a person waits for %v", took)
	}
	if _, err := b.Begin(t.Context(), s, i18n.Finnish, ""); !errors.Is(err, mandate.ErrUnavailable) {
		t.Errorf("beginning: %v", err)
	}
}

func TestTokensAreRefreshedWhenOver(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, s := b.act("aino", "koivutyo")
	for range 3 {
		b.now = b.now.Add(599 * time.Second)
		if err := b.Recheck(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if n := b.sim.State().Calls["token"]; n != 4 {
		t.Errorf("%d calls for tokens, want 4", n)
	}
	if err := b.Recheck(t.Context(), s); err != nil || b.sim.State().Calls["token"] != 4 {
		t.Errorf("a fresh token is not used: %v", err)
	}
}

func TestThePersonIsAskedToConfirmWhenTokensAreOver(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(b *bench){
		"no refresh token":      func(b *bench) { b.now = b.now.Add(10 * time.Minute) },
		"the visit is over":     func(b *bench) { b.now = b.now.Add(2 * time.Hour) },
		"401 though it is not":  func(b *bench) { b.fail("401", "roles") },
		"refreshing is refused": func(b *bench) { b.now = b.now.Add(10 * time.Minute); b.fail("401", "token") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			if name == "no refresh token" {
				b.fail("no-refresh", "token")
			}
			token, s := b.act("aino", "koivutyo")
			spoil(b)
			if err := b.Recheck(t.Context(), s); !errors.Is(err, mandate.ErrConfirm) {
				t.Fatalf("got %v", err)
			}

			b.fail("", "")
			if name == "the visit is over" {
				token, s = b.logIn("aino") // and the session is, too
			}
			out, err := b.Finish(t.Context(), s, b.pick(b.begin(s), "koivutyo"))
			if err != nil || out.Confirmed != (s.Acting != nil) {
				t.Fatalf("confirming: %+v, %v", out, err)
			}
			if s.Acting == nil {
				return
			}
			if a := b.session(token).Acting; a == nil || !a.CheckedAt.Equal(b.now) {
				t.Errorf("after confirming: %+v", a)
			}
			if err := b.Recheck(t.Context(), s); err != nil {
				t.Errorf("after confirming: %v", err)
			}
		})
	}
}

func TestConfirmingFindsThatTheRightHasEnded(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, s := b.act("several", "bjorkvik")
	b.sim.Grant("several", "bjorkvik", "TIL")
	b.sim.End("several", "bjorkvik", world.MandatePartner)
	out, err := b.Finish(t.Context(), s, b.pick(b.begin(s), "bjorkvik"))
	if err != nil || out.Confirmed || !out.Ended || out.Choices[0].Standing != mandate.StandingRefused {
		t.Errorf("got %+v, %v", out, err)
	}
	if b.session(token).Acting != nil {
		t.Error("acts all the same")
	}
}

func TestAnotherOrganisationConfirmsNothing(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, s := b.act("several", "ura")
	out, err := b.Finish(t.Context(), s, b.pick(b.begin(s), "tarkastettu"))
	if err != nil || out.Confirmed {
		t.Errorf("got %+v, %v", out, err)
	}
	if a := b.session(token).Acting; a == nil || a.BusinessID != string(id("ura")) {
		t.Errorf("acts for %+v", a)
	}
	if err := b.Recheck(t.Context(), s); !errors.Is(err, mandate.ErrConfirm) {
		t.Errorf("rechecking what the visit was not about: %v", err)
	}
}

func TestClocksApart(t *testing.T) {
	t.Parallel()

	for offset, ok := range map[time.Duration]bool{
		0: true, 5*time.Minute - time.Second: true, 5*time.Minute + time.Second: false,
		-5*time.Minute + time.Second: true, -5*time.Minute - time.Second: false,
	} {
		t.Run(offset.String(), func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			_, s := b.logIn("aino")
			b.sim.SetClock(offset)
			_, err := b.Begin(t.Context(), s, i18n.Finnish, "")
			if (err == nil) != ok || err != nil && !errors.Is(err, mandate.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
			if !ok && !strings.Contains(b.log.String(), `"level":"ERROR"`) {
				t.Errorf("nobody is told: %s", b.log.String())
			}
		})
	}
}

func TestSomebodyElsesVisitOpensNothing(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, twin := b.act("twin", "kaksoisura")
	b.fail("same-visit", "register")
	_, s := b.logIn("nobody")
	page := b.begin(s)
	b.fail("", "")
	if _, err := b.Finish(t.Context(), s, b.pick(page, "kaksoisura")); !refusedFor(err, "taken") {
		t.Errorf("got %v", err)
	}
	if told, _, err := b.Choices(t.Context(), s); err != nil || len(told) > 0 {
		t.Errorf("got %+v, %v", told, err)
	}
	b.work()
	if err := b.Recheck(t.Context(), twin); err != nil {
		t.Errorf("whose visit it is: %v", err)
	}
}

func TestKeysThatAreGoneCostNoMoreThanAVisit(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, s := b.act("aino", "koivutyo")
	answer := b.pick(b.begin(s), "koivutyo")
	keys, err := secret.NewKeyring(secret.GenerateKeyring())
	if err != nil {
		t.Fatal(err)
	}
	old := b.Keys
	b.Keys = keys
	if err := b.Recheck(t.Context(), s); !errors.Is(err, mandate.ErrConfirm) {
		t.Errorf("rechecking: %v", err)
	}
	if told, _, err := b.Choices(t.Context(), s); err != nil || len(told) > 0 {
		t.Errorf("choices: %+v, %v", told, err)
	}
	if _, err := b.Finish(t.Context(), s, answer); !refusedFor(err, "sealed") {
		t.Errorf("finishing: %v", err)
	}
	b.Keys = old
	if err := b.Recheck(t.Context(), s); err != nil {
		t.Errorf("with the keys: %v", err)
	}
}
