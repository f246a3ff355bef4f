package names

import (
	"tyomarkkinatori.fi/portal/internal/reference"
	"tyomarkkinatori.fi/portal/internal/search/document"
	"tyomarkkinatori.fi/portal/internal/search/lexis"
)

// A filter is words that mean a code of a field.
type filter struct {
	field  document.Field
	list   reference.ListName // empty where name is given
	code   string
	name   reference.Text
	fi, sv []string
}

// filters returns the words that ask for what a filter asks for.
func filters() []filter {
	return []filter{
		{
			field: document.FieldFlexible, code: document.FlexibleValue,
			name: reference.Text{Fi: "etätyö", Sv: "distansarbete", En: "remote work"},
			fi:   []string{"etätyö", "etätyömahdollisuus"},
			sv:   []string{"distansarbete", "distansjobb"},
		},
		{
			field: document.FieldWorkTime, list: reference.WorkTime, code: "01",
			fi: []string{"kokoaikatyö", "kokoaikainen", "kokopäivätyö", "kokopäiväinen"},
			sv: []string{"heltid", "heltidsarbete", "heltidsjobb"},
		},
		{
			field: document.FieldWorkTime, list: reference.WorkTime, code: "02",
			fi: []string{"osa-aikatyö", "osa-aikainen"},
			sv: []string{"deltid", "deltidsarbete", "deltidsjobb"},
		},
		{
			field: document.FieldContinuity, list: reference.Continuity, code: "01",
			fi: []string{"vakituinen", "vakinainen"},
			sv: []string{"tillsvidare", "tillsvidareanställning"},
		},
		{
			field: document.FieldContinuity, list: reference.Continuity, code: "02",
			fi: []string{"määräaikainen"},
			sv: []string{"visstid", "visstidsanställning", "tidsbunden"},
		},
		{
			field: document.FieldContinuity, list: reference.Continuity, code: "0201",
			fi: []string{"kausityö"},
			sv: []string{"säsongsarbete", "säsongsjobb"},
		},
		{
			field: document.FieldContinuity, list: reference.Continuity, code: "0202",
			fi: []string{"kesätyö", "kesäduuni"},
			sv: []string{"sommarjobb", "sommararbete"},
		},
	}
}

func (n *Names) addFilters() {
	for _, f := range filters() {
		e := entry{field: f.field, code: f.code, name: f.name, concept: len(n.concepts)}
		n.concepts = append(n.concepts, concept{fi: f.fi, sv: f.sv})
		if f.list != "" {
			listed, _ := reference.Lookup(f.list, f.code)
			e.name = listed.Name
		}
		for _, word := range f.fi {
			n.addOccupation(lexis.Finnish, word, e)
		}
		for _, word := range f.sv {
			n.addOccupation(lexis.Swedish, word, e)
		}
	}
}
