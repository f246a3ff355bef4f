package mandates_test

import (
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/identity"
)

func TestLogOutTakesTheMandatesAlong(t *testing.T) {
	t.Parallel()

	for name, end := range map[string]func(b *bench, token string) error{
		"log-out": func(b *bench, token string) error {
			_, _, err := b.people.LogOut(b.t.Context(), token)
			return err
		},
		"unused for half an hour": func(b *bench, _ string) error {
			b.now = b.now.Add(identity.PersonIdle + time.Second)
			_, err := b.people.Purge(b.t.Context(), audit.System("test"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := newBench(t)
			token, s := b.act("aino", "koivutyo")
			b.begin(s) // and on the way to another one
			_, other := b.act("twin", "kaksoisura")
			if err := end(b, token); err != nil {
				t.Fatal(err)
			}
			if n := b.count(`SELECT count(*) FROM mandate_session WHERE session_id = $1`, s.ID); n != 0 {
				t.Error("the mandates are still there")
			}
			b.work()
			want := 1
			if name != "log-out" {
				want = 0 // the other one is over, too
			}
			if n := b.sim.State().Visits; n != want {
				t.Errorf("%d visits open, want %d", n, want)
			}
			if n := b.count(`SELECT count(*) FROM mandate_leaving`); n != 0 {
				t.Errorf("%d visits still to be closed", n)
			}
			if want == 1 {
				if err := b.Recheck(t.Context(), other); err != nil {
					t.Errorf("somebody else: %v", err)
				}
			}
		})
	}
}

func TestVisitsAreClosedOnceTheRegisterIsBack(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, _ := b.act("aino", "koivutyo")
	if _, _, err := b.people.LogOut(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	b.fail("500", "unregister")
	b.work()
	b.work() // not yet again
	if n := b.sim.State().Calls["unregister"]; n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	b.fail("", "")
	b.now = b.now.Add(10 * time.Second)
	b.work()
	if n := b.sim.State().Visits; n != 0 {
		t.Errorf("%d visits open", n)
	}
}

func TestClosingIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	token, _ := b.act("aino", "koivutyo")
	if _, _, err := b.people.LogOut(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	b.fail("500", "unregister")
	for range 20 {
		b.now = b.now.Add(10 * time.Minute)
		b.work()
	}
	if n := b.count(`SELECT count(*) FROM mandate_leaving`); n != 0 {
		t.Errorf("%d visits still to be closed", n)
	}
	if n := b.sim.State().Calls["unregister"]; n != 6 {
		t.Errorf("%d calls, want 6", n)
	}
}

// TestNothingLeaks looks for what must not be read anywhere.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()

	b := newBench(t)
	_, s := b.act("aino", "koivutyo")
	errs := []string{}
	for _, mode := range []string{"401", "500", "html", "redirect", "drop", "other-person", "long"} {
		b.fail(mode, "")
		if err := b.Recheck(t.Context(), s); err != nil {
			errs = append(errs, err.Error())
		}
		if _, err := b.Begin(t.Context(), s, "fi", ""); err != nil {
			errs = append(errs, err.Error())
		}
	}
	if len(errs) < 12 {
		t.Fatalf("%d errors", len(errs))
	}
	told := b.log.String() + strings.Join(errs, "\n")
	if strings.Count(told, `"request_id":`) < 14 || !strings.Contains(told, `"call":"register"`) {
		t.Errorf("calls are not logged by their request IDs: %s", told)
	}
	var dump string
	err := b.db.QueryRow(t.Context(), `
		SELECT concat((SELECT string_agg(encode(coalesce(begun, ''), 'escape') || encode(coalesce(visit, ''), 'escape') || encode(coalesce(access_token, ''), 'escape')
		                  || encode(coalesce(refresh_token, ''), 'escape') || encode(coalesce(choices, ''), 'escape'), '') FROM mandate_session),
		              (SELECT string_agg(detail::text || subject_id || actor_id, '') FROM audit_event))`).Scan(&dump)
	if err != nil || len(dump) < 500 {
		t.Fatalf("%d bytes, %v", len(dump), err)
	}
	w := world.Default()
	for _, secret := range []string{
		w.Person("aino").Code, w.Person("twin").Code, "010594Y", "/service/", "/oauth/", "127.0.0.1", "Korhonen", "Koivutyö",
	} {
		if strings.Contains(told, secret) {
			t.Errorf("log or errors hold %q:\n%s", secret, told)
		}
		if strings.Contains(dump, secret) {
			t.Errorf("the database holds %q", secret)
		}
	}
}
