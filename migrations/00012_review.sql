-- +goose Up
CREATE TABLE review_case (
    application_id bigint      PRIMARY KEY REFERENCES application (id),
    revision       integer     NOT NULL,
    state          text        NOT NULL CONSTRAINT review_case_state_check
                               CHECK (state IN ('waiting', 'asked', 'approved', 'rejected', 'withdrawn')),
    mark           text        NOT NULL DEFAULT '' CONSTRAINT review_case_mark_check CHECK (mark IN ('', 'resubmitted', 'lapsed')),
    arrived_at     timestamptz NOT NULL,
    waiting_since  timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    claimed_by     bigint,
    claimed_until  timestamptz,
    settled_at     timestamptz,
    CONSTRAINT review_case_claim_check CHECK ((claimed_by IS NULL) = (claimed_until IS NULL) AND (claimed_by IS NULL OR state = 'waiting')),
    CONSTRAINT review_case_settled_check CHECK ((settled_at IS NULL) = (state IN ('waiting', 'asked')))
);
COMMENT ON TABLE review_case IS 'applications that an officer decides, and who has them in hand';
COMMENT ON COLUMN review_case.arrived_at IS 'when the case first came to the officers; its place in the queue';
COMMENT ON COLUMN review_case.waiting_since IS 'when the wait began that due_at ends; it begins anew with each answer of the applicant';
COMMENT ON COLUMN review_case.claimed_by IS 'personal: identifier of the officer; working the queue; with the application';
CREATE INDEX review_case_queue_idx ON review_case (arrived_at, application_id) WHERE state = 'waiting';

CREATE TABLE review_request (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id bigint      NOT NULL REFERENCES review_case (application_id),
    revision       integer     NOT NULL,
    kind           text        NOT NULL CONSTRAINT review_request_kind_check CHECK (kind IN ('specify', 'documents')),
    fields         text[]      NOT NULL,
    message        text        NOT NULL CONSTRAINT review_request_message_check CHECK (length(message) BETWEEN 1 AND 4000),
    due_on         date        NOT NULL,
    state          text        NOT NULL CONSTRAINT review_request_state_check CHECK (state IN ('open', 'answered', 'lapsed', 'withdrawn')),
    made_by        bigint      NOT NULL,
    made_at        timestamptz NOT NULL,
    reminded_at    timestamptz,
    settled_at     timestamptz,
    CONSTRAINT review_request_settled_check CHECK ((settled_at IS NULL) = (state = 'open'))
);
COMMENT ON TABLE review_request IS 'what an officer has asked of an applicant, to specify or to send documents';
COMMENT ON COLUMN review_request.message IS 'personal: free text; deciding the application; with the application';
COMMENT ON COLUMN review_request.made_by IS 'personal: identifier of the officer; deciding the application; with the application';
CREATE UNIQUE INDEX review_request_open_key ON review_request (application_id) WHERE state = 'open';
CREATE INDEX review_request_application_idx ON review_request (application_id, id);

CREATE TABLE review_note (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id bigint      NOT NULL,
    kind           text        NOT NULL CONSTRAINT review_note_kind_check CHECK (kind IN ('handed_back', 'released', 'contact', 'post_review')),
    note           text        NOT NULL CONSTRAINT review_note_note_check CHECK (length(note) <= 4000),
    made_by        bigint      NOT NULL,
    made_at        timestamptz NOT NULL
);
COMMENT ON TABLE review_note IS 'append-only: what officers noted of a case: contacts with the applicant, why a case was handed back, what post-supervision saw';
COMMENT ON COLUMN review_note.note IS 'personal: free text; deciding the application; with the application';
COMMENT ON COLUMN review_note.made_by IS 'personal: identifier of the officer; deciding the application; with the application';
CREATE INDEX review_note_application_idx ON review_note (application_id, id);

CREATE TABLE review_act (
    submission     text        PRIMARY KEY,
    application_id bigint      NOT NULL,
    act            text        NOT NULL,
    done_by        bigint      NOT NULL,
    done_at        timestamptz NOT NULL
);
COMMENT ON TABLE review_act IS 'forms that had their effect, by which one that is sent again is known';
COMMENT ON COLUMN review_act.done_by IS 'personal: identifier; knowing forms that are sent twice; seven days';
CREATE INDEX review_act_time_idx ON review_act (done_at);

CREATE TABLE decision_sequence (
    year integer PRIMARY KEY,
    last integer NOT NULL
);
COMMENT ON TABLE decision_sequence IS 'no personal data: the last number given to a decision of each year';

