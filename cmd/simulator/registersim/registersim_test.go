package registersim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/registersim"
	"tyomarkkinatori.fi/portal/cmd/simulator/world"
)

func system(t *testing.T, w *world.World) *registersim.System {
	t.Helper()
	return registersim.New(w, registersim.Options{Clock: func() time.Time { return time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC) }})
}

type result struct {
	Total     int `json:"totalResults"`
	Companies []struct {
		BusinessID struct{ Value string }
	}
}

func ask(t *testing.T, s *registersim.System, query string) (int, result) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/opendata-ytj-api/v3/companies"+query, http.NoBody))
	var r result
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Fatalf("%s: %s", query, w.Body)
	}
	return w.Code, r
}

func TestPages(t *testing.T) {
	t.Parallel()

	w := world.Default()
	for i := range 250 {
		w.Organisations = append(w.Organisations, world.Organisation{Key: "more", BusinessID: strconv.Itoa(i), Name: "Monta Oy", Form: "OY"})
	}
	s := system(t, w)
	_, first := ask(t, s, "?name=monta")
	_, third := ask(t, s, "?name=monta&page=3")
	_, beyond := ask(t, s, "?name=monta&page=4")
	if first.Total != 250 || len(first.Companies) != 100 || len(third.Companies) != 50 {
		t.Errorf("%d, %d, %d", first.Total, len(first.Companies), len(third.Companies))
	}
	if beyond.Companies[0] != first.Companies[0] {
		t.Error("a page beyond the end is not page 1")
	}
	if status, _ := ask(t, s, "?page=0"); status != http.StatusBadRequest {
		t.Errorf("page 0: %d", status)
	}
}

func TestWhoIsFound(t *testing.T) {
	t.Parallel()

	s := system(t, world.Default())
	for query, want := range map[string]int{
		"?businessId=9000000-3": 1, "?businessId=9000016-9": 0, "?businessId=1234567-1": 0,
		"?name=koivun+ty%C3%B6voima": 1, "?name=BJ%C3%96RK": 2, "": len(world.Default().Organisations) - 1,
	} {
		if status, r := ask(t, s, query); status != http.StatusOK || r.Total != want {
			t.Errorf("%q: %d, %d found, want %d", query, status, r.Total, want)
		}
	}
}

func TestControls(t *testing.T) {
	t.Parallel()

	s := system(t, world.Default())
	for target, status := range map[string]int{
		"/control/fault?mode=429&times=1&wait=5": 200, "/control/fault?mode=odd": 400, "/control/fault?mode=500&times=-1": 400,
		"/control/change?organisation=koivutyo&situation=KONK": 200, "/control/change?organisation=ura&situation=ceased": 200,
		"/control/change?organisation=ura&situation=odd": 400, "/control/change?organisation=odd": 400, "/control/reset": 200,
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, target, http.NoBody))
		if w.Code != status {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	s.Reset()
	if err := s.SetFault(registersim.Fault{Mode: "429", Times: 1}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/opendata-ytj-api/v3/companies?businessId=9000000-3", http.NoBody))
	if w.Code != http.StatusTooManyRequests || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") || w.Header().Get("Retry-After") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if status, _ := ask(t, s, "?businessId=9000000-3"); status != http.StatusOK {
		t.Errorf("the second time: %d", status)
	}
}
