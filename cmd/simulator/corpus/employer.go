package corpus

import (
	"strconv"
	"strings"
)

// firm is an invented employer. Each trade has a few hundred, and some have
// many postings.
type firm struct {
	businessID string
	name       Text
	slug       string
	industry   string
	founded    int
	staff      int
}

const firmsPerFamily = 260

func industries() map[string][]string {
	return map[string][]string{
		"health": {"86101", "86210", "86230", "87101"}, "social": {"87300", "88101", "88999"}, "teach": {"85200", "85310", "85320", "85420"},
		"child": {"88911", "85100"}, "build": {"41200", "43390", "43110", "42110"}, "electric": {"43210", "43220", "35131"},
		"metal": {"25620", "28990", "17120", "45201"}, "transport": {"49410", "52100", "50201", "49391"}, "clean": {"81210", "81100", "96011"},
		"food": {"56101", "55101", "10710", "56290"}, "sales": {"47111", "47191", "47910", "45112"}, "it": {"62010", "62020", "63110"},
		"office": {"69201", "84110", "78100", "69101"}, "farm": {"01500", "02400", "01130", "03220"}, "service": {"80100", "96021", "93110", "79900"},
		"engineer": {"71121", "71110", "72190", "71127"}, "home": {"97000"}, "staffing": {"78200", "78100"},
	}
}

func (a *author) employer() {
	d, p := &a.d, &a.p
	e := &p.Employer
	a.home = a.job.family == "home" && d.chance(85)
	if a.home {
		last := "last"
		if !a.has("fi") {
			last = "last-sv"
		}
		e.Kind = "02"
		e.Household = one(d, a.m.names["first"]) + " " + one(d, a.m.names[last])
		a.firm = firm{slug: "koti", founded: 2000, staff: 2, name: Text{Fi: e.Household, Sv: e.Household, En: e.Household}}
		return
	}
	e.Kind = "01"
	swedish := !a.has("fi") && a.has("sv")
	number := d.skewed(firmsPerFamily)
	if d.chance(8) {
		// A recruiter publishes, the trade's own employer is its client.
		principal := a.m.firm(a.job.family, number, swedish)
		p.Client = &Client{
			BusinessID: principal.businessID, Name: principal.name.Fi + principal.name.onlySwedish(),
			Office: a.place.fi, Industry: principal.industry,
		}
		a.firm = a.m.firm("staffing", d.skewed(60), swedish)
	} else {
		a.firm = a.m.firm(a.job.family, number, swedish)
	}
	e.BusinessID, e.Name, e.Industry = a.firm.businessID, a.firm.name, a.firm.industry
	e.Homepage = "https://www." + a.firm.slug + ".example"
	if d.chance(40) {
		e.Office = a.firmName("fi") + ", " + a.place.fi
	}
	if d.chance(30) {
		e.Reference = strconv.Itoa(a.now.Year()) + "-" + strconv.Itoa(d.between(10, 9999))
	}
}

func (t Text) onlySwedish() string {
	if t.Fi == "" {
		return t.Sv
	}
	return ""
}

func (a *author) firmName(lang string) string {
	for _, l := range []string{lang, "fi", "sv", "en"} {
		if s := a.firm.name.In(l); s != "" {
			return s
		}
	}
	return ""
}

