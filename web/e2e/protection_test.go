package e2e_test

import (
	"fmt"
	"testing"
)

// TestAProtectionOrderReachesEverything lets an order become known at a log-in,
// when profile, publication, drafts and requests hold where the person is.
func TestAProtectionOrderReachesEverything(t *testing.T) {
	t.Parallel()

	site := theOwners(t)
	site.visitor("protected").logIn(t)
	person := site.number(t, `SELECT id FROM person WHERE family_name = 'Lehtonen' AND first_names = 'Sanna Kaarina'`)
	for _, statement := range []string{
		`UPDATE person SET non_disclosure = false, phone = '040 1234567' WHERE id = %d`,
		`INSERT INTO profile (person_id, country, created_at, changed_at) VALUES (%d, 'SE', now(), statement_timestamp())`,
		`INSERT INTO profile_draft (person_id, section, entry_id, seen, fields, saved_at, expires_at) VALUES (%d, 'residence', 1, '', '{"country": ["SE"]}', now(), now() + interval '7 days')`,
		`INSERT INTO eures_publication (person_id, version, sex, country, languages, citizenship, published_at) VALUES (%d, 1, 'female', 'SE', '{fi}', '{FI}', now())`,
		`INSERT INTO data_request (person_id, kind, channel, language, requester, address, identification, state, outcome, received_at, due_at, settled_at, submission)
		 VALUES (%d, 'inspection', 'post', 'fi', 'Sanna', 'Suojakuja 1', 'signature', 'settled', 'granted', now(), statement_timestamp(), now(), 'of the protected')`,
	} {
		site.execute(t, fmt.Sprintf(statement, person))
	}
	kept := fmt.Sprintf(`
SELECT (SELECT count(*) FROM person WHERE id = %[1]d AND phone <> '') + (SELECT count(*) FROM profile WHERE person_id = %[1]d AND country <> '')
     + (SELECT count(*) FROM profile_draft WHERE person_id = %[1]d) + (SELECT count(*) FROM eures_publication WHERE person_id = %[1]d AND country <> '')
     + (SELECT count(*) FROM data_request WHERE person_id = %[1]d AND address <> '')`, person)
	if n := site.number(t, kept); n != 5 {
		t.Fatalf("%d places tell where the person is before the order", n)
	}
	site.visitor("protected").logIn(t)
	if n := site.number(t, kept); n != 0 {
		t.Errorf("%d places still tell where the person is", n)
	}
}
