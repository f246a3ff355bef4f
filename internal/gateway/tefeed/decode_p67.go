package tefeed

import (
	"slices"
	"strings"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/richtext"
)

// decodeP67 reads one line of the P67 interface. The ID is returned even when
// the rest cannot be used.
func decodeP67(raw []byte) (record, *unusable) {
	o, fault := parseObject(raw)
	if fault != nil {
		return record{}, fault
	}
	f := &fields{lang: "fi"}
	var r record
	in := &r.incoming
	metadata := f.object(o, "metadata")
	in.ExternalID = richtext.Cut(f.line(metadata, "externalId", "externalID", "id"), maxID)
	if in.ExternalID == "" {
		f.fail("no_id", "")
		return r, f.fault
	}
	created, _ := f.time(metadata, "created")
	r.lastModified, _ = f.time(metadata, "lastModified", "modified")
	archived, _ := f.time(metadata, "archived")
	status := strings.ToUpper(f.line(metadata, "status"))
	r.archived = !archived.IsZero() || status == "ARCHIVED"
	if r.archived {
		return r, f.fault
	}

	c := &in.Content
	c.Languages = languageCodes(f.codes(o, "languages"))
	if len(c.Languages) > 0 {
		f.lang = c.Languages[0]
	}
	c.Markdown = strings.EqualFold(f.line(o, "descriptionsContentType"), "markdown")
	f.p67Employer(o, in)
	f.p67Position(f.object(o, "position"), c)
	f.p67Location(f.object(o, "location"), c)

	application := f.object(o, "application")
	published, never := f.time(application, "published")
	if published.IsZero() && !never {
		published, never = f.time(metadata, "published")
	}
	if never {
		f.fail("bad_date", "published")
	}
	in.ExpiresAt, _ = f.time(application, "expires")
	f.dates(in, created, r.lastModified, published)
	c.Positions = f.count(application, "openPositions")
	c.ApplyInfo = f.long(application, "helpText")
	c.ApplyURL = f.links(application, "url")
	c.ApplyElsewhere = f.flag(application, "externalApplication", "externalForm") || len(c.ApplyURL) > 0

	in.People.Contacts = f.contacts(f.objects(o, "contacts"))
	for _, link := range f.objects(o, "externalLinks") {
		if url := f.link(link, "url"); url != "" {
			c.Links = append(c.Links, jobposting.Link{URL: url, Description: f.line(link, "description")})
		}
	}
	f.finish(in)
	return r, f.fault
}

func (f *fields) p67Employer(o object, in *jobposting.Incoming) {
	c := &in.Content
	organisation := func(o object) jobposting.Organisation {
		return jobposting.Organisation{
			BusinessID: f.line(o, "businessId", "businessID"),
			Name:       f.lines(o, "company", "name"),
			Office:     f.line(o, "officeName"),
			Reference:  f.line(o, "reference"),
			Industry:   f.line(o, "industryCode"),
		}
	}
	owner := f.object(o, "owner")
	c.Advertiser = organisation(owner)
	c.Client = organisation(f.object(o, "client"))
	c.EmployerType = f.code(owner, "employerType")
	c.Homepage = f.link(owner, "homepage", "website", "homePage")
	if household, ok := owner["householdEmployer"].(map[string]any); ok {
		in.People.Household = strings.TrimSpace(f.line(household, "firstName") + " " + f.line(household, "lastName", "name"))
		return
	}
	in.People.Household = f.line(owner, "householdEmployer")
}

