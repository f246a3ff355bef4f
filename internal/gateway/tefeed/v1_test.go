package tefeed_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/gateway/tefeed"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/secret"
)

func replace(tb testing.TB, s, old, with string) string {
	tb.Helper()
	if !strings.Contains(s, old) {
		tb.Fatalf("%q does not hold %q", s, old)
	}
	return strings.Replace(s, old, with, 1)
}

func v1Item(id, title string) string {
	return fmt.Sprintf(`{"ilmoituksenID":%q,"tyollistaja":"01","muokattupvm":"2026-02-01T06:00:00Z","julkaisupvm":"2026-02-01T06:00:00Z",`+
		`"perustiedot":{"tyonOtsikko":[{"kieliKoodi":"fi","arvo":%q}]}}`, id, title)
}

func v1Page(items []string) string {
	return `{"ilmoitukset":[` + strings.Join(items, ",") + `],"ilmoituksienMaara":` + strconv.Itoa(len(items)) + `}`
}

func v1Items(from, to int) []string {
	var items []string
	for i := from; i < to; i++ {
		items = append(items, v1Item(fmt.Sprintf("%04d", i), "Leipuri"))
	}
	return items
}

// paged answers with pages of items, as the request asks for them.
func paged(items *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("sivu"))
		size, _ := strconv.Atoi(r.URL.Query().Get("maara"))
		from, to := min(page*size, len(*items)), min((page+1)*size, len(*items))
		_, _ = w.Write([]byte(v1Page((*items)[from:to])))
	}
}

func TestV1PagesAndRemovals(t *testing.T) {
	t.Parallel()

	items := v1Items(0, 250)
	te := newTESystem(t, paged(&items))
	h := newHarness(t, te, tefeed.KindV1, nil)
	if got := h.sync(t); got.Stored.New != 250 || got.Records != 250 {
		t.Errorf("first run = %+v, want 250 new", got)
	}

	items = v1Items(3, 251)
	got := h.sync(t)
	if got.Outcome != tefeed.OutcomeRead || got.Closed != 3 || got.Stored.New != 1 {
		t.Errorf("second run = %+v, want three closed and one new", got)
	}
	p := h.posting(t, "0002")
	if p.Status != jobposting.StatusClosed || p.CloseReason != jobposting.ClosedRemoved {
		t.Errorf("posting gone = %s, %s; want closed, removed", p.Status, p.CloseReason)
	}

	items = v1Items(0, 250)
	if got := h.sync(t); got.Stored.Reopened != 3 || got.Closed != 1 {
		t.Errorf("third run = %+v, want three reopened and one closed", got)
	}
}

// TestV1PageShift removes a posting of the first page while the second is
// read: the one that moves over the edge is on no page read, yet it must stay.
func TestV1PageShift(t *testing.T) {
	t.Parallel()

	items := v1Items(0, 250)
	answer := paged(&items)
	te := newTESystem(t, answer)
	h := newHarness(t, te, tefeed.KindV1, nil)
	h.sync(t)

	var calls atomic.Int32
	te.answers(func(w http.ResponseWriter, r *http.Request) {
		answer(w, r)
		if calls.Add(1) == 1 {
			items = items[1:]
		}
	})
	if got := h.sync(t); got.Closed != 0 {
		t.Errorf("run = %+v, want nothing closed: each posting stood on some page", got)
	}
	if got := h.sync(t); got.Closed != 1 {
		t.Errorf("next run = %+v, want the removed posting closed", got)
	}
	if p := h.posting(t, "0100"); p.Status != jobposting.StatusOpen {
		t.Errorf("the posting that moved is %s, want open", p.Status)
	}
}

func TestV1EmptyAnswerIsDoubted(t *testing.T) {
	t.Parallel()

	items := v1Items(0, 150)
	te := newTESystem(t, paged(&items))
	h := newHarness(t, te, tefeed.KindV1, nil)
	h.sync(t)
	items = nil
	if got := h.sync(t); got.Outcome != tefeed.OutcomeDoubted || got.Closed != 0 {
		t.Errorf("empty answer = %+v, want it doubted", got)
	}
	items = v1Items(0, 149)
	if got := h.sync(t); got.Outcome != tefeed.OutcomeRead || got.Closed != 1 {
		t.Errorf("whole answer = %+v, want one closed", got)
	}
	items = nil
	if got := h.sync(t); got.Outcome != tefeed.OutcomeDoubted {
		t.Errorf("empty answer after a whole one = %+v, want it doubted again", got)
	}
	if got := h.sync(t); got.Outcome != tefeed.OutcomeRead || got.Closed != 149 {
		t.Errorf("second empty answer = %+v, want it believed", got)
	}
}

