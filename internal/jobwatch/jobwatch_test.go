package jobwatch_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobwatch"
	"tyomarkkinatori.fi/portal/internal/mail"
	"tyomarkkinatori.fi/portal/internal/search"
)

func TestEachMatchComesOnceAndInTime(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.publish("old", "Vanha kokki")
	p.work()
	p.watch(jobwatch.AtOnce)
	p.watch(jobwatch.Daily)
	p.publish("1", "Kokki")
	p.publish("2", "Siivooja")
	p.work()
	p.want("watch_digest: Kokki")
	p.work()
	p.want()

	p.publish("3", "Toinen kokki")
	p.publish("1", "Kokki", saying("Korjattu kirjoitusvirhe."))
	p.work()
	p.want("watch_digest: Toinen kokki")
	p.publish("1", "Keittiön kokki", saying("Korjattu kirjoitusvirhe."))
	p.work()
	p.want("watch_digest: Keittiön kokki!")

	p.now = time.Date(2026, time.March, 3, 7, 59, 59, 0, p.now.Location())
	p.work()
	p.want()
	p.wait(time.Second, time.Second)
	p.want("watch_digest: Keittiön kokki! Toinen kokki")
	p.wait(48*time.Hour, time.Hour)
	p.want()
	f := p.sound()
	if f.Sent != 5 || f.Watches != 2 || f.Skipped["superseded"] != 1 {
		t.Errorf("figures %+v", f)
	}
}

func TestWeeklyMailComesOnItsDayAndClosingPostingsComeEarly(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.Weekly) // on a Monday
	p.wait(24*time.Hour, time.Hour)
	p.publish("1", "Kokki")
	p.publish("2", "Kiireinen kokki", until(p.now.Add(72*time.Hour)))
	p.work()
	p.want()
	p.wait(24*time.Hour, time.Hour)
	p.want("watch_digest: Kiireinen kokki")
	p.publish("3", "Hetken kokki", until(p.now.Add(10*time.Hour)))
	p.work()
	p.want("watch_digest: Hetken kokki")
	p.publish("4", "Suljettu kokki")
	p.wait(24*time.Hour, time.Hour)
	p.remove("4")
	p.wait(72*time.Hour, time.Hour)
	p.want()
	p.wait(24*time.Hour, time.Hour)
	p.want("watch_digest: Kokki")
	if f := p.sound(); f.Skipped["closed"] != 1 || f.Sent != 3 {
		t.Errorf("figures %+v", f)
	}
}

func TestAtOnceKeepsToItsCap(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.AtOnce)
	for i := range 8 {
		p.publish(string(rune('a'+i)), "Kokki")
		p.work()
	}
	if got := p.server.bodies(); len(got) != jobwatch.DefaultCap {
		t.Errorf("%d mails in a day: %q", len(got), got)
	}
	p.wait(19*time.Hour+59*time.Minute, time.Hour)
	p.want()
	p.wait(time.Minute, time.Minute)
	p.want("watch_digest:" + strings.Repeat(" Kokki", 3))
	p.sound()
}

func TestAPostingThatClosesBeforeTheMailIsSentIsNotMailed(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.AtOnce)
	p.server.away = true
	p.publish("1", "Kokki")
	p.publish("2", "Toinen kokki")
	p.work()
	p.remove("1")
	p.server.away = false
	p.wait(10*time.Minute, time.Minute)
	p.want("watch_digest: Toinen kokki")
	p.publish("1", "Kokki")
	p.wait(10*time.Minute, time.Minute)
	p.want("watch_digest: Kokki")
	p.sound()
}

func TestADeadServerIsFollowedByOneMergedMail(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.Daily)
	p.watch(jobwatch.AtOnce)
	p.server.away = true
	for i := range 4 {
		p.publish(string(rune('a'+i)), "Kokki")
		p.wait(24*time.Hour, time.Hour)
	}
	p.sound()
	p.server.away = false
	p.wait(time.Hour, time.Minute)
	all := "watch_digest:" + strings.Repeat(" Kokki", 4)
	p.want(all, all)
	if f := p.sound(); f.Sent != 8 || f.Queued+f.Pending != 0 {
		t.Errorf("figures %+v", f)
	}
}

