-- +goose Up
ALTER TABLE review_note
    DROP CONSTRAINT review_note_kind_check,
    ADD CONSTRAINT review_note_kind_check CHECK (kind IN ('handed_back', 'released', 'contact', 'post_review', 'approved'));

-- +goose Down
ALTER TABLE review_note
    DROP CONSTRAINT review_note_kind_check,
    ADD CONSTRAINT review_note_kind_check CHECK (kind IN ('handed_back', 'released', 'contact', 'post_review')) NOT VALID;
