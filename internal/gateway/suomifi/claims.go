package suomifi

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/identity"
)

// longestName bounds a name; the longest in use are far shorter.
const longestName = 200

// claimReader turns claims into a person.
type claimReader struct {
	names  Claims
	levels map[string]identity.Level
	now    func() time.Time
}

// identified returns the person that checked claims tell of. Claims that are
// there but are not what they should be are refused: better nobody than half of
// somebody.
func (r claimReader) identified(claims object) (identity.Identified, error) {
	if claims.isSet(r.names.Deceased) {
		return identity.Identified{}, refused("deceased")
	}
	who := identity.Identified{
		Level:           r.levels[claims.text("acr")],
		FirstNames:      line(claims.text(r.names.FirstNames)),
		CallName:        line(claims.text(r.names.CallName)),
		FamilyName:      line(claims.text(r.names.FamilyName)),
		NonDisclosure:   claims.isSet(r.names.NonDisclosure),
		Subject:         claims.text("sub"),
		ProviderSession: claims.text(r.names.Session),
	}
	if who.FirstNames == "" && who.FamilyName == "" {
		// Family name first, as the profile has it.
		who.FamilyName, who.FirstNames, _ = strings.Cut(line(claims.text(r.names.Name)), " ")
	}
	if v := claims[r.names.Code]; v != nil && v != "" {
		text, _ := v.(string)
		code, err := identity.ParseCode(text)
		if err != nil {
			return identity.Identified{}, refused("code_claim")
		}
		who.Code, who.BirthDate = code, code.BirthDate()
	}
	if v := claims[r.names.ForeignID]; v != nil && v != "" {
		text, ok := v.(string)
		if !ok || !foreignID.MatchString(text) {
			return identity.Identified{}, refused("foreign_id_claim")
		}
		who.ForeignID = text
	}
	if born, err := time.Parse(time.DateOnly, claims.text(r.names.BirthDate)); err == nil {
		who.BirthDate = born
	}
	if !who.NonDisclosure {
		who.Municipality = digits(claims.text(r.names.Municipality))
		who.Country = country(claims.text(r.names.Country))
	}
	who.At, _ = claims.time("iat")
	if claims["auth_time"] != nil {
		who.At, _ = claims.time("auth_time")
	}
	if now := r.now(); who.At.After(now) {
		who.At = now
	}
	switch {
	case !who.Code.IsSet() && who.ForeignID == "":
		return identity.Identified{}, refused("nobody")
	case who.FirstNames == "" && who.FamilyName == "":
		return identity.Identified{}, refused("name")
	}
	return who, nil
}

// foreignID is an identifier as eIDAS writes it: two countries and an identifier
// of the first. It is compared as it is, so that it is never shortened or mended.
var foreignID = regexp.MustCompile(`^[A-Z]{2}/[A-Z]{2}/[!-~]{1,256}$`)

// isSet reads a flag however it is written; a date or any other text sets it.
func (o object) isSet(name string) bool {
	switch v := o[name].(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != "" && v != "0" && !strings.EqualFold(v, "false")
	case json.Number:
		return v != "0"
	}
	return true
}

// line is a text fit for one line: no control characters, no more space than
// needed, not endless.
func line(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	for n := longestName; utf8.RuneCountInString(s) > n; {
		s = strings.TrimSpace(string([]rune(s)[:n]))
	}
	return s
}

// digits is the code of a municipality, three digits, or nothing.
func digits(s string) string {
	if len(s) != 3 || strings.Trim(s, "0123456789") != "" {
		return ""
	}
	return s
}

func country(s string) string {
	s = strings.ToUpper(s)
	if len(s) != 2 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return s
}
