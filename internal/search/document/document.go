// Package document holds what is known of a posting for finding it: its words
// in order, its codes, its times. A document keeps no analysis of its words, so
// that it stays small and outlives a change of dictionary.
package document

import (
	"time"

	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// Field names what a code is about.
type Field byte

// The fields of codes. Values up to FieldFlexible are counted as facets.
const (
	FieldMunicipality Field = iota + 1
	FieldRegion
	FieldCountry
	FieldOccupation // ISCO-08 code of any level
	FieldContinuity
	FieldWorkTime
	FieldEmployment
	FieldPostingLanguage
	FieldWorkLanguage
	FieldFlexible
	FieldConcept      // URI of an occupation
	FieldEmployer     // business ID
	FieldEmployerName // a word of an employer's name
	fieldEnd
)

// FlexibleValue is the one value of FieldFlexible.
const FlexibleValue = "true"

// Counted reports whether the values of the field are counted as a facet.
func (f Field) Counted() bool { return f >= FieldMunicipality && f <= FieldFlexible }

// A Code is a value of a field that a posting has.
type Code struct {
	Field Field
	Value string
}

// A Word is one of the different words of a posting.
type Word struct {
	Language lexis.Language
	Text     string
	// InTitle tells that the title has the word.
	InTitle bool
}

// Document is a posting as it is found.
type Document struct {
	// PublishedAt and ExpiresAt are the posting's; ExpiresAt is zero when it
	// has no deadline.
	PublishedAt, ExpiresAt time.Time
	Positions              int
	// Codes are all codes of the posting, those that follow from others
	// included, each once, those of one field together.
	Codes []Code
	// Words are the different words, in no particular order.
	Words []Word
	// Sequence is the text: places in Words counted from 1, with 0 between
	// passages that a phrase cannot span.
	Sequence []uint32
}
