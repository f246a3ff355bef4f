-- +goose Up
-- Columns without personal data keep their words. The list names the tables, so
-- that one of a later migration has to say by itself what it is.
-- +goose StatementBegin
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT t.relname, a.attname, coalesce(col_description(t.oid, a.attnum), '') AS words
          FROM pg_class AS t
          JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE t.relnamespace = 'public'::regnamespace
           AND t.relname = ANY (string_to_array(
               'audit_head audit_event job_posting change_sequence posting_change search_document feed_state ' ||
               'feed_reject service_notice esco_concept esco_label feedback search_lexicon person session ' ||
               'logout_message staff_member staff_grant signin_transaction parked_form organisation mandate_session ' ||
               'mandate_leaving terms_version terms_draft terms_acceptance terms_told service_area application ' ||
               'application_revision application_verdict application_draft partner mail_outbox mail_pace review_case ' ||
               'review_request review_note review_act decision_sequence decision document viewing audit_check ' ||
               'partner_departure partner_duty job_watch_cursor job_watch_search job_watch job_watch_token ' ||
               'job_watch_brake job_watch_event job_watch_match job_watch_mail job_watch_entry job_watch_figures', ' '))
           AND coalesce(col_description(t.oid, a.attnum), '') !~ '^(no personal data|personal: )'
    LOOP
        EXECUTE format('COMMENT ON COLUMN %I.%I IS %L', c.relname, c.attname,
                       'no personal data' || CASE WHEN c.words = '' THEN '' ELSE ': ' || c.words END);
    END LOOP;
END $$;
-- +goose StatementEnd

COMMENT ON COLUMN audit_event.occurred_at IS 'personal: category=event purpose=security ground=public_interest rule=audit copy=audit_event.occurred_at';
COMMENT ON COLUMN audit_event.action IS 'personal: category=event purpose=security ground=public_interest rule=audit copy=audit_event.action';
COMMENT ON COLUMN audit_event.subject_kind IS 'personal: category=event purpose=security ground=public_interest rule=audit copy=audit_event.subject_kind';
COMMENT ON COLUMN audit_event.detail IS 'personal: category=event purpose=security ground=public_interest rule=audit copy=audit_event.detail';
COMMENT ON COLUMN audit_event.actor_id IS 'personal: category=identifier purpose=security ground=public_interest rule=audit withheld=derived';
COMMENT ON COLUMN audit_event.subject_id IS 'personal: category=identifier purpose=security ground=public_interest rule=audit withheld=derived';

COMMENT ON COLUMN job_posting.people IS 'personal: category=contact purpose=vacancies ground=public_interest rule=posting_contact withheld=unlinked; whom to ask about the job';

COMMENT ON COLUMN feedback.message IS 'personal: category=free_text purpose=feedback ground=public_interest rule=feedback withheld=unlinked';
COMMENT ON COLUMN feedback.email IS 'personal: category=contact purpose=feedback ground=public_interest rule=feedback withheld=unlinked; only if an answer is wanted';

