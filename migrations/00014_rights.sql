-- +goose Up
-- The owner of the chain writes it; who merely records events has no right to
-- its end.
ALTER FUNCTION audit_chain() SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;

COMMENT ON TABLE audit_event IS 'append-only: who did what; actors and subjects by identifier only';

-- +goose StatementBegin
CREATE FUNCTION grant_app_rights(app name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept name;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', app);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', app);
    EXECUTE format('REVOKE ALL ON audit_head, goose_db_version FROM %I', app);
    EXECUTE format('GRANT SELECT ON audit_head, goose_db_version TO %I', app);
    FOR kept IN
        SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
           AND obj_description(oid) LIKE 'append-only%'
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE ON %I FROM %I', kept, app);
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION grant_app_rights;
ALTER FUNCTION audit_chain() SECURITY INVOKER RESET search_path;
