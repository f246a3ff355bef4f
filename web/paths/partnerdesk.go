package paths

// The partner desk (Omat tiedot, Egna uppgifter).
//
//nolint:gochecknoglobals // a constant table
var (
	Desk               = Pair{"/fi/omat-tiedot", "/sv/egna-uppgifter"}
	DeskPart           = Pair{"/fi/omat-tiedot/muuta/{part}", "/sv/egna-uppgifter/andra/{part}"}
	DeskRepresentation = Pair{"/fi/omat-tiedot/edustajat", "/sv/egna-uppgifter/foretradare"}
	DeskMessages       = Pair{"/fi/omat-tiedot/viestit", "/sv/egna-uppgifter/meddelanden"}
	DeskLeave          = Pair{"/fi/omat-tiedot/lahteminen", "/sv/egna-uppgifter/uttrade"}
	// Departure is open to representatives of an organisation that has left.
	Departure     = Pair{"/fi/lahteminen/{id}", "/sv/uttrade/{id}"}
	DepartureDuty = Pair{"/fi/lahteminen/{id}/{duty}", "/sv/uttrade/{id}/{duty}"}
)
