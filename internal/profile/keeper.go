package profile

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/keeping"
	"tyomarkkinatori.fi/portal/internal/keeping/purge"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Keeper is what is kept of persons here. All of it is theirs and goes with the
// account.
func (p *Profiles) Keeper() keeping.Keeper {
	return keeping.Keeper{Name: "profile", Export: export, Erase: erase}
}

// export leaves out under a protection order what tells of the residence.
func export(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	var all []keeping.Record
	for _, read := range []func(context.Context, *postgres.Tx, int64) ([]keeping.Record, error){
		exportProfile, exportEntries, exportDrafts, exportPublications,
	} {
		records, err := read(ctx, tx, person)
		if err != nil {
			return nil, fmt.Errorf("export profile: %w", err)
		}
		all = append(all, records...)
	}
	return all, nil
}

// record is one that the person told.
func record(table, row string, at time.Time, values map[string]any) keeping.Record {
	return keeping.Record{Table: table, Row: row, At: at, Source: keeping.SourcePerson, Values: values}
}

const sqlExportProfile = `
SELECT CASE WHEN n.non_disclosure THEN '' ELSE p.country END, p.nationality, p.military_service, p.sex,
       p.working_languages, p.citizenship, p.created_at, p.changed_at
  FROM profile AS p
  JOIN person AS n ON n.id = p.person_id
 WHERE p.person_id = $1`

func exportProfile(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := tx.Query(ctx, sqlExportProfile, person)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (keeping.Record, error) {
		var (
			country, military, sex              string
			nationality, languages, citizenship []string
			created, changed                    time.Time
		)
		err := row.Scan(&country, &nationality, &military, &sex, &languages, &citizenship, &created, &changed)
		return record("profile", "1", changed, map[string]any{
			"country": country, "nationality": nationality, "military_service": military, "sex": sex,
			"working_languages": languages, "citizenship": citizenship, "created_at": created, "changed_at": changed,
		}), err
	})
}

const sqlExportEntries = `
SELECT section, id, place, fields, created_at, changed_at
  FROM profile_entry
 WHERE person_id = $1
 ORDER BY section, place`

func exportEntries(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := tx.Query(ctx, sqlExportEntries, person)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (keeping.Record, error) {
		var (
			section          string
			id               int64
			place            int
			fields           map[string]any
			created, changed time.Time
		)
		err := row.Scan(&section, &id, &place, &fields, &created, &changed)
		return record("profile_entry", section+"/"+strconv.FormatInt(id, 10), changed, map[string]any{
			"section": section, "place": place, "fields": plain(fields), "created_at": created, "changed_at": changed,
		}), err
	})
}

const sqlExportDrafts = `
SELECT d.section, d.entry_id, CASE WHEN n.non_disclosure THEN d.fields - 'country' - 'phone' ELSE d.fields END, d.saved_at, d.expires_at
  FROM profile_draft AS d
  JOIN person AS n ON n.id = d.person_id
 WHERE d.person_id = $1
 ORDER BY d.section, d.entry_id`

func exportDrafts(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := tx.Query(ctx, sqlExportDrafts, person)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (keeping.Record, error) {
		var (
			section        string
			id             int64
			fields         map[string]any
			saved, expires time.Time
		)
		err := row.Scan(&section, &id, &fields, &saved, &expires)
		r := record("profile_draft", section+"/"+strconv.FormatInt(id, 10), saved, map[string]any{
			"section": section, "fields": plain(fields), "saved_at": saved, "expires_at": expires,
		})
		r.Ends = expires
		return r, err
	})
}

const sqlExportPublications = `
SELECT e.version, e.sex, CASE WHEN n.non_disclosure THEN '' ELSE e.country END, e.languages, e.citizenship, e.published_at, e.withdrawn_at
  FROM eures_publication AS e
  JOIN person AS n ON n.id = e.person_id
 WHERE e.person_id = $1
 ORDER BY e.version`

func exportPublications(ctx context.Context, tx *postgres.Tx, person int64) ([]keeping.Record, error) {
	rows, err := tx.Query(ctx, sqlExportPublications, person)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (keeping.Record, error) {
		var (
			version                int
			sex, country           string
			languages, citizenship []string
			published              time.Time
			withdrawn              *time.Time
		)
		err := row.Scan(&version, &sex, &country, &languages, &citizenship, &published, &withdrawn)
		values := map[string]any{
			"version": version, "sex": sex, "country": country, "languages": languages, "citizenship": citizenship,
			"published_at": published, "withdrawn_at": nil,
		}
		if withdrawn != nil {
			values["withdrawn_at"] = *withdrawn
		}
		return record("eures_publication", strconv.Itoa(version), published, values), err
	})
}

// plain shows a field of one value as that value.
func plain(fields map[string]any) map[string]any {
	fields = maps.Clone(fields)
	for name, value := range fields {
		if list, ok := value.([]any); ok && len(list) == 1 {
			fields[name] = list[0]
		}
	}
	return fields
}

const sqlEraseProfile = `DELETE FROM profile WHERE person_id = $1`

// erase takes the entries, drafts and publications along.
func erase(ctx context.Context, tx *postgres.Tx, person int64) error {
	if _, err := tx.Exec(ctx, sqlEraseProfile, person); err != nil {
		return fmt.Errorf("erase profile: %w", err)
	}
	return nil
}

// DraftKind is the kind of drafts in the table of retention.
const DraftKind = "profile_draft"

const sqlCountDueDrafts = `
SELECT count(*)
  FROM profile_draft
 WHERE saved_at <= $2
   AND keeping_end(saved_at, $3, $4, $5) <= $1`

const sqlDeleteDueDrafts = `
DELETE FROM profile_draft AS d
 USING (SELECT person_id, section, entry_id
          FROM profile_draft
         WHERE saved_at <= $2
           AND keeping_end(saved_at, $3, $4, $5) <= $1
         LIMIT $6
           FOR UPDATE SKIP LOCKED) AS due
 WHERE d.person_id = due.person_id
   AND d.section = due.section
   AND d.entry_id = due.entry_id`

// Purges give up the drafts whose time has come.
func (p *Profiles) Purges() []keeping.Purge {
	drafts := purge.Rows{
		Kind: DraftKind, Count: sqlCountDueDrafts, Delete: sqlDeleteDueDrafts, Action: actionDraftsPurged, Subject: "profile_draft",
		// Each row tells its end, and the person has been told.
		Fixed: true,
	}
	return []keeping.Purge{drafts.Purge(p.db)}
}
