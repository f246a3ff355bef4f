package paths

// What is kept of a person, who has looked at it, the copy and the deletion of
// the account (Omat tiedot, Tilin hallinta).
//
//nolint:gochecknoglobals // a constant table
var (
	OwnData              = Pair{"/fi/omat-sivut/tilin-hallinta", "/sv/mina-sidor/kontohantering"}
	OwnDataLooks         = Pair{"/fi/omat-sivut/tilin-hallinta/katselut", "/sv/mina-sidor/kontohantering/visningar"}
	OwnDataCopy          = Pair{"/fi/omat-sivut/tilin-hallinta/kopio", "/sv/mina-sidor/kontohantering/kopia"}
	OwnDataCopyJSON      = Pair{"/fi/omat-sivut/tilin-hallinta/kopio.json", "/sv/mina-sidor/kontohantering/kopia.json"}
	OwnDataCopyHTML      = Pair{"/fi/omat-sivut/tilin-hallinta/kopio.html", "/sv/mina-sidor/kontohantering/kopia.html"}
	OwnDataDelete        = Pair{"/fi/omat-sivut/tilin-hallinta/poisto", "/sv/mina-sidor/kontohantering/radering"}
	OwnDataDeleteConfirm = Pair{"/fi/omat-sivut/tilin-hallinta/poisto/vahvistus", "/sv/mina-sidor/kontohantering/radering/bekraftelse"}
	OwnDataDeleted       = Pair{"/fi/tili-poistettu", "/sv/kontot-raderat"}
)
