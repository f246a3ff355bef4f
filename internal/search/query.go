package search

import (
	"time"

	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// Query is what is searched for, without a word of how: all clauses must hold.
// The zero value finds every posting.
type Query struct {
	Clauses []Clause
}

// A Clause is one criterion of a query.
type Clause struct {
	// Field is the query parameter that the clause comes from, and Value what
	// to take off there to be rid of the clause, "" for all values.
	Field, Value string
	// Ranks tells that postings with the clause's words in the title come
	// first when sorted by relevance.
	Ranks bool
	Node  Node
	// Said and Names are set when the words were taken for an occupation: Said
	// asks for the words themselves, Names for the occupation's names in both
	// languages, which Node asks for beside its codes.
	Said, Names Node
}

// A Node is a condition on a posting: one of the types below.
type Node interface{ node() }

// The conditions that join others.
type (
	// And asks for all of its conditions; an empty one holds for every posting.
	And []Node
	// Or asks for one of its conditions; an empty one holds for none.
	Or []Node
	// Not asks for postings for which its condition does not hold.
	Not struct{ Node Node }
)

// The conditions on words.
type (
	// Word asks for a word with the base form, or a compound with such a part.
	Word struct {
		Language lexis.Language
		Base     string
	}
	// Name asks for a word of an occupation's name. In titles that is what Word
	// asks for; in running text it is the word itself or a compound that ends in
	// it, and nothing at all when InTitle is set.
	Name struct {
		Word

		InTitle bool
	}
	// Prefix asks for a word that, as it stands or in a base form, begins with
	// the text.
	Prefix struct{ Text string }
	// Phrase asks for the words one after the other, as they stand.
	Phrase struct{ Words []string }
)

// The other conditions.
type (
	// Code asks for a code.
	Code document.Code
	// Since asks for postings published at or after the time.
	Since struct{ Time time.Time }
)

func (And) node()    {}
func (Or) node()     {}
func (Not) node()    {}
func (Word) node()   {}
func (Name) node()   {}
func (Prefix) node() {}
func (Phrase) node() {}
func (Code) node()   {}
func (Since) node()  {}

// A Tier is a level of relevance; the lowest comes first. It joins a tier of the
// query's occupations and, between equal ones, a tier of its other words.
type Tier int

// The tiers of occupations, of which the worst counts: the words as they were
// asked for in the title; another of the occupation's names there; either as a
// part of a compound there; the occupation's code and another title; anything
// else.
const (
	TierTitle Tier = iota * wordTiers
	TierName
	TierTitlePart
	TierCode
	TierText
)

// The tiers of other words: all in the title; all there, be it as parts of
// compounds; some there; none.
const (
	TierWords Tier = iota
	TierWordParts
	TierSomeWords
	TierNoWords
	wordTiers
)