COMMENT ON COLUMN person.id IS 'personal: category=identifier purpose=identification ground=public_interest rule=account withheld=technical';
COMMENT ON COLUMN person.code_index IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account withheld=derived; keyed hash that finds the person';
COMMENT ON COLUMN person.code_sealed IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account copy=account.code_sealed; encrypted';
COMMENT ON COLUMN person.code_masked IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account withheld=derived; its end hidden, for showing';
COMMENT ON COLUMN person.foreign_index IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account withheld=derived; keyed hash that finds the person';
COMMENT ON COLUMN person.foreign_sealed IS 'personal: category=identity_code purpose=identification ground=public_interest rule=account copy=account.foreign_sealed; eIDAS identifier, encrypted';
COMMENT ON COLUMN person.birth_date IS 'personal: category=birth_date purpose=identification ground=public_interest rule=account copy=account.birth_date';
COMMENT ON COLUMN person.first_names IS 'personal: category=name purpose=dealing ground=public_interest rule=account copy=account.first_names';
COMMENT ON COLUMN person.call_name IS 'personal: category=name purpose=dealing ground=public_interest rule=account copy=account.call_name';
COMMENT ON COLUMN person.family_name IS 'personal: category=name purpose=dealing ground=public_interest rule=account copy=account.family_name';
COMMENT ON COLUMN person.country IS 'personal: category=residence purpose=dealing ground=public_interest rule=account copy=account.country; never under a protection order';
COMMENT ON COLUMN person.municipality IS 'personal: category=residence purpose=dealing ground=public_interest rule=account copy=account.municipality; never under a protection order';
COMMENT ON COLUMN person.non_disclosure IS 'personal: category=protection purpose=dealing ground=public_interest rule=account withheld=protection; hides where the person lives';
COMMENT ON COLUMN person.sourced_at IS 'personal: category=event purpose=dealing ground=public_interest rule=account copy=account.sourced_at; when the source last told name, birth date and residence';
COMMENT ON COLUMN person.email IS 'personal: category=contact purpose=dealing ground=public_interest rule=account copy=account.email; told by the person';
COMMENT ON COLUMN person.phone IS 'personal: category=contact purpose=dealing ground=public_interest rule=account copy=account.phone; told by the person';
COMMENT ON COLUMN person.language IS 'personal: category=language purpose=dealing ground=public_interest rule=account copy=account.language';
COMMENT ON COLUMN person.created_at IS 'personal: category=event purpose=dealing ground=public_interest rule=account copy=account.created_at';
COMMENT ON COLUMN person.logged_in_at IS 'personal: category=log_in purpose=dealing ground=public_interest rule=account copy=account.logged_in_at; the period of keeping runs from it';
COMMENT ON COLUMN person.blocked_at IS 'personal: category=event purpose=dealing ground=public_interest rule=account copy=account.blocked_at';

COMMENT ON COLUMN session.token_hash IS 'personal: category=log_in purpose=identification ground=public_interest rule=session withheld=secret; SHA-256 of the 256 random bits in the cookie';
COMMENT ON COLUMN session.person_id IS 'personal: category=identifier purpose=identification ground=public_interest rule=session withheld=derived';
COMMENT ON COLUMN session.kind IS 'personal: category=log_in purpose=identification ground=public_interest rule=session copy=session.kind';
COMMENT ON COLUMN session.level IS 'personal: category=log_in purpose=identification ground=public_interest rule=session copy=session.level';
COMMENT ON COLUMN session.language IS 'personal: category=language purpose=identification ground=public_interest rule=session copy=session.language';
COMMENT ON COLUMN session.subject_index IS 'personal: category=identifier purpose=identification ground=public_interest rule=session withheld=derived; keyed hash, log-out at the provider';
COMMENT ON COLUMN session.provider_session_index IS 'personal: category=identifier purpose=identification ground=public_interest rule=session withheld=derived; keyed hash, log-out at the provider';
COMMENT ON COLUMN session.id_token_sealed IS 'personal: category=log_in purpose=identification ground=public_interest rule=session withheld=secret; encrypted, log-out at the provider';
COMMENT ON COLUMN session.created_at IS 'personal: category=log_in purpose=identification ground=public_interest rule=session copy=session.created_at';
COMMENT ON COLUMN session.identified_at IS 'personal: category=log_in purpose=identification ground=public_interest rule=session copy=session.identified_at';
COMMENT ON COLUMN session.seen_at IS 'personal: category=log_in purpose=identification ground=public_interest rule=session copy=session.seen_at';
COMMENT ON COLUMN session.ended_at IS 'personal: category=log_in purpose=identification ground=public_interest rule=session copy=session.ended_at';
COMMENT ON COLUMN session.end_reason IS 'personal: category=log_in purpose=identification ground=public_interest rule=session copy=session.end_reason';
COMMENT ON COLUMN session.acting_business_id IS 'personal: category=mandate purpose=representation ground=public_interest rule=session copy=session.acting_business_id; only while the session lasts';
COMMENT ON COLUMN session.acting_name IS 'personal: category=mandate purpose=representation ground=public_interest rule=session copy=session.acting_name';
COMMENT ON COLUMN session.acting_roles IS 'personal: category=mandate purpose=representation ground=public_interest rule=session copy=session.acting_roles; only while the session lasts';
COMMENT ON COLUMN session.acting_authority IS 'personal: category=mandate purpose=representation ground=public_interest rule=session copy=session.acting_authority; only while the session lasts';
COMMENT ON COLUMN session.acting_checked_at IS 'personal: category=mandate purpose=representation ground=public_interest rule=session copy=session.acting_checked_at';