CREATE TABLE decision (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    year           integer     NOT NULL,
    serial         integer     NOT NULL,
    kind           text        NOT NULL CONSTRAINT decision_kind_check CHECK (kind IN ('rejection', 'restriction', 'suspension', 'removal')),
    application_id bigint,
    business_id    text        NOT NULL,
    organisation   text        NOT NULL,
    language       text        NOT NULL CONSTRAINT decision_language_check CHECK (language IN ('fi', 'sv')),
    grounds        text[]      NOT NULL,
    document       jsonb       NOT NULL,
    made_by        bigint      NOT NULL,
    made_at        timestamptz NOT NULL,
    CONSTRAINT decision_number_key UNIQUE (year, serial)
);
COMMENT ON TABLE decision IS 'append-only: decisions that concern an organisation, word by word as they were given';
COMMENT ON COLUMN decision.organisation IS 'personal: name of an organisation that may be one person''s; giving the decision; kept for good';
COMMENT ON COLUMN decision.document IS 'personal: free text; giving the decision; kept for good';
COMMENT ON COLUMN decision.made_by IS 'personal: identifier of the officer; giving the decision; kept for good';
CREATE INDEX decision_business_idx ON decision (business_id, id);
CREATE UNIQUE INDEX decision_rejection_key ON decision (application_id) WHERE kind = 'rejection';

-- +goose StatementBegin
CREATE FUNCTION decision_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a decision never changes once it is made';
END $$;
-- +goose StatementEnd
CREATE TRIGGER decision_keep BEFORE UPDATE OR DELETE ON decision FOR EACH ROW EXECUTE FUNCTION decision_refuse();
CREATE TRIGGER decision_keep_all BEFORE TRUNCATE ON decision FOR EACH STATEMENT EXECUTE FUNCTION decision_refuse();

CREATE TABLE document (
    key          text        PRIMARY KEY,
    subject_kind text        NOT NULL,
    subject_id   text        NOT NULL,
    submission   text        NOT NULL,
    type         text        NOT NULL CONSTRAINT document_type_check CHECK (type IN ('application/pdf', 'image/png', 'image/jpeg')),
    size         integer     NOT NULL,
    name         bytea       NOT NULL,
    content      bytea       NOT NULL,
    uploaded_by  bigint      NOT NULL,
    uploaded_at  timestamptz NOT NULL,
    CONSTRAINT document_submission_key UNIQUE (submission)
);
COMMENT ON TABLE document IS 'documents that were asked for and sent in, sealed';
COMMENT ON COLUMN document.name IS 'personal: free text, sealed; deciding the matter; with the matter';
COMMENT ON COLUMN document.content IS 'personal: free text, sealed; deciding the matter; with the matter';
COMMENT ON COLUMN document.uploaded_by IS 'personal: identifier; deciding the matter; with the matter';
ALTER TABLE document ALTER content SET STORAGE EXTERNAL;
CREATE INDEX document_subject_idx ON document (subject_kind, subject_id, uploaded_at);

CREATE TABLE viewing (
    officer_id   bigint      NOT NULL,
    subject_kind text        NOT NULL,
    subject_id   text        NOT NULL,
    looked_at    timestamptz NOT NULL,
    PRIMARY KEY (officer_id, subject_kind, subject_id)
);
COMMENT ON TABLE viewing IS 'whose data each officer last looked at and when, to count them; the audit log holds every look';
COMMENT ON COLUMN viewing.officer_id IS 'personal: identifier of the officer; limiting looks; two days';
COMMENT ON COLUMN viewing.subject_id IS 'personal: identifier; limiting looks; two days';
CREATE INDEX viewing_time_idx ON viewing (officer_id, looked_at);

CREATE TABLE audit_check (
    single     boolean     PRIMARY KEY DEFAULT true CONSTRAINT audit_check_single_check CHECK (single),
    checked_at timestamptz NOT NULL,
    events     bigint      NOT NULL,
    broken_id  bigint      NOT NULL
);
COMMENT ON TABLE audit_check IS 'no personal data: when the chain of audit events was last checked and what was found';
CREATE INDEX audit_event_actor_idx ON audit_event (actor_kind, actor_id, id);

-- +goose Down
DROP INDEX audit_event_actor_idx;
DROP TABLE audit_check, viewing, document, decision, decision_sequence, review_act, review_note, review_request, review_case;
DROP FUNCTION decision_refuse;
