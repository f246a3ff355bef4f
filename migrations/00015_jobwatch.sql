-- +goose Up
CREATE TABLE job_watch_cursor (
    single    boolean PRIMARY KEY DEFAULT true CONSTRAINT job_watch_cursor_single_check CHECK (single),
    seq       bigint NOT NULL,
    kept_from bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE job_watch_cursor IS 'no personal data: the place in the change sequence up to which postings have been matched; matches are kept from kept_from on';
-- What is there when job watches begin is nobody's news.
INSERT INTO job_watch_cursor (seq) SELECT last FROM change_sequence;

CREATE TABLE job_watch_search (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash           bytea    NOT NULL CONSTRAINT job_watch_search_hash_key UNIQUE,
    params_version smallint NOT NULL,
    criteria       jsonb    NOT NULL,
    fault          text     NOT NULL DEFAULT ''
);
COMMENT ON TABLE job_watch_search IS 'the different searches of the watches in force';
COMMENT ON COLUMN job_watch_search.criteria IS 'personal: search; to match postings; until the last watch with it ends';
COMMENT ON COLUMN job_watch_search.fault IS 'why the search cannot be understood any more; empty when it can';

CREATE TABLE job_watch (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission        text        NOT NULL CONSTRAINT job_watch_submission_key UNIQUE,
    state             text        NOT NULL CONSTRAINT job_watch_state_check CHECK (state IN ('pending', 'active', 'paused', 'suspended')),
    address           text        NOT NULL,
    address_index     bytea       NOT NULL,
    language          text        NOT NULL CONSTRAINT job_watch_language_check CHECK (language IN ('fi', 'sv')),
    rhythm            text        NOT NULL CONSTRAINT job_watch_rhythm_check CHECK (rhythm IN ('at_once', 'daily', 'weekly')),
    daily_cap         smallint    NOT NULL CONSTRAINT job_watch_daily_cap_check CHECK (daily_cap BETWEEN 1 AND 20),
    weekday           smallint    NOT NULL CONSTRAINT job_watch_weekday_check CHECK (weekday BETWEEN 0 AND 6),
    params_version    smallint    NOT NULL,
    criteria          jsonb       NOT NULL,
    search_id         bigint      CONSTRAINT job_watch_search_fkey REFERENCES job_watch_search (id),
    terms_version     integer     NOT NULL,
    terms_hash        text        NOT NULL,
    seed              bytea       NOT NULL,
    created_at        timestamptz NOT NULL,
    confirmation_at   timestamptz,
    confirmed_at      timestamptz,
    ends_at           timestamptz NOT NULL,
    warned_at         timestamptz,
    start_seq         bigint,
    done_seq          bigint,
    next_at           timestamptz,
    regular_at        timestamptz,
    paused_at         timestamptz,
    paused_until      timestamptz,
    suspended_at      timestamptz,
    CONSTRAINT job_watch_pending_check CHECK ((state = 'pending') = (confirmed_at IS NULL)),
    CONSTRAINT job_watch_confirmed_check CHECK (confirmed_at IS NULL OR search_id IS NOT NULL AND start_seq IS NOT NULL AND done_seq IS NOT NULL),
    CONSTRAINT job_watch_paused_check CHECK (state <> 'paused' OR paused_at IS NOT NULL AND paused_until IS NOT NULL),
    CONSTRAINT job_watch_suspended_check CHECK ((state = 'suspended') = (suspended_at IS NOT NULL))
);
COMMENT ON TABLE job_watch IS 'job watches: ordered, in force, paused or suspended; the row goes when the watch ends';
COMMENT ON COLUMN job_watch.address IS 'personal: contact; to send the postings; 48 hours unless confirmed, then until the watch ends, at most 3 months at a time';
COMMENT ON COLUMN job_watch.address_index IS 'personal: identifier; to send one confirmation a day at most; as long as the address';
COMMENT ON COLUMN job_watch.criteria IS 'personal: search; to find postings and to show the watch; as long as the address';
COMMENT ON COLUMN job_watch.seed IS 'what the tokens of the links are made from, together with a key that is not in the database';
COMMENT ON COLUMN job_watch.done_seq IS 'matches up to this place of the change sequence have their ledger rows';
COMMENT ON COLUMN job_watch.next_at IS 'when the watch is to be looked at; null when nothing waits';
COMMENT ON COLUMN job_watch.regular_at IS 'when the next daily or weekly mail is due';
CREATE INDEX job_watch_next_idx ON job_watch (next_at) WHERE state IN ('active', 'paused');
CREATE INDEX job_watch_ends_idx ON job_watch (ends_at);
CREATE INDEX job_watch_search_idx ON job_watch (search_id) WHERE search_id IS NOT NULL;
CREATE INDEX job_watch_address_idx ON job_watch (address_index);
CREATE INDEX job_watch_unconfirmed_idx ON job_watch (created_at) WHERE state = 'pending' AND confirmation_at IS NULL;

CREATE TABLE job_watch_token (
    hash     bytea  PRIMARY KEY,
    watch_id bigint NOT NULL CONSTRAINT job_watch_token_watch_fkey REFERENCES job_watch (id) ON DELETE CASCADE,
    purpose  text   NOT NULL CONSTRAINT job_watch_token_purpose_check CHECK (purpose IN ('confirm', 'manage', 'end')),
    CONSTRAINT job_watch_token_purpose_key UNIQUE (watch_id, purpose)
);
COMMENT ON TABLE job_watch_token IS 'what the links in the mails open, by the hash of their tokens';
COMMENT ON COLUMN job_watch_token.hash IS 'personal: identifier; to open the own page of a watch; as long as the watch';

CREATE TABLE job_watch_brake (
    address_index bytea       PRIMARY KEY,
    sent_at       timestamptz NOT NULL
);
COMMENT ON TABLE job_watch_brake IS 'addresses that have been sent a confirmation within a day';
COMMENT ON COLUMN job_watch_brake.address_index IS 'personal: identifier; to send one confirmation a day at most; 24 hours';
CREATE INDEX job_watch_brake_sent_idx ON job_watch_brake (sent_at);

CREATE TABLE job_watch_event (
    seq         bigint      PRIMARY KEY,
    posting_id  bigint      NOT NULL,
    revision    integer     NOT NULL,
    kind        text        NOT NULL CONSTRAINT job_watch_event_kind_check CHECK (kind IN ('new', 'changed', 'edited')),
    opened_seq  bigint      NOT NULL,
    occurred_at timestamptz NOT NULL
);
COMMENT ON TABLE job_watch_event IS 'no personal data: changed postings as they were matched';
COMMENT ON COLUMN job_watch_event.opened_seq IS 'where in the change sequence the posting was last published';
CREATE INDEX job_watch_event_posting_idx ON job_watch_event (posting_id, seq);

CREATE TABLE job_watch_match (
    search_id bigint   NOT NULL CONSTRAINT job_watch_match_search_fkey REFERENCES job_watch_search (id) ON DELETE CASCADE,
    upto      bigint   NOT NULL,
    seqs      bigint[] NOT NULL,
    CONSTRAINT job_watch_match_pkey PRIMARY KEY (search_id, upto)
);
COMMENT ON TABLE job_watch_match IS 'no personal data: which events each search has found, one row for each search and window of the change sequence that ends at upto';
CREATE INDEX job_watch_match_upto_idx ON job_watch_match (upto);

CREATE TABLE job_watch_mail (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    watch_id    bigint      NOT NULL CONSTRAINT job_watch_mail_watch_fkey REFERENCES job_watch (id) ON DELETE CASCADE,
    made_at     timestamptz NOT NULL,
    state       text        NOT NULL DEFAULT 'queued' CONSTRAINT job_watch_mail_state_check CHECK (state IN ('queued', 'sent', 'empty', 'refused')),
    finished_at timestamptz,
    postings    integer     NOT NULL,
    CONSTRAINT job_watch_mail_finished_check CHECK ((state = 'queued') = (finished_at IS NULL))
);
COMMENT ON TABLE job_watch_mail IS 'mails of the watches in force';
COMMENT ON COLUMN job_watch_mail.watch_id IS 'personal: identifier; to show what was sent and to prove that nothing was lost; as long as the watch';
COMMENT ON COLUMN job_watch_mail.postings IS 'how many ledger rows the mail stands for';
CREATE INDEX job_watch_mail_watch_idx ON job_watch_mail (watch_id, id);
CREATE UNIQUE INDEX job_watch_mail_queued_key ON job_watch_mail (watch_id) WHERE state = 'queued';

CREATE TABLE job_watch_entry (
    watch_id   bigint      NOT NULL CONSTRAINT job_watch_entry_watch_fkey REFERENCES job_watch (id) ON DELETE CASCADE,
    posting_id bigint      NOT NULL,
    revision   integer     NOT NULL,
    seq        bigint      NOT NULL,
    changed    boolean     NOT NULL,
    state      text        NOT NULL CONSTRAINT job_watch_entry_state_check CHECK (state IN ('queued', 'sent', 'skipped')),
    reason     text        NOT NULL DEFAULT '' CONSTRAINT job_watch_entry_reason_check
                           CHECK (reason IN ('', 'closed', 'paused', 'superseded', 'no_longer', 'refused', 'suspended', 'edited')),
    mail_id    bigint      CONSTRAINT job_watch_entry_mail_fkey REFERENCES job_watch_mail (id),
    at         timestamptz NOT NULL,
    CONSTRAINT job_watch_entry_pkey PRIMARY KEY (watch_id, posting_id, revision),
    CONSTRAINT job_watch_entry_skipped_check CHECK ((state = 'skipped') = (reason <> '')),
    CONSTRAINT job_watch_entry_mail_check CHECK (state = 'skipped' OR mail_id IS NOT NULL)
);
COMMENT ON TABLE job_watch_entry IS 'the ledger: what became of each match of a watch, once for each revision of a posting';
COMMENT ON COLUMN job_watch_entry.watch_id IS 'personal: identifier; to send each match once and to show what was sent; as long as the watch';
COMMENT ON COLUMN job_watch_entry.seq IS 'the event that was matched';
CREATE INDEX job_watch_entry_mail_idx ON job_watch_entry (mail_id) WHERE mail_id IS NOT NULL;

CREATE TABLE job_watch_figures (
    day     date        PRIMARY KEY,
    at      timestamptz NOT NULL,
    sound   boolean     NOT NULL,
    figures jsonb       NOT NULL
);
COMMENT ON TABLE job_watch_figures IS 'no personal data: what the daily reconciliation of the watches came to';

-- +goose Down
DROP TABLE job_watch_figures, job_watch_entry, job_watch_mail, job_watch_match, job_watch_event, job_watch_brake,
           job_watch_token, job_watch, job_watch_search, job_watch_cursor;
