package tefeed

import (
	"strings"

	"tyomarkkinatori.fi/portal/internal/jobposting"
	"tyomarkkinatori.fi/portal/internal/richtext"
)

// decodeV1 reads one posting of the v1 interface. The ID is returned even when
// the rest cannot be used.
func decodeV1(raw []byte) (record, *unusable) {
	o, fault := parseObject(raw)
	if fault != nil {
		return record{}, fault
	}
	f := &fields{lang: "fi"}
	var r record
	in := &r.incoming
	in.ExternalID = richtext.Cut(f.line(o, "ilmoituksenID", "ilmoituksenId"), maxID)
	if in.ExternalID == "" {
		f.fail("no_id", "")
		return r, f.fault
	}

	c := &in.Content
	c.Languages = languageCodes(f.codes(o, "ilmoituksenKielet"))
	if len(c.Languages) > 0 {
		f.lang = c.Languages[0]
	}
	c.EmployerType = f.code(o, "tyollistaja")
	c.Advertiser.BusinessID = f.line(o, "ilmoittajanYTunnus")
	c.Advertiser.Name = f.lines(o, "ilmoittajanNimi")
	in.People.Household = f.line(o, "kotitaloudenNimi")
	c.Homepage = f.link(o, "kotisivut")
	c.Marketing = f.long(o, "markkinointikuvaus")
	c.ApplyElsewhere = f.flag(o, "ilmoituksenOhjaus")
	c.WorkLanguages = languageCodes(f.codes(o, "tyoKielet"))

	f.v1Basics(f.object(o, "perustiedot"), c)
	f.v1Requirements(f.object(o, "osaamisvaatimukset"), c)
	f.v1Location(f.object(o, "sijainti"), c)

	applying := f.object(o, "hakeminen")
	in.ExpiresAt, _ = f.time(applying, "hakuaikaPaattyy")
	c.ApplyURL = f.links(applying, "hakemuksenUrl", "hakemuksenURL")
	c.ApplyInfo = f.long(applying, "hakuohjeet")
	in.People.Contacts = f.contacts(f.objects(applying, "ilmoittajanYhteystiedot"))

	created, _ := f.time(o, "luontipvm")
	r.lastModified, _ = f.time(o, "muokattupvm")
	published, never := f.time(o, "julkaisupvm")
	if never {
		f.fail("bad_date", "julkaisupvm")
	}
	f.dates(in, created, r.lastModified, published)
	f.finish(in)
	return r, f.fault
}

func (f *fields) v1Basics(o object, c *jobposting.Content) {
	c.Title = f.lines(o, "tyonOtsikko")
	c.Summary = f.long(o, "tyonTiivistelma")
	c.Description = f.long(o, "tyonKuvaus")
	c.Positions = f.count(o, "paikkojenMaara")
	f.v1Employment(f.object(o, "palvelussuhde"), &c.Employment)
	c.Continuity = f.codes(o, "tyonJatkuvuus")
	c.EndsOn = f.day(o, "maaraaikaisuudenPaattymisPvm")
	c.FixedTermReason = f.lines(o, "maaraaikaisuudenSyy")
	c.WorkTime = f.code(o, "tyoAika")
	c.HoursPeriod = f.code(o, "tyoTunnitAjanjakso")
	c.HoursMin = f.number(o, "tyoTunnitMinimi")
	c.HoursMax = f.number(o, "tyoTunnitMaksimi")
	c.Start = f.code(o, "tyoAlkaa")
	c.StartsOn = f.day(o, "tyoAlkaaPvm")
	c.StartInfo = f.lines(o, "tyoAlkaaLisatieto")
	c.WageBasis = f.code(o, "palkanPeruste")
	c.WageInfo = f.long(o, "palkanLisatieto")
	c.OnCall = f.flag(o, "kutsutaanTarvittaessa")
	c.Travel = f.flag(o, "kuuluuMatkustamista")
	hours := f.object(o, "tyoskentely")
	c.WorkHours, c.Shifts = splitShifts(f.codes(hours, "tyoskentelyAika"), f.codes(hours, "vuorotyo"))
}

func (f *fields) v1Employment(o object, e *jobposting.Employment) {
	e.Type = f.code(o, "tyyppi")
	employed, office := f.object(o, "tyosuhde"), f.object(o, "virkasuhde")
	commission, business := f.object(o, "toimeksianto"), f.object(o, "yrittajyys")
	e.Apprenticeship = f.flag(employed, "oppisopimus")
	e.Internship = f.flag(employed, "tyoharjoittelu")
	e.AgencyWork = f.flag(employed, "vuokratyo")
	e.AgencyClient = f.line(employed, "vuokratyoToimeksiantaja")
	e.Recruitment = f.flag(employed, "rekrytointiToimeksianto") || f.flag(commission, "rekrytointiToimeksianto")
	e.RecruitmentClient = strings.TrimSpace(f.line(employed, "rekrytointiToimeksiantaja"))
	if e.RecruitmentClient == "" {
		e.RecruitmentClient = f.line(commission, "rekrytointiToimeksiantaja")
	}
	e.AlternationLeave = f.flag(employed, "vuorotteluvapaanSijaisuus") || f.flag(office, "vuorotteluvapaanSijaisuus")
	e.Franchising = f.flag(business, "franchising")
	e.FranchisingTerm = f.lines(business, "franchisingSopimusaika")
	e.OwnCapital = f.flag(business, "omaRahoitusVaaditaan")
	e.OwnCapitalInfo = f.lines(business, "omaRahoitusLisatietoja")
}

func (f *fields) v1Requirements(o object, c *jobposting.Content) {
	c.Occupations = distinct(conceptURIs(f.codes(o, "ammatit")))
	c.Skills = conceptURIs(f.codes(o, "osaamiset"))
	c.LanguageSkills = f.languageSkills(f.objects(o, "kielitaidot"))
	licence, cards := f.object(o, "ajokortti"), f.object(o, "kortitJaLuvat")
	c.Licences = f.codes(licence, "vaaditutAjokorttiluokat")
	c.LicenceInfo = f.lines(licence, "ajokortinLisatieto")
	c.Cards = f.codes(cards, "lupaKoodit")
	c.CardInfo = f.long(cards, "kortitJaLuvatLisatieto")
	c.Education = f.code(o, "koulutusaste")
	c.CriminalRecord = f.flag(o, "rikosrekisteriote")
}

func (f *fields) v1Location(o object, c *jobposting.Content) {
	c.Municipalities = f.codes(o, "kunta")
	c.Regions = f.codes(o, "maakunta")
	c.Countries = f.codes(o, "maa")
	c.Flexible = f.flag(o, "sijaintiJoustava", "sijaintijoustava")
	place := f.object(o, "toimipaikka")
	c.Workplace = jobposting.Workplace{
		Name:       f.lines(place, "toimipaikanNimi"),
		Address:    f.line(place, "postiosoite"),
		PostalCode: f.line(place, "postinumero"),
		PostOffice: f.line(place, "postitoimipaikka"),
	}
}
