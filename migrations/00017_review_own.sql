-- +goose Up
ALTER TABLE review_case ADD COLUMN kept_from bigint[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN review_case.kept_from IS 'personal: identifiers of officers who have sent the application as applicants; keeping them from their own cases; with the application';

-- +goose Down
ALTER TABLE review_case DROP COLUMN kept_from;
