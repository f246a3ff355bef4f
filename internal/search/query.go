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
	// Said is, when Node also asks for what the words were taken to mean, the
	// part of it that asks for the words themselves; else nil.
	Said Node
}

// Words returns what asks for the clause's words and nothing else.
func (c Clause) Words() Node {
	if c.Said != nil {
		return c.Said
	}
	return c.Node
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
func (Prefix) node() {}
func (Phrase) node() {}
func (Code) node()   {}
func (Since) node()  {}

// A Tier is a level of relevance; the lowest comes first.
type Tier int

// The tiers: every word of the query in the title itself; in the title or as the
// occupation, under whatever name; the same with parts of compounds; anything
// else.
const (
	TierTitle Tier = iota
	TierOccupation
	TierTitlePart
	TierText
)
