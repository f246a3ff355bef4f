package corpus

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// author makes one posting: first what is true of the job, then its texts.
type author struct {
	m   *material
	now time.Time
	d   dice
	p   Posting

	job    *job
	family *family
	place  *place
	firm   firm
	summer bool
	home   bool
	// hourly pay instead of monthly.
	hourly         bool
	payLow, payTop int
	street         string
}

// ID is the identifier of posting i: a version 4 UUID by its form.
func ID(seed uint64, i int) string {
	h, l := mix(seed, uint64(i), 1), mix(seed, uint64(i), 2) //nolint:gosec // an index is not negative
	return uuid(h, l)
}

func uuid(h, l uint64) string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", h>>32, h>>16&0xffff, h&0xfff, l>>48&0x3fff|0x8000, l&0xffffffffffff)
}

func (a *author) choose() {
	d, p := &a.d, &a.p
	p.Revision = 1
	a.family = &a.m.families[d.weighted(a.m.famWeights)]
	a.job = a.family.jobs[d.weighted(a.family.ranks)]
	a.languages()
	a.employer()
	a.times()
	a.terms()
	a.hours()
	a.pay()
	a.needs()
	a.location()
	a.occupations()
	p.Markdown = d.chance(55)
	p.Apply.Positions = one(d, []int{1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12, 20})
	if d.under(500) == 0 {
		p.Apply.Positions = d.between(50, 1000)
	}
}

func (a *author) languages() {
	d, p := &a.d, &a.p
	weights := a.m.finnishPlaces
	switch roll := d.under(1000); {
	case roll < 715:
		p.Languages = []string{"fi"}
	case roll < 735:
		p.Languages = []string{"fi", "en"}
	case roll < 835:
		p.Languages = []string{"sv"}
		weights = a.m.swedishPlaces
	case roll < 940:
		p.Languages = []string{"fi", "sv"}
		weights = a.m.bothPlaces
	case roll < 985:
		p.Languages = []string{"fi", "sv", "en"}
		weights = a.m.bothPlaces
	default:
		p.Languages = []string{"en"}
	}
	a.place = &a.m.places[d.weighted(weights)]
	if a.place.region == "21" && len(p.Languages) == 2 && d.chance(70) {
		p.Languages = []string{"sv"}
	}
}

func (a *author) has(lang string) bool {
	return slices.Contains(a.p.Languages, lang)
}

func (a *author) times() {
	d, p := &a.d, &a.p
	age := time.Duration(d.unit()*d.unit()*60*24*60) * time.Minute
	p.Published = a.now.Add(-age - time.Duration(d.under(3000))*time.Millisecond).Truncate(time.Microsecond)
	p.Created = p.Published.Add(-time.Duration(d.under(5*24*60)) * time.Minute)
	p.Modified = p.Published
	if d.chance(35) {
		p.Modified = p.Published.Add(time.Duration(d.unit() * float64(age))).Truncate(time.Microsecond)
	}
	if d.chance(6) {
		return
	}
	days := one(d, []int{1, 1, 2, 3, 4, 5, 6, 7, 7, 8, 10, 12, 14, 14, 14, 17, 20, 21, 21, 28, 30, 30, 35, 45, 60, 90, 120, 180})
	p.Expires = a.deadlineAfter(days)
}

// deadlineAfter is a closing time in Finnish winter time, the way people give
// them: at the end of office hours, at midnight, sometimes at an odd minute.
func (a *author) deadlineAfter(days int) time.Time {
	d := &a.d
	day := a.now.Truncate(24*time.Hour).AddDate(0, 0, days)
	minutes := one(d, []int{23*60 + 59, 23*60 + 59, 24 * 60, 16 * 60, 15 * 60, 16*60 + 15, 12 * 60, 9 * 60, 23*60 + 55, 18 * 60})
	if d.chance(3) {
		minutes = d.under(24 * 60)
	}
	closes := day.Add(time.Duration(minutes-120) * time.Minute)
	if !closes.After(a.now) {
		return closes.AddDate(0, 0, 1)
	}
	return closes
}

