package corpus

import (
	"slices"
	"strconv"
	"time"
)

// Change returns the posting as its publisher left it after one more edit at
// the given time: another deadline, pay, title, place, text or number of
// places. The same posting, revision and seed always get the same edit.
func Change(seed uint64, p Posting, at time.Time) Posting {
	d := dice{state: mix(seed, uint64(p.Index), uint64(p.Revision), 99)} //nolint:gosec // not negative
	p.Revision++
	p.Modified = at.UTC().Truncate(time.Microsecond)
	p.Languages = append([]string(nil), p.Languages...)
	switch d.under(7) {
	case 0, 1:
		if p.Expires.IsZero() {
			p.Expires = p.Modified.Truncate(time.Hour)
		}
		p.Expires = p.Expires.AddDate(0, 0, d.between(3, 21))
	case 2:
		for _, lang := range p.Languages {
			p.Pay.Info.Set(lang, strconv.Itoa(d.between(19, 49))+"00 €")
		}
	case 3:
		mark := map[string]string{"fi": " (uusi haku)", "sv": " (ny ansökan)", "en": " (reopened)"}
		for _, lang := range p.Languages {
			p.Title.Set(lang, p.Title.In(lang)+mark[lang])
		}
	case 4:
		m := load()
		at := d.under(len(m.places))
		other := m.places[at]
		if slices.Contains(p.Location.Municipalities, other.code) {
			other = m.places[(at+1)%len(m.places)]
		}
		p.Location.Municipalities, p.Location.Regions = []string{other.code}, []string{other.region}
		p.Location.Countries = []string{"FI"}
		p.Location.Street, p.Location.PostalCode, p.Location.PostOffice = "", other.postal, other.office
	case 5:
		more := map[string]string{
			"fi": "\n\nTäsmennys: hakijoille ilmoitetaan valinnasta sähköpostitse.",
			"sv": "\n\nPrecisering: de sökande underrättas om valet per e-post.",
			"en": "\n\nClarification: applicants are told about the choice by e-mail.",
		}
		for _, lang := range p.Languages {
			p.Description.Set(lang, p.Description.In(lang)+more[lang])
		}
	default:
		p.Apply.Positions++
	}
	return p
}
