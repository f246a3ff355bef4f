package oidcsim

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"

	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

//go:embed picker.html
var pickerHTML string

var pickerPage = template.Must(template.New("picker").Parse(pickerHTML))

// words of the picker, by language.
var words = map[string]map[string]string{
	"fi": {
		"title": "Tunnistautuminen (jäljitelmä)", "note": "Tämä ei ole oikea tunnistuspalvelu. Kaikki henkilöt ovat keksittyjä.",
		"service": "Palvelu", "fresh": "Palvelu pyytää tunnistautumaan uudelleen.", "people": "Valitse henkilö", "choose": "Tunnistaudu",
		"other": "Muu henkilö", "code": "Henkilötunnus", "foreign": "eIDAS-tunniste, jos henkilötunnusta ei ole",
		"first": "Etunimet", "call": "Kutsumanimi", "family": "Sukunimi", "municipality": "Kotikunnan numero",
		"protected": "Turvakielto", "level": "Varmuustaso", "cancel": "Keskeytä", "language": "Kieli",
	},
	"sv": {
		"title": "Identifiering (imitation)", "note": "Det här är ingen riktig identifieringstjänst. Alla personer är påhittade.",
		"service": "Tjänst", "fresh": "Tjänsten ber dig identifiera dig på nytt.", "people": "Välj person", "choose": "Identifiera dig",
		"other": "Någon annan", "code": "Personbeteckning", "foreign": "eIDAS-identifierare, om personbeteckning saknas",
		"first": "Förnamn", "call": "Tilltalsnamn", "family": "Efternamn", "municipality": "Hemkommunens nummer",
		"protected": "Spärrmarkering", "level": "Tillitsnivå", "cancel": "Avbryt", "language": "Språk",
	},
	"en": {
		"title": "Identification (imitation)", "note": "This is no real identification service. All people are invented.",
		"service": "Service", "fresh": "The service asks you to identify anew.", "people": "Choose a person", "choose": "Identify",
		"other": "Somebody else", "code": "Personal identity code", "foreign": "eIDAS identifier, for people without a code",
		"first": "First names", "call": "Call name", "family": "Family name", "municipality": "Number of the home municipality",
		"protected": "Protection order", "level": "Level of assurance", "cancel": "Cancel", "language": "Language",
	},
}

// listed is how many people the page lists at most; a crowd is reached by
// login_hint.
const listed = 60

// show renders the page that asks who somebody is.
func (s *Simulator) show(w http.ResponseWriter, id string, t *transaction, lang string) {
	if words[lang] == nil {
		lang = "fi"
		if i := slices.IndexFunc(t.request.locales, func(l string) bool { return words[l] != nil }); i >= 0 {
			lang = t.request.locales[i]
		}
	}
	var page bytes.Buffer
	err := pickerPage.Execute(&page, struct {
		Lang, Transaction, Service string
		Fresh                      bool
		Levels                     []string
		People                     []world.Person
		Words                      map[string]string
		Languages                  [][2]string
	}{
		lang, id, t.request.spname, t.request.fresh, t.request.acr, s.o.People[:min(listed, len(s.o.People))], words[lang],
		[][2]string{{"fi", "Suomi"}, {"sv", "Svenska"}, {"en", "English"}},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write(page.Bytes())
}
