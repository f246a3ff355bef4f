package paths

// Joining: what it takes, the terms, the parts of an application, and the
// applications that were sent.
//
//nolint:gochecknoglobals // a constant table
var (
	Join                = Pair{"/fi/liity", "/sv/anslut"}
	JoinTerms           = Pair{"/fi/liity/ehdot", "/sv/anslut/villkor"}
	JoinCheck           = Pair{"/fi/liity/hakemus/tarkistus", "/sv/anslut/ansokan/granskning"}
	JoinDiscard         = Pair{"/fi/liity/hakemus/poisto", "/sv/anslut/ansokan/radering"}
	JoinApplications    = Pair{"/fi/liity/hakemukset", "/sv/anslut/ansokningar"}
	JoinApplication     = Pair{"/fi/liity/hakemukset/{id}", "/sv/anslut/ansokningar/{id}"}
	JoinReceipt         = Pair{"/fi/liity/hakemukset/{id}/vastaanotettu", "/sv/anslut/ansokningar/{id}/mottagen"}
	JoinWithdraw        = Pair{"/fi/liity/hakemukset/{id}/peruutus", "/sv/anslut/ansokningar/{id}/aterkallelse"}
	JoinCorrectionCheck = Pair{"/fi/liity/hakemukset/{id}/taydennys/tarkistus", "/sv/anslut/ansokningar/{id}/komplettering/granskning"}
)

// joinParts are the parts of an application in the words of addresses.
//
//nolint:gochecknoglobals // a constant table
var joinParts = map[string]Pair{
	"organisation":  {"organisaatio", "organisation"},
	"contacts":      {"yhteyshenkilot", "kontaktpersoner"},
	"service_areas": {"palvelualueet", "serviceomraden"},
	"places":        {"toiminta-alue", "verksamhetsomrade"},
	"description":   {"kuvaus", "beskrivning"},
	"languages":     {"kielet", "sprak"},
	"personal_data": {"henkilotiedot", "personuppgifter"},
	"declarations":  {"vakuutukset", "forsakranden"},
}

// JoinPart is the page of one part of a new application.
func JoinPart(part string) Pair {
	p := joinParts[part]
	return Pair{"/fi/liity/hakemus/" + p.Fi, "/sv/anslut/ansokan/" + p.Sv}
}

// JoinCorrection is the page on which one part of an application that was sent
// is corrected.
func JoinCorrection(part string) Pair {
	p := joinParts[part]
	return Pair{"/fi/liity/hakemukset/{id}/taydennys/" + p.Fi, "/sv/anslut/ansokningar/{id}/komplettering/" + p.Sv}
}
