package corpus

import (
	"strings"
	"unicode/utf8"
)

// form is one inflected form of a word. Finnish words have the cases, Swedish
// and English words the four forms nom, def, plnom and defpl.
type form int

const (
	nom form = iota
	gen
	par
	ine
	ela
	all
	ade
	abl
	tra
	ess
	plnom
	plgen
	plpar
	pline
	plela
	plill
	plall
	ill
	def
	defpl
	formCount
)

func formByName() map[string]form {
	return map[string]form{
		"": nom, "gen": gen, "par": par, "ine": ine, "ela": ela, "all": all, "ade": ade, "abl": abl, "tra": tra,
		"ess": ess, "pl": plnom, "plnom": plnom, "plgen": plgen, "plpar": plpar, "pline": pline, "plela": plela,
		"plill": plill, "plall": plall, "ill": ill, "def": def, "defpl": defpl,
	}
}

type word [formCount]string

func (w *word) in(f form) string {
	if w[f] == "" {
		return w[nom]
	}
	return w[f]
}

// finnishWord inflects a Finnish noun or adjective. The entry is the
// nominative, or nominative/genitive/partitive/plural partitive where the
// rules do not do; a plus joins words that agree ("tekninen+piirtäjä").
func finnishWord(entry string) word {
	parts := strings.Split(entry, "+")
	w := inflect(parts[0])
	for _, p := range parts[1:] {
		next := inflect(p)
		for f := range w {
			if w[f] != "" && next[f] != "" {
				w[f] += " " + next[f]
			}
		}
	}
	return w
}

func inflect(entry string) word {
	nominative, genitive, partitive, plural := principalParts(entry)
	back := isBack(nominative)
	harmony := func(s string) string {
		if back {
			return s
		}
		return strings.NewReplacer("a", "ä", "o", "ö", "u", "y").Replace(s)
	}
	stem := strings.TrimSuffix(genitive, "n")
	many, manyGen, manyIll := pluralStems(nominative, stem, plural)

	var w word
	w[nom], w[gen], w[par], w[plpar] = nominative, genitive, partitive, plural
	w[ine], w[ela] = stem+harmony("ssa"), stem+harmony("sta")
	w[all], w[ade], w[abl] = stem+"lle", stem+harmony("lla"), stem+harmony("lta")
	w[tra], w[plnom] = stem+"ksi", stem+"t"
	w[ess] = strong(stem, partitive) + harmony("na")
	w[plgen], w[plill] = manyGen, manyIll
	w[pline], w[plela], w[plall] = many+harmony("ssa"), many+harmony("sta"), many+"lle"
	return w
}

func principalParts(entry string) (nominative, genitive, partitive, plural string) {
	if p := strings.Split(entry, "/"); len(p) == 4 {
		return p[0], p[1], p[2], p[3]
	}
	n := entry
	a := "a"
	if !isBack(n) {
		a = "ä"
	}
	last, size := utf8.DecodeLastRuneInString(n)
	body := n[:len(n)-size]
	switch {
	case strings.HasSuffix(n, "mies"):
		stem := strings.TrimSuffix(n, "s") + "he"
		return n, stem + "n", n + "tä", strings.TrimSuffix(n, "s") + "hiä"
	case strings.HasSuffix(n, "nen"):
		stem := strings.TrimSuffix(n, "nen")
		return n, stem + "sen", stem + "st" + a, stem + "si" + a
	case strings.HasSuffix(n, "ija") || strings.HasSuffix(n, "ijä"):
		o := "oit"
		if a == "ä" {
			o = "öit"
		}
		return n, n + "n", n + a, body + o + a
	case last == 'a' || last == 'ä':
		return n, n + "n", n + a, body + "i" + a
	case last == 'i':
		weak := n
		for _, double := range []string{"kki", "tti", "ppi"} {
			if strings.HasSuffix(n, double) {
				weak = n[:len(n)-2] + "i"
			}
		}
		return n, weak + "n", n + a, body + "ej" + a
	default:
		return n, n + "n", n + a, n + "j" + a
	}
}

