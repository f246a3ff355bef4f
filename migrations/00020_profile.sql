-- +goose Up
CREATE TABLE profile (
    person_id         bigint      PRIMARY KEY CONSTRAINT profile_person_fkey REFERENCES person ON DELETE CASCADE,
    country           text        NOT NULL DEFAULT '',
    nationality       text[]      NOT NULL DEFAULT '{}',
    military_service  text        NOT NULL DEFAULT '',
    sex               text        NOT NULL DEFAULT '',
    working_languages text[]      NOT NULL DEFAULT '{}',
    citizenship       text[]      NOT NULL DEFAULT '{}',
    created_at        timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL
);
COMMENT ON TABLE profile IS 'what a job seeker tells once: the country of residence, and what is asked for one purpose only';
COMMENT ON COLUMN profile.person_id IS 'personal: category=identifier purpose=profile ground=legal_obligation rule=profile withheld=derived';
COMMENT ON COLUMN profile.country IS 'personal: category=residence purpose=profile ground=legal_obligation rule=profile copy=profile.country; never under a protection order';
COMMENT ON COLUMN profile.nationality IS 'personal: category=nationality purpose=disclosure ground=consent rule=profile copy=profile.nationality; only while data may go to employers';
COMMENT ON COLUMN profile.military_service IS 'personal: category=service_record purpose=disclosure ground=consent rule=profile copy=profile.military_service; only while data may go to employers';
COMMENT ON COLUMN profile.sex IS 'personal: category=sex purpose=publication ground=consent rule=profile copy=profile.sex; asked for EURES only';
COMMENT ON COLUMN profile.working_languages IS 'personal: category=competence purpose=publication ground=consent rule=profile copy=profile.working_languages; asked for EURES only';
COMMENT ON COLUMN profile.citizenship IS 'personal: category=nationality purpose=publication ground=consent rule=profile copy=profile.citizenship; asked for EURES only';
COMMENT ON COLUMN profile.created_at IS 'personal: category=event purpose=profile ground=legal_obligation rule=profile copy=profile.created_at';
COMMENT ON COLUMN profile.changed_at IS 'personal: category=event purpose=profile ground=legal_obligation rule=profile copy=profile.changed_at';

