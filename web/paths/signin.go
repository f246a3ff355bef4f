package paths

// Logging in, one's own front page, and what belongs to a session.
//
//nolint:gochecknoglobals // a constant table
var (
	SignIn         = Pair{"/fi/kirjaudu", "/sv/logga-in"}
	LogOut         = Pair{"/fi/kirjaudu-ulos", "/sv/logga-ut"}
	LoggedOut      = Pair{"/fi/kirjauduttu-ulos", "/sv/utloggad"}
	OwnFront       = Pair{"/fi/asiointi", "/sv/arenden"}
	OwnPages       = Pair{"/fi/omat-sivut", "/sv/mina-sidor"}
	OwnSessions    = Pair{"/fi/asiointi/istunnot", "/sv/arenden/sessioner"}
	OwnSessionEnd  = Pair{"/fi/asiointi/istunnot/paata", "/sv/arenden/sessioner/avsluta"}
	Unsent         = Pair{"/fi/asiointi/lahettamatta/{id}", "/sv/arenden/osant/{id}"}
	UnsentDiscard  = Pair{"/fi/asiointi/lahettamatta/{id}/poista", "/sv/arenden/osant/{id}/radera"}
	StaffFront     = Pair{"/fi/virkailija", "/sv/handlaggare"}
	StaffSignIn    = Pair{"/fi/virkailija/kirjaudu", "/sv/handlaggare/logga-in"}
	StaffSessions  = Pair{"/fi/virkailija/istunnot", "/sv/handlaggare/sessioner"}
	StaffEnd       = Pair{"/fi/virkailija/istunnot/paata", "/sv/handlaggare/sessioner/avsluta"}
	StaffUnsent    = Pair{"/fi/virkailija/lahettamatta/{id}", "/sv/handlaggare/osant/{id}"}
	StaffUnsentEnd = Pair{"/fi/virkailija/lahettamatta/{id}/poista", "/sv/handlaggare/osant/{id}/radera"}
)

// The addresses that the identification service knows of, and that of the page
// script that keeps a session alive.
const (
	SignInCallback = "/signin/callback"
	SignInKeys     = "/signin/keys"
	SignInKeysJSON = "/signin/keys.json"
	SignInLogOut   = "/signin/logout"
	SignInOut      = "/signin/out"
	SignInSession  = "/signin/session"
)
