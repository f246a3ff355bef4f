package postings

import (
	"context"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/ui"
)

// similarShown is how many similar postings a page names.
const similarShown = 6

// similar finds open postings like post. more is the address of a search for the
// like, "" when nothing is known to search for.
func (p *Pages) similar(ctx context.Context, post *jobposting.Posting) (cards []ui.Card, more string, err error) {
	cards, err = p.Cards(ctx, p.Similar(post, similarShown))
	return cards, p.searchForLike(i18n.LangOf(ctx), &post.Content), err
}

// searchForLike is the address of a search for the occupation of c in its
// regions.
func (p *Pages) searchForLike(lang i18n.Lang, c *jobposting.Content) string {
	occupation := p.occupationOf(c)
	if occupation == "" {
		return ""
	}
	s := state{lang: lang}.with(string(search.FacetOccupation), occupation)
	for _, region := range regionsOf(c) {
		s = s.with(string(search.FacetRegion), region)
	}
	return s.path()
}

// likeWords is how many words of a title become criteria.
const likeWords = 8

// watchForLike is the page on which a job watch for postings such as c can be
// ordered, its criteria drawn from c: occupation, place and working time, else
// the words of the title.
func (p *Pages) watchForLike(lang i18n.Lang, c *jobposting.Content) string {
	s := state{lang: lang}
	if occupation := p.occupationOf(c); occupation != "" {
		s = s.with(string(search.FacetOccupation), occupation)
	} else if title, _ := c.Title.In(string(lang)); title != "" {
		words := strings.Fields(tidy(unquoted(title, " ")))
		s = s.asking(strings.Join(words[:min(likeWords, len(words))], " "))
	}
	for _, code := range c.Municipalities {
		if m, ok := reference.MunicipalityByCode(code); ok && m.MergedInto == "" {
			s = s.with(string(search.FacetMunicipality), code)
		}
	}
	if len(s.values[string(search.FacetMunicipality)]) == 0 {
		for _, region := range regionsOf(c) {
			s = s.with(string(search.FacetRegion), region)
		}
	}
	if _, ok := reference.Lookup(reference.WorkTime, c.WorkTime); ok {
		s = s.with(string(search.FacetWorkTime), c.WorkTime)
	}
	return s.criteriaPath(paths.Watch)
}

// occupationOf returns the first group of ISCO-08 that c is known to belong to,
// or "". A concept of ESCO has none as long as ESCO has not been loaded.
func (p *Pages) occupationOf(c *jobposting.Content) string {
	for _, concept := range c.Occupations {
		if code := p.iscoCode(concept); code != "" {
			if _, ok := reference.OccupationByCode(code); ok {
				return code
			}
		}
	}
	return ""
}

func regionsOf(c *jobposting.Content) []string {
	var out []string
	add := func(code string) {
		if _, ok := reference.RegionByCode(code); ok && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	for _, code := range c.Municipalities {
		if m, ok := reference.MunicipalityByCode(code); ok {
			add(m.Region)
		}
	}
	if len(out) == 0 {
		for _, code := range c.Regions {
			add(code)
		}
	}
	return out
}
