package partnerdesk_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/web/paths"
)

// TestTwoTabsOfTwoPartners sends forms of one partner while the session acts for
// another one, which was chosen in a second tab.
func TestTwoTabsOfTwoPartners(t *testing.T) {
	t.Parallel()

	p := open(t)
	p.partner(t, theirCode, theirs, theirName)
	b := p.partner(t, ourCode, ours, ourName)
	for path, fields := range map[string]url.Values{
		leavePath:                        {"understood": {"yes"}},
		paths.DeskPart("description").Fi: {"description_fi": {"Meidän tekstimme"}},
	} {
		b.Act(ours, ourName)
		tab := b.Get(path)
		form := values(tab, path)
		maps.Copy(form, fields)
		b.Act(theirs, theirName)
		a := b.Send(path, form)
		if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Location(), "/fi/asiointi/lahettamatta/") {
			t.Fatalf("%s: %d to %q", path, a.Code, a.Location())
		}
		says(t, b.Follow(), "Valitse "+ourName, "Asioit nyt organisaation "+theirName+" puolesta")
	}
	for _, business := range []string{ours, theirs} {
		var n int
		err := p.DB.QueryRow(t.Context(), `SELECT count(*) FROM partner WHERE business_id = $1 AND status = 'active' AND version = 1`, business).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%s: %d partners as they were, %v", business, n, err)
		}
	}
}
