package tesim

import (
	"time"

	"tyomarkkinatori.fi/portal/cmd/simulator/corpus"
)

const v1Time = "2006-01-02T15:04:05.000Z"

// The wire form of v1. Optional groups are pointers: some postings lack them.
type (
	v1Posting struct {
		ID           string          `json:"ilmoituksenID"`
		Employer     string          `json:"tyollistaja"`
		BusinessID   string          `json:"ilmoittajanYTunnus,omitempty"`
		Name         []v1Text        `json:"ilmoittajanNimi,omitempty"`
		Household    string          `json:"kotitaloudenNimi,omitempty"`
		Homepage     string          `json:"kotisivut,omitempty"`
		Marketing    any             `json:"markkinointikuvaus,omitempty"`
		Created      string          `json:"luontipvm"`
		Modified     string          `json:"muokattupvm"`
		Published    string          `json:"julkaisupvm"`
		Languages    []string        `json:"ilmoituksenKielet"`
		Elsewhere    bool            `json:"ilmoituksenOhjaus"`
		WorkLangs    []string        `json:"tyoKielet,omitempty"`
		Basics       v1Basics        `json:"perustiedot"`
		Requirements *v1Requirements `json:"osaamisvaatimukset,omitempty"`
		Location     *v1Location     `json:"sijainti,omitempty"`
		Applying     *v1Applying     `json:"hakeminen,omitempty"`
	}
	v1Text struct {
		Lang  string `json:"kieliKoodi"`
		Value string `json:"arvo"`
	}
	v1Class struct {
		Name  string `json:"luokittelunNimi"`
		Value string `json:"luokiteltuArvo"`
	}
	v1Basics struct {
		Title       []v1Text     `json:"tyonOtsikko"`
		Summary     []v1Text     `json:"tyonTiivistelma"`
		Description []v1Text     `json:"tyonKuvaus"`
		Positions   int          `json:"paikkojenMaara"`
		Employment  v1Employment `json:"palvelussuhde"`
		Continuity  string       `json:"tyonJatkuvuus"`
		EndsOn      string       `json:"maaraaikaisuudenPaattymisPvm,omitempty"`
		EndReason   []v1Text     `json:"maaraaikaisuudenSyy,omitempty"`
		WorkTime    string       `json:"tyoAika"`
		HoursPeriod string       `json:"tyoTunnitAjanjakso,omitempty"`
		HoursMin    float64      `json:"tyoTunnitMinimi,omitempty"`
		HoursMax    float64      `json:"tyoTunnitMaksimi,omitempty"`
		Start       string       `json:"tyoAlkaa"`
		StartsOn    string       `json:"tyoAlkaaPvm,omitempty"`
		StartInfo   []v1Text     `json:"tyoAlkaaLisatieto"`
		PayBasis    string       `json:"palkanPeruste"`
		PayInfo     []v1Text     `json:"palkanLisatieto"`
		OnCall      bool         `json:"kutsutaanTarvittaessa"`
		Travel      bool         `json:"kuuluuMatkustamista"`
		Hours       v1Hours      `json:"tyoskentely"`
	}
	v1Hours struct {
		Times  []string `json:"tyoskentelyAika"`
		Shifts []string `json:"vuorotyo"`
	}
	v1Employment struct {
		Type       string        `json:"tyyppi"`
		Employed   *v1Employed   `json:"tyosuhde,omitempty"`
		Public     *v1Public     `json:"virkasuhde,omitempty"`
		Commission *v1Commission `json:"toimeksianto,omitempty"`
		Business   *v1Business   `json:"yrittajyys,omitempty"`
	}
	v1Employed struct {
		Apprenticeship bool   `json:"oppisopimus"`
		Training       bool   `json:"tyoharjoittelu"`
		Agency         bool   `json:"vuokratyo"`
		AgencyClient   string `json:"vuokratyoToimeksiantaja,omitempty"`
		Recruited      bool   `json:"rekrytointiToimeksianto"`
		RecruitClient  string `json:"rekrytointiToimeksiantaja,omitempty"`
		Cover          bool   `json:"vuorotteluvapaanSijaisuus"`
	}
	v1Public struct {
		Cover bool `json:"vuorotteluvapaanSijaisuus"`
	}
	v1Commission struct {
		Recruited     bool   `json:"rekrytointiToimeksianto"`
		RecruitClient string `json:"rekrytointiToimeksiantaja,omitempty"`
	}
	v1Business struct {
		Franchising bool     `json:"franchising"`
		Term        []v1Text `json:"franchisingSopimusaika,omitempty"`
		OwnFunding  bool     `json:"omaRahoitusVaaditaan"`
		FundingInfo []v1Text `json:"omaRahoitusLisatietoja,omitempty"`
	}
	v1Requirements struct {
		Occupations    []v1Class  `json:"ammatit"`
		Skills         []v1Class  `json:"osaamiset"`
		Languages      []v1Skill  `json:"kielitaidot"`
		Licence        *v1Licence `json:"ajokortti,omitempty"`
		Cards          *v1Cards   `json:"kortitJaLuvat,omitempty"`
		Education      string     `json:"koulutusaste,omitempty"`
		CriminalRecord bool       `json:"rikosrekisteriote"`
	}
	v1Skill struct {
		Code  string   `json:"kielitaito"`
		Level string   `json:"kielitaidonTaso"`
		Info  []v1Text `json:"kielitaidonLisatieto"`
	}
	v1Licence struct {
		Classes []string `json:"vaaditutAjokorttiluokat"`
		Info    []v1Text `json:"ajokortinLisatieto"`
	}
	v1Cards struct {
		Codes []string `json:"lupaKoodit"`
		Info  []v1Text `json:"kortitJaLuvatLisatieto"`
	}
	v1Location struct {
		Flexible       bool        `json:"sijaintiJoustava"`
		Countries      []string    `json:"maa"`
		Regions        []string    `json:"maakunta"`
		Municipalities []string    `json:"kunta"`
		Workplace      v1Workplace `json:"toimipaikka"`
	}
	v1Workplace struct {
		Name       []v1Text `json:"toimipaikanNimi,omitempty"`
		Street     string   `json:"postiosoite"`
		PostalCode string   `json:"postinumero"`
		PostOffice string   `json:"postitoimipaikka"`
	}
	v1Applying struct {
		Closes   string   `json:"hakuaikaPaattyy,omitempty"`
		URL      string   `json:"hakemuksenUrl,omitempty"`
		Help     []v1Text `json:"hakuohjeet"`
		Contacts any      `json:"ilmoittajanYhteystiedot,omitempty"`
	}
	v1Contact struct {
		First string `json:"etunimi,omitempty"`
		Last  string `json:"sukunimi,omitempty"`
		Email string `json:"sposti"`
		Phone string `json:"puhelinNro"`
	}
)

