-- +goose Up
CREATE TABLE search_lexicon (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    analyser text  NOT NULL,
    words    bytea NOT NULL
);
COMMENT ON TABLE search_lexicon IS 'no personal data: base forms of words, kept so that a start need not analyse them';
ALTER TABLE search_lexicon ALTER words SET STORAGE EXTERNAL;

-- +goose Down
DROP TABLE search_lexicon;
