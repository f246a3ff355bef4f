package inventory

// The closed lists of codes. Each code has a text in both languages, inventory.<list>.<code>.

// Categories lists what kinds of personal data there are.
func Categories() []string {
	return []string{
		"identifier",     // a number or key that stands for a person
		"identity_code",  // identity code or eIDAS identifier
		"name",           // names
		"birth_date",     // date of birth
		"residence",      // country and municipality
		"protection",     // order of non-disclosure (turvakielto)
		"nationality",    // citizenship
		"sex",            // sex
		"contact",        // e-mail, telephone, address
		"language",       // language of dealing
		"log_in",         // log-ins, sessions and their times
		"mandate",        // right to act for an organisation
		"duty",           // what somebody did or may do as an officer
		"organisation",   // data of an organisation that may be one person's
		"free_text",      // what somebody wrote
		"mail",           // content and course of mails
		"search",         // searches
		"profile",        // what a job seeker tells of work, education, skills and wishes
		"competence",     // occupations, skills, languages, licences, cards
		"service_record", // military or civilian service
		"consent",        // consents and what they were given for
		"health",         // state of health
		"request",        // requests about own data
		"event",          // when and by whom something was done
	}
}

// Purposes lists what personal data is used for.
func Purposes() []string {
	return []string{
		"identification",  // knowing who logs in
		"dealing",         // serving and addressing the person
		"mails",           // sending mails that were asked for or that belong to the matter
		"representation",  // acting for an organisation
		"partnership",     // handling applications and working with partners
		"evidence",        // showing afterwards what was agreed or decided
		"officers_rights", // giving officers rights and following what they do
		"profile",         // a job seeker's profile
		"publication",     // publishing the profile in EURES or to employers
		"disclosure",      // giving data to a receiver by consent or law
		"own_data",        // answering requests about own data
		"job_watch",       // telling of new postings
		"vacancies",       // publishing job postings and whom to ask about them
		"feedback",        // answering and developing by feedback
		"security",        // finding misuse and faults
		"continuing",      // going on with what was begun
	}
}

// Grounds lists the legal grounds.
func Grounds() []string {
	return []string{
		"legal_obligation", // GDPR 6(1)(c)
		"public_interest",  // GDPR 6(1)(e)
		"consent",          // GDPR 6(1)(a); of health 9(2)(a)
	}
}

// Reasons lists why a column is not in a person's copy.
func Reasons() []string {
	return []string{
		"derived",      // a keyed hash, or the same value again that the copy holds from another column
		"secret",       // would let somebody in: tokens, hashes of tokens, seeds
		"officer",      // says which officer handled the matter
		"organisation", // the organisation's matter, which whoever may act for it sees on its pages
		"unlinked",     // tied to no account: its link or a request leads to it
		"technical",    // machinery that lives for minutes and says nothing of its own
		"protection",   // the order of non-disclosure, which only its own group sees
		"looks",        // told as looks at own data, without the officer's name
	}
}
