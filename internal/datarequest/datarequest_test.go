package datarequest_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/viewing"
)

func TestARequestHasADayByWhichItIsAnswered(t *testing.T) {
	t.Parallel()

	helsinki := func(text string) time.Time {
		at, err := time.ParseInLocation(time.DateTime, text, i18n.Helsinki)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tc := range []struct {
		kind          datarequest.Kind
		received, due string
	}{
		{datarequest.Deletion, "2026-11-02 08:00:00", "2026-12-03 00:00:00"},
		{datarequest.Inspection, "2026-11-02 08:00:00", "2026-12-03 00:00:00"},
		{datarequest.Correction, "2027-01-31 23:59:00", "2027-03-01 00:00:00"},
		{datarequest.Restriction, "2028-01-30 00:00:00", "2028-03-01 00:00:00"},
		{datarequest.Deletion, "2027-03-10 12:00:00", "2027-04-10 00:00:00"}, // summer time begins
	} {
		o := newOffice(t)
		o.now = helsinki(tc.received)
		if got := o.own(o.file(tc.kind)).DueAt; !got.Equal(helsinki(tc.due)) {
			t.Errorf("%s of %s is due at %s, want %s", tc.kind, tc.received, got.In(i18n.Helsinki), tc.due)
		}
	}
}

func TestAPersonFilesAndWithdraws(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	filing := datarequest.Filing{Kind: datarequest.Inspection, Language: i18n.Swedish, Submission: form()}
	first, err := o.requests.File(t.Context(), o.aino, filing)
	o.check(err)
	again, err := o.requests.File(t.Context(), o.aino, filing)
	o.check(err)
	if first != again || o.events("data_request.filed") != 1 {
		t.Errorf("the same form made %d and %d", first, again)
	}
	q := o.own(first)
	if q.Identification != datarequest.Strong || q.Channel != datarequest.Page || q.State != datarequest.Waiting {
		t.Errorf("filed %+v", q)
	}
	o.check(o.requests.Withdraw(t.Context(), o.aino, first))
	o.check(o.requests.Withdraw(t.Context(), o.aino, first))
	if q = o.own(first); q.Outcome != datarequest.Withdrawn || o.events("data_request.withdrawn") != 1 {
		t.Errorf("withdrawn %+v", q)
	}
	for range 5 {
		o.file(datarequest.Inspection)
	}
	_, err = o.requests.File(t.Context(), o.aino, datarequest.Filing{Kind: datarequest.Inspection, Submission: form()})
	if field(err) != "kind" {
		t.Errorf("a sixth request: got %v", err)
	}
	_, stranger := identitytest.LogIn(t, o.db, "020594X903P")
	for name, err := range map[string]error{
		"read":     second(o.requests.OwnByID(t.Context(), stranger, first)),
		"missing":  second(o.requests.OwnByID(t.Context(), stranger, 999)),
		"withdraw": o.requests.Withdraw(t.Context(), stranger, first),
	} {
		if !errors.Is(err, fault.ErrNotFound) {
			t.Errorf("a stranger: %s: got %v", name, err)
		}
	}
}

func second(_ datarequest.Request, err error) error { return err }

// field is the first one that err finds wrong.
func field(err error) string {
	if invalid, ok := errors.AsType[*fault.InvalidError](err); ok && len(invalid.Fields) > 0 {
		return invalid.Fields[0].Field
	}
	return ""
}

func TestWhatAPersonMustWrite(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	for name, tc := range map[string]struct {
		filing datarequest.Filing
		field  string
	}{
		"no kind":            {datarequest.Filing{Message: "x"}, "kind"},
		"nothing to correct": {datarequest.Filing{Kind: datarequest.Correction}, "message"},
		"too long":           {datarequest.Filing{Kind: datarequest.Correction, Message: strings.Repeat("ä", 8001)}, "message"},
		"an identity code":   {datarequest.Filing{Kind: datarequest.Deletion, Message: "hetu " + ainosCode}, "message"},
	} {
		tc.filing.Submission = form()
		if _, err := o.requests.File(t.Context(), o.aino, tc.filing); field(err) != tc.field {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOfficersShareTheQueue(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	later := o.file(datarequest.Correction)
	o.now = o.now.AddDate(0, 0, -3)
	urgent := o.file(datarequest.Inspection)
	o.now = o.now.AddDate(0, 0, 3)
	other := o.officer()

	first, err := o.requests.Take(t.Context(), o.outi)
	o.check(err)
	same, err := o.requests.Take(t.Context(), o.outi)
	o.check(err)
	next, err := o.requests.Take(t.Context(), other)
	o.check(err)
	if first.ID != urgent || same.ID != urgent || next.ID != later {
		t.Errorf("took %d, %d and %d", first.ID, same.ID, next.ID)
	}
	if first.Person != 0 || first.Message != "" {
		t.Error("taking tells who asks")
	}
	if err := o.requests.Claim(t.Context(), other, urgent); !errors.Is(err, fault.ErrConflict) {
		t.Errorf("took from a colleague: %v", err)
	}
	o.check(o.requests.HandBack(t.Context(), o.act(urgent), "Olen huomenna poissa."))
	o.check(o.requests.Claim(t.Context(), other, urgent))
	if err := o.settle(o.act(urgent), datarequest.Granted); !errors.Is(err, datarequest.ErrClaim) {
		t.Errorf("settled without the claim: %v", err)
	}
	c, err := o.requests.Counts(t.Context(), o.outi)
	o.check(err)
	if (c != datarequest.Counts{Waiting: 2, Held: 2}) {
		t.Errorf("counts %+v", c)
	}
	for _, s := range []identity.Session{o.aino, {}, {ID: 1, PersonID: 1, Kind: identity.KindStaff, Groups: []identity.Group{identity.GroupMain}}} {
		if _, err := o.requests.Take(t.Context(), s); !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("not an officer of the group: %v", err)
		}
	}
}

func TestNobodyAnswersTheirOwnRequest(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	code := identitytest.ParseCode(t, ainosCode)
	identitytest.GrantTo(t, o.db, code, identity.GroupDataProtection)
	_, aino := identitytest.LogInStaff(t, o.db, ainosCode)
	id := o.file(datarequest.Inspection)

	if _, err := o.requests.Take(t.Context(), aino); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("took it: %v", err)
	}
	if err := o.requests.Claim(t.Context(), aino, id); !errors.Is(err, datarequest.ErrOwn) {
		t.Errorf("claimed it: %v", err)
	}
	if _, err := o.requests.Open(t.Context(), aino, id); !errors.Is(err, datarequest.ErrOwn) {
		t.Errorf("opened it: %v", err)
	}
}

func TestOpeningARequestIsALook(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	id := o.file(datarequest.Inspection)
	q, err := o.requests.Open(t.Context(), o.outi, id)
	o.check(err)
	if q.Person != o.aino.PersonID {
		t.Errorf("opened %+v", q)
	}
	n := o.count(`SELECT count(*) FROM audit_event WHERE action = 'person.viewed' AND subject_kind = 'person' AND subject_id = $1 AND detail->>'reason' = $2`,
		o.aino.PersonID.String(), fmt.Sprintf("data_request/%d", id))
	if n != 1 {
		t.Errorf("%d looks were recorded", n)
	}
}

func TestAnAnswerIsReadByThePerson(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a := o.taken(datarequest.Inspection)
	if err := o.requests.Settle(t.Context(), a, datarequest.Settling{Outcome: datarequest.Granted}, word); field(err) != "answer" {
		t.Errorf("an empty answer: %v", err)
	}
	o.check(o.settle(a, datarequest.Granted))
	o.check(o.settle(a, datarequest.Granted)) // sent twice
	q := o.own(a.ID)
	if q.Outcome != datarequest.Granted || q.Answer == "" || q.SettledBy != o.outi.PersonID || o.events("data_request.answered") != 1 {
		t.Errorf("answered %+v", q)
	}
	if len(o.told) != 1 || o.told[0].Kind != datarequest.MailAnswered || o.told[0].Request.Answer != "" || o.told[0].Request.Message != "" {
		t.Errorf("told %+v", o.told)
	}
	if _, err := o.requests.CertificateOf(t.Context(), q); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("a certificate without a refusal: %v", err)
	}
}

func TestARefusalToCorrectMakesACertificate(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	first, next := o.taken(datarequest.Correction), o.taken(datarequest.Correction)
	err := o.requests.Settle(t.Context(), first, datarequest.Settling{Outcome: datarequest.Refused, Answer: "Ei käy."}, word)
	if field(err) != "answer" {
		t.Errorf("reasons of one word: %v", err)
	}
	o.check(o.settle(first, datarequest.Refused))
	o.check(o.settle(next, datarequest.Partly))
	c, err := o.requests.CertificateOf(t.Context(), o.own(first.ID))
	o.check(err)
	if c.Number() != "2026/000001" || c.Wording.Title != "Todistus 2026/000001" {
		t.Errorf("certificate %+v", c)
	}
	var wording []byte
	o.check(o.db.QueryRow(t.Context(), "SELECT convert_to(wording, 'UTF8') FROM data_certificate WHERE id = $1", c.ID).Scan(&wording))
	if sum := sha256.Sum256(wording); string(sum[:]) != string(c.Hash) {
		t.Error("the hash is not that of the wording")
	}
	if n := o.count("SELECT count(*) FROM audit_event WHERE action = 'data_certificate.made' AND detail->>'hash' = $1", c.HexHash()); n != 1 {
		t.Error("the hash is not in the audit log")
	}
	for _, change := range []string{
		"UPDATE data_certificate SET wording = '{}', hash = sha256('{}')",
		"UPDATE data_certificate SET hash = sha256('x')",
	} {
		if _, err := o.db.Exec(t.Context(), change); err == nil {
			t.Errorf("%s was allowed", change)
		}
	}
	if second, err := o.requests.CertificateOf(t.Context(), o.own(next.ID)); err != nil || second.Serial != 2 {
		t.Errorf("the next one %+v, %v", second, err)
	}
}

func TestARestrictionHoldsUntilItIsLifted(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	first, next := o.taken(datarequest.Restriction), o.taken(datarequest.Restriction)
	if o.restricted() {
		t.Error("restricted by the mere request")
	}
	o.check(o.settle(first, datarequest.Granted))
	if !o.restricted() {
		t.Error("not restricted")
	}
	if err := o.settle(next, datarequest.Granted); field(err) != "outcome" {
		t.Errorf("restricted twice: %v", err)
	}
	lift := o.act(first.ID)
	o.check(o.requests.Lift(t.Context(), lift, "Tieto on korjattu."))
	o.check(o.requests.Lift(t.Context(), lift, "Tieto on korjattu."))
	if o.restricted() || o.own(first.ID).LiftedAt.IsZero() {
		t.Error("still restricted")
	}
	if o.events("restriction.imposed") != 1 || o.events("restriction.lifted") != 1 {
		t.Error("not recorded once each")
	}
}

// TestACopyCanBeTakenAgain from the page that the first one leaves open; each is
// recorded.
func TestACopyCanBeTakenAgain(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	act := o.taken(datarequest.Inspection)
	for range 2 {
		got, err := o.requests.CopyFor(t.Context(), act)
		if err != nil || got.Person != o.aino.PersonID || got.Language != o.own(act.ID).Language {
			t.Errorf("copy for %v in %q: %v", got.Person, got.Language, err)
		}
	}
	if n := o.events("person_data.copied"); n != 2 {
		t.Errorf("%d copies recorded, want 2", n)
	}
}

func entry() datarequest.Entry {
	return datarequest.Entry{
		Kind: datarequest.Deletion, Channel: datarequest.Post, Language: i18n.Finnish, Requester: "Aino Äyrämö", Address: "Kuja 1, Espoo",
		Message: "Poistakaa tietoni.", Identification: datarequest.Signature, Submission: form(),
	}
}

func TestAnOfficerEntersALetter(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	e := entry()
	e.ReceivedOn, e.Code, e.Identification = o.now.AddDate(0, 0, -2), ainosCode, datarequest.Unidentified
	e.Message, e.Requester = "Poista\u202ekaa tietoni.", "Aino\u200b Äyrämö"
	id, err := o.requests.Enter(t.Context(), o.outi, e)
	o.check(err)
	if _, err := o.requests.OwnByID(t.Context(), o.aino, id); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the letter of somebody unknown is among the person's own: %v", err)
	}
	o.check(o.requests.Claim(t.Context(), o.outi, id))
	if err := o.settle(o.act(id), datarequest.Granted); field(err) != "outcome" {
		t.Errorf("granted to somebody unknown: %v", err)
	}
	o.check(o.requests.Identify(t.Context(), o.act(id), datarequest.Signature, ainosCode, "", "Kirje on allekirjoitettu."))
	q := o.own(id)
	if q.Identification != datarequest.Signature {
		t.Errorf("identified %+v", q)
	}
	if q.Channel != datarequest.Post || q.Requester != "Aino Äyrämö" || q.Message != "Poistakaa tietoni." || q.EnteredBy != o.outi.PersonID || !q.DueAt.Before(o.now.AddDate(0, 0, 29)) {
		t.Errorf("entered %+v", q)
	}
	notes, err := o.requests.Notes(t.Context(), id)
	o.check(err)
	if len(notes) != 1 || notes[0].Text != "Kirje on allekirjoitettu." {
		t.Errorf("notes %+v", notes)
	}

	for name, change := range map[string]func(e *datarequest.Entry){
		"kind":           func(e *datarequest.Entry) { e.Kind = "x" },
		"channel":        func(e *datarequest.Entry) { e.Channel = datarequest.Page },
		"received":       func(e *datarequest.Entry) { e.ReceivedOn = o.now.AddDate(0, 0, 1) },
		"requester":      func(e *datarequest.Entry) { e.Requester = " " },
		"identification": func(e *datarequest.Entry) { e.Identification = "" },
		"code":           func(e *datarequest.Entry) { e.Code = "010594Y9033" },
		"message":        func(e *datarequest.Entry) { e.Message = ainosCode },
	} {
		e := entry()
		e.ReceivedOn = o.now
		change(&e)
		if _, err := o.requests.Enter(t.Context(), o.outi, e); field(err) != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestALetterFromNobodyWhoIsKnown(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	e := entry()
	e.Kind, e.ReceivedOn, e.Code, e.Identification = datarequest.Inspection, o.now, "020594X903P", datarequest.Signature
	id, err := o.requests.Enter(t.Context(), o.outi, e)
	o.check(err)
	o.check(o.requests.Claim(t.Context(), o.outi, id))
	if err := o.settle(o.act(id), datarequest.Granted); field(err) != "outcome" {
		t.Errorf("granted what is not there: %v", err)
	}
	o.check(o.settle(o.act(id), datarequest.NothingHeld))
	if len(o.told) != 0 {
		t.Errorf("told %+v", o.told)
	}
}

func TestWhereAProtectedPersonLivesIsNotKept(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	_, err := o.db.Exec(t.Context(), "UPDATE person SET non_disclosure = true, municipality = '', country = '' WHERE id = $1", o.aino.PersonID)
	o.check(err)
	e := entry()
	e.ReceivedOn, e.Code = o.now, ainosCode
	id, err := o.requests.Enter(t.Context(), o.outi, e)
	o.check(err)
	late := entry()
	late.ReceivedOn = o.now
	unknown, err := o.requests.Enter(t.Context(), o.outi, late)
	o.check(err)
	o.check(o.requests.Claim(t.Context(), o.outi, unknown))
	o.check(o.requests.Identify(t.Context(), o.act(unknown), datarequest.IdentityCard, ainosCode, "", "Passi."))
	for _, id := range []int64{id, unknown} {
		if q := o.own(id); q.Address != "" {
			t.Errorf("kept %q", q.Address)
		}
	}
	found, err := o.requests.Search(t.Context(), o.outi, identity.Sought{Code: identitytest.ParseCode(t, ainosCode)}, identity.ReasonIdentity)
	o.check(err)
	if p := found.Person; p.Email != "" || p.Phone != "" || p.Municipality != "" || !p.NonDisclosure {
		t.Errorf("found %+v", p)
	}
}

func TestOnlyAnOfficerWithAReasonSearches(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	id := o.file(datarequest.Correction)
	code := identitytest.ParseCode(t, ainosCode)
	found, err := o.requests.Search(t.Context(), o.outi, identity.Sought{Code: code}, identity.ReasonDataRequest)
	o.check(err)
	if found.Person.ID != o.aino.PersonID || len(found.Requests) != 1 || found.Requests[0].ID != id || found.Requests[0].Message != "" {
		t.Errorf("found %+v", found)
	}
	if n := o.count("SELECT count(*) FROM audit_event WHERE action IN ('person.viewed', 'person.searched') AND subject_kind = 'person' AND subject_id = $1", o.aino.PersonID.String()); n != 2 {
		t.Errorf("the person will see %d events", n)
	}
	if _, err := o.requests.Search(t.Context(), o.outi, identity.Sought{Code: identitytest.ParseCode(t, "020594X903P")}, identity.ReasonDataRequest); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := o.requests.Search(t.Context(), o.outi, identity.Sought{Code: code}, ""); field(err) != "reason" {
		t.Errorf("no reason: %v", err)
	}
	_, main := identitytest.Officer(t, o.db, identity.GroupMain, identity.GroupApplications)
	before := o.events("person.searched")
	stale := o.outi
	stale.IdentifiedAt = o.now.Add(-time.Hour)
	for name, s := range map[string]identity.Session{"another group": main, "the person": o.aino, "identified long ago": stale} {
		if _, err := o.requests.Search(t.Context(), s, identity.Sought{Code: code}, identity.ReasonDataRequest); !errors.Is(err, fault.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if o.events("person.searched") != before {
		t.Error("searched for somebody who may not")
	}
}

func TestTryingCodesEndsAtAHundred(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	tried := 0
	for n := range 120 {
		_, err := o.requests.Search(t.Context(), o.outi, identity.Sought{Code: identitytest.Code(t, n)}, identity.ReasonFault)
		if viewing.IsLimit(err) {
			break
		}
		tried++
	}
	if tried != 100 {
		t.Errorf("tried %d codes", tried)
	}
	_, err := o.requests.Search(t.Context(), o.outi, identity.Sought{Code: identitytest.ParseCode(t, ainosCode)}, identity.ReasonFault)
	if !viewing.IsLimit(err) {
		t.Errorf("then somebody who is here: %v", err)
	}
}

func TestADeletionThatIsGrantedLeavesOnlyFigures(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	refused := o.taken(datarequest.Correction)
	o.check(o.settle(refused, datarequest.Refused))
	a := o.taken(datarequest.Deletion)
	if err := o.settle(a, datarequest.Granted); !errors.Is(err, fault.ErrForbidden) {
		t.Errorf("nobody deletes: %v", err)
	}
	k := o.requests.Keeper(nil)
	withdrawn := false
	o.requests.Delete = func(ctx context.Context, _ identity.Session, person identity.PersonID, settle func(context.Context, *postgres.Tx) ([]audit.Event, error)) error {
		if !withdrawn {
			// The person comes first by a moment.
			withdrawn = true
			o.check(o.db.InTx(ctx, func(tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE data_request SET claimed_by = NULL, claimed_until = NULL WHERE id = $1", a.ID)
				return err
			}))
		}
		return o.db.InTx(ctx, func(tx *postgres.Tx) error {
			events, err := settle(ctx, tx)
			if err != nil {
				return err
			}
			for _, e := range events {
				if err := audit.Record(ctx, tx, e); err != nil {
					return err
				}
			}
			if err := k.Erase(ctx, tx, int64(person)); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "DELETE FROM person WHERE id = $1", person)
			return err
		})
	}
	if err := o.settle(a, datarequest.Granted); !errors.Is(err, datarequest.ErrClaim) {
		t.Errorf("settled although it was no longer in hand when it was done: %v", err)
	}
	o.check(o.requests.Claim(t.Context(), o.outi, a.ID))
	o.check(o.settle(a, datarequest.Granted))
	if err := o.settle(a, datarequest.Granted); err != nil {
		t.Errorf("sent again: %v", err)
	}
	if n := o.count(`SELECT count(*) FROM audit_event WHERE action = 'data_request.answered' AND subject_id = $1 AND detail ->> 'outcome' = 'granted'`, strconv.FormatInt(a.ID, 10)); n != 1 {
		t.Errorf("%d events tell of the answer", n)
	}
	var left string
	o.check(o.db.QueryRow(t.Context(), "SELECT string_agg(data_request::text, ';') FROM data_request").Scan(&left))
	if strings.Contains(left, "Tutkintoni") || strings.Contains(left, "oppilaitos") {
		t.Errorf("left %q", left)
	}
	if n := o.count("SELECT count(*) FROM data_request WHERE outcome IN ('granted', 'refused') AND settled_by = $1 AND person_id IS NULL", o.outi.PersonID); n != 2 {
		t.Errorf("%d rows for statistics", n)
	}
	if n := o.count("SELECT count(*) FROM data_certificate") + o.count("SELECT count(*) FROM data_request_note") + o.count("SELECT count(*) FROM data_request_act"); n != 0 {
		t.Errorf("%d rows besides", n)
	}
}

func TestRequestsAreGivenUpWhenTheirTimeIsOver(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	settled, inForce := o.taken(datarequest.Inspection), o.taken(datarequest.Restriction)
	o.check(o.settle(settled, datarequest.Granted))
	o.check(o.settle(inForce, datarequest.Granted))
	waiting := o.file(datarequest.Correction)
	purge := o.requests.Purges()[0]
	rule := keeping.Rule{Kind: datarequest.RuleKind, Period: keeping.Period{Months: 24}}
	due := func() int {
		n := 0
		o.check(o.db.InReadTx(t.Context(), func(tx *postgres.Tx) error {
			var err error
			n, err = purge.Due(t.Context(), tx, rule)
			return err
		}))
		return n
	}

	end := rule.Period.End(o.now)
	o.now = end.Add(-time.Second)
	if n, err := purge.Run(t.Context(), rule, 100); n != 0 || err != nil || due() != 0 {
		t.Errorf("a second early: gave up %d, due %d, %v", n, due(), err)
	}
	if o.now = end; due() != 1 {
		t.Errorf("due %d", due())
	}
	if n, err := purge.Run(t.Context(), rule, 100); n != 1 || err != nil {
		t.Errorf("gave up %d: %v", n, err)
	}
	if n, err := purge.Run(t.Context(), rule, 100); n != 0 || err != nil {
		t.Errorf("then %d: %v", n, err)
	}
	if _, err := o.requests.OwnByID(t.Context(), o.aino, settled.ID); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the erased one: %v", err)
	}
	if !o.restricted() || o.own(waiting).Message == "" {
		t.Error("gave up what is in force, or waits")
	}
}

func TestTheOfficersAreToldWhenTimeRunsOut(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	id := o.file(datarequest.Correction)
	due := o.own(id).DueAt
	for _, at := range []time.Time{due.AddDate(0, 0, -7).Add(-time.Second), due.AddDate(0, 0, -7), due.Add(-time.Second), due, due.AddDate(0, 1, 0)} {
		o.now = at
		o.check(o.requests.Work(t.Context()))
	}
	if len(o.told) != 2 || o.told[0].Kind != datarequest.MailSoon || o.told[1].Kind != datarequest.MailLate || o.told[1].Request.Person != 0 {
		t.Errorf("told %+v", o.told)
	}
	o.told = nil
	o.now = due.AddDate(0, 0, 1)
	o.file(datarequest.Deletion)
	o.now = o.now.AddDate(0, 2, 0) // nobody worked for two months
	o.check(o.requests.Work(t.Context()))
	if len(o.told) != 1 || o.told[0].Kind != datarequest.MailLate {
		t.Errorf("told %+v", o.told)
	}
}

func TestTheCopyHoldsRequestsNotesAndCertificates(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	a := o.taken(datarequest.Correction)
	o.check(o.requests.NoteContact(t.Context(), o.act(a.ID), "Soitettu maanantaina."))
	o.check(o.settle(a, datarequest.Refused))
	periods := keeping.Periods(func(context.Context, *postgres.Tx, string) (keeping.Period, error) {
		return keeping.Period{Months: 24}, nil
	})
	k := o.requests.Keeper(periods)
	o.check(o.db.InReadTx(t.Context(), func(tx *postgres.Tx) error {
		all, err := k.Export(t.Context(), tx, int64(o.aino.PersonID))
		if err != nil {
			return err
		}
		text := fmt.Sprint(all)
		for _, want := range []string{"Tutkintoni", "Soitettu", "Todistus 2026/000001", "oppilaitos"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing from %s", want, text)
			}
		}
		for _, r := range all {
			if !r.Ends.Equal(keeping.Period{Months: 24}.End(o.now)) {
				t.Errorf("%s ends at %s", r.Table, r.Ends)
			}
		}
		return nil
	}))
}