// p67Position reads the fields whose names are known of P67, and those that
// only its sister interfaces tell of under the names that those use.
func (f *fields) p67Position(o object, c *jobposting.Content) {
	c.Title = f.lines(o, "title")
	c.Summary = f.long(o, "summary", "jobSummary", "shortDescription")
	c.Description = f.long(o, "jobDescription", "description")
	c.Marketing = f.long(o, "marketingDescription")

	c.Occupations = conceptURIs(slices.Concat(f.codes(o, "mainOccupation"), f.codes(o, "occupations")))
	c.Occupations = distinct(c.Occupations)
	c.Skills = conceptURIs(f.codes(o, "skills"))

	c.Employment.Type = f.code(o, "employmentRelationship", "employmentRelationships")
	c.Employment.Apprenticeship = f.flag(o, "apprenticeship")
	c.Employment.Internship = f.flag(o, "internship", "traineeship")
	c.Employment.AgencyWork = f.flag(o, "agencyWork", "temporaryAgencyWork", "leasedWork")
	c.Employment.AlternationLeave = f.flag(o, "alternationLeaveSubstitute", "alternationLeave")
	c.Employment.Franchising = f.flag(o, "franchising")
	c.Employment.FranchisingTerm = f.lines(o, "franchisingTerm", "franchisingPeriod")
	c.Employment.OwnCapital = f.flag(o, "ownCapitalRequired", "ownCapital")
	c.Employment.OwnCapitalInfo = f.lines(o, "ownCapitalInfo")
	c.Continuity = f.codes(o, "continuityOfWork")
	c.EndsOn = f.day(o, "endDate", "fixedTermEndDate", "continuityOfWorkEndDate", "ends")
	c.FixedTermReason = f.lines(o, "fixedTermReason", "continuityOfWorkInfo")

	c.WorkTime = f.code(o, "workTime")
	c.PartTimeInfo = f.lines(o, "partTimeInfo")
	c.HoursPeriod = f.code(o, "workHoursPeriod", "workTimePeriod", "hoursPeriod")
	c.HoursMin = f.number(o, "workHoursMin", "workTimeMin", "minHours")
	c.HoursMax = f.number(o, "workHoursMax", "workTimeMax", "maxHours")
	c.WorkHours, c.Shifts = splitShifts(f.codes(o, "workTimeDetails", "workHours", "workingHours"),
		f.codes(o, "shiftWork", "shifts"))
	c.OnCall = f.flag(o, "onCall", "calledWhenNeeded")
	c.Travel = f.flag(o, "travel", "includesTravel", "travelRequired")

	c.Start = f.code(o, "startOfWork", "workStarts", "start")
	c.StartsOn = f.day(o, "startDate", "workStartDate")
	c.StartInfo = f.lines(o, "startInfo", "startOfWorkInfo", "workStartInfo")

	c.WageBasis = f.code(o, "wagePrincipal", "wagePrinciple")
	c.WageInfo = f.long(o, "wagePrincipalInfo", "wagePrincipleInfo")
	c.WageRange = f.line(o, "wageRange")

	c.WorkLanguages = languageCodes(f.codes(o, "workLanguages", "workingLanguages"))
	c.LanguageSkills = f.languageSkills(f.objects(o, "languageSkills", "languageRequirements"))
	c.Licences = f.codes(o, "drivingLicenses", "drivingLicences", "drivingLicenseClasses")
	c.LicenceInfo = f.lines(o, "drivingLicensesDescription", "drivingLicencesDescription", "drivingLicenseDescription")
	c.Cards = f.codes(o, "permitCards", "cards")
	c.CardInfo = f.long(o, "permitCardsDescription")
	c.Education = f.code(o, "educationLevel", "education")
	c.CriminalRecord = f.flag(o, "criminalRecordExtract", "criminalRecord", "criminalRecordRequired")
}

func (f *fields) p67Location(o object, c *jobposting.Content) {
	c.Countries = f.codes(o, "countries")
	c.Regions = f.codes(o, "regions")
	c.Municipalities = f.codes(o, "municipalities")
	c.Flexible = f.flag(o, "flexible", "flexibleLocation", "locationFlexible", "isFlexible")
	c.Travel = c.Travel || f.flag(o, "travelRequirement", "travelRequired", "includesTravel", "travel")
	c.Workplace = jobposting.Workplace{
		Name:       f.lines(o, "workplaceName"),
		Address:    f.line(o, "workplaceAddress"),
		PostalCode: f.line(o, "workplacePostalCode"),
		PostOffice: f.line(o, "workplacePostOffice"),
	}
}

func distinct(list []string) []string {
	out := list[:0]
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
