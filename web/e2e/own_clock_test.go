package e2e_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/web/paths"
)

// TestAccountsGoAYearAfterTheLastLogIn moves the clock through a year: two mails
// warn of the end, a log-in on the last day but one keeps an account, and those of
// the others go, with an address or without.
func TestAccountsGoAYearAfterTheLastLogIn(t *testing.T) {
	t.Parallel()

	site := newSite(t, 5)
	t.Cleanup(site.stop)
	s := speak(t, i18n.Finnish)
	began := time.Now()
	year := time.Until(began.In(i18n.Helsinki).AddDate(1, 0, 0))
	const day = 24 * time.Hour

	leaves, stays, silent := site.visitor("several").logIn(t), site.visitor("ayramo").logIn(t), site.visitor("oneill").logIn(t)
	contact := s.path(paths.ProfileSection("contact"))
	for address, v := range map[string]*visitor{"lahtee.pois@lahtevat.example": leaves, "jaa.tallelle@jaavat.example": stays} {
		if a := v.send(t, contact, url.Values{"email": {address}}); a.status != http.StatusSeeOther {
			t.Fatalf("no address is told: %s", a)
		}
	}
	accounts := func() int64 { return site.number(t, `SELECT count(*) FROM person`) }
	warned := func(address string) (n int) {
		for _, m := range site.mails(t, address) {
			if m.Subject == s.say("owndata.letter.account_ends.subject") {
				n++
			}
		}
		return n
	}
	for i, ahead := range []time.Duration{year - 31*day, year - 29*day, year - 7*day + 10*time.Minute} {
		site.move(t, ahead)
		site.work(t, "retention.run")
		for _, address := range []string{"lahtee.pois@lahtevat.example", "jaa.tallelle@jaavat.example"} {
			eventually(t, "the warnings come", func() bool { return warned(address) == i })
		}
		if n := accounts(); n != 3 {
			t.Fatalf("%d accounts are left %v before the end", n, year-ahead)
		}
	}

	site.move(t, year-day)
	site.work(t, "retention.run")
	site.visitor("ayramo").logIn(t)
	if n := accounts(); n != 3 {
		t.Fatalf("%d accounts are left a day before the end", n)
	}

	site.move(t, year+time.Hour)
	site.work(t, "retention.run")
	eventually(t, "only the account of who came back is left", func() bool { return accounts() == 1 })
	site.forgets(t, "lahtee.pois@lahtevat.example")
	if n := warned("lahtee.pois@lahtevat.example") + warned("jaa.tallelle@jaavat.example"); n != 4 {
		t.Errorf("%d warnings were sent, want 4", n)
	}
	for _, v := range []*visitor{leaves, silent} {
		if a := v.open(t, contact); a.status != http.StatusSeeOther {
			t.Errorf("the session of an account that is gone: %s", a)
		}
	}
	if got := site.visitor("ayramo").logIn(t).form(t, contact).Get("email"); got != "jaa.tallelle@jaavat.example" {
		t.Errorf("who came back has the address %q", got)
	}
}