// pluralStems gives the weak plural stem, the plural genitive and the plural
// illative, all read off the plural partitive.
func pluralStems(nominative, stem, plural string) (many, genitive, illative string) {
	cut := func(n int) string { return string([]rune(plural)[:utf8.RuneCountInString(plural)-n]) }
	r := []rune(plural)
	end := string(r[len(r)-2:])
	switch end {
	case "ta", "tä":
		many, genitive, illative = cut(2), cut(2)+"den", cut(2)+"siin"
	case "ja", "jä":
		before := r[len(r)-3]
		switch before {
		case 'e':
			many = strings.TrimSuffix(stem, "i") + "ei"
			genitive = cut(3) + "ien"
		case 'o', 'ö':
			many = strings.TrimSuffix(strings.TrimSuffix(stem, "a"), "o")
			if short, found := strings.CutSuffix(stem, "ö"); found {
				many = short
			}
			many += string(before) + "i"
			genitive = cut(2) + "jen"
		default:
			many, genitive = stem+"i", cut(2)+"jen"
		}
		illative = cut(2) + "ihin"
	default:
		many, genitive, illative = cut(1), cut(1)+"en", cut(1)+"in"
	}
	if short, found := strings.CutSuffix(nominative, "nen"); found {
		genitive = short + "sten"
	}
	return many, genitive, illative
}

// strong is the stem before -na: the strong grade, which the partitive shows
// unless it ends in -ta.
func strong(stem, partitive string) string {
	if strings.HasSuffix(partitive, "ta") || strings.HasSuffix(partitive, "tä") {
		return stem
	}
	_, size := utf8.DecodeLastRuneInString(partitive)
	return partitive[:len(partitive)-size]
}

func isBack(w string) bool {
	for i := len(w); i > 0; {
		r, size := utf8.DecodeLastRuneInString(w[:i])
		i -= size
		switch r {
		case 'a', 'o', 'u':
			return true
		case 'ä', 'ö', 'y':
			return false
		}
	}
	return false
}

// plainWord reads nom/def/plnom/defpl; missing forms stay empty.
func plainWord(entry string) word {
	var w word
	for i, s := range strings.Split(entry, "/") {
		w[[]form{nom, def, plnom, defpl}[i]] = s
	}
	return w
}

// swedishJob inflects a Swedish occupation; the plural may follow a slash.
func swedishJob(entry string) word {
	single, plural, given := strings.Cut(entry, "/")
	if !given {
		switch {
		case strings.HasSuffix(single, "are"), strings.HasSuffix(single, "iker"):
			plural = single
		case strings.HasSuffix(single, "a"):
			plural = strings.TrimSuffix(single, "a") + "or"
		case strings.Contains(single, "are "), strings.Contains(single, "iker "):
			plural = single
		default:
			plural = single + "er"
		}
	}
	return word{nom: single, plnom: plural}
}

func englishJob(single string) word {
	switch {
	case strings.HasSuffix(single, "y"):
		return word{nom: single, plnom: strings.TrimSuffix(single, "y") + "ies"}
	case strings.HasSuffix(single, "s"), strings.HasSuffix(single, "ch"):
		return word{nom: single, plnom: single + "es"}
	case strings.HasSuffix(single, "man"):
		return word{nom: single, plnom: strings.TrimSuffix(single, "man") + "men"}
	default:
		return word{nom: single, plnom: single + "s"}
	}
}

// compound joins a modifier and a head the way the language does: in one word
// in Finnish (a hyphen between equal vowels) and Swedish, in two in English.
func compound(lang, modifier, head string) string {
	switch lang {
	case "fi":
		last, _ := utf8.DecodeLastRuneInString(modifier)
		first, _ := utf8.DecodeRuneInString(head)
		if last == first && strings.ContainsRune("aeiouyäö", last) {
			return modifier + "-" + head
		}
		return modifier + head
	case "sv":
		return modifier + head
	default:
		if article, noun, found := strings.Cut(head, " "); found {
			return article + " " + modifier + " " + noun
		}
		return modifier + " " + head
	}
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return strings.ToUpper(string(r)) + s[size:]
}
