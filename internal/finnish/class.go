package finnish

// Word classes as Analysis.Class gives them.
const (
	ClassNoun          = "noun"
	ClassAdjective     = "adjective"
	ClassNounAdjective = "noun-adjective" // words such as "sairas" that are both
	ClassVerb          = "verb"
	ClassAdverb        = "adverb"
	ClassNumeral       = "numeral"
	ClassPronoun       = "pronoun"
	ClassParticle      = "particle" // conjunctions, adpositions, interjections, negations
	ClassPrefix        = "prefix"
	ClassAbbreviation  = "abbreviation"
	ClassGivenName     = "given-name"
	ClassSurname       = "surname"
	ClassPlace         = "place"
	ClassName          = "name"
	// ClassUnknown marks a word whose last part the dictionary does not know.
	ClassUnknown = ""
)

// A class is a word class as a number; classNames gives its name.
type class uint8

const (
	unknown class = iota
	noun
	adjective
	nounAdjective
	verb
	adverb
	numeral
	pronoun
	particle
	prefix
	abbreviation
	givenName
	surname
	place
	name
)

var classNames = [...]string{
	unknown:       ClassUnknown,
	noun:          ClassNoun,
	adjective:     ClassAdjective,
	nounAdjective: ClassNounAdjective,
	verb:          ClassVerb,
	adverb:        ClassAdverb,
	numeral:       ClassNumeral,
	pronoun:       ClassPronoun,
	particle:      ClassParticle,
	prefix:        ClassPrefix,
	abbreviation:  ClassAbbreviation,
	givenName:     ClassGivenName,
	surname:       ClassSurname,
	place:         ClassPlace,
	name:          ClassName,
}

var classTags = map[string]class{
	"[Ln]": noun, "[Ll]": adjective, "[Lnl]": nounAdjective, "[Lt]": verb, "[Ls]": adverb,
	"[Lu]": numeral, "[Lur]": numeral, "[Lr]": pronoun, "[Lp]": prefix, "[La]": abbreviation,
	"[Lc]": particle, "[Ld]": particle, "[Lh]": particle, "[Lk]": particle,
	"[Lee]": givenName, "[Les]": surname, "[Lep]": place, "[Lem]": name,
}

func (c class) isName() bool { return c >= givenName }

func (c class) isNoun() bool { return c == noun || c == nounAdjective }
