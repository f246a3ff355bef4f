package corpus

import (
	"cmp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scribe writes one posting's texts in one language.
type scribe struct {
	a     *author
	prose *prose
	lang  string
	d     *dice
	mods  [4]string
	decks map[*list]deck
	buf   []byte
}

// deck deals a list's lines from a random start so that a text does not repeat
// one before the list is used up.
type deck struct{ at, step int }

func (a *author) scribe(lang string) *scribe {
	s := &scribe{a: a, prose: a.m.prose[lang], lang: lang, d: &a.d, decks: make(map[*list]deck, 16)}
	mods := s.prose.lists[a.job.family+":mod"].plain
	for i := range s.mods {
		s.mods[i] = one(s.d, mods)
	}
	return s
}

// list finds a section, the trade's own before the general one; a general list
// is mixed in now and then where both exist.
func (s *scribe) list(name string) *list {
	own, general := s.prose.lists[s.a.job.family+":"+name], s.prose.lists[name]
	switch {
	case own == nil && general == nil:
		panic("corpus: no section " + name)
	case own == nil:
		return general
	case general == nil || s.d.chance(45):
		return own
	default:
		return general
	}
}

func (s *scribe) deal(l *list) int {
	at, known := s.decks[l]
	if !known {
		at = deck{at: s.d.under(len(l.templates)), step: one(s.d, []int{1, 1, 5, 7, 11})}
		if len(l.templates)%at.step == 0 {
			at.step = 1
		}
	}
	chosen := at.at % len(l.templates)
	at.at += at.step
	s.decks[l] = at
	return chosen
}

// say appends one line of a section.
func (s *scribe) say(section string) {
	l := s.list(section)
	for range 4 {
		t := l.templates[s.deal(l)]
		if t.many && s.a.p.Apply.Positions < 2 {
			continue
		}
		s.template(t)
		return
	}
	s.template(l.templates[0])
}

func (s *scribe) line(section string) string {
	saved := s.buf
	s.buf = make([]byte, 0, 160)
	s.say(section)
	text := string(s.buf)
	s.buf = saved
	return text
}

func (s *scribe) template(t template) {
	for _, p := range t.pieces {
		if p.slot == "" {
			s.buf = append(s.buf, p.text...)
			continue
		}
		text := s.slot(p)
		if p.capital {
			text = capital(text)
		}
		if s.lang == "en" && startsWithVowel(text) && endsWithArticle(s.buf) {
			s.buf = append(s.buf[:len(s.buf)-1], "n "...)
		}
		s.buf = append(s.buf, text...)
	}
}

func startsWithVowel(text string) bool {
	return text != "" && strings.ContainsRune("aeio", rune(text[0]))
}

func endsWithArticle(b []byte) bool {
	n := len(b)
	return n >= 2 && b[n-1] == ' ' && b[n-2] == 'a' && (n == 2 || b[n-3] == ' ')
}

func (s *scribe) slot(p piece) string {
	a := s.a
	switch p.slot {
	case "job":
		return a.job.name[s.lang].in(p.form)
	case "jobs":
		return a.job.name[s.lang].in(plnom)
	case "place":
		return s.placeIn(p.form)
	case "work", "group", "know", "thing", "person":
		heads := s.prose.words["head:"+p.slot]
		w := &heads[s.d.under(len(heads))]
		return compound(s.lang, one(s.d, s.mods[:]), w.in(p.form))
	case "adj":
		words := s.prose.words["adj"]
		return words[s.d.under(len(words))].in(p.form)
	case "firm":
		return a.firmName(s.lang)
	case "street":
		return a.street
	case "deadline":
		return s.deadline()
	case "pay":
		return s.pay()
	case "contact", "phone", "email":
		return s.ask(p.slot)
	default:
		return s.figure(p.slot)
	}
}

// figure gives the slots that are a number, and those that are a section.
func (s *scribe) figure(slot string) string {
	a, d := s.a, s.d
	switch slot {
	case "positions":
		return numeral(s.lang, a.p.Apply.Positions)
	case "n":
		return numeral(s.lang, d.between(2, 8))
	case "staff":
		return strconv.Itoa(a.firm.staff)
	case "years":
		return strconv.Itoa(a.now.Year() - a.firm.founded)
	case "founded":
		return strconv.Itoa(a.firm.founded)
	case "trial":
		return strconv.Itoa(d.between(2, 6))
	case "year":
		return strconv.Itoa(a.now.AddDate(0, 4, 0).Year())
	case "h":
		if a.p.Hours.Min > 0 {
			hours := strconv.FormatFloat(a.p.Hours.Min, 'f', -1, 64)
			if s.lang == "en" {
				return hours
			}
			return strings.Replace(hours, ".", ",", 1)
		}
		return strconv.Itoa(d.between(15, 38))
	case "clock":
		from := d.between(8, 13)
		return strconv.Itoa(from) + "–" + strconv.Itoa(from+d.between(1, 3))
	default:
		return s.line(slot)
	}
}

func (s *scribe) placeIn(f form) string {
	p := s.a.place
	switch {
	case s.lang == "fi":
		return p.finnish.in(f)
	case s.lang == "sv" && f == ine:
		return p.whereSv
	case s.lang == "sv" || p.region == "21":
		return p.sv
	default:
		return p.fi
	}
}

func numeral(lang string, n int) string {
	words := map[string][]string{
		"fi": {"", "yksi", "kaksi", "kolme", "neljä", "viisi", "kuusi", "seitsemän", "kahdeksan", "yhdeksän", "kymmenen"},
		"sv": {"", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio"},
		"en": {"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"},
	}[lang]
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}

func (s *scribe) deadline() string {
	at := s.a.p.Expires
	if at.IsZero() {
		return map[string]string{"fi": "mahdollisimman pian", "sv": "så snart som möjligt", "en": "as soon as possible"}[s.lang]
	}
	at = at.Add(2 * 60 * 60 * 1e9)
	switch s.lang {
	case "fi":
		text := "viimeistään " + at.Format("2.1.2006")
		if s.d.chance(40) {
			text += " klo " + at.Format("15.04")
		}
		return text
	case "sv":
		months := []string{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"}
		return "senast den " + strconv.Itoa(at.Day()) + " " + months[at.Month()-1]
	default:
		return "by " + at.Format("2 January 2006")
	}
}

func (s *scribe) pay() string {
	low, top := s.a.payLow, s.a.payTop
	if s.a.hourly {
		cents := func(monthly int) string {
			hundredths := monthly * 100 / 160
			return strconv.Itoa(hundredths/100) + "," + strconv.Itoa(hundredths/10%10) + strconv.Itoa(hundredths%10)
		}
		unit := map[string]string{"fi": " €/h", "sv": " €/h", "en": " €/h"}[s.lang]
		if s.d.chance(50) {
			return cents(low) + unit
		}
		return cents(low) + "–" + cents(top) + unit
	}
	unit := map[string]string{"fi": " €/kk", "sv": " €/mån", "en": " € a month"}[s.lang]
	if s.d.chance(40) {
		return thousands(low) + unit
	}
	return thousands(low) + "–" + thousands(top) + unit
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	if len(s) > 3 {
		return s[:len(s)-3] + "\u00a0" + s[len(s)-3:]
	}
	return s
}

// ask names a contact person, the same one throughout a posting.
func (s *scribe) ask(what string) string {
	contacts := s.a.p.Contacts
	if len(contacts) == 0 {
		return map[string]string{
			"contact": map[string]string{"fi": "esihenkilö", "sv": "chefen", "en": "the manager"}[s.lang],
			"phone":   "029 000 0000", "email": "rekry@" + s.a.firm.slug + ".example",
		}[what]
	}
	c := contacts[0]
	switch what {
	case "contact":
		return c.First + " " + c.Last
	case "phone":
		return cmp.Or(c.Phone, "029 000 0000")
	default:
		return cmp.Or(c.Email, "rekry@"+s.a.firm.slug+".example")
	}
}

func trimTo(text string, runes int) string {
	if utf8.RuneCountInString(text) <= runes {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:runes]))
}
