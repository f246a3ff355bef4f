-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION keeping_end(began timestamptz, months integer, days integer, hours integer)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN months = 0 AND days = 0 THEN began
                ELSE (began AT TIME ZONE 'Europe/Helsinki' + make_interval(months => months, days => days)) AT TIME ZONE 'Europe/Helsinki'
           END + make_interval(hours => hours)
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION keeping_end IS 'when what began is due: calendar months and days of Helsinki, then hours; a day that the month lacks is its last one, a time of day that occurs twice or never is the later';

CREATE TABLE retention_rule (
    kind          text        NOT NULL CONSTRAINT retention_rule_kind_check CHECK (kind ~ '^[a-z][a-z0-9_]{1,39}$'),
    version       integer     NOT NULL CONSTRAINT retention_rule_version_check CHECK (version > 0),
    trigger       text        NOT NULL,
    months        integer     NOT NULL DEFAULT 0 CONSTRAINT retention_rule_months_check CHECK (months >= 0),
    days          integer     NOT NULL DEFAULT 0 CONSTRAINT retention_rule_days_check CHECK (days >= 0),
    hours         integer     NOT NULL DEFAULT 0 CONSTRAINT retention_rule_hours_check CHECK (hours >= 0),
    action        text        NOT NULL CONSTRAINT retention_rule_action_check CHECK (action IN ('delete', 'anonymise', 'hand_over', 'keep')),
    ground        text        NOT NULL,
    warn_days     integer[]   NOT NULL DEFAULT '{}',
    goes_with     text        NOT NULL DEFAULT '',
    reason        text        NOT NULL DEFAULT '',
    in_force_from timestamptz NOT NULL,
    proposed_by   bigint,
    approved_by   bigint,
    CONSTRAINT retention_rule_pkey PRIMARY KEY (kind, version),
    CONSTRAINT retention_rule_officers_check CHECK (version = 1 OR proposed_by IS NOT NULL AND approved_by IS NOT NULL AND proposed_by <> approved_by)
);
COMMENT ON TABLE retention_rule IS 'append-only: how long each kind of data is kept; the highest version is in force';
COMMENT ON COLUMN retention_rule.kind IS 'no personal data';
COMMENT ON COLUMN retention_rule.version IS 'no personal data';
COMMENT ON COLUMN retention_rule.trigger IS 'no personal data: the event from which the period runs';
COMMENT ON COLUMN retention_rule.months IS 'no personal data';
COMMENT ON COLUMN retention_rule.days IS 'no personal data';
COMMENT ON COLUMN retention_rule.hours IS 'no personal data';
COMMENT ON COLUMN retention_rule.action IS 'no personal data';
COMMENT ON COLUMN retention_rule.ground IS 'no personal data';
COMMENT ON COLUMN retention_rule.warn_days IS 'no personal data';
COMMENT ON COLUMN retention_rule.goes_with IS 'no personal data: the kind whose rule this kind follows, empty for a rule of its own';
COMMENT ON COLUMN retention_rule.reason IS 'no personal data: what the officers gave as the reason for the change';
COMMENT ON COLUMN retention_rule.in_force_from IS 'no personal data';
COMMENT ON COLUMN retention_rule.proposed_by IS 'personal: category=duty purpose=evidence ground=public_interest rule=ruling withheld=officer; two officers change a rule';
COMMENT ON COLUMN retention_rule.approved_by IS 'personal: category=duty purpose=evidence ground=public_interest rule=ruling withheld=officer; two officers change a rule';

