package search

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/finnish"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
	"tyomarkkinatori.fi/portal/internal/search/names"
)

// rules counts the changes to this package that alter what Document answers.
const rules = "1"

// homeCountry is the country of every posting with a municipality or region.
const homeCountry = "FI"

// An Analyser makes documents of postings and queries of criteria, so that the
// two meet. It is safe for concurrent use.
type Analyser struct {
	words *lexis.Analyser
	names *names.Names
}

// NewAnalyser returns an analyser that reads Finnish with the dictionary, or by
// stems where dictionary is nil, and knows the concepts of the database beside
// package reference's own job titles.
func NewAnalyser(dictionary *finnish.Dictionary, concepts []reference.Concept) *Analyser {
	words := lexis.NewAnalyser(dictionary)
	return &Analyser{words: words, names: names.New(words, concepts)}
}

// Version changes whenever Document may answer otherwise. It is kept with every
// stored document.
func (a *Analyser) Version() string {
	return fmt.Sprintf("%s.%d/%s/%s", rules, document.Form, a.words.Version(), a.names.Version())
}

// WordsVersion changes whenever the lexemes of words may differ.
func (a *Analyser) WordsVersion() string { return a.words.Version() }

// Words returns the analyser of single words.
func (a *Analyser) Words() *lexis.Analyser { return a.words }

// Names returns the names of places and occupations.
func (a *Analyser) Names() *names.Names { return a.names }

// Document returns a posting as it is found. It holds nothing of the people in
// the posting.
func (a *Analyser) Document(p *jobposting.Posting) document.Document {
	var b document.Builder
	c := &p.Content
	for _, language := range slices.Sorted(maps.Keys(c.Title)) {
		b.Title(lexis.LanguageOf(language), lexis.Clean(lexis.Plain(c.Title[language])))
	}
	for _, texts := range [...]jobposting.Localised{
		c.Summary, c.Description, c.Marketing, c.Advertiser.Name, c.Client.Name,
		c.Workplace.Name, c.LicenceInfo, c.CardInfo,
	} {
		for _, language := range slices.Sorted(maps.Keys(texts)) {
			addText(&b, lexis.LanguageOf(language), texts[language])
		}
	}
	a.addCodes(&b, c)
	d := b.Document()
	d.PublishedAt, d.ExpiresAt = p.PublishedAt, p.ExpiresAt
	d.Positions = max(c.Positions, 1)
	return d
}

// addText adds a text by its paragraphs, so that no phrase spans two.
func addText(b *document.Builder, language lexis.Language, text string) {
	for paragraph := range strings.SplitSeq(lexis.Plain(text), "\n\n") {
		b.Text(language, lexis.Clean(paragraph))
	}
}

func (a *Analyser) addCodes(b *document.Builder, c *jobposting.Content) {
	a.addPlaces(b, c)
	a.addOccupations(b, c)
	for _, code := range c.Continuity {
		b.Code(document.FieldContinuity, code)
		// Seasonal work and summer jobs are fixed-term as well.
		if len(code) > 2 {
			b.Code(document.FieldContinuity, code[:2])
		}
	}
	b.Code(document.FieldWorkTime, c.WorkTime)
	b.Code(document.FieldEmployment, c.Employment.Type)
	languages := c.Languages
	if len(languages) == 0 {
		languages = slices.Sorted(maps.Keys(c.Title))
	}
	for _, code := range languages {
		b.Code(document.FieldPostingLanguage, code)
	}
	for _, code := range c.WorkLanguages {
		b.Code(document.FieldWorkLanguage, code)
	}
	if c.Flexible {
		b.Code(document.FieldFlexible, document.FlexibleValue)
	}
	for _, o := range [...]*jobposting.Organisation{&c.Advertiser, &c.Client} {
		b.Code(document.FieldEmployer, o.BusinessID)
		for _, language := range slices.Sorted(maps.Keys(o.Name)) {
			for _, w := range lexis.Words(lexis.Clean(o.Name[language])) {
				b.Code(document.FieldEmployerName, w.Text)
			}
		}
	}
}

func (a *Analyser) addPlaces(b *document.Builder, c *jobposting.Content) {
	for _, code := range c.Municipalities {
		m, ok := names.Living(code)
		if !ok {
			b.Code(document.FieldMunicipality, code)
			continue
		}
		b.Code(document.FieldMunicipality, m.Code)
		b.Code(document.FieldRegion, m.Region)
	}
	for _, code := range c.Regions {
		b.Code(document.FieldRegion, code)
	}
	for _, code := range c.Countries {
		b.Code(document.FieldCountry, code)
	}
	if len(c.Municipalities)+len(c.Regions) > 0 {
		b.Code(document.FieldCountry, homeCountry)
	}
}

// addOccupations adds the groups of the posting's occupations at every level.
// Where none is known, the title tells them.
func (a *Analyser) addOccupations(b *document.Builder, c *jobposting.Content) {
	var codes []string
	for _, uri := range c.Occupations {
		b.Code(document.FieldConcept, uri)
		if code := a.names.ISCO(uri); code != "" {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		for _, language := range slices.Sorted(maps.Keys(c.Title)) {
			codes = append(codes, a.names.Classify(lexis.LanguageOf(language), lexis.Clean(c.Title[language]))...)
		}
	}
	for _, code := range codes {
		if strings.Contains(code, "/") {
			b.Code(document.FieldConcept, code)
			code = a.names.ISCO(code)
		}
		for level := 1; level <= len(code); level++ {
			b.Code(document.FieldOccupation, code[:level])
		}
	}
}
