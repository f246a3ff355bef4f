-- +goose Up
CREATE TABLE data_request (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission     text        NOT NULL,
    person_id      bigint      CONSTRAINT data_request_person_fkey REFERENCES person ON DELETE SET NULL,
    kind           text        NOT NULL CONSTRAINT data_request_kind_check CHECK (kind IN ('inspection', 'correction', 'deletion', 'restriction')),
    channel        text        NOT NULL CONSTRAINT data_request_channel_check CHECK (channel IN ('page', 'email', 'post')),
    language       text        NOT NULL CONSTRAINT data_request_language_check CHECK (language IN ('fi', 'sv')),
    requester      text        NOT NULL DEFAULT '',
    address        text        NOT NULL DEFAULT '',
    message        text        NOT NULL DEFAULT '',
    identification text        NOT NULL CONSTRAINT data_request_identification_check CHECK (identification IN ('strong', 'signature', 'document', 'none')),
    state          text        NOT NULL CONSTRAINT data_request_state_check CHECK (state IN ('waiting', 'settled')),
    outcome        text        NOT NULL DEFAULT '' CONSTRAINT data_request_outcome_check
                               CHECK (outcome IN ('', 'granted', 'partly', 'refused', 'nothing_held', 'not_identified', 'withdrawn')),
    received_at    timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    entered_by     bigint,
    claimed_by     bigint,
    claimed_until  timestamptz,
    alarmed        text        NOT NULL DEFAULT '' CONSTRAINT data_request_alarmed_check CHECK (alarmed IN ('', 'soon', 'late')),
    answer         text        NOT NULL DEFAULT '',
    settled_by     bigint,
    settled_at     timestamptz,
    lifted_at      timestamptz,
    erased_at      timestamptz,
    CONSTRAINT data_request_submission_key UNIQUE (submission),
    CONSTRAINT data_request_claim_check CHECK ((claimed_by IS NULL) = (claimed_until IS NULL) AND (claimed_by IS NULL OR state = 'waiting')),
    CONSTRAINT data_request_settled_check CHECK ((state = 'settled') = (settled_at IS NOT NULL) AND (state = 'settled') = (outcome <> '')),
    CONSTRAINT data_request_lifted_check CHECK (lifted_at IS NULL OR kind = 'restriction' AND outcome IN ('granted', 'partly')),
    CONSTRAINT data_request_erased_check CHECK (erased_at IS NULL
        OR state = 'settled' AND person_id IS NULL AND requester = '' AND address = '' AND message = '' AND answer = '')
);
COMMENT ON TABLE data_request IS 'requests of persons about their own data; what is left of an erased one is for statistics';
COMMENT ON COLUMN data_request.id IS 'no personal data';
COMMENT ON COLUMN data_request.submission IS 'no personal data: the form that made it, random';
COMMENT ON COLUMN data_request.person_id IS 'personal: category=identifier purpose=own_data ground=legal_obligation rule=data_request withheld=technical';
COMMENT ON COLUMN data_request.kind IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request.kind';
COMMENT ON COLUMN data_request.channel IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request.channel';
COMMENT ON COLUMN data_request.language IS 'personal: category=language purpose=own_data ground=legal_obligation rule=data_request copy=data_request.language';
COMMENT ON COLUMN data_request.requester IS 'personal: category=name purpose=own_data ground=legal_obligation rule=data_request copy=data_request.requester; as an officer wrote it down from a letter or an e-mail';
COMMENT ON COLUMN data_request.address IS 'personal: category=contact purpose=own_data ground=legal_obligation rule=data_request copy=data_request.address; where to answer; never under a protection order';
COMMENT ON COLUMN data_request.message IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request.message';
COMMENT ON COLUMN data_request.identification IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request.identification; how it was made sure who asks';
COMMENT ON COLUMN data_request.state IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request.state';
COMMENT ON COLUMN data_request.outcome IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request.outcome';
COMMENT ON COLUMN data_request.received_at IS 'personal: category=event purpose=own_data ground=legal_obligation rule=data_request copy=data_request.received_at';
COMMENT ON COLUMN data_request.due_at IS 'personal: category=event purpose=own_data ground=legal_obligation rule=data_request copy=data_request.due_at';
COMMENT ON COLUMN data_request.entered_by IS 'personal: category=duty purpose=own_data ground=legal_obligation rule=data_request withheld=officer; who entered a request that came by letter or e-mail';
COMMENT ON COLUMN data_request.claimed_by IS 'personal: category=duty purpose=own_data ground=legal_obligation rule=data_request withheld=officer';
COMMENT ON COLUMN data_request.claimed_until IS 'no personal data';
COMMENT ON COLUMN data_request.alarmed IS 'no personal data: which alarm about the time has gone out';
COMMENT ON COLUMN data_request.answer IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request.answer';
COMMENT ON COLUMN data_request.settled_by IS 'personal: category=duty purpose=own_data ground=legal_obligation rule=data_request withheld=officer';
COMMENT ON COLUMN data_request.settled_at IS 'personal: category=event purpose=own_data ground=legal_obligation rule=data_request copy=data_request.settled_at';
COMMENT ON COLUMN data_request.lifted_at IS 'personal: category=event purpose=own_data ground=legal_obligation rule=data_request copy=data_request.lifted_at; when a restriction ended';
COMMENT ON COLUMN data_request.erased_at IS 'no personal data: when the personal data of the request was erased';
CREATE INDEX data_request_queue_idx ON data_request (due_at, id) WHERE state = 'waiting';
CREATE INDEX data_request_person_idx ON data_request (person_id, id) WHERE person_id IS NOT NULL;
CREATE INDEX data_request_settled_idx ON data_request (settled_at) WHERE state = 'settled' AND erased_at IS NULL;
CREATE UNIQUE INDEX data_request_restriction_key ON data_request (person_id)
    WHERE kind = 'restriction' AND outcome IN ('granted', 'partly') AND lifted_at IS NULL AND person_id IS NOT NULL;

