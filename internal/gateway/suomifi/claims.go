package suomifi

import (
	"encoding/json"
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
	if r.isSet(claims, r.names.Deceased) {
		return identity.Identified{}, refused("deceased")
	}
	level, ok := r.levels[claims.text("acr")]
	if !ok {
		return identity.Identified{}, refused("acr")
	}
	who := identity.Identified{
		Level:           level,
		ForeignID:       line(claims.text(r.names.ForeignID)),
		FirstNames:      line(claims.text(r.names.FirstNames)),
		CallName:        line(claims.text(r.names.CallName)),
		FamilyName:      line(claims.text(r.names.FamilyName)),
		NonDisclosure:   r.isSet(claims, r.names.NonDisclosure),
		Subject:         claims.text("sub"),
		ProviderSession: claims.text(r.names.Session),
	}
	if who.FirstNames == "" && who.FamilyName == "" {
		// Family name first, as the profile has it.
		who.FamilyName, who.FirstNames, _ = strings.Cut(line(claims.text(r.names.Name)), " ")
	}
	if text := claims.text(r.names.Code); text != "" {
		code, err := identity.ParseCode(text)
		if err != nil {
			return identity.Identified{}, refused("code_claim")
		}
		who.Code, who.BirthDate = code, code.BirthDate()
	}
	if born, err := time.Parse(time.DateOnly, claims.text(r.names.BirthDate)); err == nil {
		who.BirthDate = born
	}
	if !who.NonDisclosure {
		who.Municipality = digits(claims.text(r.names.Municipality))
		who.Country = country(claims.text(r.names.Country))
	}
	who.At, _ = claims.time("iat")
	if at, ok := claims.time("auth_time"); ok {
		who.At = at
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

// isSet reads a flag however it is written; a date or any other text sets it.
func (r claimReader) isSet(claims object, name string) bool {
	switch v := claims[name].(type) {
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