INSERT INTO retention_rule (kind, version, trigger, months, days, hours, action, ground, warn_days, goes_with, in_force_from)
SELECT kind, 1, began, months, days, hours, act, why, warn, head, '2026-11-22 00:00:00+02'
  FROM (VALUES
    -- what persons keep here
    ('account',              'last_log_in',       12,   0,   0, 'delete',    'portal_notice',   '{30,7}'::integer[], ''),
    ('profile',              'last_log_in',        0,   0,   0, 'delete',    'portal_notice',   '{}', 'account'),
    ('consent',              'last_log_in',        0,   0,   0, 'delete',    'portal_notice',   '{}', 'account'),
    ('duty',                 'last_log_in',        0,   0,   0, 'delete',    'portal_notice',   '{}', 'account'),
    ('draft',                'saved',              0,   0, 168, 'delete',    'need',            '{2}', ''),
    ('profile_draft',        'saved',              0,   0, 168, 'delete',    'need',            '{}', ''),
    ('parked_form',          'parked',             0,   0, 168, 'delete',    'need',            '{}', ''),
    ('session',              'session_end',        0,   0,  24, 'delete',    'need',            '{}', ''),
    ('sign_in',              'sign_in_begun',      0,   0,   1, 'delete',    'need',            '{}', ''),
    ('data_request',         'settled',           24,   0,   0, 'anonymise', 'need',            '{}', ''),
    ('feedback',             'received',          12,   0,   0, 'delete',    'portal_notice',   '{}', ''),
    ('mail',                 'mail_ended',         0,   0, 720, 'delete',    'need',            '{}', ''),
    ('job_watch',            'watch_begun',        3,   0,   0, 'delete',    'portal_notice',   '{7}', ''),
    ('job_watch_unconfirmed','watch_ordered',      0,   0,  48, 'delete',    'need',            '{}', ''),
    ('job_watch_brake',      'confirmation_sent',  0,   0,  24, 'delete',    'need',            '{}', ''),
    ('job_watch_source',     'watch_ordered',      0,   0,   1, 'delete',    'need',            '{}', ''),
    ('posting_contact',      'posting_closed',     0,   0,   0, 'delete',    'need',            '{}', ''),
    -- partners
    ('customership',         'customership_end',  60,   0,   0, 'hand_over', 'archive_decision','{}', ''),
    ('application',          'application_end',   60,   0,   0, 'hand_over', 'archive_decision','{}', ''),
    ('acceptance',           'customership_end',   0,   0,   0, 'hand_over', 'archive_decision','{}', 'customership'),
    ('decision',             'customership_end',   0,   0,   0, 'hand_over', 'archive_decision','{}', 'customership'),
    ('document',             'customership_end',   0,   0,   0, 'hand_over', 'archive_decision','{}', 'customership'),
    ('register_entry',       'asked',              0,   0, 720, 'delete',    'need',            '{}', ''),
    -- officers' work
    ('viewing',              'viewed',             0,   0,  48, 'delete',    'need',            '{}', ''),
    ('review_act',           'act_done',           0,   0, 168, 'delete',    'need',            '{}', ''),
    ('ruling',               'ruled',              0,   0,   0, 'keep',      'evidence',        '{}', ''),
    ('audit',                'happened',          60,   0,   0, 'delete',    'evidence',        '{}', ''),
    ('access_log',           'happened',          12,   0,   0, 'delete',    'portal_notice',   '{}', ''),
    -- parts of the service that are yet to come
    ('chatbot',              'talked',             0, 180,   0, 'delete',    'portal_notice',   '{}', ''),
    ('register_2',           'entered',           24,   0,   0, 'delete',    'customer_notice', '{}', ''),
    ('register_4',           'entered',           24,   0,   0, 'delete',    'customer_notice', '{}', ''),
    ('register_5',           'entered',           24,   0,   0, 'delete',    'customer_notice', '{}', ''),
    ('customer',             'customership_end',  60,   0,   0, 'hand_over', 'archive_decision','{}', '')
  ) AS seed (kind, began, months, days, hours, act, why, warn, head);