func TestARefusedAddressSuspendsItsWatchAlone(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.AtOnce)
	p.server.reply = &mail.ReplyError{Code: 550, Address: true}
	p.publish("1", "Kokki")
	p.work()
	p.server.reply = nil
	s, err := p.watches.Manage(t.Context(), token)
	if err != nil || s.State != jobwatch.Suspended || s.SuspendedAt.IsZero() {
		t.Fatalf("got %+v, %v", s, err)
	}
	p.publish("2", "Toinen kokki")
	p.wait(time.Hour, time.Minute)
	p.want()
	p.do(p.watches.Resume(t.Context(), token))
	p.publish("3", "Kolmas kokki")
	p.wait(time.Hour, time.Minute)
	p.want("watch_digest: Kolmas kokki")
	if f := p.sound(); f.Skipped["refused"] != 1 || f.Skipped["suspended"] != 1 || f.Sent != 1 {
		t.Errorf("figures %+v", f)
	}
}

func TestPauseIsSilent(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.Daily)
	p.publish("1", "Kokki")
	p.work()
	p.now = p.now.Add(time.Minute)
	p.do(p.watches.Pause(t.Context(), token, p.now.Add(96*time.Hour)))
	p.now = p.now.Add(time.Hour)
	p.publish("2", "Toinen kokki")
	p.wait(95*time.Hour-time.Minute, time.Hour)
	p.want()
	p.wait(24*time.Hour, time.Hour)
	p.want("watch_digest: Kokki")
	if f := p.sound(); f.Skipped["paused"] != 1 {
		t.Errorf("figures %+v", f)
	}
}

func TestChangedCriteriaCountFromThen(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.Daily)
	p.publish("1", "Kokki")
	p.publish("2", "Siivooja")
	p.work()
	before, err := p.watches.Manage(t.Context(), token)
	p.do(err)
	p.now = p.now.Add(time.Hour)
	p.do(p.watches.Change(t.Context(), token, jobwatch.Change{
		TermsVersion: 1,
		Criteria:     search.Criteria{Query: "siivooja"}, Schedule: jobwatch.Schedule{Rhythm: jobwatch.AtOnce}, Language: "sv",
	}))
	after, err := p.watches.Manage(t.Context(), token)
	p.do(err)
	if !after.EndsAt.After(before.EndsAt) || after.Criteria.Query != "siivooja" || after.Language != "sv" {
		t.Errorf("got %+v", after)
	}
	p.publish("3", "Toinen siivooja")
	p.publish("4", "Kokki")
	p.work()
	p.want("watch_digest: Toinen siivooja")
	p.sound()
	if n := p.count("SELECT count(*) FROM job_watch_search"); n != 1 {
		t.Errorf("%d searches are kept", n)
	}
}

// dump returns every value of every table as text, binary values in
// hexadecimal, as a dump of the database shows them.
func (p *portal) dump() []byte {
	p.t.Helper()
	rows, err := p.db.Query(p.t.Context(), `
		SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`)
	p.do(err)
	var tables []string
	for rows.Next() {
		var name string
		p.do(rows.Scan(&name))
		tables = append(tables, name)
	}
	p.do(rows.Err())
	var all bytes.Buffer
	for _, name := range tables {
		var text string
		p.do(p.db.QueryRow(p.t.Context(), `SELECT coalesce(string_agg(t::text, E'\n'), '') FROM "`+name+`" AS t`).Scan(&text))
		all.WriteString(text)
	}
	return all.Bytes()
}

func (p *portal) holds(s string) bool {
	d := bytes.ToLower(p.dump())
	for _, form := range []string{
		s, hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(strings.ToLower(s))),
		base64.StdEncoding.EncodeToString([]byte(strings.ToLower(s))),
	} {
		if bytes.Contains(d, []byte(strings.ToLower(form))) {
			return true
		}
	}
	return false
}

