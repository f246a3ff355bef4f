package owndata_test

import (
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/identity/identitytest"
	"tyomarkkinatori.fi/portal/internal/owndata"
	"tyomarkkinatori.fi/portal/locales"
	pages "tyomarkkinatori.fi/portal/web/owndata"
	"tyomarkkinatori.fi/portal/web/paths"
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

// TestAChangedCodeIsTold among what officers did, and in the account's log.
func TestAChangedCodeIsTold(t *testing.T) {
	t.Parallel()

	p := serve(t)
	b := p.Browser()
	s := b.LogInAs(code)
	_, officer := identitytest.Officer(t, p.DB, identity.GroupDataProtection)
	if err := p.People.ChangeCode(t.Context(), officer, s.PersonID, identitytest.ParseCode(t, "020594X903P"), identity.EvidenceNotice); err != nil {
		t.Fatal(err)
	}
	for path, wants := range map[string][]string{
		"/fi/omat-sivut/tilin-hallinta": {"Henkilötunnus muutettiin", "viranomaisen ilmoitus tai päätös", "020594X••••"},
		"/sv/mina-sidor/kontohantering": {"Personbeteckningen ändrades", "myndighetens meddelande eller beslut"},
		paths.OwnDataLooks.Fi:           {"Henkilötunnus muutettiin", "tietosuoja"},
		paths.OwnDataLooks.Sv:           {"Personbeteckningen ändrades", "dataskydd"},
	} {
		text := b.Get(path).Page.Body()
		for _, want := range wants {
			if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
	}
}
