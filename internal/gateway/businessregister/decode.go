package businessregister

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/organisation"
)

// companyResult is the part of an answer that is read. Whatever else is in it is
// passed over, and whatever is missing or of another type than it should be is
// empty, but for the business ID and the list itself.
type companyResult struct {
	Total     int64     `json:"totalResults"`
	Companies []company `json:"companies"`
}

type company struct {
	BusinessID struct {
		Value string
	}
	Names               []name
	Forms               []described
	Situations          []entry
	Addresses           []address
	Website             string
	TradeRegisterStatus string
	Status              string
	RegisteredOn        string
	EndedOn             string
}

type name struct {
	Name    text `json:"name"`
	Type    text `json:"type"`
	EndDate text `json:"endDate"`
	Version text `json:"version"`
}

type description struct {
	Language text `json:"languageCode"`
	Text     text `json:"description"`
}

type described struct {
	Type         text              `json:"type"`
	Descriptions list[description] `json:"descriptions"`
	EndDate      text              `json:"endDate"`
	Version      text              `json:"version"`
}

type entry struct {
	Type    text `json:"type"`
	EndDate text `json:"endDate"`
}

type address struct {
	Type       text       `json:"type"`
	Street     text       `json:"street"`
	Building   text       `json:"buildingNumber"`
	Entrance   text       `json:"entrance"`
	Apartment  text       `json:"apartmentNumber"`
	Suffix     text       `json:"apartmentIdSuffix"`
	Box        text       `json:"postOfficeBox"`
	PostCode   text       `json:"postCode"`
	CareOf     text       `json:"co"`
	Country    text       `json:"country"`
	Free       text       `json:"freeAddressLine"`
	PostOffice list[post] `json:"postOffices"`
}

type post struct {
	City         text `json:"city"`
	Language     text `json:"languageCode"`
	Municipality text `json:"municipalityCode"`
}

// text takes a string or a number; anything else is empty.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	var n json.Number
	switch {
	case json.Unmarshal(b, &s) == nil:
		*t = text(tidy(s))
	case json.Unmarshal(b, &n) == nil:
		*t = text(n)
	default:
		*t = ""
	}
	return nil
}

// tidy takes control characters out and makes one space of many.
func tidy(s string) string {
	const maxText = 500
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)), " ")
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:maxText])
	}
	return s
}

// list takes what can be read of a list; anything else is no list.
type list[T any] []T

