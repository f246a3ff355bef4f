package corpus

import (
	"embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/*.txt
var files embed.FS

// job is one trade with its name in the three languages.
type job struct {
	isco, family   string
	name           map[string]*word
	payLow, payTop int
	education      string
	flags          string
	esco           string
}

func (j *job) flag(f string) bool {
	for s := range strings.SplitSeq(j.flags, ",") {
		if s == f {
			return true
		}
	}
	return false
}

// coded returns the flags that begin with the letter, without it.
func (j *job) coded(letter byte) []string {
	var codes []string
	for s := range strings.SplitSeq(j.flags, ",") {
		if len(s) > 1 && s[0] == letter {
			codes = append(codes, s[1:])
		}
	}
	return codes
}

type place struct {
	code, region, fi, sv string
	finnish              word
	whereSv              string
	postal, office       string
}

type family struct {
	name string
	jobs []*job
	// ranks are cumulative weights: the first trades of a family are the
	// common ones.
	ranks []int
}

// prose is the sentence material of one language.
type prose struct {
	lang  string
	lists map[string]*list
	words map[string][]word
}

type list struct {
	plain     []string
	templates []template
}

type template struct {
	pieces []piece
	many   bool
}

// piece is literal text or a slot.
type piece struct {
	text    string
	slot    string
	form    form
	capital bool
}

type material struct {
	families   []family
	famWeights []int
	places     []place
	byRegion   map[string][]int
	// placeWeights by the posting's languages: one cumulative list each.
	finnishPlaces, swedishPlaces, bothPlaces []int
	names                                    map[string][]string
	prose                                    map[string]*prose
}

var load = sync.OnceValue(func() *material {
	m := &material{names: map[string][]string{}, prose: map[string]*prose{}, byRegion: map[string][]int{}}
	m.readJobs()
	m.readPlaces()
	sections("names.txt", func(section, line string) { m.names[section] = append(m.names[section], line) })
	for _, lang := range []string{"fi", "sv", "en"} {
		m.prose[lang] = readProse(lang)
	}
	return m
})

func lines(file string, each func(string)) {
	data, err := files.ReadFile("data/" + file)
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if line != "" && line[0] != '#' {
			each(line)
		}
	}
}

func sections(file string, each func(section, line string)) {
	section := ""
	lines(file, func(line string) {
		if line[0] == '[' {
			section = strings.Trim(line, "[]")
			return
		}
		each(section, line)
	})
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func (m *material) readJobs() {
	weights := map[string]int{
		"health": 190, "social": 80, "teach": 70, "child": 65, "build": 75, "electric": 50, "metal": 80, "transport": 70,
		"clean": 60, "food": 90, "sales": 95, "it": 45, "office": 85, "farm": 30, "service": 40, "engineer": 45, "home": 18,
	}
	index := map[string]int{}
	total := 0
	lines("jobs.txt", func(line string) {
		f := strings.Split(line, "|")
		fi, sv, en := finnishWord(f[2]), swedishJob(f[3]), englishJob(f[4])
		j := &job{
			isco: f[0], family: f[1], name: map[string]*word{"fi": &fi, "sv": &sv, "en": &en},
			payLow: number(f[5]), payTop: number(f[6]), education: f[7], flags: f[8], esco: f[9],
		}
		at, known := index[j.family]
		if !known {
			at = len(m.families)
			index[j.family] = at
			m.families = append(m.families, family{name: j.family})
			total += weights[j.family]
			m.famWeights = append(m.famWeights, total)
		}
		fam := &m.families[at]
		fam.jobs = append(fam.jobs, j)
		before := 0
		if len(fam.ranks) > 0 {
			before = fam.ranks[len(fam.ranks)-1]
		}
		fam.ranks = append(fam.ranks, before+1000/(len(fam.jobs)+2))
	})
}

func (m *material) readPlaces() {
	var fi, sv, both int
	lines("places.txt", func(line string) {
		f := strings.Split(line, "|")
		p := place{code: f[0], region: f[1], fi: f[2], sv: f[6], whereSv: f[7], postal: f[10], office: f[11]}
		p.finnish = word{nom: f[2], gen: f[3], ine: f[4], ill: f[5]}
		if stem, inner := strings.CutSuffix(f[4], "ssa"); inner {
			p.finnish[ela] = stem + "sta"
		} else {
			p.finnish[ela] = strings.NewReplacer("ssä", "stä", "lla", "lta", "llä", "ltä").Replace(f[4])
		}
		weight, share := number(f[8]), number(f[9])
		fi += weight * (100 - share)
		sv += weight * share
		if share > 0 {
			both += weight * (share + 15)
		}
		m.byRegion[p.region] = append(m.byRegion[p.region], len(m.places))
		m.places = append(m.places, p)
		m.finnishPlaces = append(m.finnishPlaces, fi)
		m.swedishPlaces = append(m.swedishPlaces, sv)
		m.bothPlaces = append(m.bothPlaces, both)
	})
}

func readProse(lang string) *prose {
	p := &prose{lang: lang, lists: map[string]*list{}, words: map[string][]word{}}
	forms := formByName()
	read := func(section, line string) {
		if strings.HasPrefix(section, "head:") || section == "adj" {
			w := plainWord(line)
			if lang == "fi" {
				w = finnishWord(line)
			}
			p.words[section] = append(p.words[section], w)
			return
		}
		l := p.lists[section]
		if l == nil {
			l = &list{}
			p.lists[section] = l
		}
		l.plain = append(l.plain, line)
		l.templates = append(l.templates, parse(line, forms))
	}
	sections(lang+".txt", read)
	sections(lang+"-trades.txt", read)
	return p
}

func parse(line string, forms map[string]form) template {
	var t template
	for line != "" {
		before, rest, found := strings.Cut(line, "{")
		if before != "" {
			t.pieces = append(t.pieces, piece{text: before})
		}
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, "}")
		name, formName, _ := strings.Cut(inside, ".")
		f, known := forms[formName]
		if !closed || !known {
			panic("corpus: bad slot in " + line)
		}
		lower := strings.ToLower(name)
		t.pieces = append(t.pieces, piece{slot: lower, form: f, capital: lower != name})
		t.many = t.many || lower == "positions"
		line = after
	}
	return t
}