// firm number n of a family. Swedish ones are other companies than the Finnish
// ones with the same number.
func (m *material) firm(family string, n int, swedish bool) firm {
	at := 0
	for i := range m.families {
		if m.families[i].name == family {
			at = i + 1
		}
	}
	serial := at*firmsPerFamily*2 + n*2
	if swedish {
		serial++
	}
	d := dice{state: mix(uint64(serial), 4711)} //nolint:gosec // not negative
	codes := industries()[family]
	f := firm{businessID: businessID(serial), industry: one(&d, codes), founded: d.between(1921, 2021), staff: d.between(4, 900)}
	finnish := one(&d, m.names["firm-head"]) + one(&d, m.names["firm-mid"])
	swede := one(&d, m.names["firm-sv"])
	base := finnish
	if swedish {
		base = swede
	}
	public := d.chance(55)
	switch family {
	case "health", "social":
		if public {
			f.name = publicName(finnish, swede, [3]string{" hyvinvointialue", " välfärdsområde", " wellbeing services county"}, swedish)
			break
		}
		f.name = m.companyName(&d, family, base, swedish)
	case "teach", "child":
		if public {
			f.name = publicName(finnish, swede, [3]string{" kaupunki", " stad", " city"}, swedish)
			break
		}
		f.name = m.companyName(&d, family, base, swedish)
	default:
		f.name = m.companyName(&d, family, base, swedish)
	}
	f.slug = slug(base) + strconv.Itoa(serial%97)
	return f
}

func publicName(finnish, swede string, kind [3]string, swedish bool) Text {
	t := Text{Fi: finnish + "n" + kind[0], Sv: swede + "s" + kind[1], En: finnish + kind[2]}
	// These heads take their own genitive.
	for ending, genitive := range map[string]string{
		"kangas": "kankaa", "kanta": "kanna", "koski": "koske", "kumpu": "kummu", "lahti": "lahde", "lampi": "lamme", "lehto": "lehdo",
		"luoto": "luodo", "mäki": "mäe", "niemi": "nieme", "niitty": "niity", "nummi": "numme", "ranta": "ranna", "raitti": "raiti",
		"rinne": "rintee", "saari": "saare", "salmi": "salme", "selkä": "selä", "silta": "silla", "taival": "taipalee", "polku": "polu", "tupa": "tuva",
	} {
		if stem, found := strings.CutSuffix(finnish, ending); found {
			t.Fi = stem + genitive + "n" + kind[0]
			break
		}
	}
	if swedish {
		t.Fi, t.En = "", ""
	}
	return t
}

func (m *material) companyName(d *dice, family, base string, swedish bool) Text {
	lang, pattern := "fi", []string{"# Oy", "# Oy", "# Group Oy", "$palvelu # Oy", "#-$ Oy", "# ja kumppanit Oy", "$ # Ky", "#yhtiöt Oyj"}
	if swedish {
		lang, pattern = "sv", []string{"# Ab", "# Ab", "$service # Ab", "# & Co Ab", "#gruppen Ab", "# Kb"}
	}
	trade := base
	if l := m.prose[lang].lists[family+":mod"]; l != nil {
		trade = capital(one(d, l.plain))
	} else if family == "staffing" {
		trade = map[string]string{"fi": "Henkilöstö", "sv": "Rekryterings"}[lang]
	}
	name := strings.NewReplacer("#", base, "$", trade).Replace(one(d, pattern))
	if swedish {
		return Text{Sv: name}
	}
	t := Text{Fi: name}
	if d.chance(15) {
		t.Sv = strings.NewReplacer(" Oyj", " Abp", " Oy", " Ab").Replace(name)
	}
	if d.chance(10) {
		t.En = strings.NewReplacer(" Oyj", " Plc", " Oy", " Ltd").Replace(name)
	}
	return t
}

// businessID makes a Y-tunnus with a right check digit, from a range that the
// register has not reached.
func businessID(serial int) string {
	for n := 8_000_000 + serial*2; ; n++ {
		if id, ok := withCheckDigit(n); ok {
			return id
		}
	}
}

func withCheckDigit(n int) (string, bool) {
	digits := strconv.Itoa(n)
	sum := 0
	for i, weight := range [7]int{7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(digits[i]-'0')
	}
	switch rest := sum % 11; rest {
	case 0:
		return digits + "-0", true
	case 1:
		return "", false
	default:
		return digits + "-" + strconv.Itoa(11-rest), true
	}
}

func slug(s string) string {
	return strings.NewReplacer("ä", "a", "ö", "o", "å", "a", "é", "e", " ", "", "-", "").Replace(strings.ToLower(s))
}
