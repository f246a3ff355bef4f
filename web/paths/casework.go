package paths

// The officers' pages, and those on which an applicant answers an officer.
//
//nolint:gochecknoglobals // a constant table
var (
	Cases        = Pair{"/fi/virkailija/hakemukset", "/sv/handlaggare/ansokningar"}
	CaseNext     = Pair{"/fi/virkailija/hakemukset/seuraava", "/sv/handlaggare/ansokningar/nasta"}
	CasesTeam    = Pair{"/fi/virkailija/hakemukset/tiimi", "/sv/handlaggare/ansokningar/teamet"}
	CasesRules   = Pair{"/fi/virkailija/hakemukset/saannot", "/sv/handlaggare/ansokningar/regler"}
	Case         = Pair{"/fi/virkailija/hakemukset/{id}", "/sv/handlaggare/ansokningar/{id}"}
	CaseClaim    = Pair{"/fi/virkailija/hakemukset/{id}/ota", "/sv/handlaggare/ansokningar/{id}/ta"}
	CaseRelease  = Pair{"/fi/virkailija/hakemukset/{id}/vapauta", "/sv/handlaggare/ansokningar/{id}/frige"}
	CaseHandBack = Pair{"/fi/virkailija/hakemukset/{id}/palauta", "/sv/handlaggare/ansokningar/{id}/lamna"}
	CaseContact  = Pair{"/fi/virkailija/hakemukset/{id}/yhteydenotto", "/sv/handlaggare/ansokningar/{id}/kontakt"}
	CaseApprove  = Pair{"/fi/virkailija/hakemukset/{id}/hyvaksy", "/sv/handlaggare/ansokningar/{id}/godkann"}
	CaseSpecify  = Pair{"/fi/virkailija/hakemukset/{id}/tasmennys", "/sv/handlaggare/ansokningar/{id}/precisering"}
	CaseAskFiles = Pair{"/fi/virkailija/hakemukset/{id}/asiakirjapyynto", "/sv/handlaggare/ansokningar/{id}/begar-handlingar"}
	CaseReject   = Pair{"/fi/virkailija/hakemukset/{id}/hylkaa", "/sv/handlaggare/ansokningar/{id}/avsla"}
	CaseDocument = Pair{"/fi/virkailija/hakemukset/{id}/asiakirjat/{request}/{key}", "/sv/handlaggare/ansokningar/{id}/handlingar/{request}/{key}"}

	StaffDecision  = Pair{"/fi/virkailija/paatokset/{id}", "/sv/handlaggare/beslut/{id}"}
	StaffDecisions = Pair{"/fi/virkailija/paatokset", "/sv/handlaggare/beslut"}

	StaffRegister   = Pair{"/fi/virkailija/rekisteri", "/sv/handlaggare/register"}
	StaffMemberNew  = Pair{"/fi/virkailija/rekisteri/uusi", "/sv/handlaggare/register/ny"}
	StaffMember     = Pair{"/fi/virkailija/rekisteri/{id}", "/sv/handlaggare/register/{id}"}
	StaffGrant      = Pair{"/fi/virkailija/rekisteri/{id}/pyynto", "/sv/handlaggare/register/{id}/begaran"}
	StaffGrantEnd   = Pair{"/fi/virkailija/rekisteri/{id}/oikeus", "/sv/handlaggare/register/{id}/rattighet"}
	StaffMemberLock = Pair{"/fi/virkailija/rekisteri/{id}/esto", "/sv/handlaggare/register/{id}/sparr"}

	ServiceAreas    = Pair{"/fi/virkailija/palvelualueet", "/sv/handlaggare/serviceomraden"}
	ServiceArea     = Pair{"/fi/virkailija/palvelualueet/{code}", "/sv/handlaggare/serviceomraden/{code}"}
	PostSupervision = Pair{"/fi/virkailija/jalkivalvonta", "/sv/handlaggare/efterhandstillsyn"}
	PostReview      = Pair{"/fi/virkailija/jalkivalvonta/{id}", "/sv/handlaggare/efterhandstillsyn/{id}"}
	AuditLog        = Pair{"/fi/virkailija/loki", "/sv/handlaggare/logg"}

	Decision         = Pair{"/fi/paatokset/{id}", "/sv/beslut/{id}"}
	RequestDocuments = Pair{"/fi/pyynnot/{id}", "/sv/begaran/{id}"}
	RequestSend      = Pair{"/fi/pyynnot/{id}/laheta", "/sv/begaran/{id}/skicka"}
	RequestRemove    = Pair{"/fi/pyynnot/{id}/poista", "/sv/begaran/{id}/ta-bort"}
	RequestDone      = Pair{"/fi/pyynnot/{id}/valmis", "/sv/begaran/{id}/klar"}
)
