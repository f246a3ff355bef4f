package reference

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

const sqlLockESCO = `SELECT pg_advisory_xact_lock(7420114)`

// lockESCO keeps two loads apart until tx ends; readers are not held up.
func lockESCO(ctx context.Context, tx *postgres.Tx) error {
	if _, err := tx.Exec(ctx, sqlLockESCO); err != nil {
		return fmt.Errorf("lock ESCO: %w", err)
	}
	return nil
}

const sqlSelectESCO = `
SELECT c.uri, c.isco, coalesce(l.lang, ''), coalesce(l.preferred, false), coalesce(l.label, '')
  FROM esco_concept AS c
  LEFT JOIN esco_label AS l ON l.uri = c.uri
 ORDER BY c.uri COLLATE "C", l.lang, l.preferred DESC, l.label COLLATE "C"`

// ESCOConcepts returns the ESCO occupations that were loaded, by URI; none when
// none were.
func ESCOConcepts(ctx context.Context, q postgres.Querier) ([]Concept, error) {
	rows, err := q.Query(ctx, sqlSelectESCO)
	if err != nil {
		return nil, fmt.Errorf("select ESCO concepts: %w", err)
	}
	var all []Concept
	var uri, isco, lang, label string
	var preferred bool
	_, err = pgx.ForEachRow(rows, []any{&uri, &isco, &lang, &preferred, &label}, func() error {
		if len(all) == 0 || all[len(all)-1].URI != uri {
			all = append(all, Concept{URI: uri, ISCO: isco, Alt: map[string][]string{}})
		}
		c := &all[len(all)-1]
		switch {
		case preferred:
			c.Name.set(lang, label)
		case label != "":
			c.Alt[lang] = append(c.Alt[lang], label)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select ESCO concepts: %w", err)
	}
	return all, nil
}

// escoWrite collects what a load has to write, column by column.
type escoWrite struct {
	uris, iscos           []string
	namedURIs, namedLangs []string
	labelURIs, labelLangs []string
	labelPreferred        []bool
	labels                []string
}

func (w *escoWrite) concept(uri, isco string) {
	w.uris, w.iscos = append(w.uris, uri), append(w.iscos, isco)
}

func (w *escoWrite) names(uri, lang string, n names) {
	w.namedURIs, w.namedLangs = append(w.namedURIs, uri), append(w.namedLangs, lang)
	w.label(uri, lang, true, n.preferred)
	for _, s := range n.alt {
		w.label(uri, lang, false, s)
	}
}

func (w *escoWrite) label(uri, lang string, preferred bool, label string) {
	w.labelURIs, w.labelLangs = append(w.labelURIs, uri), append(w.labelLangs, lang)
	w.labelPreferred, w.labels = append(w.labelPreferred, preferred), append(w.labels, label)
}

const sqlUpsertESCOConcepts = `
INSERT INTO esco_concept (uri, isco)
SELECT n.uri, n.isco
  FROM unnest($1::text[], $2::text[]) AS n (uri, isco)
    ON CONFLICT (uri) DO UPDATE
   SET isco = excluded.isco`

const sqlDeleteESCOLabels = `
DELETE FROM esco_label AS l
 USING unnest($1::text[], $2::text[]) AS n (uri, lang)
 WHERE l.uri = n.uri
   AND l.lang = n.lang`

const sqlInsertESCOLabels = `
INSERT INTO esco_label (uri, lang, preferred, label)
SELECT n.uri, n.lang, n.preferred, n.label
  FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[]) AS n (uri, lang, preferred, label)`

func (w *escoWrite) store(ctx context.Context, tx *postgres.Tx) error {
	if len(w.uris) > 0 {
		if _, err := tx.Exec(ctx, sqlUpsertESCOConcepts, w.uris, w.iscos); err != nil {
			return fmt.Errorf("upsert ESCO concepts: %w", err)
		}
	}
	if len(w.namedURIs) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlDeleteESCOLabels, w.namedURIs, w.namedLangs); err != nil {
		return fmt.Errorf("delete ESCO labels: %w", err)
	}
	_, err := tx.Exec(ctx, sqlInsertESCOLabels, w.labelURIs, w.labelLangs, w.labelPreferred, w.labels)
	if err != nil {
		return fmt.Errorf("insert ESCO labels: %w", err)
	}
	return nil
}
