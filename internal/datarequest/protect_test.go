package datarequest_test

import (
	"testing"

	"tyomarkkinatori.fi/portal/internal/datarequest"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
)

// TestAProtectionOrderThatComesLaterTakesTheAddress of the person's requests, and
// of nobody else's.
func TestAProtectionOrderThatComesLaterTakesTheAddress(t *testing.T) {
	t.Parallel()

	o := newOffice(t)
	people := identitytest.People(t, o.db)
	people.OnProtect(datarequest.Protect)
	e := entry()
	e.ReceivedOn, e.Code = o.now, ainosCode
	id, err := o.requests.Enter(t.Context(), o.outi, e)
	o.check(err)
	e.Code, e.Submission = "", form()
	_, err = o.requests.Enter(t.Context(), o.outi, e)
	o.check(err)
	if o.own(id).Address == "" {
		t.Fatal("no address is kept before the order")
	}
	who := identitytest.Identified(t, o.db, ainosCode)
	who.NonDisclosure = true
	_, _, err = people.LogIn(t.Context(), who, identity.KindPerson, i18n.Finnish, "")
	o.check(err)
	if got := o.own(id).Address; got != "" {
		t.Errorf("kept %q", got)
	}
	if n := o.count(`SELECT count(*) FROM data_request WHERE address <> ''`); n != 1 {
		t.Errorf("%d requests have an address, want that of somebody else", n)
	}
}