func TestNothingIsLeftOfWhoeverCancels(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.do(p.watches.Order(t.Context(), p.order(jobwatch.AtOnce, "avaruuskokki")))
	p.work()
	token := p.confirm()
	p.publish("1", "Avaruuskokki")
	p.work()
	p.want("watch_digest: Avaruuskokki")
	p.server.away = true
	p.publish("2", "Toinen avaruuskokki")
	p.work()
	if !p.holds(address) {
		t.Fatal("the dump does not show what there is")
	}
	for i := range 2 {
		ended, err := p.watches.Cancel(t.Context(), jobwatch.ToManage, token)
		if err != nil || ended != (i == 0) {
			t.Errorf("cancelling %d: %v, %v", i, ended, err)
		}
	}
	if p.holds(address) || p.holds("Aino.Vahti") {
		t.Error("the address is still there")
	}
	for _, table := range []string{"job_watch", "job_watch_search", "job_watch_token", "job_watch_brake", "job_watch_match", "job_watch_mail", "job_watch_entry"} {
		if n := p.count("SELECT count(*) FROM " + table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	p.server.away = false
	p.wait(time.Hour, time.Minute)
	p.want()
	if _, err := p.watches.Manage(t.Context(), token); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the own page of a watch that has ended: %v", err)
	}
}

func TestOneClickEndsAWatch(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	manage := p.watch(jobwatch.AtOnce)
	p.publish("1", "Kokki")
	p.work()
	_, token, _ := strings.Cut(p.server.taken[0].Unsubscribe, "/end/")
	if _, err := p.watches.Manage(t.Context(), token); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the token of the end opens the own page: %v", err)
	}
	if ended, err := p.watches.Cancel(t.Context(), jobwatch.ToEnd, manage); err != nil || ended {
		t.Errorf("the token of the own page ends by one click: %v, %v", ended, err)
	}
	typed := strings.ToUpper(strings.ReplaceAll(token, "-", " "))
	if ended, err := p.watches.Cancel(t.Context(), jobwatch.ToEnd, typed); err != nil || !ended {
		t.Errorf("got %v, %v", ended, err)
	}
	if n := p.count("SELECT count(*) FROM job_watch"); n != 0 {
		t.Errorf("%d watches are left", n)
	}
}

func TestAnUnconfirmedOrderGoesAfter48Hours(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.do(p.watches.Order(t.Context(), p.order(jobwatch.AtOnce, "kokki")))
	p.work()
	_, token, _ := strings.Cut(p.server.bodies()[0], "/confirm/")
	p.wait(48*time.Hour-time.Second, 6*time.Hour)
	if _, err := p.watches.Orders(t.Context(), token); err != nil {
		t.Errorf("a second early: %v", err)
	}
	p.wait(time.Second, time.Second)
	if _, err := p.watches.Confirm(t.Context(), token, 1); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("a late confirmation: %v", err)
	}
	if p.holds(address) {
		t.Error("the address is still there")
	}
}

func TestAWatchEndsAfterThreeMonthsUnlessRenewed(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.Daily)
	s, err := p.watches.Manage(t.Context(), token)
	p.do(err)
	if want := time.Date(2026, time.June, 2, 12, 0, 0, 0, p.now.Location()); !s.EndsAt.Equal(want) {
		t.Errorf("ends %v, want %v", s.EndsAt, want)
	}
	p.now = s.EndsAt.Add(-7 * 24 * time.Hour)
	p.work()
	p.work()
	bodies := p.server.bodies()
	if len(bodies) != 1 || !strings.Contains(bodies[0], "watch_ends: /fi/manage/"+token) {
		t.Fatalf("warned by %q", bodies)
	}
	p.do(p.watches.Renew(t.Context(), token, 1))
	p.now = s.EndsAt
	p.work()
	s, err = p.watches.Manage(t.Context(), token)
	if want := time.Date(2026, time.August, 26, 12, 0, 0, 0, i18n.Helsinki); err != nil || !s.EndsAt.Equal(want) {
		t.Errorf("ends %v, want %v: %v", s.EndsAt, want, err)
	}
	p.now = s.EndsAt.Add(-time.Second)
	p.work()
	if n := p.count("SELECT count(*) FROM job_watch"); n != 1 {
		t.Error("deleted a second early")
	}
	p.now = s.EndsAt
	p.work()
	if _, err := p.watches.Manage(t.Context(), token); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("open at the end: %v", err)
	}
	p.now = s.EndsAt.Add(2 * time.Hour)
	p.work()
	if n := p.count("SELECT count(*) FROM job_watch"); n != 0 || p.holds("@person.example") {
		t.Error("not deleted at the end")
	}
}

