-- +goose Up
CREATE TABLE search_lexicon (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    analyser text  NOT NULL,
    words    bytea NOT NULL
);
COMMENT ON TABLE search_lexicon IS 'no personal data: base forms of words, kept so that a start need not analyse them';
ALTER TABLE search_lexicon ALTER words SET STORAGE EXTERNAL;

-- Reading every document at start is several times quicker from the rows
-- themselves than from beside them.
ALTER TABLE search_document SET (toast_tuple_target = 8160);

-- +goose Down
ALTER TABLE search_document RESET (toast_tuple_target);
DROP TABLE search_lexicon;
