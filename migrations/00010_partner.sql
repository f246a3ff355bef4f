-- +goose Up
CREATE TABLE service_area (
    code           text        PRIMARY KEY CONSTRAINT service_area_code_check CHECK (code ~ '^[a-z][a-z_]{1,39}$'),
    name_fi        text        NOT NULL,
    name_sv        text        NOT NULL,
    description_fi text        NOT NULL,
    description_sv text        NOT NULL,
    needs_look     boolean     NOT NULL DEFAULT false,
    version        integer     NOT NULL DEFAULT 1,
    retired_at     timestamptz,
    CONSTRAINT service_area_name_check CHECK (name_fi <> '' AND name_sv <> '')
);
COMMENT ON TABLE service_area IS 'no personal data: the service areas that partners name, maintained by staff';
COMMENT ON COLUMN service_area.needs_look IS 'an application that names the area goes to an officer';

INSERT INTO service_area (code, name_fi, name_sv, description_fi, description_sv, needs_look) VALUES
    ('career_guidance', 'Uraohjaus', 'Karriärvägledning',
     'Ohjausta ammatin, alan tai uran valintaan ja vaihtamiseen.', 'Vägledning för den som väljer eller byter yrke, bransch eller karriär.', false),
    ('job_search', 'Työnhakuvalmennus', 'Jobbsökarträning',
     'Apua työpaikkojen etsimiseen, hakemuksiin ja haastatteluihin.', 'Hjälp med att hitta jobb, skriva ansökningar och gå på intervju.', false),
    ('job_coaching', 'Työhönvalmennus', 'Arbetsträning',
     'Tukea työn aloittamiseen ja työssä pysymiseen työpaikalla.', 'Stöd på arbetsplatsen för den som börjar ett jobb och vill stanna kvar.', false),
    ('competence', 'Osaamisen kartoitus', 'Kompetenskartläggning',
     'Osaamisen tunnistamista, kuvaamista ja osoittamista.', 'Hjälp med att känna igen, beskriva och visa upp kunnande.', false),
    ('training', 'Ammatillinen koulutus', 'Yrkesutbildning',
     'Koulutusta, joka antaa ammatin tai päivittää ammattitaitoa.', 'Utbildning som ger ett yrke eller uppdaterar yrkeskunskapen.', false),
    ('language_training', 'Kielikoulutus', 'Språkutbildning',
     'Suomen, ruotsin ja muiden työssä tarvittavien kielten opetusta.', 'Undervisning i finska, svenska och andra språk som behövs i arbetet.', false),
    ('integration', 'Kotoutumisen palvelut', 'Integrationstjänster',
     'Palveluja Suomeen muuttaneille työelämään siirtymisen tueksi.', 'Tjänster som hjälper den som flyttat till Finland in i arbetslivet.', false),
    ('recruitment', 'Rekrytointi', 'Rekrytering',
     'Työntekijöiden hakua, esivalintaa ja yhteen saattamista työnantajien kanssa.', 'Sökning och urval av arbetstagare och förmedling till arbetsgivare.', false),
    ('staffing', 'Henkilöstövuokraus', 'Personaluthyrning',
     'Työntekijöiden vuokraamista toisten yritysten työhön.', 'Uthyrning av arbetstagare till andra företags arbete.', false),
    ('entrepreneurship', 'Yrittäjyys', 'Företagande',
     'Neuvontaa ja valmennusta yrityksen perustamiseen ja kehittämiseen.', 'Rådgivning och träning för den som startar eller utvecklar ett företag.', false),
    ('change_security', 'Muutosturva', 'Omställningsskydd',
     'Tukea irtisanotuille ja irtisanomisia valmisteleville työpaikoille.', 'Stöd för uppsagda och för arbetsplatser som förbereder uppsägningar.', false),
    ('youth', 'Nuorten palvelut', 'Tjänster för unga',
     'Ohjausta ja valmennusta alle 30-vuotiaille.', 'Vägledning och träning för personer under 30 år.', false),
    ('work_ability', 'Työkyvyn tuki', 'Stöd för arbetsförmågan',
     'Arviointia ja tukea, kun terveys tai vamma vaikuttaa työhön.', 'Bedömning och stöd när hälsan eller en funktionsnedsättning påverkar arbetet.', true),
    ('rehabilitation', 'Kuntouttava työtoiminta', 'Arbetsverksamhet i rehabiliteringssyfte',
     'Toimintaa, joka vahvistaa edellytyksiä palata työelämään.', 'Verksamhet som stärker förutsättningarna att återvända till arbetslivet.', true);

