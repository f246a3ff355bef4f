// Package search finds job postings in Finnish and Swedish: the criteria, the
// analyser of words, the neutral query tree, and the engine behind Searcher.
// The results page, the feeds and the job watch all go through Compile, so that
// they can never choose different postings.
package search

import (
	"context"
	"time"

	"tyomarkkinatori.fi/portal/internal/reference"
)

// Criteria are what a reader asks for. Values within a field are alternatives,
// fields narrow one another. Codes are those of package reference.
type Criteria struct {
	// Query is free text: words, "quoted phrases", -excluded, prefix*.
	Query string
	// Literal holds the words of Query that must be taken as mere words where
	// the analyser would otherwise see a place or an occupation in them.
	Literal          []string
	Municipalities   []string
	Regions          []string
	Countries        []string
	Occupations      []string // ISCO-08 codes of any level, or ESCO concept URIs
	Continuity       []string
	WorkTimes        []string
	Employments      []string
	PostingLanguages []string
	WorkLanguages    []string
	// Flexible asks for work that can be done anywhere.
	Flexible bool
	// Employer is a business ID or words of the employer's name.
	Employer string
	// Since leaves out what was published before it; zero leaves out nothing.
	Since time.Time
}

// Sort is an order of results. The empty one is SortRelevance where the query
// has words to rank by, and SortNewest elsewhere.
type Sort string

// The orders: newest first, postings with the words in the title first, and the
// nearest deadline first.
const (
	SortNewest    Sort = "newest"
	SortRelevance Sort = "relevance"
	SortClosing   Sort = "closing"
)

// Request asks for one page of results.
type Request struct {
	Criteria Criteria
	Sort     Sort
	// Cursor is "" for the first page, else a Result's Next or Previous. One
	// that is of another order or no cursor is an *fault.InvalidError.
	Cursor string
	// Limit is how many postings the page holds, at most 100; 0 asks for the
	// counts alone.
	Limit int
	// Facets asks for the facet counts, Repairs for advice when little is found.
	Facets, Repairs bool
}

// Result is one page of what was found.
type Result struct {
	// IDs are the postings of the page in order.
	IDs []int64
	// Total counts all postings that match, Positions the people wanted in them.
	Total, Positions int
	// CountExact and FacetsExact tell whether the counts are exact.
	CountExact, FacetsExact bool
	// Offset is how many matching postings stand before the page now.
	Offset int
	// Next and Previous are the cursors of the neighbouring pages, "" at an end.
	Next, Previous string
	Facets         []Facet
	// Understood tells what the analyser made of the query.
	Understood []Interpretation
	// Drops tell, when nothing was found, what each criterion costs.
	Drops []Drop
	// Corrections are nearest words for words of the query that find next to
	// nothing; the results of the strict query come first all the same.
	Corrections []Correction
	// Wider are, when nothing was found, larger groups of the occupations that
	// were understood.
	Wider []Wider
	// Version tells which data the result is of: equal versions, equal results.
	Version uint64
}

// FacetName names a facet as the query parameter does.
type FacetName string

// The facets.
const (
	FacetMunicipality    FacetName = "municipality"
	FacetRegion          FacetName = "region"
	FacetCountry         FacetName = "country"
	FacetOccupation      FacetName = "occupation"
	FacetContinuity      FacetName = "continuity"
	FacetWorkTime        FacetName = "working_time"
	FacetEmployment      FacetName = "employment"
	FacetPostingLanguage FacetName = "posting_language"
	FacetWorkLanguage    FacetName = "work_language"
	FacetFlexible        FacetName = "flexible_location"
)

// Facet counts the postings behind each value of a field, leaving out what the
// criteria ask of that same field.
type Facet struct {
	Name   FacetName
	Values []FacetValue // most postings first
}

// FacetValue is one value of a facet.
type FacetValue struct {
	Code  string
	Count int
}

// Interpretation says that some words of the query were taken as a concept.
type Interpretation struct {
	// Word is the words as typed; putting them into Criteria.Literal undoes it.
	Word string
	// Kind is FacetOccupation, FacetMunicipality, FacetRegion, FacetCountry,
	// FacetContinuity, FacetWorkTime or FacetFlexible.
	Kind FacetName
	// Codes are what the words were taken to mean; several are alternatives.
	Codes []string
	Name  reference.Text
	// Excluded tells that the query asks for postings without it.
	Excluded bool
}

// Drop says how many postings there would be without one criterion.
type Drop struct {
	// Field is the query parameter and Value the one value of it to leave out,
	// "" for all its values: what Criteria.Without takes.
	Field, Value string
	Count        int
}

// Correction proposes another word for one that finds little.
type Correction struct {
	Word, Instead string
	// Count is how many postings the corrected query finds.
	Count int
}

// Wider proposes a larger group for words that were taken for an occupation and
// find nothing: what Criteria.Widened takes.
type Wider struct {
	// Word is the words as typed.
	Word string
	// Code is the ISCO-08 code of the group, and Name its name.
	Code string
	Name reference.Text
	// Count is how many postings the group finds.
	Count int
}

// Searcher finds postings. Another engine can stand behind it: it receives the
// neutral query that Compile makes.
type Searcher interface {
	Search(ctx context.Context, q Query, r Request) (Result, error)
}
