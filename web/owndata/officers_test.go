package owndata_test

import (
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/locales"
	pages "tyomarkkinatori.fi/portal/web/owndata"
	"tyomarkkinatori.fi/portal/web/session/sessiontest"
)

// TestAnOfficersCopyHidesTheCode: it goes through other hands than the person's.
func TestAnOfficersCopyHidesTheCode(t *testing.T) {
	t.Parallel()

	p := sessiontest.New(t)
	catalogue, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	const foreign = "EE/FI/a1b2c3d4e5f6"
	native, abroad := p.Person(code, "Aino", "Korhonen"), p.Person(code, "Mart", "Tamm")
	abroad.Code, abroad.ForeignID = identity.Code{}, foreign
	for _, of := range []struct {
		who          identity.Identified
		whole, shown string
	}{{native, code, "010594Y••••"}, {abroad, foreign, "EE/FI/••••"}} {
		_, s, err := p.People.LogIn(t.Context(), of.who, identity.KindPerson, i18n.Finnish, "")
		if err != nil {
			t.Fatal(err)
		}
		file, err := pages.Pages{OwnData: owndata.New(p.DB, p.People, nil)}.HTML(i18n.With(t.Context(), catalogue, i18n.Finnish), s.PersonID)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(file); strings.Contains(text, of.whole) || !strings.Contains(text, of.shown) || !strings.Contains(text, of.who.FamilyName) {
			t.Errorf("the copy of %s holds the whole code, or nothing", of.who.FamilyName)
		}
	}
}