func (a *author) terms() {
	d, p := &a.d, &a.p
	t := &p.Terms
	t.Relationship = "01"
	switch {
	case a.job.flag("P") && d.chance(70):
		t.Relationship = "02"
	case a.job.flag("V") && d.chance(40):
		t.Relationship = "03"
	case a.job.flag("Y") && d.chance(40):
		t.Relationship = "04"
	}
	seasonal := 2
	if a.job.family == "farm" {
		seasonal = 35
	}
	switch roll := d.under(100); {
	case roll < seasonal:
		t.Continuity = "0201"
	case roll < seasonal+6:
		t.Continuity = "0202"
		a.summer = true
	case roll < seasonal+34:
		t.Continuity = "02"
	default:
		t.Continuity = "01"
	}
	switch {
	case a.summer:
		t.EndsOn = strconv.Itoa(a.now.AddDate(0, 4, 0).Year()) + one(d, []string{"-08-31", "-08-15", "-07-31", "-09-30"})
	case t.Continuity != "01":
		t.EndsOn = a.now.AddDate(0, d.between(2, 14), d.under(28)).Format(time.DateOnly)
	}
	switch t.Relationship {
	case "01":
		t.Apprenticeship = d.chance(2)
		t.Training = d.chance(1)
		t.Agency = p.Client != nil && d.chance(60)
		t.Recruited = p.Client != nil && !t.Agency
		t.Cover = t.Continuity == "02" && d.chance(5)
	case "03":
		t.Recruited = p.Client != nil
	case "04":
		t.Franchise = d.chance(60)
		t.OwnFunding = d.chance(50)
	}
}

func (a *author) hours() {
	d, h := &a.d, &a.p.Hours
	h.WorkTime = "01"
	part := 18
	if a.home {
		part = 90
	}
	if d.chance(part) {
		h.WorkTime = "02"
		h.Period = "0201"
		h.Min = float64(d.between(2, 30))
		h.Max = h.Min + float64(d.under(9))
		if d.chance(15) {
			h.Period, h.Min, h.Max = "0202", h.Min*4, h.Max*4
		}
		h.PartTime = strconv.Itoa(int(h.Min)) + "–" + strconv.Itoa(int(h.Max)) + " h"
	} else if d.chance(40) {
		h.Period, h.Min, h.Max = "0201", one(d, []float64{36.25, 37.5, 38.25, 38.75, 40}), 40
	}
	if a.job.flag("S") {
		h.Times = one(d, [][]string{{"01", "02"}, {"01", "02", "03"}, {"04"}, {"08"}, {"01", "02", "07", "08"}, {"03"}})
		if h.Times[len(h.Times)-1] == "08" {
			h.Shifts = one(d, [][]string{{"0801"}, {"0802"}, {"0802"}, {"0803"}, {"0804"}})
		}
	} else {
		h.Times = one(d, [][]string{{"01", "06"}, {"01"}, {"05", "06"}, {"05"}, {"02", "07"}, {"01", "06"}, nil})
	}
	h.OnCall = d.chance(4)
	h.Travel = a.job.flag("T") || d.chance(5)
}

func (a *author) pay() {
	d, pay := &a.d, &a.p.Pay
	pay.Basis = "01"
	switch {
	case a.job.flag("V"):
		pay.Basis = one(d, []string{"03", "04", "05"})
	case a.job.flag("Y"):
		pay.Basis = one(d, []string{"02", "03", "07"})
	case a.job.family == "farm" && d.chance(20):
		pay.Basis = "06"
	case d.chance(8):
		pay.Basis = "02"
	}
	spread := a.job.payTop - a.job.payLow
	a.payLow = (a.job.payLow + d.under(spread/2+1)) / 10 * 10
	a.payTop = (a.payLow + spread/4 + d.under(spread/2+1)) / 10 * 10
	switch a.job.family {
	case "clean", "home", "build", "transport", "food", "farm", "sales", "electric":
		a.hourly = d.chance(60)
	}
	if d.chance(15) {
		pay.Range = strconv.Itoa(a.payLow) + "-" + strconv.Itoa(a.payTop)
	}
}

