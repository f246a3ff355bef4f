package corpus

import "strings"

// Oddities are the ways in which about one posting in eighty is awkward, as
// real ones are: a reader of the feed must live with each.
func Oddities() []string {
	return []string{
		"empty strings", "missing groups", "long title", "html in text", "old municipality", "title in one language",
		"white space", "no occupation", "unknown occupation", "direction marks", "repeated codes", "plain said, markdown sent",
	}
}

func (a *author) oddity() {
	d, p := &a.d, &a.p
	if d.under(80) != 0 {
		return
	}
	p.Oddity = one(d, Oddities())
	switch p.Oddity {
	case "empty strings":
		p.Location.Street, p.Location.PostalCode, p.Location.PostOffice = "", "", ""
		p.Employer.Office, p.Employer.Reference = "", ""
		p.Contacts = []Contact{{}}
	case "missing groups":
		p.Contacts, p.Links, p.Skills, p.Occupations = nil, nil, nil, nil
		p.Needs = Needs{}
		p.Location = Location{}
	case "long title":
		for _, lang := range p.Languages {
			t := p.Title.In(lang)
			p.Title.Set(lang, strings.Repeat(t+" – ", 1+220/(len(t)+5))+t)
		}
	case "html in text":
		for _, lang := range p.Languages {
			p.Description.Set(lang, "<p>"+strings.ReplaceAll(p.Description.In(lang), "\n\n", "</p><p>")+
				"</p><script>alert('x')</script><b onclick=\"alert(1)\">&nbsp;&auml;</b>")
			p.Title.Set(lang, p.Title.In(lang)+" <b>&amp;</b>")
		}
	case "old municipality":
		// Merged into Nurmes, Kankaanpää, Kuopio and Kurikka since.
		p.Location.Municipalities = []string{one(d, []string{"911", "099", "174", "164"})}
	case "title in one language":
		first := p.Languages[0]
		p.Title = Text{}
		p.Title.Set(first, a.job.name[first].in(nom))
		p.Languages = []string{"fi", "sv"}
	case "white space":
		for _, lang := range p.Languages {
			p.Title.Set(lang, "  "+p.Title.In(lang)+"\u00a0\t ")
			p.Description.Set(lang, strings.ReplaceAll(p.Description.In(lang), "\n", "\r\n"))
		}
	case "no occupation":
		p.Occupation, p.Occupations = "", nil
	case "unknown occupation":
		p.Occupation = "http://data.europa.eu/esco/occupation/00000000-0000-4000-8000-000000000000"
		p.Occupations = nil
	case "direction marks":
		for _, lang := range p.Languages {
			p.Title.Set(lang, p.Title.In(lang)+" \u202egnitarepo\u202c 🚚")
		}
	case "repeated codes":
		p.Languages = append(p.Languages, p.Languages[0])
		p.Location.Municipalities = append(p.Location.Municipalities, p.Location.Municipalities...)
		p.Needs.Cards = append(p.Needs.Cards, p.Needs.Cards...)
	case "plain said, markdown sent":
		p.Markdown = false
		for _, lang := range p.Languages {
			p.Description.Set(lang, "# "+p.Title.In(lang)+"\n\n"+p.Description.In(lang)+"\n\n[lisää](javascript:alert(1))")
		}
	}
}
