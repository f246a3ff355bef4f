package tesim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

// serveToken is the client-credentials grant of v1's identity provider.
func (s *System) serveToken(w http.ResponseWriter, r *http.Request) {
	fault := s.takeFault("token")
	refuse := func(w http.ResponseWriter, status int, message string) {
		refuseToken(w, status, "server_error", message)
	}
	if fault.On == "token" && s.faultAnswers(w, r, fault, refuse) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		refuseToken(w, http.StatusBadRequest, "invalid_request", "form not readable")
		return
	}
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, basic := r.BasicAuth(); basic && id == "" {
		id, secret = user, password
	}
	switch {
	case r.PostForm.Get("grant_type") != "client_credentials":
		refuseToken(w, http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials")
		return
	case r.PostForm.Get("scope") == "":
		refuseToken(w, http.StatusBadRequest, "invalid_scope", "scope is required")
		return
	case id == "" || id != s.opt.ClientID || secret != s.opt.ClientSecret:
		refuseToken(w, http.StatusUnauthorized, "invalid_client", "client not known or secret wrong")
		return
	}

	s.mu.Lock()
	s.issued++
	token := fmt.Sprintf("simulated-%016x-%d", scatter(s.opt.Seed^s.issued), s.issued)
	now := s.now()
	expires := now.Add(s.opt.TokenLife)
	s.tokens[token] = expires
	s.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	answer(w, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(s.opt.TokenLife / time.Second),
		"expires_on": expires.Unix(), "not_before": now.Unix(), "resource": strings.TrimSuffix(r.PostForm.Get("scope"), "/.default"),
	})
}

func refuseToken(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(map[string]string{"error": code, "error_description": message}))
}

func (s *System) serveV1(w http.ResponseWriter, r *http.Request) {
	fault := s.takeFault("v1")
	if fault.On == "token" || s.faultAnswers(w, r, fault, s.refuseV1) {
		return
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer || !s.knows(token) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		s.refuseV1(w, http.StatusUnauthorized, "Käyttäjää ei ole tunnistettu")
		return
	}
	f, wrong := readCriteria(r.URL.Query())
	if len(wrong) > 0 {
		s.virhe(w, http.StatusBadRequest, "Virheelliset hakuehdot", wrong)
		return
	}
	s.page(w, r, fault, f)
}

func (s *System) knows(token string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	expires, known := s.tokens[token]
	return known && s.now().Before(expires)
}

// criteria are v1's query parameters.
type criteria struct {
	page, size int
	filters    filters
	flexible   *bool
}

type virheviesti struct {
	Field string `json:"kenttä"`
	Value string `json:"arvo"`
	Error string `json:"virhe"`
}

func readCriteria(q url.Values) (criteria, []virheviesti) {
	var c criteria
	var wrong []virheviesti
	whole := func(name string, low, high int) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < low || n > high {
			wrong = append(wrong, virheviesti{name, q.Get(name), fmt.Sprintf("arvon on oltava kokonaisluku väliltä %d-%d", low, high)})
		}
		return n
	}
	c.page, c.size = whole("sivu", 0, 1<<30), whole("maara", 100, 500)
	codes := func(name string, allowed ...string) []string {
		values := parameters(q, name)
		for _, v := range values {
			if len(allowed) > 0 && !among(allowed, v) {
				wrong = append(wrong, virheviesti{name, v, "arvo ei ole sallittu"})
			}
		}
		return values
	}
	c.filters = filters{
		OnlyStatus:   "PUBLISHED",
		EmployerType: codes("tyollistaja", "01", "02"), Continuity: codes("tyonjatkuvuus", "01", "02", "0201", "0202"),
		WorkTime: codes("tyoaika", "01", "02"), Languages: codes("kieli", "fi", "sv", "en"), Countries: codes("maa"),
		Regions: codes("maakunta"), Municipalities: codes("kunta"), Occupations: codes("ammattiryhma"),
	}
	for _, name := range []string{"sijaintiJoustava", "sijaintijoustava"} {
		if v := q.Get(name); v != "" {
			flexible, err := strconv.ParseBool(v)
			if err != nil {
				wrong = append(wrong, virheviesti{name, v, "arvon on oltava true tai false"})
			}
			c.flexible = &flexible
		}
	}
	return c, wrong
}

// plain reports whether only the posting's status decides, so that other pages'
// postings need not be made.
func (c *criteria) plain() bool {
	f := &c.filters
	return c.flexible == nil && len(f.EmployerType)+len(f.Continuity)+len(f.WorkTime)+len(f.Languages)+
		len(f.Countries)+len(f.Regions)+len(f.Municipalities)+len(f.Occupations) == 0
}

func (s *System) page(w http.ResponseWriter, r *http.Request, fault Fault, c criteria) {
	chosen, _ := s.choose(&c.filters)
	from := min(c.page*c.size, len(chosen))
	var postings []corpus.Posting
	if c.plain() {
		for _, e := range chosen[from:min(from+c.size, len(chosen))] {
			postings = append(postings, s.posting(e))
		}
	} else {
		skip := from
		for _, e := range chosen {
			p := s.posting(e)
			if !c.filters.matches(&p) || c.flexible != nil && *c.flexible != p.Location.Flexible {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			postings = append(postings, p)
			if len(postings) == c.size {
				break
			}
		}
	}
	if fault.Mode == "empty" {
		postings = nil
	}
	records := []json.RawMessage{}
	for i := range postings {
		record := encode(v1Form(&postings[i], fault.Mode == "spec"))
		lines := [][]byte{record}
		if i == fault.After {
			lines = fault.spoil(record, v1Paths)
		}
		for _, line := range lines {
			records = append(records, line)
		}
	}
	fault.drag(r)
	s.sendPage(w, r, fault, c, records)
}

// sendPage writes the page by hand: a spoilt record need not be JSON.
func (s *System) sendPage(w http.ResponseWriter, r *http.Request, fault Fault, c criteria, records []json.RawMessage) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	name := "ilmoitukset"
	if fault.Mode == "spec" {
		name = "Ilmoitukset"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `{"sivutus":{"sivu":%d,"maara":%d},"ilmoituksienMaara":%d,%q:[`, c.page, c.size, len(records), name)
	for i, record := range records {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(record)
	}
	b.WriteString("]}")
	body := []byte(b.String())
	if fault.breaks(w, r, body) {
		return
	}
	_, _ = w.Write(body)
}

func (s *System) refuseV1(w http.ResponseWriter, status int, message string) {
	s.virhe(w, status, message, nil)
}

func (s *System) virhe(w http.ResponseWriter, status int, message string, fields []virheviesti) {
	s.mu.RLock()
	now := s.now()
	s.mu.RUnlock()
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	if fields == nil {
		fields = []virheviesti{}
	}
	_, _ = w.Write(encode(map[string]any{
		"aikaleima": now.Format(v1Time), "status": status, "virheviesti": message, "virheviestit": fields,
	}))
}
