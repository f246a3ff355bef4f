package postings

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/paths"
)

// structured is the JobPosting of schema.org that search engines read. All of it
// stands on the page as well, and none of it names a person: what an engine has
// copied stays there when the posting closes.
type structured struct {
	Context            string        `json:"@context"`
	Type               string        `json:"@type"`
	URL                string        `json:"url"`
	InLanguage         string        `json:"inLanguage"`
	Title              string        `json:"title"`
	Description        string        `json:"description"`
	DatePosted         string        `json:"datePosted"`
	ValidThrough       string        `json:"validThrough,omitempty"`
	Identifier         property      `json:"identifier"`
	HiringOrganization organisation  `json:"hiringOrganization"`
	EmploymentType     []string      `json:"employmentType,omitempty"`
	TotalJobOpenings   int           `json:"totalJobOpenings"`
	JobLocation        []workPlace   `json:"jobLocation,omitempty"`
	JobLocationType    string        `json:"jobLocationType,omitempty"`
	ApplicantLocation  []countryOnly `json:"applicantLocationRequirements,omitempty"`
	Category           []category    `json:"occupationalCategory,omitempty"`
	Industry           string        `json:"industry,omitempty"`
}

type property struct {
	Type  string `json:"@type"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

type organisation struct {
	Type   string `json:"@type"`
	Name   string `json:"name"`
	SameAs string `json:"sameAs,omitempty"`
}

type workPlace struct {
	Type    string  `json:"@type"`
	Address address `json:"address"`
}

type address struct {
	Type       string `json:"@type"`
	Street     string `json:"streetAddress,omitempty"`
	PostalCode string `json:"postalCode,omitempty"`
	Locality   string `json:"addressLocality,omitempty"`
	Region     string `json:"addressRegion,omitempty"`
	Country    string `json:"addressCountry"`
}

type countryOnly struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

type category struct {
	Type      string `json:"@type"`
	Name      string `json:"name"`
	CodeValue string `json:"codeValue"`
	Set       string `json:"inCodeSet"`
}

// structure makes the structured data of an open posting's page; html is its
// description as the page shows it.
func (p *Pages) structure(ctx context.Context, post *jobposting.Posting, html string) structured {
	c := &post.Content
	lang := i18n.LangOf(ctx)
	title, in := c.Title.In(string(lang))
	s := structured{
		Context: "https://schema.org", Type: "JobPosting",
		URL:                p.PublicURL + paths.Job(lang, post.ID),
		InLanguage:         in,
		Title:              title,
		Description:        cmp.Or(html, named(ctx, c.Summary), title),
		DatePosted:         machine(post.PublishedAt),
		Identifier:         property{"PropertyValue", i18n.T(ctx, "postings.source.te"), post.ExternalID},
		HiringOrganization: organisation{Type: "Organization", Name: employer(ctx, c)}, //nolint:misspell // schema.org spells it so
		EmploymentType:     employmentTypes(c),
		TotalJobOpenings:   max(c.Positions, 1),
		Category:           p.categories(ctx, c),
		Industry:           industryName(ctx, cmp.Or(c.Client.Industry, c.Advertiser.Industry)),
	}
	if !post.ExpiresAt.IsZero() {
		s.ValidThrough = machine(post.ExpiresAt)
	}
	if len(c.Client.Name) == 0 {
		s.HiringOrganization.SameAs, _ = webAddress(c.Homepage)
	}
	if c.Flexible && len(c.Municipalities) == 0 {
		s.JobLocationType = "TELECOMMUTE"
		for _, code := range countriesOf(c) {
			s.ApplicantLocation = append(s.ApplicantLocation, countryOnly{"Country", countryName(ctx, code)})
		}
	} else {
		s.JobLocation = workPlaces(ctx, c)
	}
	return s
}

func countriesOf(c *jobposting.Content) []string {
	if len(c.Countries) == 0 {
		return []string{"FI"}
	}
	return c.Countries
}

// employmentTypes translates the TE system's codes into those of schema.org.
func employmentTypes(c *jobposting.Content) []string {
	var types []string
	switch c.WorkTime {
	case "01":
		types = append(types, "FULL_TIME")
	case "02":
		types = append(types, "PART_TIME")
	}
	if slices.ContainsFunc(c.Continuity, func(code string) bool { return strings.HasPrefix(code, "02") }) {
		types = append(types, "TEMPORARY")
	}
	if c.Employment.Internship {
		types = append(types, "INTERN")
	}
	if c.Employment.Type == "03" {
		types = append(types, "CONTRACTOR")
	}
	return types
}

func workPlaces(ctx context.Context, c *jobposting.Content) []workPlace {
	country := countriesOf(c)[0]
	var found []workPlace
	for _, code := range c.Municipalities {
		a := address{Type: "PostalAddress", Locality: municipalityName(ctx, code), Country: country}
		if m, ok := reference.MunicipalityByCode(code); ok && slices.Contains(c.Regions, m.Region) {
			a.Region = regionName(ctx, m.Region)
		}
		found = append(found, workPlace{"Place", a})
	}
	if len(found) == 0 {
		for _, code := range c.Regions {
			found = append(found, workPlace{"Place", address{Type: "PostalAddress", Region: regionName(ctx, code), Country: country}})
		}
	}
	if len(found) == 0 {
		for _, code := range countriesOf(c) {
			found = append(found, workPlace{"Place", address{Type: "PostalAddress", Country: code}})
		}
	}
	// A street belongs to one place: with several it is not known which.
	if len(found) == 1 {
		found[0].Address.Street = c.Workplace.Address
		found[0].Address.PostalCode = c.Workplace.PostalCode
	}
	return found
}

func (p *Pages) categories(ctx context.Context, c *jobposting.Content) []category {
	var found []category
	for _, concept := range c.Occupations {
		code := p.iscoCode(concept)
		name, ok := p.conceptName(ctx, concept)
		if code == "" || !ok {
			continue
		}
		found = append(found, category{"CategoryCode", name, code, "ISCO-08"})
	}
	return found
}
