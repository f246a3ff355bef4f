package tesim

import (
	"encoding/json"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

// The wire form of P67 v2. Names in the groups below are confirmed unless said
// otherwise; the assumed ones follow the house style of the sister interfaces.
type (
	p67Posting struct {
		Languages    []string        `json:"languages"`
		ContentType  string          `json:"descriptionsContentType"`
		Metadata     p67Metadata     `json:"metadata"`
		Client       *p67Client      `json:"client"`
		Owner        p67Owner        `json:"owner"`
		Position     p67Position     `json:"position"`
		Location     *p67Location    `json:"location,omitempty"`
		Application  *p67Application `json:"application,omitempty"`
		ExternalLink []p67Link       `json:"externalLinks"`
		Contacts     []p67Contact    `json:"contacts"`
	}
	p67Metadata struct {
		ExternalID   string `json:"externalId"`
		Created      string `json:"created"`
		LastModified string `json:"lastModified"`
		Archived     string `json:"archived,omitempty"`
	}
	p67Client struct {
		BusinessID string `json:"businessId"`
		Company    string `json:"company"`
		Office     string `json:"officeName"`
		Industry   string `json:"industryCode"`
	}
	p67Owner struct {
		EmployerType string  `json:"employerType"`
		BusinessID   *string `json:"businessId"`
		Company      texts   `json:"company,omitempty"`
		Office       string  `json:"officeName"`
		Reference    string  `json:"reference"`
		Household    *string `json:"householdEmployer"`
		Industry     string  `json:"industryCode,omitempty"`
	}
	p67Position struct {
		Main         *string  `json:"mainOccupation"`
		Occupations  []string `json:"occupations"`
		Skills       []string `json:"skills"`
		Title        texts    `json:"title"`
		Description  texts    `json:"jobDescription"`
		Marketing    texts    `json:"marketingDescription,omitempty"`
		Relationship string   `json:"employmentRelationship,omitempty"`
		Continuity   []string `json:"continuityOfWork"`
		WorkTime     string   `json:"workTime,omitempty"`
		PartTimeInfo *string  `json:"partTimeInfo"`
		PayBasis     string   `json:"wagePrincipal,omitempty"`
		PayInfo      texts    `json:"wagePrincipalInfo,omitempty"`
		PayRange     *string  `json:"wageRange"`
		CardInfo     texts    `json:"permitCardsDescription"`
		p67Assumed
	}
	// p67Assumed are the fields that P67 is known or likely to have under names
	// that nobody has confirmed.
	p67Assumed struct {
		Summary        texts              `json:"summary,omitempty"`
		WorkLanguages  []string           `json:"workLanguages,omitempty"`
		LanguageSkills []p67LanguageSkill `json:"languageSkills,omitempty"`
		Licences       []string           `json:"drivingLicenses,omitempty"`
		LicenceInfo    texts              `json:"drivingLicensesDescription,omitempty"`
		Cards          []string           `json:"permitCards,omitempty"`
		Times          []string           `json:"workTimeDetails,omitempty"`
		Shifts         []string           `json:"shiftWork,omitempty"`
		HoursPeriod    string             `json:"workHoursPeriod,omitempty"`
		HoursMin       float64            `json:"workHoursMin,omitempty"`
		HoursMax       float64            `json:"workHoursMax,omitempty"`
		OnCall         bool               `json:"onCall,omitempty"`
		Start          string             `json:"startOfWork,omitempty"`
		StartDate      string             `json:"startDate,omitempty"`
		StartInfo      texts              `json:"startInfo,omitempty"`
		EndDate        string             `json:"endDate,omitempty"`
		EndReason      texts              `json:"fixedTermReason,omitempty"`
		Education      string             `json:"educationLevel,omitempty"`
		CriminalRecord bool               `json:"criminalRecordExtract,omitempty"`
		Apprenticeship bool               `json:"apprenticeship,omitempty"`
		Internship     bool               `json:"internship,omitempty"`
		Agency         bool               `json:"agencyWork,omitempty"`
		Franchising    bool               `json:"franchising,omitempty"`
		FranchiseTerm  texts              `json:"franchisingTerm,omitempty"`
		OwnCapital     bool               `json:"ownCapitalRequired,omitempty"`
		OwnCapitalInfo texts              `json:"ownCapitalInfo,omitempty"`
	}
	p67LanguageSkill struct {
		Code        string `json:"code"`
		Level       string `json:"level"`
		Description texts  `json:"description,omitempty"`
	}
	p67Location struct {
		Countries      []string `json:"countries"`
		Regions        []string `json:"regions"`
		Municipalities []string `json:"municipalities"`
		Workplace      texts    `json:"workplaceName,omitempty"`
		Address        string   `json:"workplaceAddress"`
		PostalCode     string   `json:"workplacePostalCode"`
		PostOffice     string   `json:"workplacePostOffice"`
		// Assumed names from here on.
		Flexible bool `json:"flexibleLocation,omitempty"`
		Travel   bool `json:"travelRequired,omitempty"`
	}
	p67Application struct {
		Published *string `json:"published,omitempty"`
		Expires   *string `json:"expires"`
		Positions int     `json:"openPositions"`
		Help      texts   `json:"helpText,omitempty"`
		URL       texts   `json:"url,omitempty"`
	}
	p67Link struct {
		URL         string `json:"url"`
		Description string `json:"description"`
	}
	p67Contact struct {
		First string  `json:"firstName"`
		Last  string  `json:"lastName"`
		Email *string `json:"email"`
		Phone *string `json:"telephone"`
	}
)

// texts is a text keyed by its language.
type texts map[string]string

func textsOf(t corpus.Text) texts {
	m := texts{}
	for _, lang := range []string{"fi", "sv", "en"} {
		if s := t.In(lang); s != "" {
			m[lang] = s
		}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

const naive = "2006-01-02T15:04:05.000000"

func told(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(naive)
	return &s
}

func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// p67Form is the wire form of a posting closed at the given time, if it is.
func p67Form(p *corpus.Posting, closed time.Time) p67Posting {
	w := p67Posting{
		Languages: p.Languages, ContentType: "plain",
		Metadata: p67Metadata{ExternalID: p.ID, Created: p.Created.Format(naive), LastModified: p.Modified.Format(naive)},
		Owner: p67Owner{
			EmployerType: p.Employer.Kind, BusinessID: filled(p.Employer.BusinessID), Company: textsOf(p.Employer.Name),
			Office: p.Employer.Office, Reference: p.Employer.Reference, Household: filled(p.Employer.Household), Industry: p.Employer.Industry,
		},
		Position: p67PositionOf(p),
		Application: &p67Application{
			Published: told(p.Published), Expires: told(p.Expires), Positions: p.Apply.Positions,
			Help: textsOf(p.Apply.Help), URL: textsOf(p.Apply.URL),
		},
		ExternalLink: []p67Link{}, Contacts: []p67Contact{},
	}
	if p.Markdown {
		w.ContentType = "markdown"
	}
	if !closed.IsZero() {
		w.Metadata.Archived = closed.Format(naive)
	}
	if p.Client != nil {
		w.Client = &p67Client{p.Client.BusinessID, p.Client.Name, p.Client.Office, p.Client.Industry}
	}
	if p.Oddity != "missing groups" {
		l := &p.Location
		w.Location = &p67Location{
			list(l.Countries), list(l.Regions), list(l.Municipalities), textsOf(l.Workplace),
			l.Street, l.PostalCode, l.PostOffice, l.Flexible, p.Hours.Travel,
		}
	}
	// Some say nothing of when they were published: at once.
	if p.Index%37 == 0 {
		w.Application.Published = nil
	}
	for _, l := range p.Links {
		w.ExternalLink = append(w.ExternalLink, p67Link{l.URL, l.Text})
	}
	for _, c := range p.Contacts {
		w.Contacts = append(w.Contacts, p67Contact{c.First, c.Last, filled(c.Email), filled(c.Phone)})
	}
	return w
}

func p67PositionOf(p *corpus.Posting) p67Position {
	skills := make([]p67LanguageSkill, 0, len(p.Needs.Languages))
	for _, l := range p.Needs.Languages {
		skills = append(skills, p67LanguageSkill{l.Code, l.Level, textsOf(l.Info)})
	}
	t, h, n := &p.Terms, &p.Hours, &p.Needs
	return p67Position{
		Main: filled(p.Occupation), Occupations: list(p.Occupations), Skills: list(p.Skills),
		Title: textsOf(p.Title), Description: textsOf(p.Description), Marketing: textsOf(p.Marketing),
		Relationship: t.Relationship, Continuity: []string{t.Continuity}, WorkTime: h.WorkTime, PartTimeInfo: filled(h.PartTime),
		PayBasis: p.Pay.Basis, PayInfo: textsOf(p.Pay.Info), PayRange: filled(p.Pay.Range), CardInfo: textsOf(n.CardInfo),
		p67Assumed: p67Assumed{
			Summary: textsOf(p.Summary), WorkLanguages: n.WorkLanguages, LanguageSkills: skills, Licences: n.Licences,
			LicenceInfo: textsOf(n.LicenceInfo), Cards: n.Cards, Times: h.Times, Shifts: h.Shifts, HoursPeriod: h.Period,
			HoursMin: h.Min, HoursMax: h.Max, OnCall: h.OnCall, Start: p.Start.Code, StartDate: p.Start.On,
			StartInfo: textsOf(p.Start.Info), EndDate: t.EndsOn, EndReason: textsOf(t.EndReason), Education: n.Education,
			CriminalRecord: n.CriminalRecord, Apprenticeship: t.Apprenticeship, Internship: t.Training, Agency: t.Agency,
			Franchising: t.Franchise, FranchiseTerm: textsOf(t.FranchiseTerm), OwnCapital: t.OwnFunding, OwnCapitalInfo: textsOf(t.FundingInfo),
		},
	}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