func TestNewLinksCloseTheOldOnes(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	old := p.watch(jobwatch.Daily)
	fresh, err := p.watches.NewLinks(t.Context(), old)
	p.do(err)
	if _, err := p.watches.Manage(t.Context(), old); !errors.Is(err, fault.ErrNotFound) {
		t.Errorf("the old link: %v", err)
	}
	if _, err := p.watches.Manage(t.Context(), fresh); err != nil {
		t.Errorf("the new link: %v", err)
	}
}

func TestADeletedLedgerRowBreaksTheSum(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	p.watch(jobwatch.AtOnce)
	p.publish("1", "Kokki")
	p.work()
	p.sound()
	_, err := p.db.Exec(t.Context(), "DELETE FROM job_watch_entry")
	p.do(err)
	f, err := p.watches.Report(t.Context())
	p.do(err)
	if f.Sound() || f.Missing != 1 || f.Uneven != 1 {
		t.Errorf("figures %+v", f)
	}
	reports, err := p.watches.Reports(t.Context(), 10)
	if err != nil || len(reports) != 1 || reports[0].Sound || reports[0].Missing != 1 {
		t.Errorf("reports %+v, %v", reports, err)
	}
	if n := p.count("SELECT count(*) FROM audit_event WHERE action = 'job_watch.reconciliation_failed'"); n != 1 {
		t.Errorf("%d alarms", n)
	}
}

func TestASearchThatIsNotUnderstoodIsToldOf(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.AtOnce)
	for _, table := range []string{"job_watch", "job_watch_search"} {
		_, err := p.db.Exec(t.Context(), "UPDATE "+table+` SET criteria = '{"municipality": ["abolished"]}'`)
		p.do(err)
	}
	p.publish("1", "Kokki")
	p.work()
	p.want()
	if f, err := p.watches.Reconcile(t.Context()); err != nil || f.Sound() || f.Faulty != 1 {
		t.Errorf("figures %+v, %v", f, err)
	}
	if s, err := p.watches.Manage(t.Context(), token); err != nil || !s.Unreadable {
		t.Errorf("the own page does not tell: %+v, %v", s, err)
	}
	p.do(p.watches.Change(t.Context(), token, jobwatch.Change{
		TermsVersion: 1,
		Criteria:     search.Criteria{Query: "keittiö kokki"}, Schedule: jobwatch.Schedule{Rhythm: jobwatch.AtOnce}, Language: i18n.Finnish,
	}))
	p.publish("2", "Keittiö ja kokki")
	p.work()
	p.want("watch_digest: Keittiö ja kokki")
	p.sound()
}

func TestMatchesAreKeptAsLongAsAWatchNeedsThem(t *testing.T) {
	t.Parallel()

	p := newPortal(t)
	token := p.watch(jobwatch.Daily)
	p.publish("1", "Kokki")
	p.wait(24*time.Hour, 12*time.Hour)
	p.want("watch_digest: Kokki")
	p.now = p.now.AddDate(0, 2, 0)
	p.do(p.watches.Renew(t.Context(), token, 1))
	p.do(p.watches.Purge(t.Context()))
	if n := p.count("SELECT count(*) FROM job_watch_match"); n != 1 {
		t.Errorf("%d matches after two months", n)
	}
	p.now = p.now.AddDate(0, 2, 0)
	p.work()
	p.do(p.watches.Purge(t.Context()))
	if n := p.count("SELECT (SELECT count(*) FROM job_watch_match) + (SELECT count(*) FROM job_watch_event)"); n != 0 {
		t.Errorf("%d matches and events after four months", n)
	}
	p.sound()
	p.publish("1", "Kokki", saying("Korjattu."))
	p.publish("2", "Toinen kokki")
	p.wait(24*time.Hour, 12*time.Hour)
	p.want("watch_digest: Toinen kokki")
	p.sound()
}
