package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/search/index"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
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
		lessons, err := decodeLessons(rows.RawValues()[0])
		if err != nil {
			continue
		}
		f.Index.Learn(lessons)
		parts++
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("select search lexicon: %w", err)
	}
	if parts <= maxLexiconParts {
		_, f.learnt = f.Index.Learnt(1 << 30)
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
	lessons, next := f.Index.Learnt(f.learnt)
	if next < f.learnt {
		// The index has been compacted and its words have other numbers.
		f.learnt = next
		return nil
	}
	whole := f.learnt == 0
	if len(lessons) == 0 || len(lessons) < minLessons && !whole {
		return nil
	}
	err := f.DB.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, sqlDeleteLexicon, f.Analyser.WordsVersion(), whole); err != nil {
			return fmt.Errorf("delete search lexicon: %w", err)
		}
		if _, err := tx.Exec(ctx, sqlInsertLexicon, f.Analyser.WordsVersion(), encodeLessons(lessons)); err != nil {
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

func encodeLessons(lessons []index.Lesson) []byte {
	b := make([]byte, 0, 40*len(lessons))
	list := func(texts []string) {
		b = binary.AppendUvarint(b, uint64(len(texts)))
		for _, s := range texts {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
	}
	for _, l := range lessons {
		b = append(b, byte(l.Language))
		list([]string{l.Text})
		list(l.Lexemes.Base)
		list(l.Lexemes.Parts)
	}
	return b
}

var errLexicon = errors.New("not a lexicon")

func decodeLessons(data []byte) ([]index.Lesson, error) {
	lessons := make([]index.Lesson, 0, len(data)/32)
	// One string for all texts costs one allocation for all.
	all, at := string(data), 0
	number := func() (int, bool) {
		n, size := binary.Uvarint(data[at:])
		if size <= 0 || n > uint64(len(data)) {
			return 0, false
		}
		at += size
		return int(n), true
	}
	list := func() ([]string, bool) {
		n, ok := number()
		if !ok || n == 0 {
			return nil, ok
		}
		texts := make([]string, 0, min(n, 8))
		for range n {
			size, ok := number()
			if !ok || size > len(data)-at {
				return nil, false
			}
			texts = append(texts, all[at:at+size])
			at += size
		}
		return texts, true
	}
	for at < len(data) {
		l := index.Lesson{Language: lexis.Language(data[at])}
		at++
		text, ok1 := list()
		base, ok2 := list()
		parts, ok3 := list()
		if !ok1 || !ok2 || !ok3 || len(text) != 1 {
			return nil, errLexicon
		}
		l.Text, l.Lexemes = text[0], lexis.Lexemes{Base: base, Parts: parts}
		lessons = append(lessons, l)
	}
	return lessons, nil
}
