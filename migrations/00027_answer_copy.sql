-- +goose Up
-- The answer to somebody who asks for their data may hold the copy that the portal
-- makes of it.
ALTER TABLE document DROP CONSTRAINT document_type_check;
ALTER TABLE document ADD CONSTRAINT document_type_check CHECK (type IN ('application/pdf', 'image/png', 'image/jpeg')
    OR type = 'text/html' AND subject_kind = 'data_request_answer');

-- +goose Down
DELETE FROM document WHERE type = 'text/html';
ALTER TABLE document DROP CONSTRAINT document_type_check;
ALTER TABLE document ADD CONSTRAINT document_type_check CHECK (type IN ('application/pdf', 'image/png', 'image/jpeg'));