CREATE TABLE retention_proposal (
    kind        text        NOT NULL CONSTRAINT retention_proposal_pkey PRIMARY KEY,
    base        integer     NOT NULL,
    months      integer     NOT NULL,
    days        integer     NOT NULL,
    hours       integer     NOT NULL,
    warn_days   integer[]   NOT NULL,
    reason      text        NOT NULL,
    due         integer     NOT NULL,
    due_now     integer     NOT NULL,
    proposed_by bigint      NOT NULL,
    proposed_at timestamptz NOT NULL
);
COMMENT ON TABLE retention_proposal IS 'changes of retention rules that wait for a second officer';
COMMENT ON COLUMN retention_proposal.kind IS 'no personal data';
COMMENT ON COLUMN retention_proposal.base IS 'no personal data: the version of the rule that is to be changed';
COMMENT ON COLUMN retention_proposal.months IS 'no personal data';
COMMENT ON COLUMN retention_proposal.days IS 'no personal data';
COMMENT ON COLUMN retention_proposal.hours IS 'no personal data';
COMMENT ON COLUMN retention_proposal.warn_days IS 'no personal data';
COMMENT ON COLUMN retention_proposal.reason IS 'no personal data: why, for the second officer';
COMMENT ON COLUMN retention_proposal.due IS 'no personal data: how much the change would have made due when it was proposed';
COMMENT ON COLUMN retention_proposal.due_now IS 'no personal data: how much was due under the rule in force by then';
COMMENT ON COLUMN retention_proposal.proposed_by IS 'personal: category=duty purpose=evidence ground=public_interest rule=ruling withheld=officer; another one must approve';
COMMENT ON COLUMN retention_proposal.proposed_at IS 'no personal data';

CREATE TABLE retention_run (
    id          bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT retention_run_pkey PRIMARY KEY,
    state       text        NOT NULL CONSTRAINT retention_run_state_check CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
    figures     jsonb       NOT NULL DEFAULT '{}',
    started_at  timestamptz NOT NULL,
    beat_at     timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT retention_run_finished_check CHECK ((state = 'running') = (finished_at IS NULL))
);
COMMENT ON TABLE retention_run IS 'no personal data: what each run of retention did';
COMMENT ON COLUMN retention_run.id IS 'no personal data';
COMMENT ON COLUMN retention_run.state IS 'no personal data';
COMMENT ON COLUMN retention_run.figures IS 'no personal data: for each kind how much was given up and how many were warned';
COMMENT ON COLUMN retention_run.started_at IS 'no personal data';
COMMENT ON COLUMN retention_run.beat_at IS 'no personal data: when the run was last heard of; one that is silent is taken for dead';
COMMENT ON COLUMN retention_run.finished_at IS 'no personal data';
CREATE UNIQUE INDEX retention_run_running_key ON retention_run (state) WHERE state = 'running';

CREATE TABLE handover (
    id          bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT handover_pkey PRIMARY KEY,
    kind        text        NOT NULL,
    subject     text        NOT NULL,
    package     text        NOT NULL DEFAULT '',
    digest      text        NOT NULL DEFAULT '',
    files       integer     NOT NULL DEFAULT 0,
    rows        integer     NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL,
    written_at  timestamptz,
    finished_at timestamptz,
    outcome     text        NOT NULL DEFAULT '' CONSTRAINT handover_outcome_check CHECK (outcome IN ('', 'deleted', 'void')),
    CONSTRAINT handover_written_check CHECK ((written_at IS NULL) = (digest = '')),
    CONSTRAINT handover_finished_check CHECK ((finished_at IS NULL) = (outcome = '') AND (outcome = '' OR subject = ''))
);
COMMENT ON TABLE handover IS 'packages for the National Archives: begun, written, and then deleted here';
COMMENT ON COLUMN handover.id IS 'no personal data';
COMMENT ON COLUMN handover.kind IS 'no personal data';
COMMENT ON COLUMN handover.subject IS 'personal: category=organisation purpose=evidence ground=legal_obligation rule=customership withheld=organisation; whose data it is, until that is deleted';
COMMENT ON COLUMN handover.package IS 'no personal data: the name of the folder';
COMMENT ON COLUMN handover.digest IS 'no personal data: SHA-256 of the list of checksums';
COMMENT ON COLUMN handover.files IS 'no personal data';
COMMENT ON COLUMN handover.rows IS 'no personal data';
COMMENT ON COLUMN handover.started_at IS 'no personal data';
COMMENT ON COLUMN handover.written_at IS 'no personal data';
COMMENT ON COLUMN handover.finished_at IS 'no personal data';
COMMENT ON COLUMN handover.outcome IS 'no personal data: void when the data changed before it was deleted, so that another package was made';
CREATE UNIQUE INDEX handover_open_key ON handover (kind, subject) WHERE outcome = '';
CREATE UNIQUE INDEX handover_package_key ON handover (package) WHERE package <> '';

