package e2e_test

import (
	"context"
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

// say returns the text of a message.
func (s tongue) say(id string) string {
	s.t.Helper()
	text := i18n.T(s, id)
	if text == id {
		s.t.Fatalf("no message %s", id)
	}
	return text
}

func (s tongue) path(p paths.Pair, values ...string) string { return paths.Fill(p, s.lang, values...) }

// logIn goes through identification as one of the simulated people.
func (r *reader) logIn(t *testing.T, s tongue, key string) {
	t.Helper()
	r.visit(t, s.path(paths.SignIn))
	r.press(t, s.say("signin.start"))
	r.press(t, world.Default().Person(key).Name())
}

// actFor chooses an organisation at e-Authorizations.
func (r *reader) actFor(t *testing.T, s tongue, key string) {
	t.Helper()
	r.visit(t, s.path(paths.Represent))
	r.press(t, s.say("representing.go"))
	r.choose(t, world.Default().Organisation(key).Name)
}

// TestJoiningFromLogInToLeaving goes the whole way of a partner in both
// languages, with scripts and without.
func TestJoiningFromLogInToLeaving(t *testing.T) {
	t.Parallel()

	site := newSite(t, 5)
	t.Cleanup(site.stop)
	for _, tt := range []struct {
		lang                 i18n.Lang
		scripts              bool
		person, organisation string
	}{
		{i18n.Finnish, true, "aino", "koivutyo"},
		{i18n.Swedish, false, "ng", "bjorkvik"},
		{i18n.Finnish, false, "oneill", "oneill"},
		{i18n.Swedish, true, "ayramo", "ayramo"},
	} {
		t.Run(string(tt.lang)+" "+tt.person, func(t *testing.T) {
			s, r := speak(t, tt.lang), newReader(t, site, tt.scripts)
			r.logIn(t, s, tt.person)
			r.sees(t, s.say("signin.front.title"))
		})
	}
}
