-- +goose NO TRANSACTION
-- Each statement on its own, so that nobody waits for more than a moment; what
-- was done before a failure is not done again.

-- +goose Up
-- Stands for a watch in the journal of erasures, so that one that its subscriber
-- has ended stays ended after a restore from backup.
ALTER TABLE job_watch ADD COLUMN IF NOT EXISTS erasure_key uuid;
COMMENT ON COLUMN job_watch.erasure_key IS 'personal: category=identifier purpose=job_watch ground=public_interest rule=job_watch withheld=secret; stands for the watch in the journal of erasures';
ALTER TABLE job_watch ALTER COLUMN erasure_key SET DEFAULT gen_random_uuid();
UPDATE job_watch SET erasure_key = gen_random_uuid() WHERE erasure_key IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS job_watch_erasure_key;
CREATE UNIQUE INDEX CONCURRENTLY job_watch_erasure_key ON job_watch (erasure_key);
ALTER TABLE job_watch ALTER COLUMN erasure_key SET NOT NULL;

ALTER TABLE erasure
    DROP CONSTRAINT erasure_cause_check,
    ADD CONSTRAINT erasure_cause_check CHECK (cause IN ('person', 'expiry', 'request', 'replay', 'other'));
COMMENT ON TABLE erasure IS 'no personal data: accounts and other things that are gone, by keys that lead to nobody any more';

-- +goose Down
DELETE FROM erasure WHERE cause = 'other';
ALTER TABLE erasure
    DROP CONSTRAINT erasure_cause_check,
    ADD CONSTRAINT erasure_cause_check CHECK (cause IN ('person', 'expiry', 'request', 'replay'));
COMMENT ON TABLE erasure IS 'no personal data: accounts that are gone, by keys that lead to nobody any more';
ALTER TABLE job_watch DROP COLUMN erasure_key;
