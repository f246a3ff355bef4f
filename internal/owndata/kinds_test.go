package owndata_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// newStranger has a marker in every personal column that leads to no account, and
// in those of a person who asks by post and of a business that only applied. A
// posting with its contact stays open until closes.
func (w *world) newStranger(tb testing.TB, still bool, closes time.Time) *canary {
	tb.Helper()
	c := blank(tb, w.db, "C")
	c.still = still
	end := func(kind string) time.Time {
		for _, r := range w.rules(tb) {
			if r.Kind == kind {
				return r.Period.End(w.db.Now())
			}
		}
		tb.Fatalf("no rule for %s", kind)
		return time.Time{}
	}
	c.insertAll(c.unlinked(end("job_watch"), end("job_watch_unconfirmed")))
	c.insertAll(c.byPost())
	c.insertAll(c.applied())
	c.exec(`INSERT INTO signin_transaction (state_hash, browser_hash, kind, language, return_path, sealed, begun_at)
	        VALUES ('s', 'b', 'person', 'fi', '/', '', $1)`, w.db.Now())
	_, err := w.postings.Receive(tb.Context(), audit.System("test"), jobposting.SourceTE, []jobposting.Incoming{{
		ExternalID: "1", Content: jobposting.Content{Title: jobposting.Localised{"fi": "Kokki"}, Positions: 1},
		People:    jobposting.People{Household: c.mark("job_posting", "people"), Contacts: []jobposting.Contact{{LastName: c.mark("job_posting", "people.name")}}},
		CreatedAt: w.db.Now(), ModifiedAt: w.db.Now(), PublishedAt: w.db.Now(), ExpiresAt: closes,
	}})
	if err != nil {
		tb.Fatal(err)
	}
	c.filled["job_posting.people"] = true
	return c
}

// unlinked is of nobody's account.
func (c *canary) unlinked(watchEnds, orderEnds time.Time) []tableRows {
	now := c.db.Now()
	address := func(table string) func() any {
		return func() any {
			c.n++
			m := fmt.Sprintf("cecilia-%d@person.example", c.n)
			c.markers[table] = m
			return m
		}
	}
	watch := cols{
		"submission": "s1", "language": "fi", "rhythm": "daily", "daily_cap": 1, "weekday": 1, "params_version": 1,
		"terms_version": 1, "terms_hash": "", "created_at": now,
	}
	with := func(more cols) cols {
		all := maps.Clone(watch)
		maps.Copy(all, more)
		return all
	}
	return []tableRows{
		{"feedback", cols{"topic": "service", "language": "fi", "email": address("feedback.email")}, "id"},
		{"job_watch_search", cols{"params_version": 1, "fault": ""}, "id"},
		{"job_watch", with(cols{
			"address": address("job_watch.address"), "state": "active", "search_id": c.idOf("job_watch_search"), "confirmed_at": now, "ends_at": watchEnds,
			"start_seq": 0, "done_seq": 0,
		}), "id"},
		{"job_watch_token", cols{"watch_id": c.idOf("job_watch"), "purpose": "manage"}, "watch_id"},
		{"job_watch_mail", cols{"watch_id": c.idOf("job_watch"), "state": "sent", "finished_at": now, "postings": 1}, "id"},
		{"job_watch_entry", cols{
			"watch_id": c.idOf("job_watch"), "posting_id": 1, "revision": 1, "seq": 1, "changed": false, "state": "sent", "reason": "",
			"mail_id": c.idOf("job_watch_mail"),
		}, "posting_id"},
		{"job_watch", with(cols{
			"submission": "s2", "address": address("job_watch.address of an order"), "state": "pending", "search_id": nil, "confirmed_at": nil, "confirmation_at": now,
			"ends_at": orderEnds, "address_index": c.hash("order"),
		}), "id"},
		{"job_watch_brake", cols{}, "sent_at"},
		{"job_watch_source", cols{"times": []time.Time{now}}, "last_at"},
		{"organisation", cols{"business_id": "3456789-2", "found": true, "fetched_at": now}, "asked_at"},
		{"mail_outbox", cols{
			"kind": "request_answered", "priority": 0, "status": "sent", "language": "fi", "finished_at": now, "person_id": nil,
			"key": "sent", "address": "", "data": []byte(`{}`),
		}, "id"},
		{"review_act", cols{"application_id": 1, "act": "a"}, "application_id"},
		{"viewing", cols{"subject_kind": "application"}, "officer_id"},
	}
}

// byPost is a request of somebody who has no account.
func (c *canary) byPost() []tableRows {
	return []tableRows{
		{"data_request", cols{
			"submission": "by post", "person_id": nil, "kind": "correction", "channel": "post", "language": "fi", "identification": "signature",
			"state": "settled", "outcome": "refused", "alarmed": "", "claimed_by": nil, "claimed_until": nil, "lifted_at": nil, "erased_at": nil,
		}, "id"},
		{"data_request_note", cols{"request_id": c.idOf("data_request"), "kind": "contact"}, "id"},
		{"data_request_act", cols{"request_id": c.idOf("data_request"), "act": "settle"}, "request_id"},
		{"data_certificate", cols{
			"request_id": c.idOf("data_request"), "language": "fi", "serial": 1000, "hash": func() any { return c.certificateHash() },
		}, "id"},
		{"document", cols{
			"key": "answer", "subject_kind": "data_request_answer", "subject_id": func() any { return fmt.Sprint(c.ids["data_request"]) },
			"type":    "application/pdf",
			"name":    func() any { return c.keys.Seal([]byte(c.mark("document", "name")), "document.name:answer") },
			"content": func() any { return c.keys.Seal([]byte(c.mark("document", "content")), "document.content:answer") },
		}, "key"},
	}
}