// UnmarshalJSON never fails.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	var raw []json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		return nil //nolint:nilerr // no list is an empty one
	}
	for _, one := range raw {
		var v T
		if json.Unmarshal(one, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

// UnmarshalJSON reads what it knows.
func (c *company) UnmarshalJSON(b []byte) error {
	var raw struct {
		BusinessID          json.RawMessage `json:"businessId"`
		Names               list[name]      `json:"names"`
		Forms               list[described] `json:"companyForms"`
		Situations          list[entry]     `json:"companySituations"`
		Addresses           list[address]   `json:"addresses"`
		Website             json.RawMessage `json:"website"`
		TradeRegisterStatus text            `json:"tradeRegisterStatus"`
		Status              text            `json:"status"`
		RegisteredOn        text            `json:"registrationDate"`
		EndedOn             text            `json:"endDate"`
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*c = company{
		Names: raw.Names, Forms: raw.Forms, Situations: raw.Situations, Addresses: raw.Addresses,
		TradeRegisterStatus: string(raw.TradeRegisterStatus), Status: string(raw.Status),
		RegisteredOn: string(raw.RegisteredOn), EndedOn: string(raw.EndedOn),
	}
	var id struct {
		Value text `json:"value"`
	}
	_ = json.Unmarshal(raw.BusinessID, &id) // without it the company is nobody's
	c.BusinessID.Value = string(id.Value)
	var site struct {
		URL text `json:"url"`
	}
	_ = json.Unmarshal(raw.Website, &site) // few have one
	c.Website = string(site.URL)
	return nil
}

func decode(b []byte) (companyResult, error) {
	var result struct {
		Total     *int64         `json:"totalResults"`
		Companies *list[company] `json:"companies"`
	}
	if err := json.Unmarshal(b, &result); err != nil || result.Companies == nil {
		return companyResult{}, fmt.Errorf("read the answer: %w", errAnswer)
	}
	total := int64(len(*result.Companies))
	if result.Total != nil {
		total = *result.Total
	}
	return companyResult{Total: total, Companies: *result.Companies}, nil
}

const (
	// typeName is the type of the registered name, typeParallel that of its
	// versions in other languages.
	typeName     = "1"
	typeParallel = "2"
	// statusCeased of the trade register (REK_KDI).
	statusCeased = "4"
)

// organisation returns false for what has no business ID.
func (c company) organisation(now time.Time) (organisation.Organisation, bool) {
	id, err := organisation.ParseBusinessID(c.BusinessID.Value)
	if err != nil {
		return organisation.Organisation{}, false
	}
	o := organisation.Organisation{
		BusinessID: id, Name: c.name(id), ParallelNames: c.parallelNames(),
		TradeRegisterStatus: c.TradeRegisterStatus, Status: c.Status, Website: c.Website,
		RegisteredOn: day(c.RegisteredOn), FetchedAt: now,
	}
	if i := slices.IndexFunc(c.Forms, func(f described) bool { return f.EndDate == "" && (f.Version == "1" || f.Version == "") }); i >= 0 {
		o.Form, o.FormNames = string(c.Forms[i].Type), c.Forms[i].words()
	}
	for _, s := range c.Situations {
		if s.EndDate == "" || !isPast(string(s.EndDate), now) {
			o.Reorganisation = o.Reorganisation || s.Type == "SANE"
			o.Liquidation = o.Liquidation || s.Type == "SELTILA"
			o.Bankruptcy = o.Bankruptcy || s.Type == "KONK"
		}
	}
	o.Ceased = c.TradeRegisterStatus == statusCeased || c.EndedOn != "" && (day(c.EndedOn).IsZero() || isPast(c.EndedOn, now))
	for _, a := range c.Addresses {
		if shown, ok := a.address(); ok {
			o.Addresses = append(o.Addresses, shown)
		}
	}
	return o, true
}

// name is the registered one in use, or the next best; an organisation without
// any is called by its ID.
func (c company) name(id organisation.BusinessID) string {
	best := string(id)
	rank := 0
	for _, n := range c.Names {
		if n.Name == "" {
			continue
		}
		r := 1
		if n.EndDate == "" {
			r += 2
		}
		if n.Type == typeName {
			r += 4
		}
		if n.Version == "1" {
			r++
		}
		if r > rank {
			best, rank = string(n.Name), r
		}
	}
	return best
}

func (c company) parallelNames() []string {
	var names []string
	for _, n := range c.Names {
		if n.Type == typeParallel && n.EndDate == "" && n.Name != "" {
			names = append(names, string(n.Name))
		}
	}
	return names
}

// languages are the register's codes.
var languages = map[text]i18n.Lang{"1": i18n.Finnish, "2": i18n.Swedish, "3": i18n.English} //nolint:gochecknoglobals // a constant table

func (d described) words() map[i18n.Lang]string {
	words := map[i18n.Lang]string{}
	for _, one := range d.Descriptions {
		if lang, ok := languages[one.Language]; ok && one.Text != "" {
			words[lang] = string(one.Text)
		}
	}
	if len(words) == 0 {
		return nil
	}
	return words
}

// address returns false for one that says nothing.
func (a address) address() (organisation.Address, bool) {
	kinds := map[text]organisation.AddressKind{"1": organisation.AddressVisiting, "2": organisation.AddressPostal}
	shown := organisation.Address{Kind: kinds[a.Type], PostCode: string(a.PostCode), Country: string(a.Country)}
	if a.CareOf != "" {
		shown.Lines = append(shown.Lines, "c/o "+string(a.CareOf))
	}
	for _, line := range []string{a.streetLine(), boxLine(string(a.Box)), string(a.Free)} {
		if line != "" {
			shown.Lines = append(shown.Lines, line)
		}
	}
	for _, p := range a.PostOffice {
		lang, ok := languages[p.Language]
		if !ok || p.City == "" {
			continue
		}
		if shown.City == nil {
			shown.City = map[i18n.Lang]string{}
		}
		shown.City[lang] = string(p.City)
		shown.Municipality = cmp.Or(shown.Municipality, string(p.Municipality))
	}
	return shown, shown.Kind != "" && (len(shown.Lines) > 0 || shown.PostCode != "" || len(shown.City) > 0)
}

func (a address) streetLine() string {
	return strings.Join(strings.Fields(strings.Join([]string{
		string(a.Street), string(a.Building), string(a.Entrance), string(a.Apartment) + string(a.Suffix),
	}, " ")), " ")
}

func boxLine(box string) string {
	if box == "" {
		return ""
	}
	return "PL " + box
}

// day reads yyyy-mm-dd, zero for anything else.
func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// isPast tells whether date is one before now. What cannot be read is neither
// past nor to come, so that nobody is thought sound because of it.
func isPast(date string, now time.Time) bool {
	d := day(date)
	return !d.IsZero() && !d.After(now)
}
