package paths

// What is kept and for how long: the public page, and the officers' pages of the
// table of periods.
//
//nolint:gochecknoglobals // a constant table
var (
	Keeping       = Pair{"/fi/tietosuoja/sailytysajat", "/sv/dataskydd/forvaringstider"}
	KeepingRules  = Pair{"/fi/virkailija/sailytysajat", "/sv/handlaggare/forvaringstider"}
	KeepingRuns   = Pair{"/fi/virkailija/sailytysajat/ajot", "/sv/handlaggare/forvaringstider/korningar"}
	KeepingRule   = Pair{"/fi/virkailija/sailytysajat/{kind}", "/sv/handlaggare/forvaringstider/{kind}"}
	KeepingDecide = Pair{"/fi/virkailija/sailytysajat/{kind}/ratkaisu", "/sv/handlaggare/forvaringstider/{kind}/avgorande"}
)