COMMENT ON COLUMN staff_member.person_id IS 'personal: category=identifier purpose=officers_rights ground=public_interest rule=duty withheld=derived';
COMMENT ON COLUMN staff_member.email IS 'personal: category=contact purpose=officers_rights ground=public_interest rule=duty copy=staff_member.email';
COMMENT ON COLUMN staff_member.registered_by IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty withheld=officer';
COMMENT ON COLUMN staff_member.registered_at IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty copy=staff_member.registered_at';

COMMENT ON COLUMN staff_grant.person_id IS 'personal: category=identifier purpose=officers_rights ground=public_interest rule=duty withheld=derived';
COMMENT ON COLUMN staff_grant.staff_group IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty copy=staff_grant.staff_group';
COMMENT ON COLUMN staff_grant.status IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty copy=staff_grant.status';
COMMENT ON COLUMN staff_grant.configured IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty copy=staff_grant.configured; the configuration granted it, once for each main user that it names';
COMMENT ON COLUMN staff_grant.requested_by IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty withheld=officer';
COMMENT ON COLUMN staff_grant.requested_at IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty copy=staff_grant.requested_at';
COMMENT ON COLUMN staff_grant.decided_by IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty withheld=officer';
COMMENT ON COLUMN staff_grant.decided_at IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty copy=staff_grant.decided_at';
COMMENT ON COLUMN staff_grant.withdrawn_by IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty withheld=officer';
COMMENT ON COLUMN staff_grant.withdrawn_at IS 'personal: category=duty purpose=officers_rights ground=public_interest rule=duty copy=staff_grant.withdrawn_at';

COMMENT ON COLUMN parked_form.person_id IS 'personal: category=identifier purpose=continuing ground=public_interest rule=parked_form withheld=derived';
COMMENT ON COLUMN parked_form.kind IS 'personal: category=event purpose=continuing ground=public_interest rule=parked_form copy=parked_form.kind';
COMMENT ON COLUMN parked_form.content IS 'personal: category=free_text purpose=continuing ground=public_interest rule=parked_form copy=parked_form.content; encrypted';
COMMENT ON COLUMN parked_form.parked_at IS 'personal: category=event purpose=continuing ground=public_interest rule=parked_form copy=parked_form.parked_at';

COMMENT ON COLUMN organisation.business_id IS 'personal: category=organisation purpose=partnership ground=public_interest rule=register_entry withheld=unlinked; of a sole trader';
COMMENT ON COLUMN organisation.entry IS 'personal: category=organisation purpose=partnership ground=public_interest rule=register_entry withheld=unlinked; of a sole trader';

COMMENT ON COLUMN mandate_session.session_id IS 'personal: category=identifier purpose=representation ground=public_interest rule=session withheld=derived';
COMMENT ON COLUMN mandate_session.state_hash IS 'personal: category=mandate purpose=representation ground=public_interest rule=session withheld=secret';
COMMENT ON COLUMN mandate_session.begun IS 'personal: category=mandate purpose=representation ground=public_interest rule=session withheld=secret; encrypted';
COMMENT ON COLUMN mandate_session.visit IS 'personal: category=mandate purpose=representation ground=public_interest rule=session withheld=secret; encrypted';
COMMENT ON COLUMN mandate_session.visit_index IS 'personal: category=mandate purpose=representation ground=public_interest rule=session withheld=derived; keyed hash, so that one session of e-Authorizations is not given to two people';
COMMENT ON COLUMN mandate_session.access_token IS 'personal: category=mandate purpose=representation ground=public_interest rule=session withheld=secret; encrypted';
COMMENT ON COLUMN mandate_session.refresh_token IS 'personal: category=mandate purpose=representation ground=public_interest rule=session withheld=secret; encrypted';
COMMENT ON COLUMN mandate_session.choices IS 'personal: category=mandate purpose=representation ground=public_interest rule=session copy=mandate_session.choices; encrypted organisations and roles';
COMMENT ON COLUMN mandate_session.checked_at IS 'personal: category=mandate purpose=representation ground=public_interest rule=session copy=mandate_session.checked_at';

