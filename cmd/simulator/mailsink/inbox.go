package mailsink

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed inbox
var inbox embed.FS

const pageSize = 50

// Handler serves the inbox: a page for people, /api/messages for programs, and
// /control/fault.
func (s *Sink) Handler() http.Handler {
	pages := template.Must(template.New("").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.Local().Format("2 Jan 15:04:05") },
		"join":  func(list []string) string { return strings.Join(list, ", ") },
	}).ParseFS(inbox, "inbox/*.html"))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.showList(w, r, pages) })
	mux.HandleFunc("GET /messages/{id}", func(w http.ResponseWriter, r *http.Request) { s.showMessage(w, r, pages) })
	mux.HandleFunc("GET /messages/{id}/html", s.showHTML)
	mux.HandleFunc("GET /messages/{id}/source", s.showSource)
	mux.HandleFunc("POST /messages/delete", func(w http.ResponseWriter, r *http.Request) {
		s.Clear()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, inbox, "inbox/style.css")
	})
	mux.HandleFunc("GET /api/messages", s.listJSON)
	mux.HandleFunc("GET /api/messages/{id}", s.messageJSON)
	mux.HandleFunc("DELETE /api/messages", func(w http.ResponseWriter, _ *http.Request) {
		s.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /control/fault", s.controlFault)
	// Another site's page must not empty the inbox.
	return http.NewCrossOriginProtection().Handler(mux)
}

type listPage struct {
	Query        string
	Total, Found int
	Mails        []Message
	Older, Newer string
	Modes        []string
}

func (s *Sink) showList(w http.ResponseWriter, r *http.Request, pages *template.Template) {
	to := strings.TrimSpace(r.FormValue("to"))
	all := s.Messages(to)
	page := listPage{Query: to, Found: len(all), Total: s.count()}
	// A negative or unreadable page is the first.
	number, err := strconv.Atoi(r.FormValue("page"))
	if err != nil || number < 1 {
		number = 1
	}
	from := min((number-1)*pageSize, len(all))
	page.Mails = all[from:min(from+pageSize, len(all))]
	if from+pageSize < len(all) {
		page.Older = strconv.Itoa(number + 1)
	}
	if number > 1 {
		page.Newer = strconv.Itoa(number - 1)
	}
	render(w, pages, "list.html", page)
}

func (s *Sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mails)
}

func (s *Sink) showMessage(w http.ResponseWriter, r *http.Request, pages *template.Template) {
	m, found := s.requested(w, r)
	if !found {
		return
	}
	render(w, pages, "message.html", struct {
		Message
		Content Content
	}{m, m.Content()})
}

// showHTML serves a mail's HTML part by itself, for a frame: nothing in it may
// run or load.
func (s *Sink) showHTML(w http.ResponseWriter, r *http.Request) {
	m, found := s.requested(w, r)
	if !found {
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	send(w, []byte(m.Content().HTML))
}

func (s *Sink) showSource(w http.ResponseWriter, r *http.Request) {
	m, found := s.requested(w, r)
	if !found {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	send(w, m.Raw)
}

func (s *Sink) requested(w http.ResponseWriter, r *http.Request) (Message, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err == nil {
		if m, found := s.Message(id); found {
			return m, true
		}
	}
	http.Error(w, "no such mail", http.StatusNotFound)
	return Message{}, false
}

type whole struct {
	Message
	Content
}

func (s *Sink) listJSON(w http.ResponseWriter, r *http.Request) {
	limit, err := strconv.Atoi(r.FormValue("limit"))
	if err != nil || limit < 1 {
		limit = 100
	}
	found := s.Messages(r.FormValue("to"))
	mails := []whole{}
	for _, m := range found[:min(limit, len(found))] {
		mails = append(mails, whole{m, m.Content()})
	}
	sendJSON(w, map[string]any{"total": len(found), "messages": mails})
}

func (s *Sink) messageJSON(w http.ResponseWriter, r *http.Request) {
	if m, found := s.requested(w, r); found {
		sendJSON(w, whole{m, m.Content()})
	}
}

func (s *Sink) controlFault(w http.ResponseWriter, r *http.Request) {
	f := Fault{Mode: r.FormValue("mode"), Address: r.FormValue("address")}
	var err error
	if text := r.FormValue("times"); text != "" {
		if f.Times, err = strconv.Atoi(text); err != nil {
			http.Error(w, "times must be a number", http.StatusBadRequest)
			return
		}
	}
	if text := r.FormValue("wait"); text != "" {
		if f.Wait, err = strconv.ParseFloat(text, 64); err != nil {
			http.Error(w, "wait must be seconds", http.StatusBadRequest)
			return
		}
	}
	if err := s.SetFault(f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	sendJSON(w, f)
}

func render(w http.ResponseWriter, pages *template.Template, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "page not rendered", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'")
	send(w, b.Bytes())
}

func sendJSON(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "not JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	send(w, b)
}

func send(w http.ResponseWriter, b []byte) {
	// The reader may have gone; there is nobody to tell.
	_, _ = w.Write(b)
}
