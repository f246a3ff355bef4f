package corpus

import (
	"fmt"
	"strconv"
	"strings"
)

// write composes the texts in every language of the posting.
func (a *author) write() {
	d, p := &a.d, &a.p
	a.contactPeople()
	suffix := ""
	switch {
	case a.home:
		suffix = "-home"
	case a.summer:
		suffix = "-summer"
	}
	markdown, length := p.Markdown, d.under(100)
	withURL := !a.home && d.chance(65)
	for _, lang := range p.Languages {
		s := a.scribe(lang)
		p.Title.Set(lang, trimTo(s.line("title"+suffix), 120))
		if d.chance(60) {
			p.Summary.Set(lang, s.line("summary"))
		}
		p.Description.Set(lang, s.description(suffix, markdown, length))
		if !a.home && d.chance(35) {
			p.Marketing.Set(lang, s.line("marketing"))
		}
		a.notes(s)
		if withURL {
			p.Apply.URL.Set(lang, "https://rekry."+a.firm.slug+".example/paikat/"+strconv.Itoa(p.Index)+"?lang="+lang)
		}
		if !withURL || d.chance(50) {
			p.Apply.Help.Set(lang, s.line("help"))
		}
	}
	if p.Employer.Homepage != "" && d.chance(25) {
		p.Links = append(p.Links, Link{URL: p.Employer.Homepage, Text: one(d, []string{"Kotisivu", "Hemsida", "Website", ""})})
		if d.chance(30) {
			p.Links = append(p.Links, Link{URL: "https://video.example/" + a.firm.slug, Text: "Video"})
		}
	}
}

// notes are the short texts beside the description.
func (a *author) notes(s *scribe) {
	p, lang := &a.p, s.lang
	switch roll := mix(uint64(p.Index), 5) % 100; { //nolint:gosec // an index is not negative
	case roll < 62:
		p.Pay.Info.Set(lang, s.pay())
	case roll < 85:
		p.Pay.Info.Set(lang, map[string]string{
			"fi": "Työehtosopimuksen mukaan", "sv": "Enligt kollektivavtalet", "en": "According to the collective agreement",
		}[lang])
	}
	roll := mix(uint64(p.Index), 6) % 100 //nolint:gosec // an index is not negative
	switch {
	case roll < 30:
		p.Start.Code = "01"
	case roll < 55:
		p.Start.Code = "02"
		p.Start.On = a.now.AddDate(0, 0, 10+int(roll)*3).Format("2006-01-02")
	default:
		p.Start.Code = "03"
		p.Start.Info.Set(lang, s.line("startinfo"))
	}
	if p.Terms.EndsOn != "" && roll%2 == 0 {
		p.Terms.EndReason.Set(lang, s.line("reason"))
	}
	if len(p.Needs.Licences) > 0 && roll%3 == 0 {
		p.Needs.LicenceInfo.Set(lang, s.line("licenceinfo"))
	}
	if len(p.Needs.Cards) > 0 && roll%3 == 1 {
		p.Needs.CardInfo.Set(lang, s.line("cardinfo"))
	}
	if len(p.Needs.Languages) > 0 && roll%4 == 0 {
		p.Needs.Languages[0].Info.Set(lang, s.line("langinfo"))
	}
	if p.Location.Street != "" && roll%5 < 2 {
		p.Location.Workplace.Set(lang, capital(s.slot(piece{slot: "group"}))+" "+s.placeIn(nom))
	}
	if p.Terms.Franchise {
		p.Terms.FranchiseTerm.Set(lang, map[string]string{"fi": "viisi vuotta", "sv": "fem år", "en": "five years"}[lang])
	}
	if p.Terms.OwnFunding {
		p.Terms.FundingInfo.Set(lang, map[string]string{
			"fi": "Omaa pääomaa tarvitaan noin 10 000 euroa.", "sv": "Eget kapital behövs för cirka 10 000 euro.",
			"en": "About 10,000 euros of your own capital is needed.",
		}[lang])
	}
}

