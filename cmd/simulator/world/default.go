package world

import "strings"

// The mandates of the simulated e-Authorizations. The names of the real ones
// are not public: they are configuration.
const (
	// MandatePartner allows acting in the partner network.
	MandatePartner = "http://valtuusrekisteri.suomi.fi/tyomarkkinatorin_kumppaniasiat"
	// MandateOther is a mandate of another service.
	MandateOther = "http://valtuusrekisteri.suomi.fi/avustushakemuksen_tekeminen"
)

// Default is the world in which the simulators start.
func Default() *World {
	return &World{People: people(), Organisations: organisations(), Rights: rights()}
}

func people() []Person {
	return []Person{
		{Key: "aino", Code: "010594Y9032", FirstNames: "Aino Maria", CallName: "Aino", FamilyName: "Korhonen", BirthDate: "1994-05-01", Municipality: "091", Note: "signs for Koivutyö Oy alone"},
		{Key: "twin", Code: "010594-9032", FirstNames: "Aino Maria", CallName: "Aino", FamilyName: "Korhonen", BirthDate: "1994-05-01", Municipality: "837", Note: "same name and birth date as the one before, another person; managing director of Kaksoisura Oy"},
		{Key: "several", Code: "020594X903P", FirstNames: "Mikael", FamilyName: "Björkqvist", BirthDate: "1994-05-02", Municipality: "853", Note: "several organisations: managing director of two, a mandate in one, auditor of one"},
		{Key: "oneill", Code: "030594W903B", FirstNames: "Seán Patrick", CallName: "Seán", FamilyName: "O'Neill", BirthDate: "1994-05-03", Municipality: "049", Note: "an apostrophe in the name; sole trader"},
		{Key: "ayramo", Code: "040594V9030", FirstNames: "Öykkä Åsa", CallName: "Åsa", FamilyName: "Äyrämö", BirthDate: "1994-05-04", Municipality: "564", Note: "letters that many systems lose; partner of a limited partnership"},
		{Key: "ng", Code: "050594U903M", FirstNames: "An", FamilyName: "Ng", BirthDate: "1994-05-05", Municipality: "092", Note: "a very short name; mandate in Björkvik Ab"},
		{Key: "long", Code: "120775-902U", FirstNames: "Maximiliana Alexandrina Wilhelmina", FamilyName: longFamilyName(), BirthDate: "1975-07-12", Municipality: "245", Note: "a name of 100 characters; managing director of an organisation with a long name"},
		{Key: "foreign", ForeignID: "DE/FI/b1e7c3f09a6d4e2f8c5a", FirstNames: "Jürgen", FamilyName: "Weiß", BirthDate: "1981-11-30", Note: "eIDAS, no Finnish identity code"},
		{Key: "protected", Code: "231281-905L", FirstNames: "Sanna Kaarina", CallName: "Sanna", FamilyName: "Lehtonen", BirthDate: "1981-12-23", Municipality: "179", NonDisclosure: true, Note: "protection order; sole trader"},
		{Key: "auditor", Code: "040468-911R", FirstNames: "Pertti Olavi", CallName: "Pertti", FamilyName: "Tilinen", BirthDate: "1968-04-04", Municipality: "297", Note: "auditor only: a role that does not do"},
		{Key: "bankrupt", Code: "150990-920U", FirstNames: "Veikko", FamilyName: "Vararikko", BirthDate: "1990-09-15", Municipality: "109", Note: "managing director of a bankrupt organisation"},
		{Key: "liquidator", Code: "290296-9314", FirstNames: "Saara", FamilyName: "Selvittäjä", BirthDate: "1996-02-29", Municipality: "444", Note: "signs for an organisation in liquidation"},
		{Key: "reorganised", Code: "310188-940U", FirstNames: "Sauli", FamilyName: "Saneeraaja", BirthDate: "1988-01-31", Municipality: "398", Note: "managing director of an organisation in reorganisation"},
		{Key: "ceased", Code: "070379-9521", FirstNames: "Lauri", FamilyName: "Lakannut", BirthDate: "1979-03-07", Municipality: "638", Note: "signs for an organisation that has ceased"},
		{Key: "unregistered", Code: "190664-963N", FirstNames: "Reino", FamilyName: "Rekisteritön", BirthDate: "1964-06-19", Municipality: "684", Note: "mandate in a municipal body that is not in the business register"},
		{Key: "incomplete", Code: "240585X908R", FirstNames: "Kesken", FamilyName: "Keränen", BirthDate: "1985-05-24", Municipality: "205", Note: "e-Authorizations does not get all answers: complete is false"},
		{Key: "association", Code: "130270-977K", FirstNames: "Yrsa", FamilyName: "Yhdistys", BirthDate: "1970-02-13", Municipality: "710", Note: "chair of an association with a mandate"},
		{Key: "nobody", Code: "160992-915U", FirstNames: "Nelli", FamilyName: "Niemi", BirthDate: "1992-09-16", Municipality: "091", Note: "acts for nobody"},
		{Key: "young", Code: "110503A917F", FirstNames: "Nuutti", FamilyName: "Nuori", BirthDate: "2003-05-11", Municipality: "167", Note: "born in this century; mandate in Koivutyö Oy"},
		{Key: "colleague", Code: "170393-9268", FirstNames: "Kalle", FamilyName: "Kollega", BirthDate: "1993-03-17", Municipality: "091", Note: "second representative of Koivutyö Oy, with a mandate"},
		{Key: "elder", Code: "180845-930N", FirstNames: "Elma", FamilyName: "Eloranta", BirthDate: "1945-08-18", Municipality: "743", Note: "signs for a foundation alone"},

		{Key: "main", Code: "010180-9015", FirstNames: "Pirkko", FamilyName: "Pääkäyttäjä", BirthDate: "1980-01-01", Municipality: "491", Note: "officer: main user"},
		{Key: "main2", Code: "020280-902M", FirstNames: "Henrik", FamilyName: "Huvudanvändare", BirthDate: "1980-02-02", Municipality: "153", Note: "officer: second main user"},
		{Key: "applications", Code: "030380-9034", FirstNames: "Hanna", FamilyName: "Hakemusto", BirthDate: "1980-03-03", Municipality: "491", Note: "officer: applications"},
		{Key: "applications2", Code: "040480-904L", FirstNames: "Ansa", FamilyName: "Ansökningstam", BirthDate: "1980-04-04", Municipality: "491", Note: "officer: applications"},
		{Key: "supervision", Code: "050580-9053", FirstNames: "Väinö", FamilyName: "Valvonen", BirthDate: "1980-05-05", Municipality: "491", Note: "officer: supervision"},
		{Key: "content", Code: "060680-906K", FirstNames: "Sisko", FamilyName: "Sisältölä", BirthDate: "1980-06-06", Municipality: "491", Note: "officer: content"},
		{Key: "content2", Code: "220761-941X", FirstNames: "Toini", FamilyName: "Tekstinen", BirthDate: "1961-07-22", Municipality: "491", Note: "officer: content"},
		{Key: "dataprotection", Code: "070780-9072", FirstNames: "Tiina", FamilyName: "Tietosuo", BirthDate: "1980-07-07", Municipality: "491", Note: "officer: data protection"},
		{Key: "interfaces", Code: "080880-908J", FirstNames: "Risto", FamilyName: "Rajala", BirthDate: "1980-08-08", Municipality: "491", Note: "officer: interfaces"},
		{Key: "audit", Code: "090980-9091", FirstNames: "Loki", FamilyName: "Tarkkanen", BirthDate: "1980-09-09", Municipality: "491", Note: "officer: audit"},
	}
}

