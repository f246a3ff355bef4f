-- +goose Up
CREATE TABLE esco_concept (
    uri  text PRIMARY KEY,
    isco text NOT NULL CONSTRAINT esco_concept_isco_check CHECK (isco ~ '^[0-9]{4}$')
);
COMMENT ON TABLE esco_concept IS 'no personal data: occupations of the European classification ESCO';

CREATE TABLE esco_label (
    uri       text    NOT NULL CONSTRAINT esco_label_uri_fkey REFERENCES esco_concept ON DELETE CASCADE,
    lang      text    NOT NULL CONSTRAINT esco_label_lang_check CHECK (lang IN ('fi', 'sv', 'en')),
    preferred boolean NOT NULL,
    label     text    NOT NULL CONSTRAINT esco_label_label_check CHECK (label <> ''),
    CONSTRAINT esco_label_pkey PRIMARY KEY (uri, lang, preferred, label)
);
COMMENT ON TABLE esco_label IS 'no personal data: names of occupations, one preferred and any number of others in each language';
CREATE UNIQUE INDEX esco_label_preferred_key ON esco_label (uri, lang) WHERE preferred;

-- +goose Down
DROP TABLE esco_label;
DROP TABLE esco_concept;
