package terms

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// texts are the demo texts that come with the program, <kind>.<number>.<language>.md.
//
//go:embed texts/*.md
var texts embed.FS

// actionPublished is audited for every version.
const actionPublished = "terms.published"

// titles of the texts that come with the program.
//
//nolint:gochecknoglobals // a constant table
var titles = map[Kind]map[i18n.Lang]string{
	Partner:   both("Yhteistyökumppanin liittymisen ehdot", "Villkor för anslutning som samarbetspartner"),
	Interface: both("Rajapintojen käyttöehdot", "Användarvillkor för gränssnitten"),
	JobWatch:  both("Työpaikkavahdin käyttöehdot", "Användarvillkor för Platsvakten"),
	Processor: both("Henkilötietojen käsittelijäsopimus", "Personuppgiftsbiträdesavtal"),
}

// Seed publishes the texts that come with the program as version 1, in force
// from today, of each kind that has no version yet. It returns how many that
// were; calling it again does nothing.
func Seed(ctx context.Context, db *postgres.DB) (int, error) {
	n := 0
	for _, kind := range Kinds() {
		err := db.InTx(ctx, func(tx *postgres.Tx) error {
			seeded, err := seed(ctx, tx, kind)
			if seeded {
				n++
			}
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func seed(ctx context.Context, tx *postgres.Tx, kind Kind) (bool, error) {
	if err := lockKind(ctx, tx, kind); err != nil {
		return false, err
	}
	latest, err := selectLatest(ctx, tx, kind)
	if err != nil || latest.Number > 0 {
		return false, err
	}
	v := Version{
		Kind: kind, Number: 1, EffectiveOn: today(tx.Now), PublishedAt: tx.Now,
		Title: titles[kind], Text: map[i18n.Lang]string{}, Hash: map[i18n.Lang]string{},
	}
	for _, lang := range i18n.Langs {
		b, err := texts.ReadFile("texts/" + string(kind) + ".1." + string(lang) + ".md")
		if err != nil {
			return false, fmt.Errorf("read the text of terms: %w", err)
		}
		v.Text[lang], v.Hash[lang] = string(b), Hash(string(b))
	}
	if err := insertVersion(ctx, tx, v); err != nil {
		return false, err
	}
	return true, audit.Record(ctx, tx, audit.Event{
		Actor:   audit.System("terms.seed"),
		Action:  actionPublished,
		Subject: v.ref(),
		Detail:  v.detail(),
	})
}

// Hash is the SHA-256 of text's exact bytes in hexadecimal, as sha256sum prints
// it.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (v Version) ref() audit.Ref {
	return audit.Ref{Kind: "terms_version", ID: fmt.Sprintf("%s/%d", v.Kind, v.Number)}
}

func (v Version) detail() map[string]any {
	return map[string]any{
		"effective_on": v.EffectiveOn.Format("2006-01-02"), "reporting": v.Reporting,
		"hash_fi": v.Hash[i18n.Finnish], "hash_sv": v.Hash[i18n.Swedish],
	}
}