COMMENT ON COLUMN mandate_leaving.session_id IS 'personal: category=identifier purpose=representation ground=public_interest rule=session withheld=derived';
COMMENT ON COLUMN mandate_leaving.visit IS 'personal: category=mandate purpose=representation ground=public_interest rule=session withheld=technical; encrypted, until e-Authorizations has ended it';

COMMENT ON COLUMN terms_version.requested_by IS 'personal: category=duty purpose=evidence ground=public_interest rule=ruling withheld=officer; two officers publish';
COMMENT ON COLUMN terms_version.approved_by IS 'personal: category=duty purpose=evidence ground=public_interest rule=ruling withheld=officer; two officers publish';

COMMENT ON COLUMN terms_draft.edited_by IS 'personal: category=duty purpose=continuing ground=public_interest rule=ruling withheld=officer; until the draft is published or withdrawn';
COMMENT ON COLUMN terms_draft.requested_by IS 'personal: category=duty purpose=continuing ground=public_interest rule=ruling withheld=officer; until the draft is published or withdrawn';

COMMENT ON COLUMN terms_acceptance.person_id IS 'personal: category=identifier purpose=evidence ground=public_interest rule=acceptance withheld=derived';
COMMENT ON COLUMN terms_acceptance.kind IS 'personal: category=event purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.kind';
COMMENT ON COLUMN terms_acceptance.number IS 'personal: category=event purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.number';
COMMENT ON COLUMN terms_acceptance.language IS 'personal: category=language purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.language';
COMMENT ON COLUMN terms_acceptance.hash IS 'personal: category=event purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.hash; SHA-256 of the exact text in the language in which it was accepted';
COMMENT ON COLUMN terms_acceptance.how IS 'personal: category=event purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.how';
COMMENT ON COLUMN terms_acceptance.person_name IS 'personal: category=name purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.person_name';
COMMENT ON COLUMN terms_acceptance.business_id IS 'personal: category=organisation purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.business_id';
COMMENT ON COLUMN terms_acceptance.organisation_name IS 'personal: category=organisation purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.organisation_name';
COMMENT ON COLUMN terms_acceptance.authority IS 'personal: category=mandate purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.authority';
COMMENT ON COLUMN terms_acceptance.accepted_at IS 'personal: category=event purpose=evidence ground=public_interest rule=acceptance copy=terms_acceptance.accepted_at';

COMMENT ON COLUMN terms_told.receiver IS 'personal: category=identifier purpose=evidence ground=public_interest rule=acceptance withheld=organisation; a partner''s contact';

COMMENT ON COLUMN application.kind IS 'personal: category=organisation purpose=partnership ground=public_interest rule=application copy=application.kind';
COMMENT ON COLUMN application.business_id IS 'personal: category=organisation purpose=partnership ground=public_interest rule=application copy=application.business_id';
COMMENT ON COLUMN application.status IS 'personal: category=organisation purpose=partnership ground=public_interest rule=application copy=application.status';
COMMENT ON COLUMN application.language IS 'personal: category=language purpose=partnership ground=public_interest rule=application copy=application.language';
COMMENT ON COLUMN application.submitted_by IS 'personal: category=identifier purpose=partnership ground=public_interest rule=application withheld=derived';
COMMENT ON COLUMN application.authority IS 'personal: category=mandate purpose=partnership ground=public_interest rule=application copy=application.authority';
COMMENT ON COLUMN application.authority_at IS 'personal: category=mandate purpose=partnership ground=public_interest rule=application copy=application.authority_at';
COMMENT ON COLUMN application.organisation IS 'personal: category=organisation purpose=partnership ground=public_interest rule=application copy=application.organisation; what the business register told last';
COMMENT ON COLUMN application.submitted_at IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=application.submitted_at';
COMMENT ON COLUMN application.decided_at IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=application.decided_at';

