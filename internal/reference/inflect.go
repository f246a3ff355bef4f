package reference

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// PlaceForms returns the forms in which a place name appears in running text,
// in lower case, the name itself first and none twice. For "fi" they are the
// genitive, partitive, essive, translative and all six local cases, inner and
// outer (turussa, tampereella), whichever the place takes; where usage varies
// (isojoella, isossajoella) every variant. For "sv" it is the genitive, for any
// other language English's.
//
// It works for any name; names of municipalities, regions and areas of Finland
// are known exactly, others follow from their last letters.
func PlaceForms(name, lang string) []string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return nil
	}
	forms := []string{name}
	switch lang {
	case "fi":
		for _, c := range inflect(name) {
			forms = append(forms, slices.Concat(c[:]...)...)
		}
	case "sv":
		if !strings.ContainsAny(name[len(name)-1:], "sxz") {
			forms = append(forms, name+"s")
		}
	default:
		forms = append(forms, name+"'s", name+"’s")
	}
	return unique(forms)
}

// cases holds the variants of each case of one name: genitive, partitive,
// illative, the five other local cases, essive, translative, further forms.
type cases [11][]string

// stems is what the cases of a name are made of: a name without change of
// consonants has the same in weak and strong.
type stems struct {
	weak, strong                  string
	genitive, partitive, illative []string
	further                       []string
}

func (s stems) cases(v string) cases {
	return cases{
		s.genitive, s.partitive, s.illative,
		{s.weak + "ss" + v},
		{s.weak + "st" + v},
		{s.weak + "ll" + v},
		{s.weak + "lt" + v},
		{s.weak + "lle"},
		{s.strong + "n" + v},
		{s.weak + "ksi"},
		s.further,
	}
}

// inflect returns the ways in which a lower-case Finnish name inflects.
func inflect(name string) []cases {
	// Only the last part of Etelä-Savo, Yli-Ii or Pedersören kunta inflects, but
	// the first of Koski Tl.
	if head, ok := strings.CutSuffix(name, " tl"); ok {
		return affix("", inflect(head), " tl")
	}
	if i := strings.LastIndexAny(name, "- ") + 1; i > 0 && i < len(name) {
		return affix(name[:i], inflect(name[i:]), "")
	}
	all := inflectWord(name)
	for _, first := range []string{"uusi", "iso", "vähä"} {
		rest, ok := strings.CutPrefix(name, first)
		if !ok || len(rest) < 3 {
			continue
		}
		if first == "uusi" {
			// Always uudessa-; of the other two the first part may stay.
			all = nil
		}
		for _, a := range inflectWord(first) {
			for _, b := range inflectWord(rest) {
				all = append(all, combine(a, b))
			}
		}
	}
	return all
}

// combine inflects both parts of a name: uudessakaupungissa.
func combine(a, b cases) cases {
	var c cases
	for i := range c {
		for _, first := range a[i] {
			for _, rest := range b[i] {
				c[i] = append(c[i], first+rest)
			}
		}
	}
	return c
}

// affix puts what does not inflect before and after every form.
func affix(before string, all []cases, after string) []cases {
	for _, c := range all {
		for i := range c {
			for j := range c[i] {
				c[i][j] = before + c[i][j] + after
			}
		}
	}
	return all
}

// inflection is a line of the table of irregular ends; its stems hold the end
// only.
type inflection struct {
	end string
	stems
}

var inflections = sync.OnceValue(func() []inflection {
	var all []inflection
	for c := range rows("inflections.tsv", 7) {
		f := inflection{end: c[0], stems: stems{
			weak: c[2], strong: c[3],
			genitive: strings.Split(c[1], "|"), partitive: strings.Split(c[4], "|"), illative: strings.Split(c[5], "|"),
		}}
		if c[6] != "" {
			f.further = strings.Split(c[6], "|")
		}
		all = append(all, f)
	}
	return all
})

func inflectWord(name string) []cases {
	v := "a"
	if isFront(name) {
		v = "ä"
	}
	var found []cases
	longest := 0
	for _, f := range inflections() {
		end, whole := strings.CutPrefix(f.end, "^")
		if !strings.HasSuffix(name, end) || whole && name != end || len(end) < longest {
			continue
		}
		if len(end) > longest {
			longest, found = len(end), nil
		}
		stem := strings.TrimSuffix(name, end)
		found = append(found, stems{
			weak: stem + f.weak, strong: stem + f.strong,
			genitive: join(stem, f.genitive, v), partitive: join(stem, f.partitive, v),
			illative: join(stem, f.illative, v), further: join(stem, f.further, v),
		}.cases(v))
	}
	if found == nil {
		found = append(found, regular(name, v).cases(v))
	}
	return found
}

func join(stem string, ends []string, v string) []string {
	all := make([]string, len(ends))
	for i, end := range ends {
		all[i] = stem + strings.ReplaceAll(end, "A", v)
	}
	return all
}

// regular returns the stems of a name without gradation, as most names are.
func regular(name, v string) stems {
	last, size := utf8.DecodeLastRuneInString(name)
	if !isVowel(last) {
		// Swedish names and loans: Korsnäsissä, Finströmissä.
		name, last, size = name+"i", 'i', 1
	}
	s := stems{
		weak: name, strong: name, genitive: []string{name + "n"},
		partitive: []string{name + v}, illative: []string{name + string(last) + "n"},
	}
	before, _ := utf8.DecodeLastRuneInString(name[:len(name)-size])
	switch {
	case strings.HasSuffix(name, "io"), strings.HasSuffix(name, "iö"):
		s.partitive = []string{name + "t" + v}
	case isVowel(before):
		s.partitive = append(s.partitive, name+"t"+v)
	}
	if before == last {
		// Espooseen, but Järvenpäähän: both, for usage varies.
		s.partitive = []string{name + "t" + v}
		s.illative = []string{name + "seen", name + "h" + string(last) + "n"}
	}
	return s
}

func isVowel(r rune) bool { return strings.ContainsRune("aeiouyåäö", r) }

// isFront reports whether the endings of a name have ä: the last vowel that is
// not e or i decides, but a name in -niemi or -vesi is front whatever stands
// before.
func isFront(name string) bool {
	if strings.HasSuffix(name, "niemi") || strings.HasSuffix(name, "vesi") {
		return true
	}
	i := strings.LastIndexAny(name, "aouåäöy")
	return i < 0 || strings.ContainsAny(name[i:], "äöy")
}