CREATE TABLE profile_entry (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint      NOT NULL CONSTRAINT profile_entry_profile_fkey REFERENCES profile ON DELETE CASCADE,
    section    text        NOT NULL CONSTRAINT profile_entry_section_check CHECK (section IN
                           ('presentation', 'work', 'education', 'skills', 'languages', 'licences', 'cards', 'wished_work', 'wishes')),
    place      integer     NOT NULL CONSTRAINT profile_entry_place_check CHECK (place > 0),
    fields     jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT profile_entry_place_key UNIQUE (person_id, section, place) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE profile_entry IS 'what job seekers tell of work, education, skills and wishes, by section in the order that they have chosen';
COMMENT ON COLUMN profile_entry.id IS 'no personal data: a number';
COMMENT ON COLUMN profile_entry.person_id IS 'personal: category=identifier purpose=profile ground=legal_obligation rule=profile withheld=derived';
COMMENT ON COLUMN profile_entry.section IS 'personal: category=profile purpose=profile ground=legal_obligation rule=profile copy=profile_entry.section';
COMMENT ON COLUMN profile_entry.place IS 'personal: category=profile purpose=profile ground=legal_obligation rule=profile copy=profile_entry.place';
COMMENT ON COLUMN profile_entry.fields IS 'personal: category=profile purpose=profile ground=legal_obligation rule=profile copy=profile_entry.fields; presentation, work, education, skills, wishes';
COMMENT ON COLUMN profile_entry.created_at IS 'personal: category=event purpose=profile ground=legal_obligation rule=profile copy=profile_entry.created_at';
COMMENT ON COLUMN profile_entry.changed_at IS 'personal: category=event purpose=profile ground=legal_obligation rule=profile copy=profile_entry.changed_at';

CREATE TABLE profile_draft (
    person_id  bigint      NOT NULL CONSTRAINT profile_draft_profile_fkey REFERENCES profile ON DELETE CASCADE,
    section    text        NOT NULL,
    entry_id   bigint      NOT NULL DEFAULT 0,
    seen       text        NOT NULL,
    fields     jsonb       NOT NULL,
    saved_at   timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT profile_draft_pkey PRIMARY KEY (person_id, section, entry_id)
);
COMMENT ON TABLE profile_draft IS 'entries of profiles as they are being typed';
COMMENT ON COLUMN profile_draft.person_id IS 'personal: category=identifier purpose=continuing ground=legal_obligation rule=profile_draft withheld=derived';
COMMENT ON COLUMN profile_draft.section IS 'personal: category=profile purpose=continuing ground=legal_obligation rule=profile_draft copy=profile_draft.section';
COMMENT ON COLUMN profile_draft.entry_id IS 'no personal data: the entry that is changed, 0 for a new one';
COMMENT ON COLUMN profile_draft.seen IS 'personal: category=profile purpose=continuing ground=legal_obligation rule=profile_draft withheld=derived; a mark of the entry that was typed over';
COMMENT ON COLUMN profile_draft.fields IS 'personal: category=profile purpose=continuing ground=legal_obligation rule=profile_draft copy=profile_draft.fields';
COMMENT ON COLUMN profile_draft.saved_at IS 'personal: category=event purpose=continuing ground=legal_obligation rule=profile_draft copy=profile_draft.saved_at';
COMMENT ON COLUMN profile_draft.expires_at IS 'personal: category=event purpose=continuing ground=legal_obligation rule=profile_draft copy=profile_draft.expires_at';
CREATE INDEX profile_draft_saved_idx ON profile_draft (saved_at);

CREATE TABLE eures_publication (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id    bigint      NOT NULL CONSTRAINT eures_publication_profile_fkey REFERENCES profile ON DELETE CASCADE,
    version      integer     NOT NULL,
    sex          text        NOT NULL,
    country      text        NOT NULL,
    languages    text[]      NOT NULL,
    citizenship  text[]      NOT NULL,
    published_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT eures_publication_version_key UNIQUE (person_id, version)
);
COMMENT ON TABLE eures_publication IS 'what job seekers have published to EURES, each time as it was; the one that is not withdrawn is in force';
COMMENT ON COLUMN eures_publication.id IS 'no personal data: a number';
COMMENT ON COLUMN eures_publication.person_id IS 'personal: category=identifier purpose=publication ground=consent rule=profile withheld=derived';
COMMENT ON COLUMN eures_publication.version IS 'personal: category=event purpose=publication ground=consent rule=profile copy=eures_publication.version';
COMMENT ON COLUMN eures_publication.sex IS 'personal: category=sex purpose=publication ground=consent rule=profile copy=eures_publication.sex';
COMMENT ON COLUMN eures_publication.country IS 'personal: category=residence purpose=publication ground=consent rule=profile copy=eures_publication.country; never under a protection order';
COMMENT ON COLUMN eures_publication.languages IS 'personal: category=competence purpose=publication ground=consent rule=profile copy=eures_publication.languages';
COMMENT ON COLUMN eures_publication.citizenship IS 'personal: category=nationality purpose=publication ground=consent rule=profile copy=eures_publication.citizenship';
COMMENT ON COLUMN eures_publication.published_at IS 'personal: category=event purpose=publication ground=consent rule=profile copy=eures_publication.published_at';
COMMENT ON COLUMN eures_publication.withdrawn_at IS 'personal: category=event purpose=publication ground=consent rule=profile copy=eures_publication.withdrawn_at';
CREATE UNIQUE INDEX eures_publication_open_key ON eures_publication (person_id) WHERE withdrawn_at IS NULL;

-- +goose Down
DROP TABLE eures_publication, profile_draft, profile_entry, profile;
