package reference

// ListName names a closed code list of the job-posting interfaces.
type ListName string

// The code lists. A code is unique in its list only: "0201" is seasonal work in
// Continuity and hours a week in HoursPeriod.
const (
	// EmployerType is organisation or household.
	EmployerType ListName = "employer_type"
	// Continuity is permanent (01) or fixed-term (02), and of the latter
	// seasonal work (0201) and summer jobs (0202).
	Continuity ListName = "continuity"
	// WorkTime is full-time or part-time.
	WorkTime ListName = "work_time"
	// HoursPeriod is the period that a number of working hours is given for.
	HoursPeriod ListName = "hours_period"
	// Start is how the start of the work is given.
	Start ListName = "start"
	// WageBasis is what the pay is counted from.
	WageBasis ListName = "wage_basis"
	// WorkHours is the times of day and week at which the work is done.
	WorkHours ListName = "work_hours"
	// Shift is the kind of shift work.
	Shift ListName = "shift"
	// Employment is the legal form of the work.
	Employment ListName = "employment"
	// LanguageLevel is how well a language is required.
	LanguageLevel ListName = "language_level"
	// Education is the level of education required.
	Education ListName = "education"
	// DrivingLicence is a group of driving-licence classes.
	DrivingLicence ListName = "driving_licence"
	// Card is a card, permit or certificate of competence, 001 to 095.
	Card ListName = "card"
	// Industry is a section (a letter) or division (two digits) of TOL 2008;
	// each section stands right before its divisions.
	Industry ListName = "industry"
)

// List returns the entries of a list in the order of the interface, or nil when
// there is no such list.
func List(name ListName) []Entry { return list(name).all }

// Lookup finds a code in a list.
func Lookup(name ListName, code string) (Entry, bool) { return list(name).find(code) }

func list(name ListName) table[Entry] {
	if name == Card {
		return cards()
	}
	if name == Industry {
		return industries()
	}
	return lists()[name]
}