CREATE TABLE application (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text        NOT NULL CONSTRAINT application_kind_check CHECK (kind IN ('join', 'change')),
    business_id   text        NOT NULL CONSTRAINT application_business_id_check CHECK (business_id ~ '^[0-9]{7}-[0-9]$'),
    status        text        NOT NULL CONSTRAINT application_status_check
                              CHECK (status IN ('submitted', 'in_review', 'specify', 'approved', 'rejected', 'withdrawn')),
    revision      integer     NOT NULL DEFAULT 1,
    language      text        NOT NULL CONSTRAINT application_language_check CHECK (language IN ('fi', 'sv')),
    submission    text        NOT NULL,
    submitted_by  bigint      NOT NULL,
    authority     text        NOT NULL,
    authority_at  timestamptz NOT NULL,
    organisation  jsonb       NOT NULL,
    editable      text[]      NOT NULL DEFAULT '{}',
    run           integer     NOT NULL DEFAULT 0,
    supervise     boolean     NOT NULL DEFAULT false,
    supervised_at timestamptz,
    submitted_at  timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    decided_at    timestamptz,
    CONSTRAINT application_submission_key UNIQUE (business_id, submission),
    CONSTRAINT application_decided_check CHECK ((status IN ('approved', 'rejected', 'withdrawn')) = (decided_at IS NOT NULL))
);
COMMENT ON TABLE application IS 'applications to join and to change a partner''s data; what was sent is in application_revision';
COMMENT ON COLUMN application.submission IS 'the number of the form, by which one that is sent again is known';
COMMENT ON COLUMN application.submitted_by IS 'personal: identifier; to know who applied for the organisation; as long as the application';
COMMENT ON COLUMN application.organisation IS 'personal: name, address; sole traders, what the business register told last; as long as the application';
COMMENT ON COLUMN application.editable IS 'the parts that the applicant is asked to specify';
COMMENT ON COLUMN application.run IS 'the newest run of the rules';
CREATE UNIQUE INDEX application_open_key ON application (business_id) WHERE status IN ('submitted', 'in_review', 'specify');
CREATE INDEX application_business_id_idx ON application (business_id, submitted_at);
CREATE INDEX application_waiting_idx ON application (status, submitted_at) WHERE status IN ('submitted', 'in_review', 'specify');
CREATE INDEX application_supervise_idx ON application (decided_at) WHERE supervise AND supervised_at IS NULL;

CREATE TABLE application_revision (
    application_id bigint      NOT NULL CONSTRAINT application_revision_application_fkey REFERENCES application,
    number         integer     NOT NULL,
    form           jsonb       NOT NULL,
    organisation   jsonb       NOT NULL,
    submission     text        NOT NULL,
    submitted_by   bigint      NOT NULL,
    authority      text        NOT NULL,
    submitted_at   timestamptz NOT NULL,
    CONSTRAINT application_revision_pkey PRIMARY KEY (application_id, number),
    CONSTRAINT application_revision_submission_key UNIQUE (application_id, submission)
);
COMMENT ON TABLE application_revision IS 'what applicants sent, each time as it was; rows never change';
COMMENT ON COLUMN application_revision.form IS 'personal: contact; to handle the application and reach the organisation; as long as the application';
COMMENT ON COLUMN application_revision.submitted_by IS 'personal: identifier; to know who applied for the organisation; as long as the application';
COMMENT ON COLUMN application_revision.organisation IS 'personal: name, address; sole traders, what the business register had told by then; as long as the application';

-- +goose StatementBegin
CREATE FUNCTION application_revision_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a revision of an application never changes';
END $$;
-- +goose StatementEnd
CREATE TRIGGER application_revision_unchanged BEFORE UPDATE ON application_revision
    FOR EACH ROW EXECUTE FUNCTION application_revision_refuse();

