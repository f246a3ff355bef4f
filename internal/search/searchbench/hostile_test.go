package searchbench_test

import (
	"strings"

	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/searchbench"
)

// hostile returns searches that are as dear as they can be made. They are no part
// of the mix: they must only not take for ever.
func hostile() []searchbench.Search {
	var queries []searchbench.Search
	for _, text := range []string{
		`"ja on"`, `"on ja" "ja on" -"ja ja"`, `ka* ta* sa* pa* ma*`, `-ka* -ta* -sa*`, `ja`,
		"a* b* c* d* e* f* g* h* i* j* k* l* m* n* o* p* q* r* s* t* u* v* w* x* y* z* å* ä* ö*",
		"hoitaja opettaja insinööri kuljettaja asentaja suunnittelija asiantuntija sihteeri johtaja ohjaaja",
		strings.Repeat("hoitaja siivooja ", 25), strings.Repeat("sairanhoitajja ", 30), strings.Repeat("-a* ", 50),
		strings.Repeat("qx", 240), "aa* " + strings.Repeat("x-", 200),
	} {
		queries = append(queries, searchbench.Search{Kind: "hostile", Criteria: search.Criteria{Query: text}})
	}
	var many []string
	for _, m := range reference.Municipalities()[:50] {
		many = append(many, m.Code)
	}
	return append(queries, searchbench.Search{Kind: "hostile", Criteria: search.Criteria{
		Municipalities: many, Continuity: []string{"01", "02"}, WorkTimes: []string{"01", "02"}, Countries: []string{"FI"},
		PostingLanguages: []string{"fi", "sv", "en"}, WorkLanguages: []string{"fi", "sv", "en"}, Employments: []string{"01"},
	}})
}
