-- +goose Up
CREATE TABLE organisation (
    business_id text        CONSTRAINT organisation_pkey PRIMARY KEY
                            CONSTRAINT organisation_business_id_check CHECK (business_id ~ '^[0-9]{7}-[0-9]$'),
    found       boolean,
    entry       jsonb,
    asked_at    timestamptz NOT NULL,
    fetched_at  timestamptz,
    next_try_at timestamptz NOT NULL,
    tries       integer     NOT NULL DEFAULT 0,
    CONSTRAINT organisation_found_check CHECK ((found IS NULL) = (fetched_at IS NULL) AND (found IS TRUE) = (entry IS NOT NULL))
);
COMMENT ON TABLE organisation IS 'what the business register told; found is empty until it has answered';
COMMENT ON COLUMN organisation.entry IS 'personal: name, address; sole traders, checking an organisation; 30 days from the last time that it was asked for';
CREATE INDEX organisation_next_try_idx ON organisation (next_try_at);

CREATE TABLE mandate_session (
    session_id    bigint      CONSTRAINT mandate_session_pkey PRIMARY KEY
                              CONSTRAINT mandate_session_session_fkey REFERENCES session ON DELETE CASCADE,
    state_hash    bytea,
    begun         bytea,
    begun_at      timestamptz,
    return_to     text        NOT NULL DEFAULT '',
    visit         bytea,
    visit_index   bytea       CONSTRAINT mandate_session_visit_key UNIQUE,
    access_token  bytea,
    access_until  timestamptz,
    refresh_token bytea,
    choices       bytea,
    checked_at    timestamptz,
    CONSTRAINT mandate_session_begun_check CHECK (num_nonnulls(state_hash, begun, begun_at) IN (0, 3)),
    CONSTRAINT mandate_session_visit_check CHECK (num_nonnulls(visit, visit_index, access_token, access_until, choices, checked_at) IN (0, 6))
);
COMMENT ON TABLE mandate_session IS 'what e-Authorizations told a session; a session that ends takes it along';
COMMENT ON COLUMN mandate_session.begun IS 'personal: mandate; encrypted session of e-Authorizations that the person is at; while the session lasts';
COMMENT ON COLUMN mandate_session.visit IS 'personal: mandate; encrypted session of e-Authorizations, asking again whether the right stands; while the session lasts';
COMMENT ON COLUMN mandate_session.visit_index IS 'personal: mandate; keyed hash, so that one session of e-Authorizations is not given to two people; while the session lasts';
COMMENT ON COLUMN mandate_session.access_token IS 'personal: mandate; encrypted, asking again whether the right stands; while the session lasts';
COMMENT ON COLUMN mandate_session.refresh_token IS 'personal: mandate; encrypted, asking again whether the right stands; while the session lasts';
COMMENT ON COLUMN mandate_session.choices IS 'personal: mandate; encrypted organisations and roles, choosing among them; while the session lasts';

CREATE TABLE mandate_leaving (
    id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT mandate_leaving_pkey PRIMARY KEY,
    session_id  bigint      NOT NULL,
    visit       bytea       NOT NULL,
    tries       integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL
);
COMMENT ON TABLE mandate_leaving IS 'sessions of e-Authorizations that are over for us and are to be ended there';
COMMENT ON COLUMN mandate_leaving.visit IS 'personal: mandate; encrypted session of e-Authorizations, ending it there; minutes';

-- +goose Down
DROP TABLE mandate_leaving, mandate_session, organisation;