// longFamilyName makes the whole name 100 characters long.
func longFamilyName() string {
	const start = "von Österholm-Ylä-Äänekoski-"
	const first = "Maximiliana Alexandrina Wilhelmina "
	return start + strings.Repeat("å", 100-len([]rune(first+start)))
}

func organisations() []Organisation {
	address := func(street, number, code, fi, sv, municipality string) Address {
		return Address{street, number, code, fi, sv, municipality}
	}
	return []Organisation{
		{Key: "koivutyo", BusinessID: "9000000-3", Name: "Koivutyö Oy", SwedishName: "Björkarbete Ab", FormerNames: []string{"Koivun Työvoima Oy"}, Form: "OY", RegisteredOn: "2012-03-01", Address: address("Koivukatu", "5", "00100", "Helsinki", "Helsingfors", "091")},
		{Key: "kaksoisura", BusinessID: "9000001-1", Name: "Kaksoisura Oy", Form: "OY", RegisteredOn: "2018-05-14", Address: address("Hämeenkatu", "12", "33100", "Tampere", "Tammerfors", "837")},
		{Key: "ura", BusinessID: "9000003-8", Name: "Uusi Ura Oy", Form: "OY", RegisteredOn: "2015-09-09", Address: address("Yliopistonkatu", "20", "20100", "Turku", "Åbo", "853")},
		{Key: "bjorkvik", BusinessID: "9000004-6", Name: "Björkvik Rekrytering Ab", Form: "OY", RegisteredOn: "2009-01-20", Address: address("Tallåsgatan", "3", "10600", "Tammisaari", "Ekenäs", "710")},
		{Key: "valmennus", BusinessID: "9000005-4", Name: "Valmennustalo Suunta Oy", Form: "OY", RegisteredOn: "2020-11-02", Address: address("Kauppakatu", "7", "40100", "Jyväskylä", "Jyväskylä", "179")},
		{Key: "tarkastettu", BusinessID: "9000006-2", Name: "Tarkastettu Oyj", Form: "OYJ", RegisteredOn: "1998-06-30", Address: address("Asema-aukio", "1", "70100", "Kuopio", "Kuopio", "297")},
		{Key: "oneill", BusinessID: "9000007-0", Name: "Tmi Seán O'Neill", Form: "TYH", RegisteredOn: "2021-02-03", Address: address("Länsiväylä", "9", "02100", "Espoo", "Esbo", "049")},
		{Key: "ayramo", BusinessID: "9000008-9", Name: "Äyrämö & Kumppanit Ky", Form: "KY", RegisteredOn: "2001-10-10", Address: address("Torikatu", "15", "90100", "Oulu", "Uleåborg", "564")},
		{Key: "long", BusinessID: "9000009-7", Name: "Pohjois-Karjalan ja Etelä-Savon Työllisyydenhoidon, Kuntoutuksen ja Ammatillisen Valmennuksen Yhteisyritys Oy", Form: "OY", RegisteredOn: "2016-12-12", Address: address("Kerava-katu", "44", "04200", "Kerava", "Kervo", "245")},
		{Key: "protected", BusinessID: "9000011-8", Name: "Tmi Sanna Lehtonen", Form: "TYH", RegisteredOn: "2022-08-15", Address: address("", "", "40100", "Jyväskylä", "Jyväskylä", "179")},
		{Key: "konkurssi", BusinessID: "9000012-6", Name: "Vararikko Oy", Form: "OY", Situation: Bankruptcy, RegisteredOn: "2010-02-02", Address: address("Raatihuoneenkatu", "2", "13100", "Hämeenlinna", "Tavastehus", "109")},
		{Key: "selvitystila", BusinessID: "9000013-4", Name: "Selvitystila Oy", Form: "OY", Situation: Liquidation, RegisteredOn: "2007-07-07", Address: address("Laurinkatu", "30", "08100", "Lohja", "Lojo", "444")},
		{Key: "saneeraus", BusinessID: "9000014-2", Name: "Saneeraus Oy", Form: "OY", Situation: Reorganisation, RegisteredOn: "2011-04-04", Address: address("Aleksanterinkatu", "18", "15100", "Lahti", "Lahtis", "398")},
		{Key: "lakannut", BusinessID: "9000015-0", Name: "Lakannut Oy", Form: "OY", Ceased: true, RegisteredOn: "1995-05-05", Address: address("Runeberginkatu", "4", "06100", "Porvoo", "Borgå", "638")},
		{Key: "kuntayhtyma", BusinessID: "9000016-9", Name: "Rauman seudun työllisyysalue", Unregistered: true},
		{Key: "kesken", BusinessID: "9000017-7", Name: "Kesken Oy", Form: "OY", RegisteredOn: "2019-03-19", Address: address("Kauppakatu", "21", "87100", "Kajaani", "Kajana", "205")},
		{Key: "yhdistys", BusinessID: "9000018-5", Name: "Raaseporin Työttömät ry", SwedishName: "Raseborgs Arbetslösa rf", Form: "AY", RegisteredOn: "1999-09-19", Address: address("Kustaa Vaasan katu", "6", "10600", "Raasepori", "Raseborg", "710")},
		{Key: "saatio", BusinessID: "9000019-3", Name: "Seinäjoen Valmennussäätiö sr", Form: "SÄÄ", RegisteredOn: "1988-11-11", Address: address("Alvar Aallon katu", "10", "60100", "Seinäjoki", "Seinäjoki", "743")},
	}
}

