-- +goose Up
CREATE TABLE audit_head (
    single boolean PRIMARY KEY DEFAULT true CONSTRAINT audit_head_single_check CHECK (single),
    hash bytea   NOT NULL
);
COMMENT ON TABLE audit_head IS 'no personal data: the hash that the next audit event continues';
INSERT INTO audit_head (hash) VALUES ('\x');

CREATE TABLE audit_event (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at   timestamptz NOT NULL,
    actor_kind    text        NOT NULL,
    actor_id      text        NOT NULL,
    action        text        NOT NULL CONSTRAINT audit_event_action_check CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    subject_kind  text        NOT NULL,
    subject_id    text        NOT NULL,
    detail        jsonb       NOT NULL,
    previous_hash bytea       NOT NULL,
    hash          bytea       NOT NULL
);
COMMENT ON TABLE audit_event IS 'who did what; actors and subjects by identifier only';
COMMENT ON COLUMN audit_event.actor_id IS 'personal: identifier';
COMMENT ON COLUMN audit_event.subject_id IS 'personal: identifier';

-- +goose StatementBegin
CREATE FUNCTION audit_hash(previous bytea, occurred_at timestamptz, actor_kind text, actor_id text,
                           action text, subject_kind text, subject_id text, detail jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(previous || convert_to(jsonb_build_array(
        extract(epoch FROM occurred_at), actor_kind, actor_id, action, subject_kind, subject_id, detail)::text, 'UTF8'))
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The row lock makes the chain one line, in the order of commits.
    SELECT hash INTO STRICT NEW.previous_hash FROM audit_head FOR UPDATE;
    NEW.hash := audit_hash(NEW.previous_hash, NEW.occurred_at, NEW.actor_kind, NEW.actor_id,
                           NEW.action, NEW.subject_kind, NEW.subject_id, NEW.detail);
    UPDATE audit_head SET hash = NEW.hash;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_event_chain BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_chain();
CREATE TRIGGER audit_event_keep BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_keep_all BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE INDEX audit_event_subject_idx ON audit_event (subject_kind, subject_id, id);

CREATE TABLE job_posting (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text        NOT NULL,
    external_id   text        NOT NULL,
    status        text        NOT NULL CONSTRAINT job_posting_status_check CHECK (status IN ('scheduled', 'open', 'closed')),
    close_reason  text        NOT NULL DEFAULT '' CONSTRAINT job_posting_close_reason_check
                              CHECK (close_reason IN ('', 'archived', 'expired', 'removed')),
    revision      integer     NOT NULL,
    content       jsonb       NOT NULL,
    card          jsonb       NOT NULL,
    people        jsonb,
    content_hash  bytea       NOT NULL,
    source_hash   bytea,
    created_at    timestamptz NOT NULL,
    modified_at   timestamptz NOT NULL,
    published_at  timestamptz NOT NULL,
    expires_at    timestamptz,
    closed_at     timestamptz,
    recorded_at   timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    CONSTRAINT job_posting_source_key UNIQUE (source, external_id),
    CONSTRAINT job_posting_closed_check CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT job_posting_closed_people_check CHECK (status <> 'closed' OR people IS NULL)
);
COMMENT ON TABLE job_posting IS 'job postings; persons only in people';
COMMENT ON COLUMN job_posting.card IS 'the part of content that a list of postings shows, short enough to be read without the rest';
COMMENT ON COLUMN job_posting.people IS 'personal: contact';
COMMENT ON COLUMN job_posting.content_hash IS 'of everything that counts as a change; empty once closed';
COMMENT ON COLUMN job_posting.source_hash IS 'of the record as the source sent it, by which a repeated record is known unread';
CREATE INDEX job_posting_source_hash_idx ON job_posting (source_hash) INCLUDE (source, external_id, modified_at)
    WHERE source_hash IS NOT NULL;
CREATE INDEX job_posting_due_idx ON job_posting (expires_at) WHERE status <> 'closed';
CREATE INDEX job_posting_scheduled_idx ON job_posting (published_at) WHERE status = 'scheduled';
CREATE INDEX job_posting_open_idx ON job_posting (id) INCLUDE (changed_at) WHERE status = 'open';

CREATE TABLE change_sequence (
    single boolean PRIMARY KEY DEFAULT true CONSTRAINT change_sequence_single_check CHECK (single),
    last bigint  NOT NULL
);
COMMENT ON TABLE change_sequence IS 'no personal data: the last place given in the change sequence';
INSERT INTO change_sequence (last) VALUES (0);

CREATE TABLE posting_change (
    seq         bigint      PRIMARY KEY,
    posting_id  bigint      NOT NULL REFERENCES job_posting (id),
    kind        text        NOT NULL CONSTRAINT posting_change_kind_check CHECK (kind IN ('scheduled', 'published', 'changed', 'closed')),
    revision    integer     NOT NULL,
    material    boolean     NOT NULL,
    occurred_at timestamptz NOT NULL
);
COMMENT ON TABLE posting_change IS 'no personal data: the gap-free sequence of changes to postings';
CREATE INDEX posting_change_posting_idx ON posting_change (posting_id, seq);

CREATE TABLE search_document (
    posting_id bigint PRIMARY KEY REFERENCES job_posting (id) ON DELETE CASCADE,
    analyser   text   NOT NULL,
    document   bytea  NOT NULL
);
COMMENT ON TABLE search_document IS 'no personal data: what the analyser made of an open posting';
ALTER TABLE search_document ALTER document SET STORAGE EXTERNAL;

CREATE TABLE feed_state (
    source      text        PRIMARY KEY,
    watermark   timestamptz,
    snapshot_at timestamptz,
    read_at     timestamptz,
    retry_at    timestamptz,
    outcome     text        NOT NULL DEFAULT '',
    failures    integer     NOT NULL DEFAULT 0,
    doubted     integer     NOT NULL DEFAULT 0
);
COMMENT ON TABLE feed_state IS 'no personal data: how far each feed has been read and how the last run ended';

CREATE TABLE feed_reject (
    source      text        NOT NULL,
    external_id text        NOT NULL,
    reason      text        NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (source, external_id)
);
COMMENT ON TABLE feed_reject IS 'no personal data: records of a feed that could not be used, by identifier or line, with the reason';

CREATE TABLE service_notice (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL CONSTRAINT service_notice_kind_check CHECK (kind IN ('break', 'fault', 'news')),
    text_fi    text        NOT NULL,
    text_sv    text        NOT NULL,
    shown_from timestamptz NOT NULL,
    shown_to   timestamptz NOT NULL,
    CONSTRAINT service_notice_period_check CHECK (shown_from < shown_to)
);
COMMENT ON TABLE service_notice IS 'no personal data: notices of breaks and faults shown on every page';

-- +goose Down
DROP TABLE service_notice, feed_reject, feed_state, search_document, posting_change, change_sequence, job_posting, audit_event, audit_head;
DROP FUNCTION audit_chain, audit_refuse, audit_hash;
