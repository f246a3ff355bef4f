package postings

import (
	"regexp"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/i18n"
)

// The source gives a range of pay as bare numbers, "2320-2500", without saying
// of what; most employers write the same in words beside it.
//
//nolint:gochecknoglobals // constants that need a call
var (
	rangeNumber = regexp.MustCompile(`\d+`)
	rangeHyphen = regexp.MustCompile(`(\d) ?[-–] ?(\d)`)
	// A number as people write it: "2 320", "17,50".
	writtenNumber = regexp.MustCompile(`\d{1,3}(?:[ .\x{a0}\x{202f}]\d{3})+|\d+`)
)

// holdsNumbers tells whether text names every number of the range.
func holdsNumbers(text, wages string) bool {
	numbers := rangeNumber.FindAllString(wages, -1)
	if len(numbers) == 0 {
		return false
	}
	named := map[string]bool{}
	for _, n := range writtenNumber.FindAllString(text, -1) {
		named[strings.Join(rangeNumber.FindAllString(n, -1), "")] = true
	}
	for _, n := range numbers {
		if !named[n] {
			return false
		}
	}
	return true
}

// grouped writes a range as people read it: "2 320–2 500".
func grouped(wages string) string {
	wages = rangeHyphen.ReplaceAllString(wages, "$1–$2")
	return rangeNumber.ReplaceAllStringFunc(wages, func(digits string) string {
		n, err := strconv.Atoi(digits)
		if err != nil || digits[0] == '0' {
			return digits
		}
		return i18n.Number(n)
	})
}
