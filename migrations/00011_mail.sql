-- +goose Up
CREATE TABLE mail_outbox (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind           text        NOT NULL,
    key            text        NOT NULL,
    priority       smallint    NOT NULL,
    language       text        NOT NULL CONSTRAINT mail_outbox_language_check CHECK (language IN ('fi', 'sv')),
    address        text        NOT NULL,
    data           jsonb       NOT NULL,
    status         text        NOT NULL DEFAULT 'waiting'
                               CONSTRAINT mail_outbox_status_check CHECK (status IN ('waiting', 'sent', 'refused', 'given_up', 'dropped')),
    reply          integer     NOT NULL DEFAULT 0,
    tries          integer     NOT NULL DEFAULT 0,
    claim          bigint      NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    expires_at     timestamptz,
    first_tried_at timestamptz,
    claimed_until  timestamptz,
    finished_at    timestamptz,
    CONSTRAINT mail_outbox_key_key UNIQUE (key),
    CONSTRAINT mail_outbox_finished_check CHECK ((status = 'waiting') = (finished_at IS NULL)),
    CONSTRAINT mail_outbox_erased_check CHECK (status = 'waiting' OR address = '' AND data = '{}')
);
COMMENT ON TABLE mail_outbox IS 'mails that wait for the mail server, and for 30 days what became of them';
COMMENT ON COLUMN mail_outbox.address IS 'personal: contact; to deliver the mail; until it is sent or given up';
COMMENT ON COLUMN mail_outbox.data IS 'personal: content of a mail; to write it; until it is sent or given up';
COMMENT ON COLUMN mail_outbox.reply IS 'the mail server''s last answer for this mail, 0 for none';
COMMENT ON COLUMN mail_outbox.claim IS 'the claim under which a worker has the mail; an older one can write nothing';
CREATE INDEX mail_outbox_due_idx ON mail_outbox (priority DESC, due_at, id) WHERE status = 'waiting';
CREATE INDEX mail_outbox_claim_idx ON mail_outbox (claim) WHERE status = 'waiting';
CREATE INDEX mail_outbox_finished_idx ON mail_outbox (finished_at) WHERE status <> 'waiting';

CREATE SEQUENCE mail_claim;

CREATE TABLE mail_pace (
    single        boolean PRIMARY KEY DEFAULT true CONSTRAINT mail_pace_single_check CHECK (single),
    allowance     double precision NOT NULL,
    refilled_at   timestamptz      NOT NULL,
    failures      integer          NOT NULL DEFAULT 0,
    failing_since timestamptz,
    paused_until  timestamptz,
    CONSTRAINT mail_pace_failing_check CHECK ((failures = 0) = (failing_since IS NULL))
);
COMMENT ON TABLE mail_pace IS 'no personal data: how many mails may go now, and how long to wait for a mail server that is away';
INSERT INTO mail_pace (allowance, refilled_at) VALUES (0, '1970-01-01 00:00:00+00');

-- +goose Down
DROP TABLE mail_outbox, mail_pace;
DROP SEQUENCE mail_claim;
