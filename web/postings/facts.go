package postings

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/web/ui"
)

// fact is one line of the facts box: a label and what the posting says.
type fact struct {
	// Label is a message ID.
	Label  string
	Values []ui.Text
}

// factGroup is a part of the facts box under a heading of its own.
type factGroup struct {
	Title string
	Facts []fact
}

// factList collects facts and leaves out those of which a posting says nothing.
type factList []fact

func (l *factList) add(label string, values ...ui.Text) {
	if len(values) > 0 {
		*l = append(*l, fact{label, values})
	}
}

// saying adds a text of the posting's own to values, when there is one.
func saying(ctx context.Context, values []ui.Text, text jobposting.Localised) []ui.Text {
	if p, ok := said(ctx, text); ok {
		values = append(values, p)
	}
	return values
}

func when(values []ui.Text, ok bool, text string) []ui.Text {
	if ok {
		values = append(values, ui.Plain(text))
	}
	return values
}

// facts tells what a posting says in fields rather than in running text.
func facts(ctx context.Context, p *jobposting.Posting) []factGroup {
	groups := []factGroup{
		{"postings.facts.basics", basicFacts(ctx, p)},
		{"postings.facts.work", workFacts(ctx, &p.Content)},
		{"postings.facts.required", requiredFacts(ctx, &p.Content)},
	}
	var filled []factGroup
	for _, g := range groups {
		if len(g.Facts) > 0 {
			filled = append(filled, g)
		}
	}
	return filled
}

func basicFacts(ctx context.Context, p *jobposting.Posting) []fact {
	c := &p.Content
	var l factList
	until := i18n.T(ctx, "postings.facts.no_deadline")
	if !p.ExpiresAt.IsZero() {
		until = sentence(i18n.UntilDateTime(ctx, p.ExpiresAt))
	}
	l.add("postings.facts.deadline", ui.Plain(until))
	l.add("postings.facts.positions", ui.Plain(i18n.Number(max(c.Positions, 1))))
	l.add("postings.facts.start", startFacts(ctx, c)...)
	l.add("postings.facts.place", placeFacts(ctx, c)...)
	l.add("postings.facts.workplace", workplaceFacts(ctx, &c.Workplace)...)
	return l
}

const startOnDate = "02"

func startFacts(ctx context.Context, c *jobposting.Content) []ui.Text {
	var v []ui.Text
	// "On a given date" says nothing beside the date.
	v = when(v, c.Start != "" && (c.Start != startOnDate || c.StartsOn == ""), codeName(ctx, reference.Start, c.Start))
	v = when(v, c.StartsOn != "", dateFact(ctx, c.StartsOn))
	return saying(ctx, v, c.StartInfo)
}

// dateFact is isoDate for the beginning of a line.
func dateFact(ctx context.Context, s string) string {
	if date := isoDate(ctx, s); date != s {
		return sentence(date)
	}
	return s
}

func placeFacts(ctx context.Context, c *jobposting.Content) []ui.Text {
	var v []ui.Text
	for _, code := range c.Municipalities {
		v = append(v, ui.Plain(municipalityName(ctx, code)))
	}
	for _, code := range c.Regions {
		v = append(v, ui.Plain(regionName(ctx, code)))
	}
	for _, code := range c.Countries {
		v = append(v, ui.Plain(countryName(ctx, code)))
	}
	return when(v, c.Flexible, sentence(i18n.T(ctx, "postings.flexible")))
}

func workplaceFacts(ctx context.Context, w *jobposting.Workplace) []ui.Text {
	var v []ui.Text
	if name := named(ctx, w.Name); name != "" {
		v = append(v, ui.Plain(name))
	}
	v = when(v, w.Address != "", w.Address)
	post := strings.TrimSpace(w.PostalCode + " " + w.PostOffice)
	return when(v, post != "", post)
}

func workFacts(ctx context.Context, c *jobposting.Content) []fact {
	var l factList
	l.add("postings.facts.employment", employmentFacts(ctx, &c.Employment)...)
	duration := codeNames(ctx, reference.Continuity, c.Continuity)
	if c.EndsOn != "" {
		duration = append(duration, ui.Plain(sentence(i18n.TData(ctx, "postings.facts.ends_on", map[string]any{"Date": isoDate(ctx, c.EndsOn)}))))
	}
	l.add("postings.facts.duration", saying(ctx, duration, c.FixedTermReason)...)
	var time []ui.Text
	time = when(time, c.WorkTime != "", codeName(ctx, reference.WorkTime, c.WorkTime))
	l.add("postings.facts.work_time", saying(ctx, time, c.PartTimeInfo)...)
	if h := hours(ctx, c); h != "" {
		l.add("postings.facts.hours", ui.Plain(h))
	}
	l.add("postings.facts.work_hours", codeNames(ctx, reference.WorkHours, c.WorkHours)...)
	l.add("postings.facts.shifts", codeNames(ctx, reference.Shift, c.Shifts)...)
	var more []ui.Text
	more = when(more, c.OnCall, i18n.T(ctx, "postings.facts.on_call"))
	more = when(more, c.Travel, i18n.T(ctx, "postings.facts.travel"))
	l.add("postings.facts.more", more...)
	var pay []ui.Text
	if info, _ := said(ctx, c.WageInfo); !holdsNumbers(info.Text, c.WageRange) {
		pay = when(pay, c.WageRange != "", grouped(c.WageRange))
	}
	pay = saying(ctx, pay, c.WageInfo)
	pay = when(pay, c.WageBasis != "", codeName(ctx, reference.WageBasis, c.WageBasis))
	l.add("postings.facts.pay", pay...)
	return l
}

