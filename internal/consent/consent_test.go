package consent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/consent"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

type world struct {
	t        *testing.T
	db       *postgres.DB
	consents *consent.Consents
	aino     identity.Session
}

func newWorld(t *testing.T) world {
	t.Helper()
	db := pgtest.New(t)
	_, aino := identitytest.LogIn(t, db, "010594Y9032")
	return world{t: t, db: db, consents: consent.New(db), aino: aino}
}

func giving(p consent.Purpose) consent.Giving {
	g := consent.Giving{Purpose: p, Words: "Saa antaa.", Language: i18n.Finnish, Submission: "form of " + string(p)}
	if p == consent.Health {
		g.Receiver, g.Matter = "Leipomo Oy", "Jauhopöly ja keuhkot"
	}
	return g
}

func (w world) give(g consent.Giving) {
	w.t.Helper()
	if err := w.consents.Give(w.t.Context(), w.aino, g); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) given(p consent.Purpose) bool {
	w.t.Helper()
	return w.ask(func(tx *postgres.Tx) (bool, error) { return w.consents.Given(w.t.Context(), tx, w.aino.PersonID, p) })
}

func (w world) givenTo(p consent.Purpose, receiver string) bool {
	w.t.Helper()
	return w.ask(func(tx *postgres.Tx) (bool, error) {
		return w.consents.GivenTo(w.t.Context(), tx, w.aino.PersonID, p, receiver)
	})
}

