package organisation

import (
	"strings"
	"unicode"

	"tyomarkkinatori.fi/portal/internal/fault"
)

// BusinessID is a Finnish business ID (Y-tunnus), checked, as it is written:
// 1234567-1.
type BusinessID string

// BusinessIDError says what is wrong with a text that should be a business ID.
type BusinessIDError struct {
	// MessageID is organisation.business_id. and missing, format, digits,
	// never_issued or check_digit.
	MessageID string
	// Data fills the message.
	Data map[string]any
}

// Error names the reason and never the text.
func (e *BusinessIDError) Error() string { return "no business ID: " + e.MessageID }

// For turns the reason into the error of a form's field.
func (e *BusinessIDError) For(field string) fault.FieldError {
	return fault.FieldError{Field: field, MessageID: e.MessageID, Data: e.Data}
}

const (
	bodyDigits    = 7
	oldBodyDigits = 6
)

// ParseBusinessID reads a business ID as people write it: with a dash of any
// kind or, with eight digits, without one, in the old form of six digits before
// the dash, or as a VAT number such as FI12345671. It fails with
// *BusinessIDError.
func ParseBusinessID(s string) (BusinessID, error) {
	text := tidied(s)
	if text == "" {
		return "", &BusinessIDError{MessageID: "organisation.business_id.missing"}
	}
	vat := strings.HasPrefix(text, "FI")
	text = strings.TrimPrefix(text, "FI")
	body, check, dashed := strings.Cut(text, "-")
	if !dashed && len(text) == bodyDigits+1 {
		body, check = text[:bodyDigits], text[bodyDigits:]
	}
	if !digitsOnly(body+check) || len(check) != 1 || vat && dashed && len(body) != bodyDigits {
		return "", &BusinessIDError{MessageID: "organisation.business_id.format"}
	}
	if len(body) == oldBodyDigits {
		body = "0" + body
	}
	if len(body) != bodyDigits {
		return "", &BusinessIDError{MessageID: "organisation.business_id.digits", Data: map[string]any{"Count": len(body)}}
	}
	want, ok := checkDigit(body)
	switch {
	case !ok:
		return "", &BusinessIDError{MessageID: "organisation.business_id.never_issued", Data: map[string]any{"Digits": body}}
	case check[0] != want:
		return "", &BusinessIDError{MessageID: "organisation.business_id.check_digit"}
	}
	return BusinessID(body + "-" + check), nil
}

// tidied is s in capitals, without space and with a plain hyphen for every dash.
func tidied(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u200b', r == '\ufeff', r == '\u2060':
			return -1
		case unicode.Is(unicode.Pd, r), r == '\u2212', r == '\u00ad':
			return '-'
		}
		return unicode.ToUpper(r)
	}, s)
}

func digitsOnly(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// checkDigit returns the digit that follows body, or false when no ID with that
// beginning has been issued.
func checkDigit(body string) (byte, bool) {
	weights := [bodyDigits]int{7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(body[i]-'0')
	}
	switch rest := sum % 11; {
	case sum == 0 || rest == 1:
		return 0, false
	case rest == 0:
		return '0', true
	default:
		return byte('0' + 11 - rest), true
	}
}
