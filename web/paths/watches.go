package paths

// The job watch: ordering one, confirming the order, the subscriber's own page,
// ending it, and how well watches do. A token stands for the watch; an address
// of a person never stands here.
//
//nolint:gochecknoglobals // a constant table
var (
	Watch        = Pair{"/fi/tyopaikkavahti", "/sv/platsvakt"}
	WatchOrdered = Pair{"/fi/tyopaikkavahti/tilattu", "/sv/platsvakt/bestalld"}
	WatchConfirm = Pair{"/fi/tyopaikkavahti/vahvistus/{token}", "/sv/platsvakt/bekraftelse/{token}"}
	WatchOwn     = Pair{"/fi/tyopaikkavahti/oma/{token}", "/sv/platsvakt/egen/{token}"}
	WatchChange  = Pair{"/fi/tyopaikkavahti/oma/{token}/muutos", "/sv/platsvakt/egen/{token}/andring"}
	WatchPosting = Pair{"/fi/tyopaikkavahti/oma/{token}/tyopaikka/{posting}", "/sv/platsvakt/egen/{token}/jobb/{posting}"}
	WatchCancel  = Pair{"/fi/tyopaikkavahti/oma/{token}/peruutus", "/sv/platsvakt/egen/{token}/avslut"}
	WatchEnd     = Pair{"/fi/tyopaikkavahti/lopetus/{token}", "/sv/platsvakt/avsluta/{token}"}
	WatchEnded   = Pair{"/fi/tyopaikkavahti/lopetettu", "/sv/platsvakt/avslutad"}
	WatchQuality = Pair{"/fi/tyopaikkavahti/laatu", "/sv/platsvakt/kvalitet"}
)
