-- +goose Up
CREATE TABLE consent (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id    bigint      NOT NULL CONSTRAINT consent_person_fkey REFERENCES person ON DELETE CASCADE,
    purpose      text        NOT NULL CONSTRAINT consent_purpose_check CHECK (purpose IN ('employer', 'health', 'survey', 'partner_area')),
    receiver     text        NOT NULL DEFAULT '',
    matter       text        NOT NULL DEFAULT '',
    words        text        NOT NULL CONSTRAINT consent_words_check CHECK (words <> ''),
    language     text        NOT NULL CONSTRAINT consent_language_check CHECK (language IN ('fi', 'sv')),
    submission   text        NOT NULL,
    given_at     timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT consent_submission_key UNIQUE (submission),
    CONSTRAINT consent_receiver_check CHECK ((purpose IN ('health', 'partner_area')) = (receiver <> '')),
    CONSTRAINT consent_matter_check CHECK ((purpose = 'health') = (matter <> '')),
    CONSTRAINT consent_order_check CHECK (withdrawn_at >= given_at)
);
COMMENT ON TABLE consent IS 'consents that persons have given and withdrawn, in the words that they read';
COMMENT ON COLUMN consent.id IS 'no personal data';
COMMENT ON COLUMN consent.person_id IS 'personal: category=identifier purpose=disclosure ground=consent rule=consent withheld=technical';
COMMENT ON COLUMN consent.purpose IS 'personal: category=consent purpose=disclosure ground=consent rule=consent copy=consent.purpose';
COMMENT ON COLUMN consent.receiver IS 'personal: category=consent purpose=disclosure ground=consent rule=consent copy=consent.receiver; an employer''s name, or the code of a service area';
COMMENT ON COLUMN consent.matter IS 'personal: category=health purpose=disclosure ground=consent rule=consent copy=consent.matter; what the person wrote: which job, which data';
COMMENT ON COLUMN consent.words IS 'personal: category=consent purpose=disclosure ground=consent rule=consent copy=consent.words; word by word what the person consented to';
COMMENT ON COLUMN consent.language IS 'personal: category=language purpose=disclosure ground=consent rule=consent copy=consent.language';
COMMENT ON COLUMN consent.submission IS 'no personal data: the form that gave it, random';
COMMENT ON COLUMN consent.given_at IS 'personal: category=event purpose=disclosure ground=consent rule=consent copy=consent.given_at';
COMMENT ON COLUMN consent.withdrawn_at IS 'personal: category=event purpose=disclosure ground=consent rule=consent copy=consent.withdrawn_at';
CREATE UNIQUE INDEX consent_given_key ON consent (person_id, purpose, receiver, matter) WHERE withdrawn_at IS NULL;
CREATE INDEX consent_person_idx ON consent (person_id, id);
CREATE INDEX consent_withdrawn_idx ON consent (withdrawn_at) WHERE withdrawn_at IS NOT NULL;

-- +goose Down
DROP TABLE consent;
