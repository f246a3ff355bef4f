package swedish

import (
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	snowball "github.com/blevesearch/snowballstem/swedish"
)

// maxRounds bounds how often a word is cut; none needs more than four.
const maxRounds = 6

// An ending is replaced when at least keep letters stand before it.
type ending struct {
	from, to string
	keep     int
}

// endings are what Snowball leaves standing or cuts in one form only. The
// first that fits is taken.
var endings = []ending{
	{"männens", "man", 1},
	{"männen", "man", 1},
	{"mäns", "man", 1},
	{"män", "man", 1},
	{"städernas", "stad", 0},
	{"städerna", "stad", 0},
	{"städers", "stad", 0},
	{"städer", "stad", 0},
	{"böckernas", "bok", 0},
	{"böckerna", "bok", 0},
	{"böckers", "bok", 0},
	{"böcker", "bok", 0},
	{"nätternas", "natt", 0},
	{"nätterna", "natt", 0},
	{"nätters", "natt", 0},
	{"nätter", "natt", 0},
	{"ländernas", "land", 0},
	{"länderna", "land", 0},
	{"länders", "land", 0},
	{"länder", "land", 0},
	{"händernas", "hand", 0},
	{"händerna", "hand", 0},
	{"händers", "hand", 0},
	{"händer", "hand", 0},
	{"ansökans", "ansökning", 0},
	{"ansökan", "ansökning", 0},
	{"anmälans", "anmälning", 0},
	{"anmälan", "anmälning", 0},
	{"timmens", "timme", 0},
	{"timmen", "timme", 0},
	{"heternas", "het", 2},
	{"heterna", "het", 2},
	{"heters", "het", 2},
	{"heter", "het", 2},
	{"hetens", "het", 2},
	{"heten", "het", 2},
	{"hets", "het", 2},
	{"andenas", "ande", 2},
	{"andena", "ande", 2},
	{"andens", "ande", 2},
	{"anden", "ande", 2},
	{"mmets", "m", 2},
	{"mmet", "m", 2},
	{"mmens", "m", 2},
	{"mmen", "m", 2},
	{"grets", "ger", 2},
	{"gret", "ger", 2},
	{"grens", "ger", 2},
	{"gren", "ger", 2},
	{"strets", "ster", 2},
	{"stret", "ster", 2},
	{"strens", "ster", 2},
	{"stren", "ster", 2},
	{"ntrets", "nter", 2},
	{"ntret", "nter", 2},
	{"ntrens", "nter", 2},
	{"ntren", "nter", 2},
	{"juns", "ju", 3},
	{"jun", "ju", 3},
	{"jus", "ju", 3},
	{"ins", "i", 4},
	{"in", "i", 4},
	{"eris", "eri", 2},
	{"omis", "omi", 2},
	{"orns", "or", 3},
	{"orn", "or", 3},
	{"ets", "", 3},
	{"et", "", 3},
	{"ans", "", 4},
	{"an", "", 4},
}

// cut takes the inflection off a word. Snowball takes one ending at a time
// ("chefers" to "chefer", "chefer" to "chef"), so it is asked until nothing
// changes; the forms of a word then meet at the bottom.
func cut(word string) string {
	env := snowballstem.NewEnv(word)
	for range maxRounds {
		before := word
		word = trimEnding(word)
		if strings.HasSuffix(word, "het") {
			// Snowball would take the suffix off some forms and not others.
			break
		}
		env.SetCurrent(word)
		snowball.Stem(env)
		word = env.Current()
		if word == before {
			break
		}
	}
	return word
}

func trimEnding(word string) string {
	if strings.HasSuffix(word, "het") {
		return word
	}
	for _, e := range endings {
		if rest, ok := strings.CutSuffix(word, e.from); ok && utf8.RuneCountInString(rest) >= e.keep {
			return rest + e.to
		}
	}
	return word
}