func (a *author) needs() {
	d, n := &a.d, &a.p.Needs
	for _, lang := range []string{"fi", "sv", "en"} {
		if a.has(lang) {
			n.WorkLanguages = append(n.WorkLanguages, lang)
		}
	}
	if len(a.p.Languages) == 1 && a.has("fi") && d.chance(8) {
		n.WorkLanguages = append(n.WorkLanguages, one(d, []string{"en", "en", "sv", "ru", "et", "fse"}))
	}
	if d.chance(45) {
		for _, code := range n.WorkLanguages {
			n.Languages = append(n.Languages, LanguageSkill{Code: code, Level: one(d, []string{"A1", "B1", "B2", "B2", "C1", "L1"})})
		}
	}
	if d.under(200) == 0 {
		n.Languages = append(n.Languages, LanguageSkill{Code: one(d, []string{"rom", "smn", "sms", "se", "ber", "und", "crn", "fss"}), Level: "A1"})
	}
	n.Licences = append(n.Licences, a.job.coded('l')...)
	if len(n.Licences) == 0 && d.chance(4) {
		n.Licences = []string{one(d, []string{"B", "B", "B96BE", "A1A2A"})}
	}
	for _, code := range a.job.coded('c') {
		if d.chance(75) {
			n.Cards = append(n.Cards, code)
		}
	}
	if d.chance(2) {
		n.Cards = append(n.Cards, fmt.Sprintf("%03d", d.between(1, 95)))
	}
	if a.job.education != "" && d.chance(75) {
		n.Education = a.job.education
		if n.Education == "32" && d.chance(8) {
			n.Education = one(d, []string{"31", "4", "5"})
		}
	}
	n.CriminalRecord = a.job.flag("K") && d.chance(90)
}

func (a *author) location() {
	d, l := &a.d, &a.p.Location
	l.Countries = []string{"FI"}
	streets := "street"
	if a.place.region == "21" || !a.has("fi") {
		streets = "street-sv"
	}
	a.street = one(d, a.m.names[streets]) + " " + strconv.Itoa(d.between(1, 98))
	if d.chance(1) && !a.has("sv") {
		l.Countries = []string{one(d, []string{"NO", "SE", "DE", "EE", "ES", "AT"})}
		l.Flexible = false
		return
	}
	if d.chance(3) {
		l.Regions = []string{a.place.region}
		l.Flexible = d.chance(40)
		return
	}
	l.Municipalities, l.Regions = []string{a.place.code}, []string{a.place.region}
	if d.chance(6) {
		near := a.m.byRegion[a.place.region]
		for range d.between(1, 3) {
			other := a.m.places[one(d, near)].code
			if !slices.Contains(l.Municipalities, other) {
				l.Municipalities = append(l.Municipalities, other)
			}
		}
	}
	l.Flexible = d.chance(4)
	if d.chance(70) {
		l.Street, l.PostalCode, l.PostOffice = a.street, a.place.postal, a.place.office
	}
}

func (a *author) occupations() {
	d, p := &a.d, &a.p
	p.ISCO = a.job.isco
	isco := "http://data.europa.eu/esco/isco/C" + a.job.isco
	p.Occupation = isco
	switch roll := d.under(100); {
	case roll < 8 && a.job.esco != "":
		p.Occupation = "http://data.europa.eu/esco/occupation/" + a.job.esco
		p.Occupations = []string{p.Occupation, isco}
	case roll < 10:
		p.Occupation = "http://data.tyomarkkinatori.fi/esco/occupation/finnish-extension-" + strconv.Itoa(d.between(1, 78))
		p.Occupations = []string{isco}
	case roll < 25:
		other := one(d, a.family.jobs)
		p.Occupations = []string{isco}
		if other.isco != a.job.isco {
			p.Occupations = append(p.Occupations, "http://data.europa.eu/esco/isco/C"+other.isco)
		}
	}
	for range d.under(4) {
		n := mix(uint64(len(a.job.family)), uint64(d.under(40)), 77) //nolint:gosec // a length
		p.Skills = append(p.Skills, "http://data.europa.eu/esco/skill/"+uuid(n, mix(n)))
	}
	if d.chance(2) {
		p.Skills = append(p.Skills, "http://data.europa.eu/esco/isced-f/0"+strconv.Itoa(d.between(610, 619)))
	}
}
