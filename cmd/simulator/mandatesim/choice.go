package mandatesim

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"
)

//go:embed choice/page.html choice/style.css
var files embed.FS

//nolint:gochecknoglobals // parsed once
var page = template.Must(template.ParseFS(files, "choice/page.html"))

// words are the texts of the page.
type words struct {
	Lang, Title, Lead, Legend, None, Choose, Cancel, Missing, Other, OtherLang, Note, Bad string
}

//nolint:gochecknoglobals // a constant table
var texts = map[string]words{
	"fi": {
		Lang: "fi", Title: "Kenen puolesta asioit?", Lead: "Valitse organisaatio, jonka puolesta asioit.",
		Legend: "Organisaatiot", None: "Sinulla ei ole oikeutta asioida minkään organisaation puolesta.",
		Choose: "Vahvista ja siirry asiointipalveluun", Cancel: "Keskeytä", Missing: "Valitse ensin organisaatio.",
		Other: "På svenska", OtherLang: "sv", Note: "Tämä on Suomi.fi-valtuuksien jäljitelmä kehitystä ja testejä varten. Kaikki tiedot on keksitty.",
		Bad: "Istunto on päättynyt. Palaa asiointipalveluun ja aloita uudelleen.",
	},
	"sv": {
		Lang: "sv", Title: "För vems räkning uträttar du ärenden?", Lead: "Välj den organisation som du företräder.",
		Legend: "Organisationer", None: "Du har inte rätt att uträtta ärenden för någon organisation.",
		Choose: "Bekräfta och gå till e-tjänsten", Cancel: "Avbryt", Missing: "Välj först en organisation.",
		Other: "Suomeksi", OtherLang: "fi", Note: "Det här är en efterbildning av Suomi.fi-fullmakter för utveckling och tester. Alla uppgifter är påhittade.",
		Bad: "Sessionen har avslutats. Gå tillbaka till e-tjänsten och börja om.",
	},
}

type view struct {
	Words    words
	Name     string
	Rights   []right
	Several  bool
	Failed   bool
	Over     bool
	Query    string
	OtherURL string
}

// asked reads and checks what the browser was sent with.
func (s *System) asked(q url.Values) (*visit, *url.URL, bool) {
	back, err := url.Parse(q.Get("redirect_uri"))
	v, live := s.byUser(q.Get("user"))
	ok := err == nil && (back.Scheme == "https" || back.Scheme == "http") && back.Host != "" &&
		q.Get("client_id") == s.opt.ClientID && q.Get("response_type") == "code" && live
	return v, back, ok
}

func wordsIn(q url.Values) words {
	if w, ok := texts[q.Get("lang")]; ok {
		return w
	}
	return texts["fi"]
}

func (s *System) showChoice(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, false)
}

func (s *System) show(w http.ResponseWriter, r *http.Request, status int, failed bool) {
	q := r.URL.Query()
	s.mu.Lock()
	v, _, ok := s.asked(q)
	shown := view{Words: wordsIn(q), Over: !ok, Failed: failed, Several: s.several, Query: "?" + q.Encode()}
	if ok {
		shown.Rights = s.rightsOf(v.person)
		if v.person != "" {
			shown.Name = s.world.Person(v.person).Name()
		}
	}
	s.mu.Unlock()
	q.Set("lang", shown.Words.OtherLang)
	shown.OtherURL = "/oauth/authorize?" + q.Encode()
	if !ok {
		status = http.StatusBadRequest
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_ = page.Execute(w, shown)
}

func (s *System) takeChoice(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if err := r.ParseForm(); err != nil {
		s.show(w, r, http.StatusBadRequest, true)
		return
	}
	s.mu.Lock()
	v, back, ok := s.asked(q)
	if !ok {
		s.mu.Unlock()
		s.show(w, r, http.StatusBadRequest, false)
		return
	}
	var chosen []string
	for _, one := range s.rightsOf(v.person) {
		if slices.Contains(r.PostForm["organisation"], one.Identifier) {
			chosen = append(chosen, one.Identifier)
		}
	}
	cancelled := r.PostForm.Get("act") == "cancel"
	if !cancelled && (len(chosen) == 0 || len(chosen) > 1 && !s.several) {
		s.mu.Unlock()
		s.show(w, r, http.StatusUnprocessableEntity, true)
		return
	}
	answer := back.Query()
	if state := q.Get("state"); state != "" {
		answer.Set("state", state)
	}
	if cancelled {
		answer.Set("error", "access_denied")
	} else {
		v.chosen = chosen
		code := newID()
		s.codes["code "+code] = grant{visit: v.id, redirect: q.Get("redirect_uri"), until: s.now().Add(time.Minute)}
		answer.Set("code", code)
	}
	s.mu.Unlock()
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther) //nolint:gosec // a simulator sends people back to whoever sent them
}

func serveStyle(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "choice/style.css")
}
