package e2e_test

import (
	"context"
	"fmt"
	"testing"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/locales"
	"tyomarkkinatori.fi/portal/web/paths"
)

// tongue says what the portal says in one language.
type tongue struct {
	context.Context

	t    *testing.T
	lang i18n.Lang
}

func speak(t *testing.T, lang i18n.Lang) tongue {
	t.Helper()
	c, err := i18n.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	return tongue{i18n.With(context.Background(), c, lang), t, lang}
}

// say returns the text of a message, with what stands in its places: names and
// values in turn.
func (s tongue) say(id string, places ...any) string {
	s.t.Helper()
	data := map[string]any{}
	for i := 0; i+1 < len(places); i += 2 {
		data[fmt.Sprint(places[i])] = places[i+1]
	}
	text := i18n.TData(s, id, data)
	if text == id || text == "" {
		s.t.Fatalf("no message %s", id)
	}
	return text
}

func (s tongue) path(p paths.Pair, values ...string) string { return paths.Fill(p, s.lang, values...) }

// area is the name of a service area.
func (s tongue) area(site *site, code string) string {
	s.t.Helper()
	return site.text(s.t, `SELECT name_`+string(s.lang)+` FROM service_area WHERE code = '`+code+`'`)
}

// identify goes through identification as one of the simulated people, from the
// page that leads there.
func (r *reader) identify(t *testing.T, s tongue, key string) {
	t.Helper()
	r.press(t, s.say("signin.start"))
	r.secrets = append(r.secrets, world.Default().Person(key).FamilyName)
	r.leave(t, fmt.Sprintf(`document.querySelector("button[name=person][value=%s]")`, key), key)
}

// logIn logs in and comes to one's own front page.
func (r *reader) logIn(t *testing.T, s tongue, key string) {
	t.Helper()
	r.visit(t, s.path(paths.SignIn))
	r.identify(t, s, key)
}

// choose an organisation at e-Authorizations, from the page that leads there.
func (r *reader) represent(t *testing.T, s tongue, key string) {
	t.Helper()
	r.press(t, s.say("representing.start"))
	name := world.Default().Organisation(key).Name
	r.secrets = append(r.secrets, name)
	r.choose(t, name)
	r.leave(t, `document.querySelector("button[value=choose]")`, "the choice of "+name)
}

// actFor chooses an organisation at e-Authorizations.
func (r *reader) actFor(t *testing.T, s tongue, key string) {
	t.Helper()
	r.visit(t, s.path(paths.Represent))
	r.represent(t, s, key)
}
