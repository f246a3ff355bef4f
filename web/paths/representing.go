package paths

// Acting for an organisation.
//
//nolint:gochecknoglobals // a constant table
var (
	// Represent is where to choose for whom to act; its form leads to
	// e-Authorizations.
	Represent       = Pair{"/fi/asiointi/edustaminen", "/sv/arenden/representation"}
	RepresentChoose = Pair{"/fi/asiointi/edustaminen/valitse", "/sv/arenden/representation/valj"}
	RepresentStop   = Pair{"/fi/asiointi/edustaminen/lopeta", "/sv/arenden/representation/avsluta"}
	RepresentEnded  = Pair{"/fi/asiointi/edustaminen/paattynyt", "/sv/arenden/representation/upphort"}
	RepresentAgain  = Pair{"/fi/asiointi/edustaminen/yrita-uudelleen", "/sv/arenden/representation/forsok-igen"}
)

// RepresentCallback is where e-Authorizations sends the browser back to.
const RepresentCallback = "/representing/callback"