func (a *author) contactPeople() {
	d, p := &a.d, &a.p
	first, last := "first", "last"
	if !a.has("fi") || (a.has("sv") && d.chance(40)) {
		first, last = "first-sv", "last-sv"
	}
	n := one(d, []int{0, 1, 1, 1, 1, 1, 1, 2, 2, 3})
	if a.home {
		n = 1
	}
	for range n {
		c := Contact{
			First: one(d, a.m.names[first]), Last: one(d, a.m.names[last]),
			Phone: fmt.Sprintf("+35850000%04d", d.under(10_000)),
		}
		if a.home {
			c.First, c.Last, _ = strings.Cut(p.Employer.Household, " ")
		}
		if d.chance(80) {
			c.Email = slug(c.First) + "." + slug(c.Last) + "@" + a.firm.slug + ".example"
		}
		if c.Email != "" && d.chance(25) {
			c.Phone = ""
		}
		p.Contacts = append(p.Contacts, c)
	}
}

// description is built in the order that postings usually have. Length is a
// throw of a hundred: most are of middle length, a few very long.
func (s *scribe) description(suffix string, markdown bool, length int) string {
	s.buf = make([]byte, 0, 2200)
	short, long := length < 14, length >= 84
	s.paragraph()
	s.say("opening" + suffix)
	if !short {
		s.sentences("opening", s.d.under(2))
	}
	if suffix != "-home" {
		s.paragraph()
		s.sentences("about", 1+s.d.under(2))
	}
	s.block(markdown, short, "tasks", "task", 4)
	s.block(markdown, short, "reqs", "req", 3)
	if !short && suffix != "-home" {
		s.block(markdown, short, "offers", "offer", 3)
	}
	if long {
		for range 2 + s.d.under(2)*s.d.under(5) {
			s.paragraph()
			s.sentences("more", 2+s.d.under(3))
		}
	}
	s.paragraph()
	s.sentences("practice", 1+s.d.under(3))
	s.paragraph()
	s.sentences("apply", 1+s.d.under(3))
	if !short && s.d.chance(50) {
		s.sentences("closing", 1)
	}
	text := string(s.buf)
	if markdown && s.d.chance(30) {
		name := s.slot(piece{slot: "job"})
		for _, after := range []string{" ", ",", "."} {
			if strings.Contains(text, " "+name+after) {
				return strings.Replace(text, " "+name+after, " **"+name+"**"+after, 1)
			}
		}
	}
	return text
}

func (s *scribe) paragraph() {
	if len(s.buf) > 0 {
		s.buf = append(s.buf, "\n\n"...)
	}
}

func (s *scribe) sentences(section string, n int) {
	for range n {
		if len(s.buf) > 0 && s.buf[len(s.buf)-1] != '\n' {
			s.buf = append(s.buf, ' ')
		}
		s.say(section)
	}
}

// block is a heading with a list, or the same as running text.
func (s *scribe) block(markdown, short bool, section, item string, items int) {
	s.paragraph()
	switch {
	case short:
		s.sentences(section, 1)
		return
	case !s.d.chance(60):
		s.sentences(section, 2+s.d.under(2))
		return
	}
	head := s.line(section + "-head")
	if markdown {
		s.buf = append(s.buf, one(s.d, []string{"## ", "### ", "## "})...)
		s.buf = append(s.buf, head...)
	} else {
		s.buf = append(s.buf, one(s.d, []string{head, strings.ToUpper(head), strings.TrimSuffix(head, "?") + ":"})...)
	}
	s.buf = append(s.buf, '\n')
	if markdown {
		s.buf = append(s.buf, '\n')
	}
	bullet := "- "
	if !markdown {
		bullet = one(s.d, []string{"- ", "• ", "* "})
	} else if s.d.chance(20) {
		bullet = "* "
	}
	for range items + s.d.under(3) {
		s.buf = append(s.buf, bullet...)
		s.say(item)
		s.buf = append(s.buf, '\n')
	}
	s.buf = append(s.buf, '\n')
	s.sentences(section, 1)
}