COMMENT ON COLUMN application_revision.form IS 'personal: category=contact purpose=partnership ground=public_interest rule=application copy=application_revision.form';
COMMENT ON COLUMN application_revision.organisation IS 'personal: category=organisation purpose=partnership ground=public_interest rule=application copy=application_revision.organisation; what the business register had told by then';
COMMENT ON COLUMN application_revision.submitted_by IS 'personal: category=identifier purpose=partnership ground=public_interest rule=application withheld=derived';
COMMENT ON COLUMN application_revision.authority IS 'personal: category=mandate purpose=partnership ground=public_interest rule=application copy=application_revision.authority';
COMMENT ON COLUMN application_revision.submitted_at IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=application_revision.submitted_at';

COMMENT ON COLUMN application_draft.person_id IS 'personal: category=identifier purpose=continuing ground=public_interest rule=draft withheld=derived';
COMMENT ON COLUMN application_draft.business_id IS 'personal: category=organisation purpose=continuing ground=public_interest rule=draft copy=application_draft.business_id';
COMMENT ON COLUMN application_draft.language IS 'personal: category=language purpose=continuing ground=public_interest rule=draft copy=application_draft.language';
COMMENT ON COLUMN application_draft.form IS 'personal: category=contact purpose=continuing ground=public_interest rule=draft copy=application_draft.form';
COMMENT ON COLUMN application_draft.created_at IS 'personal: category=event purpose=continuing ground=public_interest rule=draft copy=application_draft.created_at';
COMMENT ON COLUMN application_draft.saved_at IS 'personal: category=event purpose=continuing ground=public_interest rule=draft copy=application_draft.saved_at';
COMMENT ON COLUMN application_draft.expires_at IS 'personal: category=event purpose=continuing ground=public_interest rule=draft copy=application_draft.expires_at';

COMMENT ON COLUMN partner.business_id IS 'personal: category=organisation purpose=partnership ground=public_interest rule=customership withheld=organisation';
COMMENT ON COLUMN partner.name IS 'personal: category=organisation purpose=partnership ground=public_interest rule=customership withheld=organisation';
COMMENT ON COLUMN partner.form IS 'personal: category=contact purpose=partnership ground=public_interest rule=customership withheld=organisation';

COMMENT ON COLUMN partner_departure.business_id IS 'personal: category=organisation purpose=evidence ground=public_interest rule=customership copy=partner_departure.business_id';
COMMENT ON COLUMN partner_departure.name IS 'personal: category=organisation purpose=evidence ground=public_interest rule=customership copy=partner_departure.name';
COMMENT ON COLUMN partner_departure.noticed_by IS 'personal: category=identifier purpose=evidence ground=public_interest rule=customership withheld=derived';
COMMENT ON COLUMN partner_departure.authority IS 'personal: category=mandate purpose=evidence ground=public_interest rule=customership copy=partner_departure.authority';
COMMENT ON COLUMN partner_departure.language IS 'personal: category=language purpose=evidence ground=public_interest rule=customership copy=partner_departure.language';
COMMENT ON COLUMN partner_departure.email IS 'personal: category=contact purpose=evidence ground=public_interest rule=customership copy=partner_departure.email; until everything is confirmed';
COMMENT ON COLUMN partner_departure.joined_at IS 'personal: category=event purpose=evidence ground=public_interest rule=customership copy=partner_departure.joined_at';
COMMENT ON COLUMN partner_departure.left_at IS 'personal: category=event purpose=evidence ground=public_interest rule=customership copy=partner_departure.left_at';

