package partner_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/partner/partnertest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

// modelled is what the model knows of one organisation.
type modelled struct {
	status  partner.Status // of the newest application, "" for none
	id      int64
	looked  bool // it names a service area that needs a look
	at      time.Time
	partner bool
}

// decided is what the rules make of a submitted application.
func (m *modelled) decided(answered bool, now time.Time) partner.Status {
	switch {
	case !answered && now.Before(m.at.Add(24*time.Hour)):
		return partner.Submitted
	case !answered || m.looked:
		return partner.InReview
	}
	return partner.Approved
}

// TestDraftsAndApplicationsFollowTheModel lets people, officers, the register
// and time act in any order, and holds the database to the model and to what
// must always be true.
func TestDraftsAndApplicationsFollowTheModel(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	s := partnertest.New(t, db, partner.Rules{SampleRate: .5, SampleSeed: "seed"})
	now := pgtest.Now
	db.Now = func() time.Time { return now }
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		businesses := []string{businessID(2 * run), businessID(2*run + 1)}
		model := map[string]*modelled{}
		people := map[string][]identity.Session{}
		for _, b := range businesses {
			model[b] = &modelled{}
			for range 2 {
				who := s.Representative(t, b)
				s.AcceptTerms(t, who)
				people[b] = append(people[b], who)
			}
		}
		drafts := map[identity.PersonID]partner.Draft{}
		answered := func(b string) bool {
			o, told, err := s.Register.Known(t.Context(), organisation.BusinessID(b))
			if err != nil {
				r.Fatal(err)
			}
			return told && now.Sub(o.FetchedAt) < 48*time.Hour
		}
		decide := func() {
			if _, err := s.Applications.Decide(t.Context()); err != nil {
				r.Fatal(err)
			}
			for b, m := range model {
				if m.status == partner.Submitted {
					m.status = m.decided(answered(b), now)
					m.partner = m.partner || m.status == partner.Approved
				}
			}
		}
		pick := func() (string, *modelled, identity.Session) {
			b := rapid.SampledFrom(businesses).Draw(r, "business")
			return b, model[b], rapid.SampledFrom(people[b]).Draw(r, "person")
		}
		open := func(m *modelled) bool { return m.status.Open() }
		officer := func(name string, to partner.Status, act func(*postgres.Tx, int64) (partner.Application, error)) func(*rapid.T) {
			return func(r *rapid.T) {
				_, m, _ := pick()
				if m.id == 0 {
					r.Skip("no application")
				}
				err := db.InTx(t.Context(), func(tx *postgres.Tx) error {
					_, err := act(tx, m.id)
					return err
				})
				if allowed := m.status != partner.Submitted && m.status.CanBecome(to); allowed != (err == nil) {
					r.Fatalf("%s when %s: %v", name, m.status, err)
				}
				if err != nil {
					return
				}
				m.status = to
				m.partner = m.partner || to == partner.Approved
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"save": func(r *rapid.T) {
				_, _, who := pick()
				form := partnertest.Form()
				if rapid.Bool().Draw(r, "needs a look") {
					form.ServiceAreas = []string{"work_ability"}
				}
				d := drafts[who.PersonID]
				for _, p := range partner.Parts() {
					var err error
					if d, err = s.Drafts.Save(t.Context(), who, 0, i18n.Finnish, d.Version, p, form, partner.Form{}); err != nil {
						r.Fatal(err)
					}
				}
				drafts[who.PersonID] = d
			},
			"submit": func(r *rapid.T) {
				b, m, who := pick()
				d := drafts[who.PersonID]
				app, err := s.Applications.Submit(t.Context(), who, rand.Text(), d.Version)
				expired := !d.ExpiresAt.After(now)
				if may := d.Version > 0 && !expired && !open(m) && !m.partner; may != (err == nil) {
					r.Fatalf("submit with draft %d, expired %v, application %s, partner %v: %v", d.Version, expired, m.status, m.partner, err)
				}
				if err != nil {
					if !errors.Is(err, fault.ErrConflict) && !errors.Is(err, fault.ErrNotFound) {
						r.Fatal(err)
					}
					return
				}
				delete(drafts, who.PersonID)
				m.id, m.at, m.looked = app.ID, now, slices.Contains(d.Form.ServiceAreas, "work_ability")
				m.status = m.decided(answered(b), now)
				m.partner = m.status == partner.Approved
				if app.Status != m.status {
					r.Fatalf("submitted application of %s is %s, want %s", b, app.Status, m.status)
				}
			},
			"register answers": func(*rapid.T) {
				b, _, _ := pick()
				s.Answer(t, b)
				decide()
			},
			"approve": officer("approve", partner.Approved, func(tx *postgres.Tx, id int64) (partner.Application, error) {
				return s.Applications.Approve(t.Context(), tx, partnertest.Officer(), id)
			}),
			"reject": officer("reject", partner.Rejected, func(tx *postgres.Tx, id int64) (partner.Application, error) {
				return s.Applications.Reject(t.Context(), tx, partnertest.Officer(), id)
			}),
			"ask": officer("ask", partner.Specify, func(tx *postgres.Tx, id int64) (partner.Application, error) {
				return s.Applications.AskToSpecify(t.Context(), tx, partnertest.Officer(), id, []string{"description"})
			}),
			"due": officer("due", partner.InReview, func(tx *postgres.Tx, id int64) (partner.Application, error) {
				return s.Applications.BackToReview(t.Context(), tx, audit.System("test"), id)
			}),
			"withdraw": func(r *rapid.T) {
				_, m, who := pick()
				if m.id == 0 {
					r.Skip("no application")
				}
				_, err := s.Applications.Withdraw(t.Context(), who, m.id)
				if may := open(m) || m.status == partner.Withdrawn; may != (err == nil) {
					r.Fatalf("withdraw when %s: %v", m.status, err)
				}
				if err == nil {
					m.status = partner.Withdrawn
				}
			},
			"hours pass": func(r *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 60).Draw(r, "hours")) * time.Hour)
				if _, err := s.Drafts.Purge(t.Context(), audit.System("test")); err != nil {
					r.Fatal(err)
				}
				decide()
			},
			"": func(r *rapid.T) { invariants(t, r, s, businesses, model) },
		})
	})
	if bad, err := audit.Verify(t.Context(), db); err != nil || bad != 0 {
		t.Errorf("audit chain: %d, %v", bad, err)
	}
}

// invariants hold whatever has happened.
func invariants(t *testing.T, r *rapid.T, s *partnertest.Stack, businesses []string, model map[string]*modelled) {
	t.Helper()
	for _, b := range businesses {
		all, err := s.Applications.ForOrganisation(t.Context(), organisation.BusinessID(b))
		if err != nil {
			r.Fatal(err)
		}
		open := 0
		for _, a := range all {
			if a.Status.Open() {
				open++
			}
		}
		if open > 1 {
			r.Fatalf("%s has %d open applications", b, open)
		}
		if len(all) > 0 && all[len(all)-1].Status != model[b].status {
			r.Fatalf("newest application of %s is %s, the model's %s", b, all[len(all)-1].Status, model[b].status)
		}
		var partners int
		if err := s.DB.QueryRow(t.Context(), `SELECT count(*) FROM partner WHERE business_id = $1 AND status = 'active'`, b).Scan(&partners); err != nil {
			r.Fatal(err)
		}
		if want := model[b].partner; partners > 1 || want != (partners == 1) {
			r.Fatalf("%s is %d partners, want %v", b, partners, want)
		}
	}
}