func v1Texts(t corpus.Text) []v1Text {
	all := []v1Text{}
	for _, lang := range []string{"fi", "sv", "en"} {
		if s := t.In(lang); s != "" {
			all = append(all, v1Text{lang, s})
		}
	}
	return all
}

func v1Classes(uris ...string) []v1Class {
	all := []v1Class{}
	for _, uri := range uris {
		if uri != "" {
			all = append(all, v1Class{"ESCO", uri})
		}
	}
	return all
}

// v1Form is the wire form, either as observed or, where that differs, as the
// interface's specification has it.
func v1Form(p *corpus.Posting, specified bool) v1Posting {
	w := v1Posting{
		ID: p.ID, Employer: p.Employer.Kind, BusinessID: p.Employer.BusinessID, Name: v1Texts(p.Employer.Name),
		Household: p.Employer.Household, Homepage: p.Employer.Homepage, Marketing: v1Texts(p.Marketing),
		Created: p.Created.Format(v1Time), Modified: p.Modified.Format(v1Time), Published: p.Published.Format(v1Time),
		Languages: p.Languages, Elsewhere: p.Apply.URL != corpus.Text{}, WorkLangs: p.Needs.WorkLanguages,
		Basics: v1BasicsOf(p),
	}
	if w.Employer == "02" {
		w.Marketing = nil
	}
	if specified {
		w.WorkLangs = nil
		w.Marketing = nil
		if texts := v1Texts(p.Marketing); len(texts) > 0 {
			w.Marketing = texts[0].Value
		}
	}
	applying := v1Applying{Closes: v1Moment(p.Expires), Help: v1Texts(p.Apply.Help)}
	if urls := v1Texts(p.Apply.URL); len(urls) > 0 {
		applying.URL = urls[0].Value
	}
	contacts := []v1Contact{}
	for _, c := range p.Contacts {
		contacts = append(contacts, v1Contact{c.First, c.Last, c.Email, c.Phone})
	}
	applying.Contacts = contacts
	if specified {
		applying.Contacts = nil
		if len(contacts) > 0 {
			applying.Contacts = v1Contact{Email: contacts[0].Email, Phone: contacts[0].Phone}
		}
	}
	w.Applying = &applying
	if p.Oddity == "missing groups" {
		return w
	}
	w.Requirements = v1RequirementsOf(p, specified)
	l := &p.Location
	w.Location = &v1Location{
		Flexible: l.Flexible, Countries: list(l.Countries), Regions: list(l.Regions), Municipalities: list(l.Municipalities),
		Workplace: v1Workplace{v1Texts(l.Workplace), l.Street, l.PostalCode, l.PostOffice},
	}
	return w
}