COMMENT ON COLUMN partner_duty.code IS 'personal: category=event purpose=evidence ground=public_interest rule=customership copy=partner_duty.code';
COMMENT ON COLUMN partner_duty.answer IS 'personal: category=event purpose=evidence ground=public_interest rule=customership copy=partner_duty.answer';
COMMENT ON COLUMN partner_duty.ground IS 'personal: category=event purpose=evidence ground=public_interest rule=customership copy=partner_duty.ground; the legal basis by which the partner keeps personal data';
COMMENT ON COLUMN partner_duty.confirmed_at IS 'personal: category=event purpose=evidence ground=public_interest rule=customership copy=partner_duty.confirmed_at';
COMMENT ON COLUMN partner_duty.confirmed_by IS 'personal: category=identifier purpose=evidence ground=public_interest rule=customership withheld=derived';
COMMENT ON COLUMN partner_duty.authority IS 'personal: category=mandate purpose=evidence ground=public_interest rule=customership copy=partner_duty.authority';

COMMENT ON COLUMN mail_outbox.kind IS 'personal: category=mail purpose=mails ground=public_interest rule=mail copy=mail_outbox.kind';
COMMENT ON COLUMN mail_outbox.language IS 'personal: category=language purpose=mails ground=public_interest rule=mail copy=mail_outbox.language';
COMMENT ON COLUMN mail_outbox.address IS 'personal: category=contact purpose=mails ground=public_interest rule=mail copy=mail_outbox.address; until the mail is sent or given up';
COMMENT ON COLUMN mail_outbox.data IS 'personal: category=mail purpose=mails ground=public_interest rule=mail copy=mail_outbox.data; until the mail is sent or given up';
COMMENT ON COLUMN mail_outbox.status IS 'personal: category=mail purpose=mails ground=public_interest rule=mail copy=mail_outbox.status';
COMMENT ON COLUMN mail_outbox.created_at IS 'personal: category=event purpose=mails ground=public_interest rule=mail copy=mail_outbox.created_at';
COMMENT ON COLUMN mail_outbox.finished_at IS 'personal: category=event purpose=mails ground=public_interest rule=mail copy=mail_outbox.finished_at';

COMMENT ON COLUMN review_case.claimed_by IS 'personal: category=duty purpose=partnership ground=public_interest rule=application withheld=officer';
COMMENT ON COLUMN review_case.kept_from IS 'personal: category=duty purpose=partnership ground=public_interest rule=application withheld=officer; officers who have sent the application as applicants';

COMMENT ON COLUMN review_request.kind IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=review_request.kind';
COMMENT ON COLUMN review_request.fields IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=review_request.fields';
COMMENT ON COLUMN review_request.message IS 'personal: category=free_text purpose=partnership ground=public_interest rule=application copy=review_request.message';
COMMENT ON COLUMN review_request.due_on IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=review_request.due_on';
COMMENT ON COLUMN review_request.state IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=review_request.state';
COMMENT ON COLUMN review_request.made_by IS 'personal: category=duty purpose=partnership ground=public_interest rule=application withheld=officer';
COMMENT ON COLUMN review_request.made_at IS 'personal: category=event purpose=partnership ground=public_interest rule=application copy=review_request.made_at';

COMMENT ON COLUMN review_note.note IS 'personal: category=free_text purpose=partnership ground=public_interest rule=application withheld=organisation';
COMMENT ON COLUMN review_note.made_by IS 'personal: category=duty purpose=partnership ground=public_interest rule=application withheld=officer';

COMMENT ON COLUMN review_act.done_by IS 'personal: category=identifier purpose=security ground=public_interest rule=review_act withheld=technical; knowing forms that are sent twice';

