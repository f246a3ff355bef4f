-- +goose Up
-- The key stands for a person in the journal of erasures. It is drawn at random:
-- after a restore from backup the numbers of persons are given out again.
ALTER TABLE person
    ADD COLUMN erasure_key uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT person_erasure_key UNIQUE,
    ADD COLUMN warned_at   timestamptz,
    ADD COLUMN warned_days smallint,
    ADD CONSTRAINT person_warned_check CHECK ((warned_at IS NULL) = (warned_days IS NULL));
COMMENT ON COLUMN person.erasure_key IS 'personal: category=identifier purpose=own_data ground=legal_obligation rule=account withheld=secret; stands for the person in the journal of erasures';
COMMENT ON COLUMN person.warned_at IS 'personal: category=event purpose=dealing ground=legal_obligation rule=account copy=account.warned_at; when the end of the account was last told by mail';
COMMENT ON COLUMN person.warned_days IS 'no personal data: how many days before the end that mail was due';
CREATE INDEX person_logged_in_idx ON person (coalesce(logged_in_at, created_at));

CREATE TABLE erasure (
    key       uuid        CONSTRAINT erasure_pkey PRIMARY KEY,
    cause     text        NOT NULL CONSTRAINT erasure_cause_check CHECK (cause IN ('person', 'expiry', 'request', 'replay')),
    erased_at timestamptz NOT NULL
);
COMMENT ON TABLE erasure IS 'no personal data: accounts that are gone, by keys that lead to nobody any more';
COMMENT ON COLUMN erasure.key IS 'no personal data: what it stood for is gone';
COMMENT ON COLUMN erasure.cause IS 'no personal data';
COMMENT ON COLUMN erasure.erased_at IS 'no personal data';

CREATE TABLE erasure_beat (
    single boolean     CONSTRAINT erasure_beat_pkey PRIMARY KEY DEFAULT true CONSTRAINT erasure_beat_single_check CHECK (single),
    number bigint      NOT NULL,
    at     timestamptz NOT NULL
);
COMMENT ON TABLE erasure_beat IS 'no personal data: counts up together with a file outside the database; a database that is behind its file was restored from a backup';
COMMENT ON COLUMN erasure_beat.single IS 'no personal data';
COMMENT ON COLUMN erasure_beat.number IS 'no personal data';
COMMENT ON COLUMN erasure_beat.at IS 'no personal data';

-- A mail to somebody with an account goes with the account.
ALTER TABLE mail_outbox
    ADD COLUMN person_id bigint CONSTRAINT mail_outbox_person_fkey REFERENCES person ON DELETE CASCADE;
COMMENT ON COLUMN mail_outbox.person_id IS 'personal: category=identifier purpose=mails ground=public_interest rule=mail withheld=derived; the account that the mail is for';
CREATE INDEX mail_outbox_person_idx ON mail_outbox (person_id) WHERE person_id IS NOT NULL;

CREATE INDEX application_submitted_by_idx ON application (submitted_by);
CREATE INDEX application_revision_submitted_by_idx ON application_revision (submitted_by);
CREATE INDEX document_uploaded_by_idx ON document (uploaded_by);
CREATE INDEX terms_acceptance_person_idx ON terms_acceptance (person_id);

-- +goose StatementBegin
CREATE FUNCTION customership_end(business text) RETURNS timestamptz LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    -- Null as long as it lasts: while the organisation is a partner or has an
    -- application open.
    SELECT CASE WHEN EXISTS (SELECT FROM partner WHERE business_id = business AND status = 'active')
                  OR EXISTS (SELECT FROM application WHERE business_id = business AND decided_at IS NULL)
                THEN NULL
                ELSE greatest((SELECT max(decided_at) FROM application WHERE business_id = business),
                              (SELECT max(greatest(left_at, removed_at)) FROM partner WHERE business_id = business),
                              (SELECT max(accepted_at) FROM terms_acceptance WHERE business_id = business),
                              (SELECT max(made_at) FROM decision WHERE business_id = business)) END
$$;
-- +goose StatementEnd

CREATE FUNCTION customership_kind(business text) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
RETURN CASE WHEN EXISTS (SELECT FROM public.partner WHERE business_id = business) THEN 'customership' ELSE 'application' END;

-- +goose Down
DROP FUNCTION customership_kind, customership_end;
DROP INDEX terms_acceptance_person_idx, document_uploaded_by_idx, application_revision_submitted_by_idx, application_submitted_by_idx;
ALTER TABLE mail_outbox DROP COLUMN person_id;
DROP TABLE erasure_beat, erasure;
ALTER TABLE person DROP COLUMN warned_days, DROP COLUMN warned_at, DROP COLUMN erasure_key;