func (w world) ask(f func(tx *postgres.Tx) (bool, error)) bool {
	w.t.Helper()
	var is bool
	err := w.db.InTx(w.t.Context(), func(tx *postgres.Tx) error {
		var err error
		is, err = f(tx)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return is
}

func (w world) history() []consent.Consent {
	w.t.Helper()
	all, err := w.consents.History(w.t.Context(), w.aino)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w world) events() string {
	w.t.Helper()
	var all string
	err := w.db.QueryRow(w.t.Context(), `SELECT coalesce(string_agg(action || ' ' || subject_kind, ', ' ORDER BY id), '') FROM audit_event WHERE action LIKE 'consent.%'`).Scan(&all)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestAConsentCountsFromGivingToWithdrawing(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	if w.given(consent.Employer) {
		t.Error("counts before it was given")
	}
	w.give(giving(consent.Employer))
	if !w.given(consent.Employer) || w.given(consent.Survey) {
		t.Error("does not count for its purpose alone")
	}
	if err := w.consents.Withdraw(t.Context(), w.aino, w.history()[0].ID); err != nil {
		t.Fatal(err)
	}
	if w.given(consent.Employer) {
		t.Error("counts after it was withdrawn")
	}
	g := giving(consent.Employer)
	g.Submission = "another form"
	w.give(g)
	all := w.history()
	if len(all) != 2 || !all[0].InForce() || all[1].InForce() || all[1].Words != "Saa antaa." {
		t.Errorf("history %+v", all)
	}
	if got, want := w.events(), "consent.given person, consent.withdrawn person, consent.given person"; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

func TestAFormSentAgainGivesNothing(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.give(giving(consent.Employer))
	w.give(giving(consent.Employer))
	id := w.history()[0].ID
	for range 2 {
		if err := w.consents.Withdraw(t.Context(), w.aino, id); err != nil {
			t.Fatal(err)
		}
	}
	w.give(giving(consent.Employer)) // the browser's way back
	if w.given(consent.Employer) || len(w.history()) != 1 {
		t.Error("an old form gave the consent anew")
	}
	if got, want := w.events(), "consent.given person, consent.withdrawn person"; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

func TestDataOnHealthTakesAConsentForEachEmployer(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.give(giving(consent.Employer))
	if w.given(consent.Health) || w.givenTo(consent.Health, "Leipomo Oy") {
		t.Error("the general consent covers health")
	}
	w.give(giving(consent.Health))
	if !w.givenTo(consent.Health, "Leipomo Oy") || w.givenTo(consent.Health, "Saha Oy") || w.given(consent.Health) {
		t.Error("the consent does not count for its employer alone")
	}
	for name, change := range map[string]func(g *consent.Giving){
		"receiver": func(g *consent.Giving) { g.Receiver = " " },
		"matter":   func(g *consent.Giving) { g.Matter = "Hetuni on 010594 Y 9032." },
	} {
		g := giving(consent.Health)
		g.Submission = "form without " + name
		change(&g)
		err := w.consents.Give(t.Context(), w.aino, g)
		invalid, ok := errors.AsType[*fault.InvalidError](err)
		if !ok || len(invalid.Fields) != 1 || invalid.Fields[0].Field != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestPartnersAreasWaitForTheSwitch(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	g := consent.Giving{Purpose: consent.PartnerArea, Receiver: "coaching", Words: "Saa käsitellä.", Language: i18n.Finnish, Submission: "form"}
	if err := w.consents.Give(t.Context(), w.aino, g); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("off: got %v", err)
	}
	w.consents.Areas = func(_ context.Context, code string) (bool, error) { return code == "coaching", nil }
	w.give(g)
	if !w.givenTo(consent.PartnerArea, "coaching") || w.givenTo(consent.PartnerArea, "training") {
		t.Error("on: the consent does not count for its area alone")
	}
	g.Receiver, g.Submission = "unknown", "another form"
	if err := w.consents.Give(t.Context(), w.aino, g); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("an unknown area: got %v", err)
	}
	w.consents.Areas = nil
	if w.givenTo(consent.PartnerArea, "coaching") {
		t.Error("counts after the switch is off again")
	}
}

func TestNobodyTouchesConsentsOfOthers(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.give(giving(consent.Employer))
	_, other := identitytest.LogIn(t, w.db, "020594X903P")
	if err := w.consents.Withdraw(t.Context(), other, w.history()[0].ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("another person: got %v", err)
	}
	_, officer := identitytest.Officer(t, w.db, identity.GroupDataProtection)
	if err := w.consents.Give(t.Context(), officer, giving(consent.Survey)); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("an officer: got %v", err)
	}
	if _, err := w.consents.History(t.Context(), identity.Session{}); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("nobody: got %v", err)
	}
}

func TestNoConsentCountsUnderARestriction(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.give(giving(consent.Employer))
	restricted := true
	w.consents.Restricted = func(context.Context, *postgres.Tx, identity.PersonID) (bool, error) { return restricted, nil }
	if w.given(consent.Employer) {
		t.Error("counts under a restriction")
	}
	if restricted = false; !w.given(consent.Employer) {
		t.Error("does not count after it")
	}
}

// TestMailsThatStandOnAConsentEndWithIt sends a thousand mails of which half have
// left when the consent is withdrawn.
func TestMailsThatStandOnAConsentEndWithIt(t *testing.T) {
	t.Parallel()

	const mails = 1000
	w := newWorld(t)
	w.give(giving(consent.Survey))
	err := w.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		for n := range mails {
			m := mail.Message{Kind: "survey", To: "aino@example.com", Lang: i18n.Finnish, Key: fmt.Sprint("survey:", n)}
			if err := consent.Enqueue(t.Context(), tx, w.aino.PersonID, consent.Survey, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var tied int
	if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE person_id = $1`, w.aino.PersonID).Scan(&tied); err != nil || tied != mails {
		t.Errorf("%d mails go with the account: %v", tied, err)
	}
	var ended bool
	w.consents.OnWithdraw = append(w.consents.OnWithdraw, func(context.Context, *postgres.Tx, identity.PersonID, consent.Consent) error {
		ended = true
		return nil
	})
	server := &server{withdrawAt: mails / 2, withdraw: func() {
		if err := w.consents.Withdraw(t.Context(), w.aino, w.history()[0].ID); err != nil {
			t.Error(err)
		}
	}}
	render := w.consents.Guard(func(context.Context, mail.Message) (mail.Rendered, error) {
		return mail.Rendered{Subject: "Kysely"}, nil
	})
	outbox := mail.NewOutbox(w.db, render, server)
	outbox.Connections = 1
	for range 50 {
		if err := outbox.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !ended || server.taken != mails/2 {
		t.Errorf("%d of %d mails were sent, hook called: %t", server.taken, mails, ended)
	}
	var dropped int
	if err := w.db.QueryRow(t.Context(), `SELECT count(*) FROM mail_outbox WHERE status = 'dropped'`).Scan(&dropped); err != nil || dropped != mails/2 {
		t.Errorf("%d mails were dropped: %v", dropped, err)
	}
}

// server takes mails and has the consent withdrawn after so many.
type server struct {
	taken, withdrawAt int
	withdraw          func()
}

func (s *server) Open(context.Context) (mail.Connection, error) { return s, nil }
func (s *server) Close() error                                  { return nil }
func (s *server) Send(context.Context, mail.Letter) error {
	if s.taken++; s.taken == s.withdrawAt {
		s.withdraw()
	}
	return nil
}

func TestConsentsGoIntoTheCopyAndWithTheAccount(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	w.give(giving(consent.Health))
	_, other := identitytest.LogIn(t, w.db, "020594X903P")
	g := giving(consent.Survey)
	if err := w.consents.Give(t.Context(), other, g); err != nil {
		t.Fatal(err)
	}
	k := w.consents.Keeper()
	err := w.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		records, err := k.Export(t.Context(), tx, int64(w.aino.PersonID))
		if err != nil {
			return err
		}
		if len(records) != 1 || records[0].Values["receiver"] != "Leipomo Oy" {
			t.Errorf("exported %+v", records)
		}
		return k.Erase(t.Context(), tx, int64(w.aino.PersonID))
	})
	if err != nil {
		t.Fatal(err)
	}
	var left string
	if err := w.db.QueryRow(t.Context(), `SELECT string_agg(consent::text, ';') FROM consent`).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(left, "Leipomo") || !strings.Contains(left, "survey") {
		t.Errorf("left %q", left)
	}
}

// TestReceivers are those of consents that count now.
func TestReceivers(t *testing.T) {
	t.Parallel()

	w := newWorld(t)
	receivers := func() string {
		t.Helper()
		all, err := w.consents.Receivers(t.Context(), w.aino, consent.Health)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, ", ")
	}
	w.give(giving(consent.Employer))
	w.give(giving(consent.Health))
	other := giving(consent.Health)
	other.Receiver, other.Submission = "Varasto Oy", "another form"
	w.give(other)
	if got := receivers(); got != "Varasto Oy, Leipomo Oy" {
		t.Errorf("receivers = %q", got)
	}
	if err := w.consents.Withdraw(t.Context(), w.aino, w.history()[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := receivers(); got != "Leipomo Oy" {
		t.Errorf("after a withdrawal: %q", got)
	}
	w.consents.Restricted = func(context.Context, *postgres.Tx, identity.PersonID) (bool, error) { return true, nil }
	if got := receivers(); got != "" {
		t.Errorf("under a restriction: %q", got)
	}
}
