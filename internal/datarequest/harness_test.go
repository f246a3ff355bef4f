package datarequest_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
	"tyomarkkinatori.fi/portal/internal/viewing"
)

// office is where requests are answered, with Aino who asks and Outi who answers.
type office struct {
	t        *testing.T
	db       *postgres.DB
	now      time.Time
	requests *datarequest.Requests
	aino     identity.Session
	outi     identity.Session
	told     []datarequest.News
}

const ainosCode = "010594Y9032"

func newOffice(t *testing.T) *office {
	t.Helper()
	db := pgtest.New(t)
	o := &office{t: t, db: db, now: pgtest.Now}
	db.Now = func() time.Time { return o.now }
	people := identitytest.People(t, db)
	o.requests = datarequest.New(datarequest.Deps{
		DB: db, People: people, Documents: document.New(db, identitytest.Keyring(t), nil),
		Looks: viewing.New(db, viewing.DefaultLimits(), nil), Options: datarequest.DefaultOptions(),
		Tell: func(_ context.Context, _ *postgres.Tx, n datarequest.News) error {
			o.told = append(o.told, n)
			return nil
		},
	})
	_, o.aino = identitytest.LogIn(t, db, ainosCode)
	if err := people.SetContact(t.Context(), o.aino.Actor(), o.aino.PersonID, "aino@example.com", ""); err != nil {
		t.Fatal(err)
	}
	o.outi = o.officer()
	return o
}

func (o *office) officer() identity.Session {
	o.t.Helper()
	_, s := identitytest.Officer(o.t, o.db, identity.GroupDataProtection)
	return s
}

var forms atomic.Int64

func form() string { return fmt.Sprint("form ", forms.Add(1)) }

func (o *office) file(k datarequest.Kind) int64 {
	o.t.Helper()
	id, err := o.requests.File(o.t.Context(), o.aino, datarequest.Filing{Kind: k, Message: "Tutkintoni on väärin.", Language: i18n.Finnish, Submission: form()})
	o.check(err)
	return id
}

// taken is a request of Aino's that Outi has in hand.
func (o *office) taken(k datarequest.Kind) datarequest.Act {
	o.t.Helper()
	id := o.file(k)
	o.check(o.requests.Claim(o.t.Context(), o.outi, id))
	return o.act(id)
}

func (o *office) act(id int64) datarequest.Act {
	return datarequest.Act{Officer: o.outi, ID: id, Submission: form()}
}

func (o *office) settle(a datarequest.Act, outcome datarequest.Outcome) error {
	o.t.Helper()
	return o.requests.Settle(o.t.Context(), a, datarequest.Settling{Outcome: outcome, Answer: "Tieto on rekisterissä niin kuin oppilaitos on sen ilmoittanut."}, word)
}

func word(c datarequest.Certificate, q datarequest.Request, p identity.Person) datarequest.Wording {
	return datarequest.Wording{Title: "Todistus " + c.Number(), Sections: []datarequest.Section{{Heading: p.Name(), Paragraphs: []string{q.Message, q.Answer}}}}
}

func (o *office) own(id int64) datarequest.Request {
	o.t.Helper()
	q, err := o.requests.OwnByID(o.t.Context(), o.aino, id)
	o.check(err)
	return q
}

func (o *office) restricted() bool {
	o.t.Helper()
	var is bool
	o.check(o.db.InTx(o.t.Context(), func(tx *postgres.Tx) error {
		var err error
		is, err = o.requests.Restricted(o.t.Context(), tx, o.aino.PersonID)
		return err
	}))
	return is
}

func (o *office) check(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) count(query string, args ...any) int {
	o.t.Helper()
	var n int
	o.check(o.db.QueryRow(o.t.Context(), query, args...).Scan(&n))
	return n
}

func (o *office) events(action string) int {
	o.t.Helper()
	return o.count("SELECT count(*) FROM audit_event WHERE action = $1", action)
}
