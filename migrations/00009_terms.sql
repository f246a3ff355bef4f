-- +goose Up
CREATE TABLE terms_version (
    kind         text        NOT NULL CONSTRAINT terms_version_kind_check
                             CHECK (kind IN ('partner', 'interface', 'job_watch', 'processor')),
    number       integer     NOT NULL CONSTRAINT terms_version_number_check CHECK (number > 0),
    title_fi     text        NOT NULL CONSTRAINT terms_version_title_fi_check CHECK (title_fi <> ''),
    title_sv     text        NOT NULL CONSTRAINT terms_version_title_sv_check CHECK (title_sv <> ''),
    text_fi      text        NOT NULL,
    text_sv      text        NOT NULL,
    hash_fi      text        NOT NULL CONSTRAINT terms_version_hash_fi_check
                             CHECK (hash_fi = encode(sha256(convert_to(text_fi, 'UTF8')), 'hex')),
    hash_sv      text        NOT NULL CONSTRAINT terms_version_hash_sv_check
                             CHECK (hash_sv = encode(sha256(convert_to(text_sv, 'UTF8')), 'hex')),
    effective_on date        NOT NULL,
    reporting    boolean     NOT NULL,
    published_at timestamptz NOT NULL,
    requested_by bigint,
    approved_by  bigint,
    CONSTRAINT terms_version_pkey PRIMARY KEY (kind, number),
    CONSTRAINT terms_version_officers_check CHECK (requested_by <> approved_by)
);
COMMENT ON TABLE terms_version IS 'append-only: published versions of the terms, each in both languages';
COMMENT ON COLUMN terms_version.reporting IS 'makes reporting a condition of use, which takes three months of notice';
COMMENT ON COLUMN terms_version.requested_by IS 'personal: identifier of an officer; shows that two officers published; as long as the version';
COMMENT ON COLUMN terms_version.approved_by IS 'personal: identifier of an officer; shows that two officers published; as long as the version';

CREATE TABLE terms_draft (
    kind         text        NOT NULL CONSTRAINT terms_draft_kind_check
                             CHECK (kind IN ('partner', 'interface', 'job_watch', 'processor')),
    revision     integer     NOT NULL,
    title_fi     text        NOT NULL,
    title_sv     text        NOT NULL,
    text_fi      text        NOT NULL,
    text_sv      text        NOT NULL,
    effective_on date,
    reporting    boolean     NOT NULL,
    edited_by    bigint      NOT NULL,
    edited_at    timestamptz NOT NULL,
    requested_by bigint,
    requested_at timestamptz,
    CONSTRAINT terms_draft_pkey PRIMARY KEY (kind),
    CONSTRAINT terms_draft_requested_check CHECK ((requested_by IS NULL) = (requested_at IS NULL))
);
COMMENT ON TABLE terms_draft IS 'the next version of each kind of terms while it is written; gone once published or withdrawn';
COMMENT ON COLUMN terms_draft.revision IS 'grows with every change, so that nobody overwrites or approves what he has not seen';
COMMENT ON COLUMN terms_draft.edited_by IS 'personal: identifier of an officer; tells who wrote last; until the draft is published or withdrawn';
COMMENT ON COLUMN terms_draft.requested_by IS 'personal: identifier of an officer; another one must approve; until the draft is published or withdrawn';

CREATE TABLE terms_acceptance (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    kind              text        NOT NULL,
    number            integer     NOT NULL,
    language          text        NOT NULL CONSTRAINT terms_acceptance_language_check CHECK (language IN ('fi', 'sv')),
    hash              text        NOT NULL,
    how               text        NOT NULL CONSTRAINT terms_acceptance_how_check CHECK (how IN ('accepted', 'confirmed', 'continued')),
    person_id         bigint      NOT NULL,
    person_name       text        NOT NULL,
    business_id       text        NOT NULL,
    organisation_name text        NOT NULL,
    authority         text        NOT NULL,
    accepted_at       timestamptz NOT NULL,
    CONSTRAINT terms_acceptance_pkey PRIMARY KEY (id),
    CONSTRAINT terms_acceptance_version_fkey FOREIGN KEY (kind, number) REFERENCES terms_version (kind, number),
    CONSTRAINT terms_acceptance_once_key UNIQUE (business_id, person_id, kind, number)
);
COMMENT ON TABLE terms_acceptance IS 'append-only: who accepted which version for which organisation; without foreign key to the person, whom the evidence outlives';
COMMENT ON COLUMN terms_acceptance.hash IS 'SHA-256 of the exact text in the language in which it was accepted';
COMMENT ON COLUMN terms_acceptance.person_id IS 'personal: identifier; evidence of the acceptance; while the organisation is a customer and five years after';
COMMENT ON COLUMN terms_acceptance.person_name IS 'personal: name; evidence of the acceptance; while the organisation is a customer and five years after';
COMMENT ON COLUMN terms_acceptance.authority IS 'personal: role or mandate; evidence of the right to accept; while the organisation is a customer and five years after';

CREATE TABLE terms_told (
    kind      text        NOT NULL,
    number    integer     NOT NULL,
    receiver  text        NOT NULL,
    days_left integer     NOT NULL,
    told_at   timestamptz NOT NULL,
    CONSTRAINT terms_told_pkey PRIMARY KEY (kind, number, receiver, days_left),
    CONSTRAINT terms_told_version_fkey FOREIGN KEY (kind, number) REFERENCES terms_version (kind, number)
);
COMMENT ON TABLE terms_told IS 'append-only: who was told of a coming version, and how many days before it took effect';
COMMENT ON COLUMN terms_told.receiver IS 'personal: identifier of a contact; keeps reminders to one each and shows that the notice was given; as long as the version';

-- +goose StatementBegin
CREATE FUNCTION terms_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'published terms and their acceptances never change';
END $$;
-- +goose StatementEnd
CREATE TRIGGER terms_version_keep BEFORE UPDATE OR DELETE ON terms_version FOR EACH ROW EXECUTE FUNCTION terms_refuse();
CREATE TRIGGER terms_version_keep_all BEFORE TRUNCATE ON terms_version FOR EACH STATEMENT EXECUTE FUNCTION terms_refuse();
CREATE TRIGGER terms_acceptance_keep BEFORE UPDATE OR DELETE ON terms_acceptance FOR EACH ROW EXECUTE FUNCTION terms_refuse();
CREATE TRIGGER terms_acceptance_keep_all BEFORE TRUNCATE ON terms_acceptance FOR EACH STATEMENT EXECUTE FUNCTION terms_refuse();

-- +goose Down
DROP TABLE terms_told, terms_acceptance, terms_draft, terms_version;
DROP FUNCTION terms_refuse;
