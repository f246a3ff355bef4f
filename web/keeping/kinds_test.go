package keeping_test

import (
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/identity"
)

// TestKindsWithoutData says of each kind that no run gives up, on the public page,
// why there is nothing of it here, and on the officers' page who gives it up.
func TestKindsWithoutData(t *testing.T) {
	t.Parallel()

	p, _ := newPortal(t)
	const coming = "Palvelussa ei ole vielä näitä tietoja."
	page := p.Browser().Get(public).Page.Body()
	officer := p.Browser()
	officer.LogInStaff(identity.GroupDataProtection)
	runs := officer.Get(rules + "/ajot").Page.Body()
	for _, tt := range []struct{ name, public, runs string }{
		{"Chatbotin keskustelut", coming, "Tulee myöhemmin käyttöön"},
		{"Henkilöasiakkaan asiakkuus ja asiointi", coming, "Tulee myöhemmin käyttöön"},
		{"Palvelutarpeet ja suunnitelmat", coming, "Tulee myöhemmin käyttöön"},
		{"Työtarjoukset ja esittelyt työnantajalle", coming, "Tulee myöhemmin käyttöön"},
		{"Henkilöasiakkaan muut tiedot", coming, "Tulee myöhemmin käyttöön"},
		{"Tekninen loki", "Lokilla selvitämme vikoja", "Ylläpitäjän lokijärjestelmä poistaa"},
		{"Varmuuskopiot", "Ylläpitäjä korvaa kopiot uusilla", "Ylläpitäjä poistaa vanhat varmuuskopiot"},
	} {
		if !near(page, tt.name, tt.public, 300) {
			t.Errorf("%s: the public page does not say %q", tt.name, tt.public)
		}
		if !near(runs, tt.name, tt.runs, 100) {
			t.Errorf("%s: the page of runs does not say %q", tt.name, tt.runs)
		}
	}
}

// near tells whether the text goes on with want within so many letters after name.
func near(text, name, want string, within int) bool {
	for {
		_, after, found := strings.Cut(text, name)
		if !found {
			return false
		}
		if strings.Contains(after[:min(within, len(after))], want) {
			return true
		}
		text = after
	}
}
