package paths

import "tyomarkkinatori.fi/portal/internal/i18n"

// The pages of the terms: to read for everybody, to confirm and to look back at
// for representatives, to write for staff.
//
//nolint:gochecknoglobals // a constant table
var (
	Terms        = Pair{"/fi/ehdot", "/sv/villkor"}
	TermsCurrent = Pair{"/fi/ehdot/{kind}", "/sv/villkor/{kind}"}
	TermsVersion = Pair{"/fi/ehdot/{kind}/{number}", "/sv/villkor/{kind}/{number}"}
	TermsBoth    = Pair{"/fi/ehdot/{kind}/{number}/rinnakkain", "/sv/villkor/{kind}/{number}/jamsides"}
	TermsChanges = Pair{"/fi/ehdot/{kind}/{number}/muutokset", "/sv/villkor/{kind}/{number}/andringar"}
	TermsText    = Pair{"/fi/ehdot/{kind}/{number}/teksti.md", "/sv/villkor/{kind}/{number}/text.md"}

	TermsConfirm     = Pair{"/fi/ehtojen-vahvistus", "/sv/bekrafta-villkor"}
	TermsAcceptances = Pair{"/fi/ehtojen-hyvaksynnat", "/sv/godkannanden-av-villkor"}
	TermsAcceptance  = Pair{"/fi/ehtojen-hyvaksynnat/{id}", "/sv/godkannanden-av-villkor/{id}"}

	StaffTerms            = Pair{"/fi/virkailija/ehdot", "/sv/handlaggare/villkor"}
	StaffTermsKind        = Pair{"/fi/virkailija/ehdot/{kind}", "/sv/handlaggare/villkor/{kind}"}
	StaffTermsDraft       = Pair{"/fi/virkailija/ehdot/{kind}/luonnos", "/sv/handlaggare/villkor/{kind}/utkast"}
	StaffTermsCheck       = Pair{"/fi/virkailija/ehdot/{kind}/luonnos/tarkistus", "/sv/handlaggare/villkor/{kind}/utkast/granskning"}
	StaffTermsWithdraw    = Pair{"/fi/virkailija/ehdot/{kind}/luonnos/poisto", "/sv/handlaggare/villkor/{kind}/utkast/radering"}
	StaffTermsAcceptances = Pair{"/fi/virkailija/ehtojen-hyvaksynnat/{organisation}", "/sv/handlaggare/godkannanden-av-villkor/{organisation}"}
	StaffTermsAcceptance  = Pair{"/fi/virkailija/ehtojen-hyvaksynnat/{organisation}/{id}", "/sv/handlaggare/godkannanden-av-villkor/{organisation}/{id}"}
)

// termsWords are the kinds of terms as addresses call them, by their codes. Old
// addresses have the code, and lead on.
//
//nolint:gochecknoglobals // a constant table
var termsWords = map[string]Pair{
	"job-watch": {"tyopaikkavahti", "platsvakten"},
	"interface": {"rajapinta", "granssnitt"},
	"processor": {"henkilotietojen-kasittely", "behandling-av-personuppgifter"},
}

// TermsCode returns the code of the kind of terms that a word of an address means,
// the word itself when it is in no table.
func TermsCode(word string) string {
	for code, words := range termsWords {
		if word == words.Fi || word == words.Sv {
			return code
		}
	}
	return word
}

func termsWord(word string, lang i18n.Lang) string {
	if words, ok := termsWords[TermsCode(word)]; ok {
		return words.In(lang)
	}
	return word
}