// applied is a business that never became a partner.
func (c *canary) applied() []tableRows {
	return []tableRows{
		{"application", cols{"kind": "join", "business_id": "2345678-0", "status": "rejected", "language": "fi", "editable": []string{}}, "id"},
		{"application_revision", cols{"application_id": c.idOf("application"), "number": 1}, "application_id"},
		{"review_case", cols{
			"application_id": c.idOf("application"), "state": "rejected", "settled_at": c.db.Now(), "mark": "", "claimed_by": nil, "claimed_until": nil,
			"kept_from": []int64{},
		}, "application_id"},
		{"review_note", cols{"application_id": c.idOf("application"), "kind": "contact"}, "id"},
	}
}

// partnerTold is what a partner's contact was told of.
func (c *canary) partnerTold() []tableRows {
	return []tableRows{
		{"terms_told", cols{"kind": "partner", "number": 1, "receiver": fmt.Sprintf("partner:%v:1", c.ids["partner"]), "days_left": 7}, "number"},
	}
}

// jobwatchWaits is how long a watch that has ended stays: a clock that is an hour
// ahead is to delete nothing that is in force.
const jobwatchWaits = 2 * time.Hour

// place is where something of a kind is kept.
type place struct {
	table, where string
	// late is how much longer than the rule says a row stays, and sooner why it may
	// go before.
	late   time.Duration
	sooner string
}

// places returns where person, stranger and the others of this test have
// something of a kind: each table with a column of the kind, and what has none.
func (w *world) places(person, stranger *canary) map[string][]place {
	only := map[string]place{
		"session/session":             {where: "end_reason = 'log_out'"},
		"session/mandate_session":     {sooner: "goes when the session ends"},
		"session/mandate_leaving":     {sooner: "goes when the visit is closed"},
		"data_request/data_request":   {where: "person_id IS NULL AND erased_at IS NULL"},
		"document/document":           {where: "subject_kind = 'request'"},
		"mail/mail_outbox":            {where: "key = 'sent'"},
		"job_watch/job_watch":         {where: "state <> 'pending'"},
		"audit/audit_event":           {where: fmt.Sprintf("id = %v", person.ids["audit_event"])},
		"posting_contact/job_posting": {where: "people IS NOT NULL"},
		"customership/handover":       {where: "subject <> ''", sooner: "there only while a package is made"},
	}
	for _, table := range []string{"data_request_note", "data_request_act", "data_certificate"} {
		only["data_request/"+table] = place{where: fmt.Sprintf("request_id = %v", stranger.ids["data_request"])}
	}
	all := map[string][]place{
		"sign_in":               {{table: "signin_transaction"}},
		"job_watch_unconfirmed": {{table: "job_watch", where: "state = 'pending'"}},
		"data_request":          {{table: "document", where: "subject_kind = 'data_request_answer'"}},
	}
	seen := map[string]bool{}
	for table, columns := range person.columns() {
		for _, c := range columns {
			key := c.Rule + "/" + table
			if !c.Personal || seen[key] {
				continue
			}
			seen[key] = true
			p := only[key]
			p.table = table
			if c.Rule == "job_watch" {
				p.late = jobwatchWaits
			}
			all[c.Rule] = append(all[c.Rule], p)
		}
	}
	for _, places := range all {
		for i := range places {
			if places[i].where == "" {
				places[i].where = "true"
			}
		}
	}
	return all
}

func (p place) count(tb testing.TB, db *postgres.DB) int {
	tb.Helper()
	var n int
	if err := db.QueryRow(tb.Context(), "SELECT count(*) FROM "+p.table+" WHERE "+p.where).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", p.table, err)
	}
	return n
}

// ruled is what officers have ruled about the service.
func ruled(tb testing.TB, db *postgres.DB) {
	tb.Helper()
	for _, query := range []string{
		`INSERT INTO retention_rule (kind, version, trigger, days, action, ground, reason, in_force_from, proposed_by, approved_by)
		 SELECT kind, 2, trigger, days, action, ground, 'x', $1, 1, 2 FROM retention_rule WHERE kind = 'chatbot'`,
		`INSERT INTO retention_proposal (kind, base, months, days, hours, warn_days, reason, due, due_now, proposed_by, proposed_at)
		 VALUES ('chatbot', 2, 1, 0, 0, '{}', 'x', 0, 0, 1, $1)`,
		`INSERT INTO terms_draft (kind, revision, title_fi, title_sv, text_fi, text_sv, reporting, edited_by, edited_at)
		 VALUES ('partner', 1, 'x', 'x', 'x', 'x', false, 1, $1)`,
	} {
		if _, err := db.Exec(tb.Context(), query, db.Now()); err != nil && !strings.Contains(err.Error(), "terms_draft_pkey") {
			tb.Fatal(err)
		}
	}
}
