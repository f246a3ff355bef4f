package finnish

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxWordBytes refuses at once what cannot be a word.
	maxWordBytes = 4 * maxWordLetters
	// maxHyphens bounds the pieces of a hyphenated word.
	maxHyphens = 8
	// Shortest pieces of a compound that is not in the dictionary, in letters:
	// the head, the tail after a head that is a word itself, the tail after
	// one that is not.
	minGuessedHead = 3
	minGuessedTail = 5
	minLooseTail   = 7
	// maxEnding is the longest case ending after a colon ("SQL:ään").
	maxEnding = 6
)

// Analyse returns the readings of one word, which should be in lower case and
// in Unicode's composed form. A word that the dictionary does not hold is read
// by its last part, if that is known ("frontendkehittäjä", "lto-asentaja"); nil
// means that nothing is known. The work is bounded for every input.
func (d *Dictionary) Analyse(word string) []Analysis {
	if word == "" || len(word) > maxWordBytes {
		return nil
	}
	word = strings.ToLower(word)
	w, ok := d.walkers.Get().(*walker)
	if !ok {
		w = &walker{machine: d.machine}
	}
	defer d.walkers.Put(w)
	w.steps = 0
	core := strings.Trim(word, "-")
	if found := w.known(core); found != nil {
		return found
	}
	if core != word {
		if found := w.known(word); found != nil {
			return found
		}
	}
	if stem, ending, ok := strings.Cut(core, ":"); ok {
		return abbreviated(stem, ending)
	}
	if strings.Contains(core, "-") {
		return w.hyphenated(core)
	}
	return w.guessed(core)
}

// known returns the readings that the dictionary itself gives.
func (w *walker) known(word string) []Analysis {
	if !w.load(word) {
		return nil
	}
	w.run(w.input)
	if len(w.reading.found) == 0 && w.reading.refused {
		w.reading.lenient = true
		w.run(w.input)
		w.reading.lenient = false
	}
	found := w.reading.found
	if len(found) == 0 {
		return nil
	}
	result := make([]Analysis, 0, len(found))
	for i, a := range found {
		if !w.reading.joinedName[i] || !w.reading.common {
			result = append(result, a)
		}
	}
	for _, a := range found {
		if a.Class == ClassPlace {
			unsplit(result, a.BaseForm)
		}
	}
	return result
}

// unsplit takes the parts off all readings with the base form of a place:
// Hämeenlinna is not a castle.
func unsplit(list []Analysis, baseForm string) {
	for i := range list {
		if list[i].BaseForm == baseForm {
			list[i].Parts, list[i].Tails = nil, nil
		}
	}
}

// abbreviated reads "sql:ään" as a form of "sql".
func abbreviated(stem, ending string) []Analysis {
	if stem == "" || ending == "" || utf8.RuneCountInString(ending) > maxEnding {
		return nil
	}
	for _, r := range ending {
		if !unicode.IsLetter(r) {
			return nil
		}
	}
	return []Analysis{{BaseForm: stem, Class: ClassAbbreviation}}
}

// hyphenated reads a word by its pieces.
func (w *walker) hyphenated(word string) []Analysis {
	if strings.Count(word, "-") > maxHyphens {
		return nil
	}
	at := strings.LastIndexByte(word, '-')
	var parts []string
	for piece := range strings.SplitSeq(word[:at], "-") {
		for _, a := range w.known(piece) {
			parts = appendParts(parts, a)
		}
	}
	last := word[at+1:]
	readings := w.known(last)
	if readings == nil {
		readings = w.guessed(last)
	}
	if readings == nil {
		if parts == nil {
			return nil
		}
		return []Analysis{{BaseForm: word[:at+1] + Stem(last), Parts: parts}}
	}
	for i, a := range readings {
		tails := make([]string, 0, 1+len(a.Tails))
		if utf8.RuneCountInString(a.BaseForm) >= minTail {
			tails = append(tails, a.BaseForm)
		}
		readings[i] = Analysis{
			BaseForm: word[:at+1] + a.BaseForm,
			Class:    a.Class,
			Parts:    appendParts(slices.Clip(parts), a),
			Tails:    append(tails, a.Tails...),
			Name:     a.Name,
		}
	}
	return readings
}

// appendParts adds the parts of a reading, or the reading itself when it has
// none.
func appendParts(parts []string, a Analysis) []string {
	if len(a.Parts) == 0 && a.isNoun() && utf8.RuneCountInString(a.BaseForm) >= minPart {
		return appendNew(parts, []byte(a.BaseForm))
	}
	for _, p := range a.Parts {
		parts = appendNew(parts, []byte(p))
	}
	return parts
}

// guessed reads an unknown word by the longest tail that is a known noun.
func (w *walker) guessed(word string) []Analysis {
	for at := range tails(word) {
		var result []Analysis
		for _, a := range w.known(word[at:]) {
			if a.isNoun() && w.believable(word[:at], a.BaseForm) {
				result = append(result, Analysis{
					BaseForm: word[:at] + a.BaseForm,
					Class:    a.Class,
					Parts:    appendParts(nil, a),
					Tails:    append([]string{a.BaseForm}, a.Tails...),
				})
			}
		}
		if result != nil {
			return result
		}
	}
	return nil
}

// believable says whether a guessed split is more than chance: "biometrikko"
// has nothing to do with a "rikko".
func (w *walker) believable(head, tail string) bool {
	letters := utf8.RuneCountInString(tail)
	return letters >= minLooseTail || letters >= minGuessedTail && w.known(head) != nil
}

// tails yields where a guessed tail of a word may begin, from the longest on.
func tails(word string) iter.Seq[int] {
	return func(yield func(int) bool) {
		letters := utf8.RuneCountInString(word)
		n := 0
		for at := range word {
			if n >= minGuessedHead && letters-n >= minGuessedTail && !yield(at) {
				return
			}
			n++
		}
	}
}
