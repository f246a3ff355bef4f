package paths

// A person's consents and requests about own data, and the officers' work on
// them.
//
//nolint:gochecknoglobals // a constant table
var (
	Consents        = Pair{"/fi/omat-sivut/suostumukset", "/sv/mina-sidor/samtycken"}
	ConsentWithdraw = Pair{"/fi/omat-sivut/suostumukset/peru", "/sv/mina-sidor/samtycken/aterkalla"}

	OwnDataRequests     = Pair{"/fi/omat-sivut/tietopyynnot", "/sv/mina-sidor/begaran-om-uppgifter"}
	OwnDataRequestNew   = Pair{"/fi/omat-sivut/tietopyynnot/uusi", "/sv/mina-sidor/begaran-om-uppgifter/ny"}
	OwnDataRequest      = Pair{"/fi/omat-sivut/tietopyynnot/{id}", "/sv/mina-sidor/begaran-om-uppgifter/{id}"}
	OwnDataRequestFile  = Pair{"/fi/omat-sivut/tietopyynnot/{id}/liitteet", "/sv/mina-sidor/begaran-om-uppgifter/{id}/bilagor"}
	OwnDataRequestDrop  = Pair{"/fi/omat-sivut/tietopyynnot/{id}/liitteet/poista", "/sv/mina-sidor/begaran-om-uppgifter/{id}/bilagor/ta-bort"}
	OwnDataRequestRead  = Pair{"/fi/omat-sivut/tietopyynnot/{id}/vastaus/{key}", "/sv/mina-sidor/begaran-om-uppgifter/{id}/svar/{key}"}
	OwnDataRequestEnd   = Pair{"/fi/omat-sivut/tietopyynnot/{id}/peru", "/sv/mina-sidor/begaran-om-uppgifter/{id}/aterta"}
	OwnDataRequestProof = Pair{"/fi/omat-sivut/tietopyynnot/{id}/todistus", "/sv/mina-sidor/begaran-om-uppgifter/{id}/intyg"}

	DataRequests          = Pair{"/fi/virkailija/tietopyynnot", "/sv/handlaggare/begaran-om-uppgifter"}
	DataRequestNext       = Pair{"/fi/virkailija/tietopyynnot/seuraava", "/sv/handlaggare/begaran-om-uppgifter/nasta"}
	DataRequestNew        = Pair{"/fi/virkailija/tietopyynnot/uusi", "/sv/handlaggare/begaran-om-uppgifter/ny"}
	DataRequestStatistics = Pair{"/fi/virkailija/tietopyynnot/tilastot", "/sv/handlaggare/begaran-om-uppgifter/statistik"}
	DataRequest           = Pair{"/fi/virkailija/tietopyynnot/{id}", "/sv/handlaggare/begaran-om-uppgifter/{id}"}
	DataRequestClaim      = Pair{"/fi/virkailija/tietopyynnot/{id}/ota", "/sv/handlaggare/begaran-om-uppgifter/{id}/ta"}
	DataRequestHandBack   = Pair{"/fi/virkailija/tietopyynnot/{id}/palauta", "/sv/handlaggare/begaran-om-uppgifter/{id}/lamna"}
	DataRequestContact    = Pair{"/fi/virkailija/tietopyynnot/{id}/yhteydenotto", "/sv/handlaggare/begaran-om-uppgifter/{id}/kontakt"}
	DataRequestIdentify   = Pair{"/fi/virkailija/tietopyynnot/{id}/tunnistus", "/sv/handlaggare/begaran-om-uppgifter/{id}/identifiering"}
	DataRequestAnswer     = Pair{"/fi/virkailija/tietopyynnot/{id}/vastaa", "/sv/handlaggare/begaran-om-uppgifter/{id}/svara"}
	DataRequestDelete     = Pair{"/fi/virkailija/tietopyynnot/{id}/poista-tiedot", "/sv/handlaggare/begaran-om-uppgifter/{id}/radera-uppgifter"}
	DataRequestFile       = Pair{"/fi/virkailija/tietopyynnot/{id}/vastauksen-liitteet", "/sv/handlaggare/begaran-om-uppgifter/{id}/svarets-bilagor"}
	DataRequestDrop       = Pair{"/fi/virkailija/tietopyynnot/{id}/vastauksen-liitteet/poista", "/sv/handlaggare/begaran-om-uppgifter/{id}/svarets-bilagor/ta-bort"}
	DataRequestRead       = Pair{"/fi/virkailija/tietopyynnot/{id}/asiakirjat/{key}", "/sv/handlaggare/begaran-om-uppgifter/{id}/handlingar/{key}"}
	DataRequestCopy       = Pair{"/fi/virkailija/tietopyynnot/{id}/jaljennos", "/sv/handlaggare/begaran-om-uppgifter/{id}/kopia"}
	DataRequestLift       = Pair{"/fi/virkailija/tietopyynnot/{id}/lopeta-rajoitus", "/sv/handlaggare/begaran-om-uppgifter/{id}/avsluta-begransning"}
	DataRequestProof      = Pair{"/fi/virkailija/tietopyynnot/{id}/todistus", "/sv/handlaggare/begaran-om-uppgifter/{id}/intyg"}
	PersonSearch          = Pair{"/fi/virkailija/henkilohaku", "/sv/handlaggare/personsokning"}
	PersonCode            = Pair{"/fi/virkailija/henkilohaku/henkilotunnus", "/sv/handlaggare/personsokning/personbeteckning"}
)