func v1Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(v1Time)
}

func v1BasicsOf(p *corpus.Posting) v1Basics {
	t, h := &p.Terms, &p.Hours
	client := ""
	if p.Client != nil {
		client = p.Client.Name
	}
	employment := v1Employment{Type: t.Relationship}
	switch t.Relationship {
	case "01":
		e := &v1Employed{Apprenticeship: t.Apprenticeship, Training: t.Training, Agency: t.Agency, Recruited: t.Recruited, Cover: t.Cover}
		if t.Agency {
			e.AgencyClient = client
		} else if t.Recruited {
			e.RecruitClient = client
		}
		employment.Employed = e
	case "02":
		employment.Public = &v1Public{t.Cover}
	case "03":
		employment.Commission = &v1Commission{t.Recruited, client}
	case "04":
		employment.Business = &v1Business{t.Franchise, v1Texts(t.FranchiseTerm), t.OwnFunding, v1Texts(t.FundingInfo)}
	}
	return v1Basics{
		Title: v1Texts(p.Title), Summary: v1Texts(p.Summary), Description: v1Texts(p.Description),
		Positions: p.Apply.Positions, Employment: employment, Continuity: t.Continuity, EndsOn: t.EndsOn,
		EndReason: v1Texts(t.EndReason), WorkTime: h.WorkTime, HoursPeriod: h.Period, HoursMin: h.Min, HoursMax: h.Max,
		Start: p.Start.Code, StartsOn: p.Start.On, StartInfo: v1Texts(p.Start.Info), PayBasis: p.Pay.Basis,
		PayInfo: v1Texts(p.Pay.Info), OnCall: h.OnCall, Travel: h.Travel, Hours: v1Hours{list(h.Times), list(h.Shifts)},
	}
}

func v1RequirementsOf(p *corpus.Posting, specified bool) *v1Requirements {
	n := &p.Needs
	uris := append([]string{p.Occupation}, p.Occupations...)
	if len(p.Occupations) > 0 && p.Occupations[0] == p.Occupation {
		uris = p.Occupations
	}
	r := &v1Requirements{
		Occupations: v1Classes(uris...), Skills: v1Classes(p.Skills...), Languages: []v1Skill{},
		Education: n.Education, CriminalRecord: n.CriminalRecord,
	}
	for _, l := range n.Languages {
		code := l.Code
		if specified {
			// The specification wants an address; the three-letter codes are the
			// EU's list of languages.
			for short, authority := range map[string]string{"fi": "FIN", "sv": "SWE", "en": "ENG", "ru": "RUS", "et": "EST"} {
				if code == short {
					code = "http://publications.europa.eu/resource/authority/language/" + authority
				}
			}
		}
		r.Languages = append(r.Languages, v1Skill{code, l.Level, v1Texts(l.Info)})
	}
	if len(n.Licences) > 0 {
		r.Licence = &v1Licence{n.Licences, v1Texts(n.LicenceInfo)}
	}
	if len(n.Cards) > 0 {
		r.Cards = &v1Cards{n.Cards, v1Texts(n.CardInfo)}
	}
	return r
}
