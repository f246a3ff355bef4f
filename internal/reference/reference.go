// Package reference holds the code tables that postings and searches speak in:
// municipalities, regions, countries, languages, occupation groups, industries
// and the closed lists of the job-posting interfaces, each with its names in
// Finnish, Swedish and English. It also knows everyday job words, the case
// forms of place names, and the ESCO occupations loaded into the database.
//
// Codes are text everywhere: "091" and "0110" begin with zeros that count. The
// tables are part of the binary and are read on first use. What the functions
// return is shared between callers and must not be changed.
package reference

import "cmp"

// Text is a name in the three languages. Finnish and Swedish are never empty in
// the embedded tables.
type Text struct{ Fi, Sv, En string }

// In returns the name in lang ("fi", "sv" or "en"), or in the nearest language
// that has one: Finland's other language first, English last.
func (t Text) In(lang string) string {
	switch lang {
	case "sv":
		return cmp.Or(t.Sv, t.Fi, t.En)
	case "en":
		return cmp.Or(t.En, t.Fi, t.Sv)
	}
	return cmp.Or(t.Fi, t.Sv, t.En)
}

// Entry is one code of a table and its name.
type Entry struct {
	Code string
	Name Text
}

// Municipality is a municipality of Finland (kunta), present or past.
type Municipality struct {
	// Code is Statistics Finland's, three digits.
	Code string
	Name Text
	// Region is the code of the region that it lies in today.
	Region string
	// MergedInto is the code of the municipality that a past one belongs to
	// now, always a present one; it is empty for a present municipality.
	MergedInto string
}

// Occupation is a group of ISCO-08.
type Occupation struct {
	// Code has as many digits as the level; its prefixes are its parents.
	Code string
	// Level is 1 (major group) to 4 (unit group).
	Level int
	Name  Text
}

// JobTitle is an everyday job word with its synonyms, in nominative singular.
type JobTitle struct {
	// Code is the ISCO-08 group that the word belongs to first of all: a unit
	// group, or a larger one for a word like "opettaja" that heads the names of
	// many occupations.
	Code string
	// Codes are all groups that the word stands for, Code among them: several
	// where Finland's classification, ESCO's and practice differ.
	Codes []string
	// Fi and Sv hold the main word first; neither is empty. Swedish is
	// Finland's, Sweden's words follow it.
	Fi, Sv []string
}

// Municipalities returns the present municipalities and the merged ones, by
// code. Leave out those with MergedInto set where a person chooses one.
func Municipalities() []Municipality { return municipalities().all }

// MunicipalityByCode finds a municipality, present or merged.
func MunicipalityByCode(code string) (Municipality, bool) { return municipalities().find(code) }

// Regions returns the regions of Finland (maakunta), by code.
func Regions() []Entry { return regions().all }

// RegionByCode finds a region by its two digits.
func RegionByCode(code string) (Entry, bool) { return regions().find(code) }

// Countries returns the countries, by ISO 3166 alpha-2 code.
func Countries() []Entry { return countries().all }

// CountryByCode finds a country by its two capital letters.
func CountryByCode(code string) (Entry, bool) { return countries().find(code) }

// Languages returns the languages by ISO 639-1 code, and the interfaces' own
// codes of three letters, among them the sign languages.
func Languages() []Entry { return languages().all }

// LanguageByCode finds a language.
func LanguageByCode(code string) (Entry, bool) { return languages().find(code) }

// Occupations returns the 619 groups of ISCO-08 by code, each parent right
// before its children.
func Occupations() []Occupation { return occupations().all }

// OccupationByCode finds a group of any level.
func OccupationByCode(code string) (Occupation, bool) { return occupations().find(code) }

// JobTitles returns the everyday job words: first those that head the names of
// many occupations, then the occupations, both by code.
func JobTitles() []JobTitle { return jobTitles() }
