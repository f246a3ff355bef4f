-- +goose Up
CREATE TABLE feedback (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission  text        NOT NULL,
    topic       text        NOT NULL CONSTRAINT feedback_topic_check CHECK (topic IN ('service', 'posting', 'accessibility', 'privacy')),
    language    text        NOT NULL CONSTRAINT feedback_language_check CHECK (language IN ('fi', 'sv')),
    message     text        NOT NULL CONSTRAINT feedback_message_check CHECK (length(message) BETWEEN 1 AND 5000),
    email       text        NOT NULL DEFAULT '',
    received_at timestamptz NOT NULL,
    CONSTRAINT feedback_submission_key UNIQUE (submission)
);
COMMENT ON TABLE feedback IS 'what readers have told us; kept 12 months';
COMMENT ON COLUMN feedback.message IS 'personal: free text';
COMMENT ON COLUMN feedback.email IS 'personal: contact';
CREATE INDEX feedback_received_idx ON feedback (received_at);

-- +goose Down
DROP TABLE feedback;
