package businessregister

import (
	"testing"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/organisation"
)

func now() time.Time { return time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC) }

func one(t *testing.T, fields string) organisation.Organisation {
	t.Helper()
	result, err := decode([]byte(`{"totalResults":1,"companies":[{"businessId":{"value":"1234567-1"}` + fields + `}]}`))
	if err != nil {
		t.Fatal(err)
	}
	o, ok := result.Companies[0].organisation(now())
	if !ok {
		t.Fatal("no organisation")
	}
	return o
}

func TestNameIsTheRegisteredOneInUse(t *testing.T) {
	t.Parallel()

	for fields, want := range map[string]string{
		`,"names":[{"name":"Vanha","type":"1","version":2,"endDate":"2020-01-01"},{"name":"Apu","type":"3","version":1},{"name":"Nyt","type":"1","version":1}]`: "Nyt",
		`,"names":[{"name":"Nyt","type":"1","version":"1"},{"name":"Vanha","type":"1","version":1,"endDate":"2020-01-01"}]`:                                     "Nyt",
		`,"names":[{"name":"Vanha","type":"1","version":2,"endDate":"2020-01-01"}]`:                                                                             "Vanha",
		`,"names":[{"type":"1","version":1}]`: "1234567-1",
		`,"names":[]`:                         "1234567-1",
		`,"names":null`:                       "1234567-1",
		`,"names":[{"name":"  Kaksi\n\t sanaa  ","type":"1","version":1}]`: "Kaksi sanaa",
	} {
		if got := one(t, fields).Name; got != want {
			t.Errorf("%s: got %q, want %q", fields, got, want)
		}
	}
}

func TestWhatCannotBeReadMakesNobodySound(t *testing.T) {
	t.Parallel()

	for fields, want := range map[string]bool{
		``:                                       true,
		`,"companySituations":[{"type":"KONK"}]`: false,
		`,"companySituations":[{"type":"KONK","endDate":null}]`:           false,
		`,"companySituations":[{"type":"KONK","endDate":"2026-03-01"}]`:   true,
		`,"companySituations":[{"type":"KONK","endDate":"2026-03-03"}]`:   false,
		`,"companySituations":[{"type":"KONK","endDate":"kohta"}]`:        false,
		`,"companySituations":[{"type":"SELTILA"},{"type":"SANE"}]`:       false,
		`,"companySituations":[{"type":"SANE"}]`:                          true,
		`,"endDate":"2026-03-01"`:                                         false,
		`,"endDate":"2026-03-03"`:                                         true,
		`,"endDate":"joskus"`:                                             false,
		`,"tradeRegisterStatus":"4"`:                                      false,
		`,"tradeRegisterStatus":4`:                                        false,
		`,"tradeRegisterStatus":"0","status":"2","companySituations":"x"`: true,
	} {
		if got := one(t, fields).Sound(); got != want {
			t.Errorf("%s: got %v, want %v", fields, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()

	for header, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-1": 0, "0": 0, "30": 30 * time.Second, "99999999999": 24 * time.Hour,
		"Mon, 02 Mar 2026 09:31:00 GMT": time.Minute, "Mon, 02 Mar 2026 09:29:00 GMT": 0, "Tue, 02 Mar 2027 09:29:00 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(header, now()); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"totalResults":0,"companies":[]}`, `{}`, `[]`, `null`, ``, `{"companies":null}`, `{"companies":{}}`, `{"companies":[null,1,"x",{}]}`,
		`{"totalResults":1,"companies":[{"businessId":{"value":"1234567-1"},"names":[{"name":"Oy","type":1,"version":1}],"addresses":[{"type":1,"street":"Katu","postOffices":[{"city":"Turku","languageCode":"1"}]}]}]}`,
		`{"totalResults":"1","companies":[{"businessId":"1234567-1"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		result, err := decode(b)
		if err != nil {
			return
		}
		for _, c := range result.Companies {
			o, ok := c.organisation(now())
			if !ok {
				continue
			}
			if o.Name == "" || !utf8.ValidString(o.Name) || len(o.BusinessID) != 9 {
				t.Fatalf("%q: %+v", b, o)
			}
		}
	})
}
