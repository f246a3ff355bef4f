package owndata_test

import (
	"encoding/json"
	"fmt"
)

// fixed says what columns hold that cannot hold a marker: links, closed lists,
// and what a check of the table asks for. Everything else is filled by reflection.
func (c *canary) fixed() []tableRows {
	id := int64(c.id)
	business := fmt.Sprintf("%07d-1", 1000000+id%1000)
	form := func(b []byte) any { return b }
	return []tableRows{
		{"session", cols{
			"person_id": id, "kind": "person", "language": "fi", "end_reason": "log_out", "ended_at": c.db.Now(),
			"token_hash": c.hash("ended"), "subject_index": nil, "provider_session_index": nil, "key_id": "test", "id_token_sealed": nil,
			"acting_business_id": "", "acting_name": "", "acting_roles": []string{}, "acting_authority": "", "acting_checked_at": nil,
		}, "id"},
		{"session", cols{
			"person_id": id, "kind": "person", "language": "fi", "end_reason": "", "ended_at": nil,
			"token_hash": c.hash("token"), "subject_index": c.hash("subject"), "provider_session_index": c.hash("provider"), "key_id": "test",
			"id_token_sealed": nil,
		}, "id"},
		{"mandate_session", cols{
			"session_id": c.idOf("session"), "begun_at": c.db.Now(), "access_until": c.db.Now(), "state_hash": c.hash("state"), "visit_index": c.hash("visit"), "return_to": "",
			"begun":         c.sealed("visit", "begun"),
			"visit":         c.sealed("visit", "visit"),
			"access_token":  c.sealed("access_token", "access_token"),
			"refresh_token": c.sealed("refresh_token", "refresh_token"),
			"choices": func() any {
				return c.keys.Seal([]byte(`[{"Name":"`+c.mark("mandate_session", "choices")+`"}]`), "mandate_session.choices:"+fmt.Sprint(c.ids["session"]))
			},
		}, "session_id"},
		{"mandate_leaving", cols{"session_id": c.idOf("session"), "visit": c.sealed("visit", "leaving")}, "id"},
		{"parked_form", cols{
			"id": fmt.Sprint("form", id), "person_id": id, "kind": "person",
			"content": func() any {
				b, _ := json.Marshal(map[string]any{"path": "/fi", "values": map[string][]string{"text": {c.mark("parked_form", "content")}}})
				return c.keys.Seal(b, fmt.Sprintf("parked_form.content:form%d:person:%d", id, id))
			},
		}, "id"},
		{"staff_member", cols{"person_id": id, "registered_by": nil}, "person_id"},
		{"staff_grant", cols{
			"person_id": id, "staff_group": "content", "status": "withdrawn", "configured": false,
			"requested_by": nil, "decided_by": nil, "withdrawn_by": nil,
		}, "id"},
		{"application", cols{
			"kind": "join", "business_id": business, "status": "rejected", "language": "fi", "submission": "s" + c.name,
			"submitted_by": id, "editable": []string{},
		}, "id"},
		{"application_revision", cols{"application_id": c.idOf("application"), "number": 1, "submission": "s", "submitted_by": id}, "application_id"},
		{"application_draft", cols{"person_id": id, "business_id": business, "language": "fi", "application_id": nil, "saved": form([]byte(`{}`))}, "id"},
		{"partner", cols{"business_id": business, "status": "left", "left_at": c.db.Now(), "application_id": c.idOf("application"), "removed_at": nil, "barred_until": nil}, "id"},
		{"partner_departure", cols{
			"partner_id": c.idOf("partner"), "business_id": business, "submission": "s", "noticed_by": id, "language": "fi", "settled_at": nil,
		}, "id"},
		{"partner_duty", cols{"departure_id": c.idOf("partner_departure"), "code": "personal_data", "answer": "kept", "confirmed_by": id}, "departure_id"},
		{"terms_acceptance", cols{
			"kind": "partner", "number": 1, "language": "fi", "how": "accepted", "person_id": id, "business_id": business,
		}, "id"},
		{"review_case", cols{"application_id": c.idOf("application"), "state": "rejected", "settled_at": c.db.Now(), "mark": "", "claimed_by": nil, "claimed_until": nil, "kept_from": []int64{}}, "application_id"},
		{"review_request", cols{"application_id": c.idOf("application"), "kind": "specify", "state": "answered", "settled_at": c.db.Now(), "made_by": 1}, "id"},
		{"decision", cols{"kind": "rejection", "application_id": c.idOf("application"), "business_id": business, "language": "fi", "made_by": 1, "serial": id % 1000}, "id"},
		{"document", cols{
			"key": "key" + c.name, "subject_kind": "request", "subject_id": func() any { return fmt.Sprint(c.ids["review_request"]) },
			"submission": "s" + c.name, "type": "application/pdf", "uploaded_by": id,
			"name": func() any {
				return c.keys.Seal([]byte(c.mark("document", "name")), "document.name:key"+c.name)
			},
			"content": func() any {
				return c.keys.Seal([]byte(c.mark("document", "content")), "document.content:key"+c.name)
			},
		}, "key"},
		{"mail_outbox", cols{
			"person_id": id, "kind": "account_ends", "key": fmt.Sprint("mail", id), "status": "waiting", "language": "fi", "finished_at": nil,
		}, "id"},
		{"audit_event", cols{
			"actor_kind": "person", "actor_id": c.id.String(), "action": "account.shown", "subject_kind": "person", "subject_id": c.id.String(),
			"previous_hash": []byte{}, "hash": []byte{},
		}, "id"},
		{"viewing", cols{"officer_id": 1, "subject_kind": "person", "subject_id": c.id.String()}, "officer_id"},
		{"profile", cols{"person_id": id}, "person_id"},
		{"profile_entry", cols{"person_id": id, "section": "presentation", "place": 1, "fields": func() any {
			return []byte(`{"text": ["` + c.mark("profile_entry", "fields") + `"]}`)
		}}, "id"},
		{"profile_draft", cols{"person_id": id, "section": "presentation", "seen": "", "fields": func() any {
			return []byte(`{"text": ["` + c.mark("profile_draft", "fields") + `"]}`)
		}}, "person_id"},
		{"eures_publication", cols{"person_id": id, "withdrawn_at": nil}, "id"},
		{"consent", cols{"person_id": id, "purpose": "health", "language": "fi", "submission": "s" + c.name, "withdrawn_at": nil}, "id"},
		{"data_request", cols{
			"person_id": id, "submission": "s" + c.name, "kind": "restriction", "channel": "page", "language": "fi", "identification": "strong",
			"state": "settled", "outcome": "granted", "alarmed": "", "entered_by": nil, "claimed_by": nil, "claimed_until": nil,
			"settled_by": nil, "erased_at": nil,
		}, "id"},
		{"data_request_note", cols{"request_id": c.idOf("data_request"), "kind": "contact", "made_by": 1}, "id"},
		{"data_certificate", cols{
			"request_id": c.idOf("data_request"), "language": "fi", "made_by": 1, "serial": id % 1000,
			"hash": func() any { return c.certificateHash() },
		}, "id"},
	}
}

type (
	cols      map[string]any
	tableRows struct {
		table string
		fixed cols
		key   string
	}
)
