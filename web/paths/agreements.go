package paths

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