-- What never changes may go in one way alone: after a package holds it.
-- +goose StatementBegin
CREATE FUNCTION is_handed_over(business text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM handover WHERE subject = business AND written_at IS NOT NULL AND outcome = '')
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF is_handed_over(OLD.business_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'a decision never changes once it is made';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION terms_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'terms_acceptance' THEN
        IF is_handed_over(OLD.business_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'published terms and their acceptances never change';
END $$;
-- +goose StatementEnd
-- The portal's own role has no right to delete from these tables.
-- +goose StatementBegin
CREATE FUNCTION release_handed_over(business text) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    n integer;
    total integer := 0;
BEGIN
    IF NOT is_handed_over(business) THEN
        RAISE EXCEPTION 'nothing of % has been handed over', business;
    END IF;
    DELETE FROM review_note AS note USING application AS a
     WHERE note.application_id = a.id AND a.business_id = business;
    GET DIAGNOSTICS n = ROW_COUNT;
    total := total + n;
    DELETE FROM terms_told AS told USING partner AS p
     WHERE p.business_id = business AND told.receiver LIKE 'partner:' || p.id || ':%';
    GET DIAGNOSTICS n = ROW_COUNT;
    total := total + n;
    DELETE FROM decision WHERE business_id = business;
    GET DIAGNOSTICS n = ROW_COUNT;
    total := total + n;
    DELETE FROM terms_acceptance WHERE business_id = business;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN total + n;
END $$;
-- +goose StatementEnd

-- The oldest events may go when their time is up. The chain then begins at what
-- the last of them was, so that the rest can be verified as before.
ALTER TABLE audit_head
    ADD COLUMN base_id   bigint NOT NULL DEFAULT 0,
    ADD COLUMN base_hash bytea  NOT NULL DEFAULT '\x';
COMMENT ON COLUMN audit_head.base_id IS 'no personal data: events up to this one have gone, their time being up';
COMMENT ON COLUMN audit_head.base_hash IS 'no personal data: the hash of the last event that has gone';
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.id <= (SELECT base_id FROM audit_head) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit events are append-only';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION release_audit_events(upto bigint) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    newest timestamptz;
    end_of bytea;
    n      integer;
BEGIN
    PERFORM FROM audit_head FOR UPDATE;
    SELECT occurred_at INTO newest FROM audit_event ORDER BY id DESC LIMIT 1;
    IF EXISTS (SELECT FROM audit_event WHERE id <= upto AND occurred_at > newest - interval '1 year') THEN
        RAISE EXCEPTION 'audit events of the last year stay';
    END IF;
    SELECT hash INTO STRICT end_of FROM audit_event WHERE id = upto;
    UPDATE audit_head SET base_id = upto, base_hash = end_of;
    DELETE FROM audit_event WHERE id <= upto;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION release_audit_events;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only';
END $$;
-- +goose StatementEnd
ALTER TABLE audit_head DROP COLUMN base_hash, DROP COLUMN base_id;
DROP FUNCTION release_handed_over;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION terms_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'published terms and their acceptances never change';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a decision never changes once it is made';
END $$;
-- +goose StatementEnd
DROP FUNCTION is_handed_over;
DROP TABLE handover, retention_run, retention_proposal, retention_rule;
DROP FUNCTION keeping_end;
