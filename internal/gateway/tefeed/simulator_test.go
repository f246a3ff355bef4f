package tefeed_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/tesim"
	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/richtext"
	"tyomarkkinatori.fi/portal/internal/secret"
)

// simulated returns a feed of the simulated TE system with 160 postings.
func simulated(tb testing.TB, kind tefeed.Kind) (*tesim.System, *harness) {
	tb.Helper()
	var h *harness
	clock := func() time.Time {
		if h == nil {
			return pgtest.Now
		}
		return h.now
	}
	system := tesim.New(tesim.Options{Seed: 7, Postings: 160, Key: "key", ClientID: "me", ClientSecret: "hush", Clock: clock})
	server := httptest.NewServer(system)
	tb.Cleanup(server.Close)
	h = newHarness(tb, &teSystem{Server: server}, kind, func(c *tefeed.Config) {
		c.URL, c.Key = server.URL+"/kipa/p67/v2/jobpostings", secret.New("key")
		if kind == tefeed.KindV1 {
			c.URL, c.TokenURL = server.URL+"/jobpostingprovider/v1/tyopaikat", server.URL+"/oauth2/v2.0/token"
			c.ClientID, c.ClientSecret, c.Scope = "me", secret.New("hush"), "all"
		}
	})
	return system, h
}

// compare checks that the portal has open just what the TE system has, under
// the same titles if asked.
func compare(tb testing.TB, system *tesim.System, h *harness, titles bool, after string) {
	tb.Helper()
	rows, err := h.db.Query(tb.Context(), "SELECT external_id, content->'title' FROM job_posting WHERE status = 'open'")
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var id string
		var title map[string]string
		if err := rows.Scan(&id, &title); err != nil {
			tb.Fatal(err)
		}
		n++
		p, open, known := system.Posting(id)
		if !open || !known {
			tb.Errorf("after %s: %s is open here and not there", after, id)
		}
		for lang, text := range title {
			if got := richtext.Line(p.Title.In(lang)); titles && got != text {
				tb.Errorf("after %s: the title of %s is %q here and %q there", after, id, text, got)
			}
		}
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	if want := system.Status().Published; n != want {
		tb.Errorf("after %s: %d are open here and %d there", after, n, want)
	}
}

// TestSimulatedSystem follows the simulated TE system through its life and
// through every failure that it knows.
func TestSimulatedSystem(t *testing.T) {
	t.Parallel()

	for _, kind := range []tefeed.Kind{tefeed.KindP67, tefeed.KindV1} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()

			system, h := simulated(t, kind)
			if got := h.sync(t); got.Rejected != 0 {
				t.Errorf("first run = %+v, want every record usable", got)
			}
			compare(t, system, h, true, "the first run")
			stir := func() {
				h.now = h.now.Add(time.Minute)
				system.Publish(3)
				system.Change(3)
				system.Archive(2)
				h.now = h.now.Add(time.Minute)
			}
			mend := func(after string) {
				t.Helper()
				// What a failure held up, or what it made doubtful, the next
				// runs bring in by themselves.
				for whole, n := false, 0; !whole && n < 3; n++ {
					h.now = h.now.Add(5 * time.Minute)
					r, err := h.feed.Sync(t.Context())
					if err != nil {
						t.Errorf("run after %s: %v", after, err)
					}
					whole = r.Outcome == tefeed.OutcomeRead
				}
				if _, err := h.postings.Sweep(t.Context(), feedActor()); err != nil {
					t.Fatal(err)
				}
				compare(t, system, h, false, after)
			}
			stir()
			mend("a change")
			compare(t, system, h, true, "a change")

			// TestP67Failures waits for the answers that never come.
			skipped := []string{"400", "404", "502", "hang", "stall"}
			for _, mode := range tesim.Modes() {
				if slices.Contains(skipped, mode) {
					continue
				}
				stir()
				fault := tesim.Fault{Mode: mode, On: string(kind), Times: 1, After: 1, Wait: 0.001, Size: 3 << 20}
				if mode[0] <= '9' {
					fault.Times = 0 // a new token makes good for one refusal
				}
				if err := system.SetFault(fault); err != nil {
					t.Fatal(err)
				}
				r, err := h.feed.Sync(t.Context())
				if err == nil && mode[0] <= '9' {
					t.Errorf("%s: %+v, want an error", mode, r)
				}
				if err := system.SetFault(tesim.Fault{}); err != nil {
					t.Fatal(err)
				}
				mend(fmt.Sprintf("fault %s (%s)", mode, r.Outcome))
			}
			// A failure that changed a record and not its time is mended by the
			// daily snapshot.
			h.now = h.now.Add(24 * time.Hour)
			mend("a day")
			compare(t, system, h, true, "a day")
			var holes bool
			if err := h.db.QueryRow(t.Context(),
				`SELECT count(*) <> max(seq) FROM posting_change`).Scan(&holes); err != nil || holes {
				t.Errorf("the sequence has holes (%v)", err)
			}
		})
	}
}
