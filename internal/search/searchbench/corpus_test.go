package searchbench_test

import (
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus" //nolint:depguard // what is measured on
	"tyomarkkinatori.fi/portal/internal/jobposting"
)

const seed = 20260302

func now() time.Time { return time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC) }

func localised(t corpus.Text) jobposting.Localised {
	l := jobposting.Localised{}
	for _, language := range [...]string{"fi", "sv", "en"} {
		if text := t.In(language); text != "" {
			l[language] = text
		}
	}
	return l
}

// posting returns number i of the corpus as the portal holds it.
func posting(i int) *jobposting.Posting {
	p := corpus.At(seed, i, now())
	content := jobposting.Content{
		Languages:      p.Languages,
		Markdown:       p.Markdown,
		EmployerType:   p.Employer.Kind,
		Advertiser:     jobposting.Organisation{BusinessID: p.Employer.BusinessID, Name: localised(p.Employer.Name)},
		Title:          localised(p.Title),
		Summary:        localised(p.Summary),
		Description:    localised(p.Description),
		Marketing:      localised(p.Marketing),
		Positions:      p.Apply.Positions,
		Employment:     jobposting.Employment{Type: p.Terms.Relationship},
		Continuity:     []string{p.Terms.Continuity},
		WorkTime:       p.Hours.WorkTime,
		Occupations:    append([]string{p.Occupation}, p.Occupations...),
		WorkLanguages:  p.Needs.WorkLanguages,
		Countries:      p.Location.Countries,
		Regions:        p.Location.Regions,
		Municipalities: p.Location.Municipalities,
		Flexible:       p.Location.Flexible,
		Workplace:      jobposting.Workplace{Name: localised(p.Location.Workplace)},
	}
	if p.Client != nil {
		content.Client = jobposting.Organisation{BusinessID: p.Client.BusinessID, Name: jobposting.Localised{"fi": p.Client.Name}}
	}
	return &jobposting.Posting{
		ID:          int64(i + 1),
		Source:      jobposting.SourceTE,
		ExternalID:  p.ID,
		Status:      jobposting.StatusOpen,
		Content:     content,
		CreatedAt:   p.Created,
		ModifiedAt:  p.Modified,
		PublishedAt: p.Published,
		ExpiresAt:   p.Expires,
	}
}
