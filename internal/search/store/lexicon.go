package store

import (
	"context"
	"fmt"
	"math"

	"tyomarkkinatori.fi/portal/internal/postgres"
)

// The lexicon keeps the lexemes of the index's words from one start to the next,
// since analysing every word anew takes seconds. It is a cache: what it lacks is
// analysed, and what is of another version of the analyser is not used.

const sqlSelectLexicon = `
SELECT words
  FROM search_lexicon
 WHERE analyser = $1
 ORDER BY id`

// maxLexiconParts is how many parts the lexicon may grow to before it is written
// as one again.
const maxLexiconParts = 40

func (f *Follower) loadLexicon(ctx context.Context) error {
	rows, err := f.DB.Query(ctx, sqlSelectLexicon, f.Analyser.WordsVersion())
	if err != nil {
		return fmt.Errorf("select search lexicon: %w", err)
	}
	defer rows.Close()
	parts := 0
	for rows.Next() {
		if err := f.Index.Learn(rows.RawValues()[0]); err == nil {
			parts++
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("select search lexicon: %w", err)
	}
	if parts > 0 && parts <= maxLexiconParts {
		_, _, f.learnt = f.Index.Lexicon(math.MaxInt)
	}
	return nil
}

// minLessons is how many new words are worth writing down.
const minLessons = 2_000

const sqlInsertLexicon = `
INSERT INTO search_lexicon (analyser, words)
VALUES ($1, $2)`

const sqlDeleteLexicon = `
DELETE FROM search_lexicon
 WHERE analyser <> $1
    OR $2`

// saveLexicon writes down the words that are new since the last time, or all of
// them when the lexicon is of another version or in too many parts.
func (f *Follower) saveLexicon(ctx context.Context) error {
	data, words, next := f.Index.Lexicon(f.learnt)
	if next < f.learnt {
		// The index has been compacted and its words have other numbers.
		f.learnt = next
		return nil
	}
	whole := f.learnt == 0
	if words == 0 || words < minLessons && !whole {
		return nil
	}
	err := f.DB.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, sqlDeleteLexicon, f.Analyser.WordsVersion(), whole); err != nil {
			return fmt.Errorf("delete search lexicon: %w", err)
		}
		if _, err := tx.Exec(ctx, sqlInsertLexicon, f.Analyser.WordsVersion(), data); err != nil {
			return fmt.Errorf("store search lexicon: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.learnt = next
	return nil
}
