package registersim

import "tyomarkkinatori.fi/portal/cmd/simulator/world"

// forms are the names of the forms of companies in three languages.
//
//nolint:gochecknoglobals // a constant table
var forms = map[string][3]string{
	"OY":  {"Osakeyhtiö", "Aktiebolag", "Limited company"},
	"OYJ": {"Julkinen osakeyhtiö", "Publikt aktiebolag", "Public limited company"},
	"KY":  {"Kommandiittiyhtiö", "Kommanditbolag", "Limited partnership"},
	"TYH": {"Toiminimi", "Enskild näringsidkare", "Sole trader"},
	"AY":  {"Aatteellinen yhdistys", "Ideell förening", "Non-profit association"},
	"SÄÄ": {"Säätiö", "Stiftelse", "Foundation"},
}

func descriptions(texts [3]string) []any {
	all := []any{}
	for i, text := range texts {
		all = append(all, map[string]any{"languageCode": string(rune('1' + i)), "description": text})
	}
	return all
}

// company writes an organisation as the register does.
func company(o world.Organisation) map[string]any {
	const modified = "2026-10-01T04:05:06"
	names := []any{map[string]any{"name": o.Name, "type": "1", "registrationDate": o.RegisteredOn, "version": 1, "source": "1"}}
	if o.SwedishName != "" {
		names = append(names, map[string]any{"name": o.SwedishName, "type": "2", "registrationDate": o.RegisteredOn, "version": 1, "source": "1"})
	}
	for i, former := range o.FormerNames {
		names = append([]any{map[string]any{
			"name": former, "type": "1", "registrationDate": "1990-01-01", "endDate": o.RegisteredOn, "version": i + 2, "source": "1",
		}}, names...)
	}
	status := "1"
	switch {
	case o.Form == "TYH":
		status = "0"
	case o.Ceased:
		status = "4"
	}
	c := map[string]any{
		"businessId":          map[string]any{"value": o.BusinessID, "registrationDate": o.RegisteredOn, "source": "3"},
		"names":               names,
		"companyForms":        []any{map[string]any{"type": o.Form, "descriptions": descriptions(forms[o.Form]), "registrationDate": o.RegisteredOn, "version": 1, "source": "1"}},
		"companySituations":   []any{},
		"registeredEntries":   []any{map[string]any{"type": "1", "register": "1", "authority": "2", "descriptions": descriptions([3]string{"Rekisterissä", "Registrerad", "Registered"}), "registrationDate": o.RegisteredOn}},
		"addresses":           addresses(o),
		"tradeRegisterStatus": status,
		"status":              "2",
		"registrationDate":    o.RegisteredOn,
		"lastModified":        modified,
	}
	if o.Situation != "" {
		c["companySituations"] = []any{
			map[string]any{"type": o.Situation, "registrationDate": "2026-02-01", "source": "1"},
			map[string]any{"type": world.Reorganisation, "registrationDate": "2015-02-01", "endDate": "2017-02-01", "source": "1"},
		}
	}
	if o.Ceased {
		c["endDate"] = "2026-01-31"
	}
	return c
}

func addresses(o world.Organisation) []any {
	offices := []any{
		map[string]any{"city": o.Address.CityFi, "languageCode": "1", "municipalityCode": o.Address.Municipality},
		map[string]any{"city": o.Address.CitySv, "languageCode": "2", "municipalityCode": o.Address.Municipality},
	}
	visiting := map[string]any{
		"type": 1, "street": o.Address.Street, "buildingNumber": o.Address.Number, "postCode": o.Address.PostCode,
		"postOffices": offices, "registrationDate": o.RegisteredOn, "source": "0",
	}
	postal := map[string]any{
		"type": 2, "postOfficeBox": "12", "postCode": o.Address.PostCode, "postOffices": offices, "registrationDate": o.RegisteredOn, "source": "0",
	}
	if o.Address.Street == "" {
		return []any{map[string]any{"type": 2, "postCode": o.Address.PostCode, "postOffices": offices, "source": "0"}}
	}
	return []any{visiting, postal}
}
