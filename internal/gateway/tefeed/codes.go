package tefeed

import (
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// employerTypes maps every name that the interfaces, their test data and the
// TE system's own pages use for a type of employer.
//
//nolint:gochecknoglobals // a constant table
var employerTypes = map[string]string{
	"01": "01", "1": "01", "organization": "01", //nolint:misspell // the TE system's spelling
	"organisation": "01", "organisaatio": "01",
	"international": "01", "company": "01", "yritys": "01", "employer": "01",
	"02": "02", "2": "02", "household": "02", "kotitalous": "02", "private": "02", "private_household": "02",
}

// employerType maps a type of employer. One that is not known is told by
// whether the employer is a household.
func employerType(code, household string) string {
	if t, ok := employerTypes[strings.ToLower(code)]; ok {
		return t
	}
	if household != "" {
		return "02"
	}
	return "01"
}

// languageCode maps a language, as a two- or three-letter code, a tag such as
// fi-FI or an address that ends in one, to the portal's code. What is none of
// these is kept as it came.
func languageCode(s string) string {
	code := s
	if i := strings.LastIndexByte(code, '/'); i >= 0 && strings.Contains(code, "/language/") {
		code = code[i+1:]
	}
	if len(code) > 3 && (code[2] == '-' || code[2] == '_') {
		code = code[:2]
	}
	if len(code) < 2 || len(code) > 3 {
		return s
	}
	code = strings.ToLower(code)
	if code == "cnr" {
		return "crn" // the TE system's own code for Montenegrin
	}
	// The extension codes of the TE system (crn, fse, fss ...) parse too and
	// come back as they are.
	if base, err := language.ParseBase(code); err == nil {
		return base.String()
	}
	return code
}

func languageCodes(list []string) []string {
	out := list[:0]
	seen := map[string]bool{}
	for _, s := range list {
		if code := languageCode(s); !seen[code] {
			seen[code] = true
			out = append(out, code)
		}
	}
	return out
}

var (
	concept = regexp.MustCompile(`^https?://(data\.europa\.eu|data\.tyomarkkinatori\.fi)/(esco/\S+)$`)
	isco    = regexp.MustCompile(`^C?(\d{1,4})$`)
)

// conceptURIs maps occupations and skills to the addresses of their concepts:
// ESCO occupations and skills, ISCO groups, fields of education, and the
// national extension. A mere ISCO code becomes its address, any other word is
// dropped, since nothing could be made of it.
func conceptURIs(list []string) []string {
	var out []string
	for _, s := range list {
		switch m := concept.FindStringSubmatch(s); {
		case m != nil:
			out = append(out, "http://"+m[1]+"/"+m[2])
		case isco.MatchString(s):
			out = append(out, "http://data.europa.eu/esco/isco/C"+strings.TrimPrefix(s, "C"))
		case strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://"):
			out = append(out, s)
		}
	}
	return out
}

// splitShifts parts the codes of shift work, which some versions list among
// those of working hours.
func splitShifts(hours, shifts []string) ([]string, []string) {
	var rest []string
	for _, code := range hours {
		if len(code) == 4 && strings.HasPrefix(code, "08") {
			shifts = append(shifts, code)
			continue
		}
		rest = append(rest, code)
	}
	return rest, shifts
}
