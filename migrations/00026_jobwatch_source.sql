-- +goose Up
CREATE TABLE job_watch_source (
    source_index bytea         PRIMARY KEY,
    times        timestamptz[] NOT NULL,
    last_at      timestamptz   NOT NULL
);
COMMENT ON TABLE job_watch_source IS 'networks from which job watches have been ordered within an hour';
COMMENT ON COLUMN job_watch_source.source_index IS 'personal: category=identifier purpose=security ground=public_interest rule=job_watch_source withheld=derived; bounds the orders from one network';
COMMENT ON COLUMN job_watch_source.times IS 'no personal data';
COMMENT ON COLUMN job_watch_source.last_at IS 'no personal data';
CREATE INDEX job_watch_source_last_idx ON job_watch_source (last_at);

-- +goose Down
DROP TABLE job_watch_source;
