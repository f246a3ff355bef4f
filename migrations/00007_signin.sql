-- +goose Up
CREATE TABLE signin_transaction (
    state_hash   bytea       PRIMARY KEY,
    browser_hash bytea       NOT NULL,
    kind         text        NOT NULL CONSTRAINT signin_transaction_kind_check CHECK (kind IN ('person', 'staff')),
    language     text        NOT NULL CONSTRAINT signin_transaction_language_check CHECK (language IN ('fi', 'sv')),
    return_path  text        NOT NULL,
    sealed       bytea       NOT NULL,
    begun_at     timestamptz NOT NULL,
    used_at      timestamptz
);
COMMENT ON TABLE signin_transaction IS 'no personal data: log-ins under way, before anybody is known; kept for an hour';
COMMENT ON COLUMN signin_transaction.state_hash IS 'SHA-256 of the state that the provider hands back';
COMMENT ON COLUMN signin_transaction.browser_hash IS 'SHA-256 of the cookie of the browser that began it';
COMMENT ON COLUMN signin_transaction.sealed IS 'state, nonce and verifier; encrypted';
CREATE INDEX signin_transaction_begun_idx ON signin_transaction (begun_at);

CREATE TABLE parked_form (
    id        text        PRIMARY KEY,
    person_id bigint      NOT NULL CONSTRAINT parked_form_person_fkey REFERENCES person ON DELETE CASCADE,
    kind      text        NOT NULL CONSTRAINT parked_form_kind_check CHECK (kind IN ('person', 'staff')),
    content   bytea       NOT NULL,
    parked_at timestamptz NOT NULL
);
COMMENT ON TABLE parked_form IS 'forms that came when the session had ended; kept 7 days for those who filled them in';
COMMENT ON COLUMN parked_form.person_id IS 'personal: identifier; giving the form back to nobody else; 7 days';
COMMENT ON COLUMN parked_form.content IS 'personal: free text; encrypted, sending the form after a new log-in; 7 days';
CREATE INDEX parked_form_person_idx ON parked_form (person_id, parked_at);
CREATE INDEX parked_form_parked_idx ON parked_form (parked_at);

-- +goose Down
DROP TABLE parked_form, signin_transaction;
