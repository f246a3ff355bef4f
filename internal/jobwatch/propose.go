package jobwatch

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search"
	"tyomarkkinatori.fi/portal/internal/search/document"
)

// Objection says why a posting was of no use to a subscriber.
type Objection string

// The objections: too far away, another occupation, the wrong working time, the
// wrong duration.
const (
	TooFar          Objection = "place"
	WrongOccupation Objection = "occupation"
	WrongTime       Objection = "working_time"
	WrongDuration   Objection = "continuity"
)

// Proposal is a change of criteria that leaves out postings such as the one that
// was objected to.
type Proposal struct {
	Objection Objection
	Criteria  search.Criteria
}

// proposals returns a proposal for each objection that criteria have an answer
// to. The posting does not match any of them.
func (w *Watches) proposals(c search.Criteria, lang i18n.Lang, p jobposting.Posting, d *document.Document) ([]Proposal, error) {
	_, understood, err := w.analyser.Compile(c)
	if err != nil {
		return nil, fmt.Errorf("criteria of a job watch: %w", err)
	}
	o := objector{c: c, understood: understood, lang: lang, posting: &p.Content, document: d}
	view := w.analyser.View(d)
	var all []Proposal
	for _, try := range []struct {
		objection Objection
		edits     []search.Criteria
	}{
		{TooFar, o.nearer()},
		{WrongOccupation, o.otherWork()},
		{WrongTime, o.otherTime()},
		{WrongDuration, o.otherDuration()},
	} {
		for _, edit := range try.edits {
			q, _, err := w.analyser.Compile(edit)
			if err == nil && !q.Matches(view) && !reflect.DeepEqual(canonical(edit), canonical(c)) {
				all = append(all, Proposal{try.objection, edit})
				break
			}
		}
	}
	return all, nil
}

// An objector finds edits of criteria; the first that helps is taken.
type objector struct {
	c          search.Criteria
	understood []search.Interpretation
	lang       i18n.Lang
	posting    *jobposting.Content
	document   *document.Document
}

// codes returns what the posting has of a field.
func (o objector) codes(field document.Field) []string {
	var all []string
	for _, code := range o.document.Codes {
		if code.Field == field {
			all = append(all, code.Value)
		}
	}
	return all
}

// asked returns the codes of a kind that the words of the query ask for.
func (o objector) asked(kind search.FacetName) []string {
	var all []string
	for _, u := range o.understood {
		if u.Kind == kind && !u.Excluded {
			all = append(all, u.Codes...)
		}
	}
	return all
}

// without takes values off a field of which others must be left.
func (o objector) without(field string, values, off []string) (search.Criteria, bool) {
	c, left := o.c, len(values)
	for _, v := range values {
		if slices.Contains(off, v) {
			c = c.Without(field, v)
			left--
		}
	}
	return c, left > 0 && left < len(values)
}

// excluding adds words that must not be meant; a name of several words cannot be
// excluded.
func (o objector) excluding(names []string) (search.Criteria, bool) {
	c := o.c
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, " -") {
			return c, false
		}
		c.Query = strings.TrimSpace(c.Query + " -" + name)
	}
	return c, len(names) > 0
}

// nearer leaves out where the work is.
func (o objector) nearer() (edits []search.Criteria) {
	there := o.codes(document.FieldMunicipality)
	if c, ok := o.without("municipality", o.c.Municipalities, there); ok {
		edits = append(edits, c)
	}
	asked := append(o.asked(search.FacetMunicipality), o.c.Municipalities...)
	var names []string
	for _, code := range there {
		if m, ok := reference.MunicipalityByCode(code); ok && !slices.Contains(asked, code) {
			names = append(names, m.Name.In(string(o.lang)))
		}
	}
	if c, ok := o.excluding(names); ok && len(names) == len(there) {
		edits = append(edits, c)
	}
	if c, ok := o.without("region", o.c.Regions, o.codes(document.FieldRegion)); ok {
		edits = append(edits, c)
	}
	return edits
}

// otherWork leaves out the posting's occupation: by taking it off, by asking for
// an occupation where a word was asked for, or by excluding it by name.
func (o objector) otherWork() (edits []search.Criteria) {
	there := append(o.codes(document.FieldOccupation), o.codes(document.FieldConcept)...)
	if c, ok := o.without("occupation", o.c.Occupations, there); ok {
		edits = append(edits, c)
	}
	if len(o.c.Occupations) == 0 {
		c := o.c
		for _, u := range o.understood {
			if u.Kind == search.FacetOccupation && !u.Excluded {
				c = c.Without("q", u.Word)
				c.Occupations = append(slices.Clone(c.Occupations), u.Codes...)
			}
		}
		edits = append(edits, c)
	}
	asked := append(o.asked(search.FacetOccupation), o.c.Occupations...)
	if slices.ContainsFunc(asked, func(code string) bool { return slices.Contains(there, code) }) {
		return edits // what is asked for is not excluded
	}
	for _, title := range reference.JobTitles() {
		if len(title.Code) == 4 && slices.Contains(there, title.Code) {
			name := title.Fi[0]
			if o.lang == i18n.Swedish {
				name = title.Sv[0]
			}
			if c, ok := o.excluding([]string{name}); ok {
				return append(edits, c)
			}
		}
	}
	return edits
}

func (o objector) otherTime() []search.Criteria {
	return o.others(reference.WorkTime, o.c.WorkTimes, o.codes(document.FieldWorkTime), func(c *search.Criteria) *[]string { return &c.WorkTimes })
}

func (o objector) otherDuration() []search.Criteria {
	return o.others(reference.Continuity, o.c.Continuity, o.codes(document.FieldContinuity), func(c *search.Criteria) *[]string { return &c.Continuity })
}

// others asks for the other values of a list.
func (o objector) others(list reference.ListName, chosen, off []string, field func(c *search.Criteria) *[]string) []search.Criteria {
	if len(off) == 0 {
		return nil
	}
	if len(chosen) == 0 {
		for _, e := range reference.List(list) {
			if len(e.Code) == 2 {
				chosen = append(chosen, e.Code)
			}
		}
	}
	left := slices.DeleteFunc(slices.Clone(chosen), func(code string) bool { return slices.Contains(off, code) })
	if len(left) == 0 {
		return nil
	}
	c := o.c
	*field(&c) = left
	return []search.Criteria{c}
}
