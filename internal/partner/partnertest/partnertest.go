// Package partnertest gives tests applications and partners that came about as
// real ones do.
package partnertest

import (
	"context"
	"crypto/rand"
	"testing"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/organisation"
	"tyomarkkinatori.fi/portal/internal/partner"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/terms"
)

// Business is a valid business ID for tests that need one only.
const Business = "1234567-1"

// register answers for every organisation that it is sound, unless the map
// tells otherwise.
type register map[organisation.BusinessID]organisation.Organisation

// Company is the answer of the business register.
func (r register) Company(_ context.Context, id organisation.BusinessID) (organisation.Organisation, error) {
	o, ok := r[id]
	if !ok {
		return organisation.Organisation{BusinessID: id, Name: "Esimerkki " + string(id) + " Oy", Form: "OY"}, nil
	}
	if o.BusinessID == "" {
		return organisation.Organisation{}, fault.ErrNotFound
	}
	return o, nil
}

// Stack is what applications stand on, in one database.
type Stack struct {
	DB           *postgres.DB
	Terms        *terms.Terms
	Register     *organisation.Register
	Drafts       *partner.Drafts
	Applications *partner.Applications
	Partners     *partner.Partners
	// Told is what the business register tells of organisations; the zero
	// Organisation is one that it does not know. Others are sound.
	Told map[organisation.BusinessID]organisation.Organisation
}

// New returns a stack in db, with terms to accept.
func New(tb testing.TB, db *postgres.DB, rules partner.Rules) *Stack {
	tb.Helper()
	if _, err := terms.Seed(tb.Context(), db); err != nil {
		tb.Fatal(err)
	}
	s := &Stack{DB: db, Terms: terms.New(db), Told: map[organisation.BusinessID]organisation.Organisation{}}
	s.Register = organisation.NewRegister(db, register(s.Told))
	s.Drafts, s.Partners = partner.NewDrafts(db), partner.NewPartners(db)
	s.Applications = partner.NewApplications(db, s.Register, s.Terms, rules)
	return s
}

const sqlInsertPerson = `
INSERT INTO person
    (foreign_index, foreign_sealed, key_id, first_names, call_name, family_name, source, sourced_at, language, created_at)
VALUES ($1, $1, 'test', 'Aino', 'Aino', 'Esimerkki', 'identification', $2, 'fi', $2)
RETURNING id`

// Representative is the session of a new person who acts for an organisation.
func (s *Stack) Representative(tb testing.TB, business string) identity.Session {
	tb.Helper()
	var id identity.PersonID
	err := s.DB.QueryRow(tb.Context(), sqlInsertPerson, []byte(rand.Text()), s.DB.Now()).Scan(&id)
	if err != nil {
		tb.Fatal(err)
	}
	return identity.Session{
		ID: int64(id), PersonID: id, Kind: identity.KindPerson, Name: "Aino Esimerkki", Language: i18n.Finnish,
		Acting: &identity.Acting{
			BusinessID: business, Name: "Esimerkki " + business + " Oy", Roles: []string{"NIMKO"}, Authority: "NIMKO", CheckedAt: s.DB.Now(),
		},
	}
}

// Answer lets the business register answer what has been asked.
func (s *Stack) Answer(tb testing.TB, business ...string) {
	tb.Helper()
	err := s.DB.InTx(tb.Context(), func(tx *postgres.Tx) error {
		for _, b := range business {
			if err := s.Register.Ask(tb.Context(), tx, organisation.BusinessID(b)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.Register.Work(tb.Context())
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// AcceptTerms accepts the partner terms in force.
func (s *Stack) AcceptTerms(tb testing.TB, who identity.Session) {
	tb.Helper()
	v, err := s.Terms.Current(tb.Context(), terms.Partner)
	if err == nil {
		err = s.DB.InTx(tb.Context(), func(tx *postgres.Tx) error {
			_, err := s.Terms.Accept(tb.Context(), tx, who, terms.Partner, v.Number, i18n.Finnish)
			return err
		})
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Form is a form that breaks no rule.
func Form() partner.Form {
	return partner.Form{
		Contacts: []partner.Contact{{
			Name: "Aino Esimerkki", Role: "toimitusjohtaja", Email: "aino@example.fi", Phone: "+358 40 123 4567", Language: i18n.Finnish,
		}},
		ServiceAreas: []string{"job_search", "training"}, Municipalities: []string{"091"}, Regions: []string{"02"},
		DescriptionFi: "Valmennamme työnhakijoita.", Website: "https://example.fi/palvelut",
		Languages: []string{"fi", "sv"}, Declarations: partner.Declarations(),
	}
}

// Draft keeps form as a draft, part by part, and returns the draft.
func (s *Stack) Draft(tb testing.TB, who identity.Session, form partner.Form) partner.Draft {
	tb.Helper()
	var d partner.Draft
	for _, p := range partner.Parts() {
		var err error
		if d, err = s.Drafts.Save(tb.Context(), who, 0, i18n.Finnish, d.Version, p, form, partner.Form{}); err != nil {
			tb.Fatal(err)
		}
	}
	return d
}

// Submit goes the whole way to a submitted application. The rules approve one
// that the business register has answered about and that names no service area
// that needs a look.
func (s *Stack) Submit(tb testing.TB, who identity.Session, form partner.Form) partner.Application {
	tb.Helper()
	s.AcceptTerms(tb, who)
	d := s.Draft(tb, who, form)
	app, err := s.Applications.Submit(tb.Context(), who, rand.Text(), d.Version)
	if err != nil {
		tb.Fatal(err)
	}
	return app
}

// Submitted returns an application of business that waits for an officer, and
// who sent it.
func Submitted(tb testing.TB, s *Stack, business string) (partner.Application, identity.Session) {
	tb.Helper()
	form := Form()
	form.ServiceAreas = []string{"work_ability"}
	s.Answer(tb, business)
	who := s.Representative(tb, business)
	app := s.Submit(tb, who, form)
	if app.Status != partner.InReview {
		tb.Fatalf("application is %s", app.Status)
	}
	return app, who
}

// Approved returns a partner that the rules let join, and its representative.
func Approved(tb testing.TB, s *Stack, business string) (partner.Partner, identity.Session) {
	tb.Helper()
	s.Answer(tb, business)
	who := s.Representative(tb, business)
	if app := s.Submit(tb, who, Form()); app.Status != partner.Approved {
		tb.Fatalf("application is %s", app.Status)
	}
	p, err := s.Partners.ByBusinessID(tb.Context(), organisation.BusinessID(business))
	if err != nil {
		tb.Fatal(err)
	}
	return p, who
}

// Officer is an actor for officer's acts.
func Officer() audit.Ref { return audit.Ref{Kind: "staff", ID: "1"} }
