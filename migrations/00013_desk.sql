-- +goose Up
CREATE TABLE partner_departure (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id  bigint      NOT NULL CONSTRAINT partner_departure_partner_fkey REFERENCES partner,
    business_id text        NOT NULL CONSTRAINT partner_departure_business_id_check CHECK (business_id ~ '^[0-9]{7}-[0-9]$'),
    name        text        NOT NULL,
    submission  text        NOT NULL,
    noticed_by  bigint      NOT NULL,
    authority   text        NOT NULL,
    language    text        NOT NULL CONSTRAINT partner_departure_language_check CHECK (language IN ('fi', 'sv')),
    email       text        NOT NULL,
    joined_at   timestamptz NOT NULL,
    left_at     timestamptz NOT NULL,
    reminded_at timestamptz,
    settled_at  timestamptz,
    CONSTRAINT partner_departure_partner_key UNIQUE (partner_id),
    CONSTRAINT partner_departure_submission_key UNIQUE (business_id, submission),
    CONSTRAINT partner_departure_settled_check CHECK (settled_at IS NULL OR email = '')
);
COMMENT ON TABLE partner_departure IS 'notices by which partners have left';
COMMENT ON COLUMN partner_departure.name IS 'personal: name; sole traders, the receipt of leaving; as long as the partner''s application';
COMMENT ON COLUMN partner_departure.noticed_by IS 'personal: identifier; to know who gave notice; as long as the partner''s application';
COMMENT ON COLUMN partner_departure.email IS 'personal: contact; to remind of what must be confirmed; until all of it is';
COMMENT ON COLUMN partner_departure.submission IS 'the number of the form, by which one that is sent again is known';
COMMENT ON COLUMN partner_departure.settled_at IS 'when everything was confirmed';

CREATE TABLE partner_duty (
    departure_id bigint  NOT NULL CONSTRAINT partner_duty_departure_fkey REFERENCES partner_departure,
    code         text    NOT NULL CONSTRAINT partner_duty_code_check CHECK (code IN ('processing', 'personal_data', 'copies')),
    due_on       date    NOT NULL,
    answer       text    NOT NULL DEFAULT '' CONSTRAINT partner_duty_answer_check CHECK (answer IN ('', 'done', 'none', 'kept')),
    ground       text    NOT NULL DEFAULT '',
    confirmed_at timestamptz,
    confirmed_by bigint,
    authority    text    NOT NULL DEFAULT '',
    CONSTRAINT partner_duty_pkey PRIMARY KEY (departure_id, code),
    CONSTRAINT partner_duty_confirmed_check CHECK ((answer = '') = (confirmed_at IS NULL) AND (answer = '') = (confirmed_by IS NULL)),
    CONSTRAINT partner_duty_ground_check CHECK ((answer = 'kept') = (ground <> '') AND (answer <> 'kept' OR code = 'personal_data'))
);
COMMENT ON TABLE partner_duty IS 'what a partner that leaves must delete and confirm';
COMMENT ON COLUMN partner_duty.confirmed_by IS 'personal: identifier; to know who confirmed; as long as the partner''s application';
COMMENT ON COLUMN partner_duty.ground IS 'the legal basis by which the partner keeps personal data';
CREATE INDEX partner_departure_open_idx ON partner_departure (left_at) WHERE settled_at IS NULL;

-- +goose Down
DROP TABLE partner_duty, partner_departure;
