-- +goose Up
ALTER TABLE mail_outbox ADD COLUMN lost smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN mail_outbox.lost IS 'no personal data: tries at which the mail server had the whole mail and its answer was lost';
ALTER TABLE mail_outbox ADD COLUMN doubtful boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN mail_outbox.doubtful IS 'no personal data: whether a copy may have been delivered, since an answer was lost or a process died with the mail in hand';

ALTER TABLE mail_pace ADD COLUMN refusals integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN mail_pace.refusals IS 'no personal data: addresses that the mail server has refused for good since it last took a mail';

-- +goose Down
ALTER TABLE mail_pace DROP COLUMN refusals;
ALTER TABLE mail_outbox DROP COLUMN lost, DROP COLUMN doubtful;
