-- +goose Up
CREATE INDEX job_posting_published_idx ON job_posting (published_at) WHERE status = 'open';

-- +goose Down
DROP INDEX job_posting_published_idx;