func employmentFacts(ctx context.Context, e *jobposting.Employment) []ui.Text {
	var v []ui.Text
	v = when(v, e.Type != "", codeName(ctx, reference.Employment, e.Type))
	v = when(v, e.Apprenticeship, i18n.T(ctx, "postings.facts.apprenticeship"))
	v = when(v, e.Internship, i18n.T(ctx, "postings.facts.internship"))
	v = when(v, e.AlternationLeave, i18n.T(ctx, "postings.facts.alternation_leave"))
	v = whenFor(ctx, v, e.AgencyWork, "postings.facts.agency_work", e.AgencyClient)
	v = whenFor(ctx, v, e.Recruitment, "postings.facts.recruitment", e.RecruitmentClient)
	v = when(v, e.Franchising, i18n.T(ctx, "postings.facts.franchising"))
	v = saying(ctx, v, e.FranchisingTerm)
	v = when(v, e.OwnCapital, i18n.T(ctx, "postings.facts.own_capital"))
	return saying(ctx, v, e.OwnCapitalInfo)
}

// whenFor adds what is done for somebody: "vuokratyö: Yritys Oy". A name without
// the flag is shown as well.
func whenFor(ctx context.Context, v []ui.Text, ok bool, id, client string) []ui.Text {
	switch {
	case client != "":
		return append(v, ui.Plain(i18n.T(ctx, id)+": "+client))
	default:
		return when(v, ok, i18n.T(ctx, id))
	}
}

// hours writes a range of hours: "30–37,5 tuntia viikossa".
func hours(ctx context.Context, c *jobposting.Content) string {
	least, most := c.HoursMin, c.HoursMax
	if least <= 0 && most <= 0 {
		if c.HoursPeriod == "" {
			return ""
		}
		return codeName(ctx, reference.HoursPeriod, c.HoursPeriod)
	}
	var amount string
	switch {
	case most <= 0 || least == most:
		amount = decimal(max(least, most))
	case least <= 0:
		amount = i18n.TData(ctx, "postings.facts.at_most", map[string]any{"Hours": decimal(most)})
	default:
		amount = decimal(least) + "–" + decimal(most)
	}
	if c.HoursPeriod == "" {
		return i18n.TData(ctx, "postings.facts.hours_amount", map[string]any{"Hours": amount})
	}
	return amount + " " + codeWord(ctx, reference.HoursPeriod, c.HoursPeriod)
}

func decimal(f float64) string {
	return strings.Replace(strconv.FormatFloat(f, 'f', -1, 64), ".", ",", 1)
}

func requiredFacts(ctx context.Context, c *jobposting.Content) []fact {
	var l factList
	var work []ui.Text
	for _, code := range c.WorkLanguages {
		work = append(work, ui.Plain(languageTitle(ctx, code)))
	}
	l.add("postings.facts.work_languages", work...)
	var skills []ui.Text
	for _, s := range c.LanguageSkills {
		text := languageTitle(ctx, s.Code)
		if s.Level != "" {
			text += ": " + codeWord(ctx, reference.LanguageLevel, s.Level)
		}
		skills = saying(ctx, append(skills, ui.Plain(text)), s.Info)
	}
	l.add("postings.facts.language_skills", skills...)
	var education []ui.Text
	l.add("postings.facts.education", when(education, c.Education != "", codeName(ctx, reference.Education, c.Education))...)
	l.add("postings.facts.licences", saying(ctx, codeNames(ctx, reference.DrivingLicence, c.Licences), c.LicenceInfo)...)
	l.add("postings.facts.cards", saying(ctx, codeNames(ctx, reference.Card, c.Cards), c.CardInfo)...)
	if c.CriminalRecord {
		l.add("postings.facts.criminal_record", ui.Plain(i18n.T(ctx, "postings.facts.criminal_record_needed")))
	}
	return l
}

// sentence makes the first letter of s upper case.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if upper := unicode.ToUpper(first); upper != first && first != utf8.RuneError {
		return string(upper) + s[size:]
	}
	return s
}
