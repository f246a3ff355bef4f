package swedish

import (
	_ "embed"
	"strings"
	"sync"
)

// headList holds a head per line: its base form, a tab, and its other forms
// in the nominative, separated by spaces.
//
//go:embed heads.tsv
var headList string

type lexiconData struct {
	heads   map[string]string // base form by form, genitives included
	longest int               // bytes of the longest form
}

var lexicon = sync.OnceValue(func() lexiconData {
	lines := strings.Split(strings.TrimSpace(headList), "\n")
	data := lexiconData{heads: make(map[string]string, 8*len(lines))}
	for _, line := range lines {
		head, forms, _ := strings.Cut(line, "\t")
		for _, form := range append(strings.Fields(forms), head) {
			data.heads[form] = head
			if !strings.HasSuffix(form, "s") {
				form += "s"
				data.heads[form] = head
			}
			data.longest = max(data.longest, len(form))
		}
	}
	return data
})

// falseFriends are, by head, words that end in its letters but are none of its
// kind.
var falseFriends = map[string][]string{
	"agent":   {"reagent"},
	"aktör":   {"redaktör", "traktör", "kontraktör", "faktör"},
	"arbete":  {"samarbete", "förarbete", "efterarbete", "tankearbete"},
	"domare":  {"egendomare", "lärdomare", "sjukdomare", "ungdomare"},
	"förare":  {"anförare", "bokförare", "genomförare", "marknadsförare", "protokollförare", "utförare", "överförare"},
	"ledare":  {"halvledare", "anledare"},
	"lektor":  {"kollektor", "reflektor"},
	"medlare": {"förmedlare"},
	"polis":   {"akropolis", "metropolis"},
	"rektor":  {"direktor"},
	"spelare": {"skådespelare"},
	"tjänst":  {"förtjänst"},
	"värd":    {"läsvärd", "sevärd", "tänkvärd", "önskvärd", "lovvärd", "prisvärd"},
}