func rights() []Right {
	return []Right{
		{Person: "aino", Organisation: "koivutyo", Roles: []string{"NIMKO", "TJ"}},
		{Person: "twin", Organisation: "kaksoisura", Roles: []string{"TJ"}},
		{Person: "several", Organisation: "ura", Roles: []string{"TJ"}},
		{Person: "several", Organisation: "valmennus", Roles: []string{"TJ", "J"}},
		{Person: "several", Organisation: "bjorkvik", Roles: []string{MandatePartner}},
		{Person: "several", Organisation: "tarkastettu", Roles: []string{"TIL"}},
		{Person: "several", Organisation: "koivutyo", Roles: []string{MandatePartner}},
		{Person: "oneill", Organisation: "oneill", Roles: []string{"ELI"}},
		{Person: "ayramo", Organisation: "ayramo", Roles: []string{"YHM"}},
		{Person: "ng", Organisation: "bjorkvik", Roles: []string{MandatePartner, MandateOther}},
		{Person: "long", Organisation: "long", Roles: []string{"TJ"}},
		{Person: "protected", Organisation: "protected", Roles: []string{"ELI"}},
		{Person: "auditor", Organisation: "tarkastettu", Roles: []string{"TIL"}},
		{Person: "bankrupt", Organisation: "konkurssi", Roles: []string{"TJ"}},
		{Person: "liquidator", Organisation: "selvitystila", Roles: []string{"S", "NIMKO"}},
		{Person: "reorganised", Organisation: "saneeraus", Roles: []string{"TJ"}},
		{Person: "ceased", Organisation: "lakannut", Roles: []string{"NIMKO"}},
		{Person: "unregistered", Organisation: "kuntayhtyma", Roles: []string{MandatePartner}},
		{Person: "incomplete", Organisation: "kesken", Roles: []string{}, Incomplete: true},
		{Person: "association", Organisation: "yhdistys", Roles: []string{"PJ", MandatePartner}},
		{Person: "young", Organisation: "koivutyo", Roles: []string{MandatePartner}},
		{Person: "colleague", Organisation: "koivutyo", Roles: []string{MandatePartner}},
		{Person: "elder", Organisation: "saatio", Roles: []string{"NIMKO", "PJ"}},
	}
}