COMMENT ON COLUMN decision.kind IS 'personal: category=event purpose=evidence ground=public_interest rule=decision copy=decision.kind';
COMMENT ON COLUMN decision.business_id IS 'personal: category=organisation purpose=evidence ground=public_interest rule=decision withheld=organisation';
COMMENT ON COLUMN decision.organisation IS 'personal: category=organisation purpose=evidence ground=public_interest rule=decision copy=decision.organisation';
COMMENT ON COLUMN decision.grounds IS 'personal: category=event purpose=evidence ground=public_interest rule=decision copy=decision.grounds';
COMMENT ON COLUMN decision.document IS 'personal: category=free_text purpose=evidence ground=public_interest rule=decision copy=decision.document';
COMMENT ON COLUMN decision.made_by IS 'personal: category=duty purpose=evidence ground=public_interest rule=decision withheld=officer';
COMMENT ON COLUMN decision.made_at IS 'personal: category=event purpose=evidence ground=public_interest rule=decision copy=decision.made_at';

COMMENT ON COLUMN document.name IS 'personal: category=free_text purpose=partnership ground=public_interest rule=document copy=document.name; sealed';
COMMENT ON COLUMN document.content IS 'personal: category=free_text purpose=partnership ground=public_interest rule=document copy=document.content; sealed';
COMMENT ON COLUMN document.type IS 'personal: category=free_text purpose=partnership ground=public_interest rule=document copy=document.type';
COMMENT ON COLUMN document.size IS 'personal: category=free_text purpose=partnership ground=public_interest rule=document copy=document.size';
COMMENT ON COLUMN document.uploaded_by IS 'personal: category=identifier purpose=partnership ground=public_interest rule=document withheld=derived';
COMMENT ON COLUMN document.uploaded_at IS 'personal: category=event purpose=partnership ground=public_interest rule=document copy=document.uploaded_at';

COMMENT ON COLUMN viewing.officer_id IS 'personal: category=duty purpose=security ground=public_interest rule=viewing withheld=officer';
COMMENT ON COLUMN viewing.subject_id IS 'personal: category=identifier purpose=security ground=public_interest rule=viewing withheld=looks';

COMMENT ON COLUMN job_watch_search.criteria IS 'personal: category=search purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked; until the last watch with it ends';

COMMENT ON COLUMN job_watch.address IS 'personal: category=contact purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked';
COMMENT ON COLUMN job_watch.address_index IS 'personal: category=identifier purpose=job_watch ground=public_interest rule=job_watch withheld=derived';
COMMENT ON COLUMN job_watch.language IS 'personal: category=language purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked';
COMMENT ON COLUMN job_watch.rhythm IS 'personal: category=search purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked';
COMMENT ON COLUMN job_watch.criteria IS 'personal: category=search purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked';
COMMENT ON COLUMN job_watch.terms_version IS 'personal: category=event purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked; that the terms were accepted';
COMMENT ON COLUMN job_watch.seed IS 'personal: category=identifier purpose=job_watch ground=public_interest rule=job_watch withheld=secret; what the tokens of the links are made from, together with a key that is not in the database';
COMMENT ON COLUMN job_watch.confirmed_at IS 'personal: category=event purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked';
COMMENT ON COLUMN job_watch.ends_at IS 'personal: category=event purpose=job_watch ground=public_interest rule=job_watch withheld=unlinked';

COMMENT ON COLUMN job_watch_token.hash IS 'personal: category=identifier purpose=job_watch ground=public_interest rule=job_watch withheld=secret';

COMMENT ON COLUMN job_watch_brake.address_index IS 'personal: category=identifier purpose=job_watch ground=public_interest rule=job_watch_brake withheld=derived; one confirmation a day at most';

COMMENT ON COLUMN job_watch_mail.watch_id IS 'personal: category=identifier purpose=job_watch ground=public_interest rule=job_watch withheld=derived; what was sent';

COMMENT ON COLUMN job_watch_entry.watch_id IS 'personal: category=identifier purpose=job_watch ground=public_interest rule=job_watch withheld=derived; sends each match once';

-- +goose Down
-- The words of before are not worth keeping twice: the previous release does not read them.
SELECT 1;
