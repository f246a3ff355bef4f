package casework_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestOfficersOfDataProtectionHaveADesk holds the front page to what the group
// may open, and to what waits there.
func TestOfficersOfDataProtectionHaveADesk(t *testing.T) {
	t.Parallel()

	d := newDesk(t)
	for _, due := range []string{"1 day", "-1 day"} {
		d.Exec(`INSERT INTO data_request (kind, channel, language, requester, message, identification, state, received_at, due_at, submission)
		        VALUES ('inspection', 'post', 'fi', 'Maija', 'x', 'none', 'waiting', $1, $1::timestamptz + $2::interval, $3)`, d.Now(), due, due)
	}
	b := d.officer(identity.GroupDataProtection)
	for path, words := range map[string]string{"/fi/virkailija": "myöhässä: 1", "/sv/handlaggare": "väntar på svar: 2"} {
		a := b.Get(path)
		good(t, a, http.StatusOK, path[1:3])
		if !strings.Contains(a.Page.Body(), words) {
			t.Errorf("%s does not say %q", path, words)
		}
		links := a.Page.Links()
		for _, page := range []paths.Pair{paths.DataRequests, paths.PersonSearch, paths.KeepingRules, paths.KeepingRuns, paths.DataRequestStatistics} {
			if !slices.Contains(links, page.Fi) && !slices.Contains(links, page.Sv) {
				t.Errorf("%s does not lead to %s", path, page.Fi)
			}
		}
	}
	if a := d.officer(identity.GroupAudit).Get("/fi/virkailija"); slices.Contains(a.Page.Links(), paths.DataRequests.Fi) {
		t.Error("the front page of another group leads to the requests")
	}
}