CREATE TABLE application_verdict (
    application_id bigint      NOT NULL CONSTRAINT application_verdict_application_fkey REFERENCES application,
    run            integer     NOT NULL,
    place          integer     NOT NULL,
    rule           text        NOT NULL,
    outcome        text        NOT NULL CONSTRAINT application_verdict_outcome_check CHECK (outcome IN ('pass', 'look', 'wait', 'fail')),
    evidence       jsonb       NOT NULL,
    decided_at     timestamptz NOT NULL,
    CONSTRAINT application_verdict_pkey PRIMARY KEY (application_id, run, rule)
);
COMMENT ON TABLE application_verdict IS 'no personal data: what each rule found in an application, with codes and dates as evidence';

CREATE TABLE application_draft (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id      bigint      NOT NULL CONSTRAINT application_draft_person_fkey REFERENCES person ON DELETE CASCADE,
    business_id    text        NOT NULL CONSTRAINT application_draft_business_id_check CHECK (business_id ~ '^[0-9]{7}-[0-9]$'),
    application_id bigint      CONSTRAINT application_draft_application_fkey REFERENCES application ON DELETE CASCADE,
    language       text        NOT NULL CONSTRAINT application_draft_language_check CHECK (language IN ('fi', 'sv')),
    version        integer     NOT NULL DEFAULT 0,
    form           jsonb       NOT NULL,
    saved          jsonb       NOT NULL DEFAULT '{}',
    created_at     timestamptz NOT NULL,
    saved_at       timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    warned_at      timestamptz,
    CONSTRAINT application_draft_owner_key UNIQUE NULLS NOT DISTINCT (person_id, business_id, application_id)
);
COMMENT ON TABLE application_draft IS 'applications that are being written, each for one person acting for one organisation';
COMMENT ON COLUMN application_draft.person_id IS 'personal: identifier; to give the draft back to its writer alone; 7 days from the last change';
COMMENT ON COLUMN application_draft.form IS 'personal: contact, free text; to go on writing; 7 days from the last change';
COMMENT ON COLUMN application_draft.application_id IS 'the application that the draft corrects; null for a new one';
COMMENT ON COLUMN application_draft.saved IS 'for each part that was saved, the version of the draft that this made';
CREATE INDEX application_draft_expires_idx ON application_draft (expires_at);

CREATE TABLE partner (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    business_id    text        NOT NULL CONSTRAINT partner_business_id_check CHECK (business_id ~ '^[0-9]{7}-[0-9]$'),
    name           text        NOT NULL,
    status         text        NOT NULL CONSTRAINT partner_status_check CHECK (status IN ('active', 'left', 'removed')),
    version        integer     NOT NULL DEFAULT 1,
    application_id bigint      NOT NULL CONSTRAINT partner_application_fkey REFERENCES application,
    form           jsonb       NOT NULL,
    joined_at      timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    left_at        timestamptz,
    removed_at     timestamptz,
    barred_until   timestamptz,
    CONSTRAINT partner_left_check CHECK (status <> 'left' OR left_at IS NOT NULL),
    CONSTRAINT partner_removed_check CHECK (status <> 'removed' OR removed_at IS NOT NULL),
    CONSTRAINT partner_active_check CHECK (status <> 'active' OR left_at IS NULL AND removed_at IS NULL)
);
COMMENT ON TABLE partner IS 'organisations that work with the portal, and those that did';
COMMENT ON COLUMN partner.name IS 'personal: name; sole traders, showing the partner; as long as it is a partner';
COMMENT ON COLUMN partner.form IS 'personal: contact; to reach the partner; as long as it is a partner';
COMMENT ON COLUMN partner.application_id IS 'the application by which it joined';
COMMENT ON COLUMN partner.barred_until IS 'a removed organisation may not join before; null bars it without end';
CREATE UNIQUE INDEX partner_active_key ON partner (business_id) WHERE status = 'active';
CREATE INDEX partner_business_id_idx ON partner (business_id, joined_at);

-- +goose Down
DROP TABLE partner, application_draft, application_verdict, application_revision, application, service_area;
DROP FUNCTION application_revision_refuse;
