package paths

// The partner desk (Omat tiedot, Egna uppgifter) and what is left to do for an
// organisation that has left.
//
//nolint:gochecknoglobals // a constant table
var (
	Desk               = Pair{"/fi/omat-tiedot", "/sv/egna-uppgifter"}
	DeskRepresentation = Pair{"/fi/omat-tiedot/edustajat", "/sv/egna-uppgifter/foretradare"}
	DeskMessages       = Pair{"/fi/omat-tiedot/viestit", "/sv/egna-uppgifter/meddelanden"}
	DeskLeave          = Pair{"/fi/omat-tiedot/lahteminen", "/sv/egna-uppgifter/uttrade"}
	Departure          = Pair{"/fi/lahteminen/{id}", "/sv/uttrade/{id}"}
)

// DeskPart is the page on which a partner changes one part of its data.
func DeskPart(part string) Pair {
	p := joinParts[part]
	return Pair{"/fi/omat-tiedot/muuta/" + p.Fi, "/sv/egna-uppgifter/andra/" + p.Sv}
}

// duties are what an organisation that has left confirms, in the words of
// addresses.
//
//nolint:gochecknoglobals // a constant table
var duties = map[string]Pair{
	"processing":    {"kasittely", "behandling"},
	"personal_data": {"henkilotiedot", "personuppgifter"},
	"copies":        {"kopiot", "kopior"},
}

// DepartureDuty is the page on which one duty of a departure is confirmed.
func DepartureDuty(code string) Pair {
	p := duties[code]
	return Pair{Departure.Fi + "/" + p.Fi, Departure.Sv + "/" + p.Sv}
}
