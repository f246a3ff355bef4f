package paths

// A person's own profile (Profiili) and what of it is published to EURES.
//
//nolint:gochecknoglobals // a constant table
var (
	Profile = Pair{"/fi/omat-sivut/profiili", "/sv/mina-sidor/profil"}
	Eures   = Pair{"/fi/omat-sivut/eures-profiili", "/sv/mina-sidor/eures-profil"}
	// Disclosure is what an employer may be given.
	Disclosure = Pair{"/fi/omat-sivut/tiedot-tyonantajille", "/sv/mina-sidor/uppgifter-till-arbetsgivare"}
)

// profileSections are the sections of a profile in the words of addresses.
//
//nolint:gochecknoglobals // a constant table
var profileSections = map[string]Pair{
	"presentation": {"esittely", "presentation"},
	"work":         {"tyohistoria", "arbetshistoria"},
	"education":    {"koulutus", "utbildning"},
	"skills":       {"osaaminen", "kunnande"},
	"languages":    {"kielitaito", "sprakkunskaper"},
	"licences":     {"ajokortit", "korkort"},
	"cards":        {"kortit-ja-luvat", "kort-och-tillstand"},
	"wished_work":  {"toivottu-tyo", "onskat-arbete"},
	"wishes":       {"toiveet", "onskemal"},
	"contact":      {"yhteystiedot", "kontaktuppgifter"},
	"residence":    {"asuinmaa", "bosattningsland"},
	"employer":     {"tiedot-tyonantajalle", "uppgifter-till-arbetsgivare"},
	"eures":        {"eures", "eures"},
}

// ProfileSection is the page of one section of the profile.
func ProfileSection(section string) Pair {
	p := profileSections[section]
	return Pair{Profile.Fi + "/" + p.Fi, Profile.Sv + "/" + p.Sv}
}

// ProfileNew is the page on which an entry of a section is written.
func ProfileNew(section string) Pair {
	p := ProfileSection(section)
	return Pair{p.Fi + "/uusi", p.Sv + "/ny"}
}

// ProfileEntry is the page on which an entry of a section is changed.
func ProfileEntry(section string) Pair {
	p := ProfileSection(section)
	return Pair{p.Fi + "/{id}", p.Sv + "/{id}"}
}

// ProfileRemove is the page on which an entry of a section is removed.
func ProfileRemove(section string) Pair {
	p := ProfileEntry(section)
	return Pair{p.Fi + "/poisto", p.Sv + "/radering"}
}