CREATE TABLE data_request_note (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id bigint      NOT NULL CONSTRAINT data_request_note_request_fkey REFERENCES data_request ON DELETE CASCADE,
    kind       text        NOT NULL CONSTRAINT data_request_note_kind_check CHECK (kind IN ('contact', 'handed_back', 'identified', 'lifted')),
    note       text        NOT NULL CONSTRAINT data_request_note_note_check CHECK (length(note) <= 4000),
    made_by    bigint      NOT NULL,
    made_at    timestamptz NOT NULL
);
COMMENT ON TABLE data_request_note IS 'what officers noted of a request: contacts, how the person was identified, why a case was handed back';
COMMENT ON COLUMN data_request_note.id IS 'no personal data';
COMMENT ON COLUMN data_request_note.request_id IS 'personal: category=identifier purpose=own_data ground=legal_obligation rule=data_request withheld=technical';
COMMENT ON COLUMN data_request_note.kind IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request_note.kind';
COMMENT ON COLUMN data_request_note.note IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_request_note.note';
COMMENT ON COLUMN data_request_note.made_by IS 'personal: category=duty purpose=own_data ground=legal_obligation rule=data_request withheld=officer';
COMMENT ON COLUMN data_request_note.made_at IS 'personal: category=event purpose=own_data ground=legal_obligation rule=data_request copy=data_request_note.made_at';
CREATE INDEX data_request_note_request_idx ON data_request_note (request_id, id);

CREATE TABLE data_request_act (
    submission text        PRIMARY KEY,
    request_id bigint      NOT NULL CONSTRAINT data_request_act_request_fkey REFERENCES data_request ON DELETE CASCADE,
    act        text        NOT NULL,
    done_by    bigint      NOT NULL,
    done_at    timestamptz NOT NULL
);
COMMENT ON TABLE data_request_act IS 'forms that had their effect, by which one that is sent again is known';
COMMENT ON COLUMN data_request_act.submission IS 'no personal data: random';
COMMENT ON COLUMN data_request_act.request_id IS 'no personal data';
COMMENT ON COLUMN data_request_act.act IS 'no personal data';
COMMENT ON COLUMN data_request_act.done_by IS 'personal: category=duty purpose=own_data ground=legal_obligation rule=data_request withheld=officer';
COMMENT ON COLUMN data_request_act.done_at IS 'no personal data';
CREATE INDEX data_request_act_time_idx ON data_request_act (done_at);
CREATE INDEX data_request_act_request_idx ON data_request_act (request_id);

CREATE TABLE data_certificate_sequence (
    year integer PRIMARY KEY,
    last integer NOT NULL
);
COMMENT ON TABLE data_certificate_sequence IS 'no personal data: the last number given to a certificate of each year';
COMMENT ON COLUMN data_certificate_sequence.year IS 'no personal data';
COMMENT ON COLUMN data_certificate_sequence.last IS 'no personal data';

CREATE TABLE data_certificate (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id bigint      NOT NULL CONSTRAINT data_certificate_request_fkey REFERENCES data_request ON DELETE CASCADE,
    year       integer     NOT NULL,
    serial     integer     NOT NULL,
    language   text        NOT NULL CONSTRAINT data_certificate_language_check CHECK (language IN ('fi', 'sv')),
    wording    text        NOT NULL,
    hash       bytea       NOT NULL CONSTRAINT data_certificate_hash_check CHECK (hash = sha256(convert_to(wording, 'UTF8'))),
    made_by    bigint      NOT NULL,
    made_at    timestamptz NOT NULL,
    CONSTRAINT data_certificate_request_key UNIQUE (request_id),
    CONSTRAINT data_certificate_number_key UNIQUE (year, serial)
);
COMMENT ON TABLE data_certificate IS 'certificates of refusals to correct, word by word; one goes only with the request that it answers';
COMMENT ON COLUMN data_certificate.id IS 'no personal data';
COMMENT ON COLUMN data_certificate.request_id IS 'personal: category=identifier purpose=own_data ground=legal_obligation rule=data_request withheld=technical';
COMMENT ON COLUMN data_certificate.year IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_certificate.year';
COMMENT ON COLUMN data_certificate.serial IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_certificate.serial';
COMMENT ON COLUMN data_certificate.language IS 'personal: category=language purpose=own_data ground=legal_obligation rule=data_request copy=data_certificate.language';
COMMENT ON COLUMN data_certificate.wording IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_certificate.wording';
COMMENT ON COLUMN data_certificate.hash IS 'personal: category=request purpose=own_data ground=legal_obligation rule=data_request copy=data_certificate.hash; SHA-256 of the wording, as the audit log has it too';
COMMENT ON COLUMN data_certificate.made_by IS 'personal: category=duty purpose=own_data ground=legal_obligation rule=data_request withheld=officer';
COMMENT ON COLUMN data_certificate.made_at IS 'personal: category=event purpose=own_data ground=legal_obligation rule=data_request copy=data_certificate.made_at';

-- +goose StatementBegin
CREATE FUNCTION data_certificate_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a certificate never changes once it is made';
END $$;
-- +goose StatementEnd
CREATE TRIGGER data_certificate_keep BEFORE UPDATE ON data_certificate FOR EACH ROW EXECUTE FUNCTION data_certificate_refuse();

-- +goose Down
DROP TABLE data_certificate, data_certificate_sequence, data_request_act, data_request_note, data_request;
DROP FUNCTION data_certificate_refuse;