func TestV1BrokenPage(t *testing.T) {
	t.Parallel()

	items := v1Items(0, 250)
	te := newTESystem(t, paged(&items))
	h := newHarness(t, te, tefeed.KindV1, nil)
	h.sync(t)

	next := append(v1Items(0, 100), v1Items(300, 420)...)
	te.answers(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("sivu") == "1" {
			_, _ = w.Write([]byte(`{"ilmoitukset":[` + v1Item("0999", "Kokki") + `,{"ilmoituksenID":`))
			return
		}
		paged(&next)(w, r)
	})
	got := h.sync(t)
	if got.Outcome != tefeed.OutcomePartly || got.Closed != 0 || got.Stored.New != 21 {
		t.Errorf("run = %+v, want the readable ones stored and none closed", got)
	}
	te.answers(paged(&next))
	if got := h.sync(t); got.Outcome != tefeed.OutcomeRead || got.Closed != 151 {
		t.Errorf("next run = %+v, want 151 closed", got)
	}
}

func TestV1Token(t *testing.T) {
	t.Parallel()

	var issued, calls atomic.Int32
	items := v1Items(0, 150)
	te := newTESystem(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			for field, want := range map[string]string{
				"grant_type": "client_credentials", "client_id": "me", "client_secret": "hush", "scope": "all", "response_type": "token",
			} {
				if got := r.FormValue(field); got != want {
					t.Errorf("%s = %q, want %q", field, got, want)
				}
			}
			_, _ = fmt.Fprintf(w, `{"access_token":"t%d","token_type":"Bearer","expires_in":"3600"}`, issued.Add(1))
			return
		}
		// The second token is the first that is accepted.
		if got := r.Header.Get("Authorization"); calls.Add(1) == 1 || got != "Bearer t"+strconv.Itoa(int(issued.Load())) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		paged(&items)(w, r)
	})
	h := newHarness(t, te, tefeed.KindV1, func(c *tefeed.Config) {
		c.TokenURL, c.ClientID, c.ClientSecret, c.Scope = te.URL+"/token", "me", secret.New("hush"), "all"
	})

	if got := h.sync(t); got.Stored.New != 150 || issued.Load() != 2 {
		t.Errorf("run = %+v with %d tokens, want 150 new with 2", got, issued.Load())
	}
	h.sync(t)
	if issued.Load() != 2 {
		t.Errorf("tokens = %d, want the second one used again", issued.Load())
	}
	h.now = h.now.Add(59*time.Minute + 30*time.Second)
	h.sync(t)
	if issued.Load() != 3 {
		t.Errorf("tokens = %d, want a new one just before the old one ends", issued.Load())
	}
	if strings.Contains(h.log.String(), "hush") {
		t.Errorf("the log holds the secret: %s", h.log)
	}
}

func TestV1Failures(t *testing.T) {
	t.Parallel()

	items := v1Items(0, 250)
	whole := paged(&items)
	onPage := func(page string, answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("sivu") == page {
				answer(w, r)
				return
			}
			whole(w, r)
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   tefeed.Outcome
		stored int
	}{
		{"no right", onPage("1", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }), tefeed.OutcomeUnauthorised, 100},
		{"out of order", onPage("1", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(`{"aikaleima":"2026-03-02T09:30:00Z","status":500,"virheviesti":"rikki"}`))
		}), tefeed.OutcomeServerError, 100},
		{"cut off", onPage("1", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"ilmoitukset":[` + strings.Join(v1Items(100, 150), ",")))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}), tefeed.OutcomeTruncated, 150},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("Huoltokatko")) }, tefeed.OutcomeBadAnswer, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			te := newTESystem(t, tt.answer)
			h := newHarness(t, te, tefeed.KindV1, nil)
			got, err := h.feed.Sync(t.Context())
			if err == nil || got.Outcome != tt.want || got.Stored.New != tt.stored {
				t.Errorf("Sync = %+v, %v; want %s with %d stored", got, err, tt.want, tt.stored)
			}
			te.answers(whole)
			h.sync(t)
			if n := len(h.changes(t)); n != 250 {
				t.Errorf("changes = %d, want 250", n)
			}
		})
	}
}
