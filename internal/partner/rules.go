package partner

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/organisation"
)

// Outcome is what a rule says of an application.
type Outcome string

// Pass speaks for approval, Look and Fail send the application to an officer,
// Wait cannot say anything yet. No rule rejects.
const (
	Pass Outcome = "pass"
	Look Outcome = "look"
	Wait Outcome = "wait"
	Fail Outcome = "fail"
)

// Verdict is what a rule found in an application.
type Verdict struct {
	// Rule is one of RuleIDs.
	Rule    string  `json:"rule"`
	Outcome Outcome `json:"outcome"`
	// Evidence holds codes and dates, no personal data.
	Evidence map[string]string `json:"evidence"`
	At       time.Time         `json:"at"`
}

// The rules.
const (
	RuleAuthority    = "authority"
	RuleOrganisation = "organisation"
	RuleRemoval      = "removal"
	RuleRejection    = "rejection"
	RuleOther        = "other"
	RuleData         = "data"
	RuleCorrections  = "corrections"
	RuleServiceAreas = "service_areas"
	RuleSample       = "sample"
)

// RuleIDs lists the rules in the order in which they are asked.
func RuleIDs() []string {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.id
	}
	return ids
}

// Rules are what can be changed about the rules.
type Rules struct {
	// SampleRate is the share of approved applications, 0 to 1, that are marked
	// for post-supervision. SampleSeed chooses which: it must be secret, and a
	// new one chooses others.
	SampleRate float64
	SampleSeed string
	// Off are rules whose finding does not count.
	Off []string
	// Look are the service areas that need a look; nil takes the marks of the
	// table.
	Look []string
}

// facts are what the rules look at.
type facts struct {
	application Application
	// answer is what the business register says now.
	answer answer
	// invalid are the fields that break a rule of the form.
	invalid []string
	areas   []ServiceArea
	// removed and barredUntil tell of a removal that stands; a zero time bars
	// without end.
	removed     bool
	barredUntil time.Time
	// open counts other open applications, partner tells that it is one.
	open    int
	partner bool
	// rejectedAt is when an officer rejected the last application, if that was
	// lately and no officer has approved one since.
	rejectedAt time.Time
	// agreed is what the partner goes by already instead of the register's data.
	agreed Form
}

// answer is what the business register said of an organisation.
type answer struct {
	told, missing bool
	organisation  organisation.Organisation
}

type rule struct {
	id    string
	check func(f facts, r Rules) (Outcome, map[string]string)
}

//nolint:gochecknoglobals // a constant table
var rules = []rule{
	{RuleAuthority, checkAuthority},
	{RuleOrganisation, checkOrganisation},
	{RuleRemoval, checkRemoval},
	{RuleRejection, checkRejection},
	{RuleOther, checkOther},
	{RuleData, checkData},
	{RuleCorrections, checkCorrections},
	{RuleServiceAreas, checkServiceAreas},
	{RuleSample, checkSample},
}

// judge asks every rule.
func (r Rules) judge(f facts, now time.Time) []Verdict {
	all := make([]Verdict, len(rules))
	for i, rule := range rules {
		outcome, evidence := rule.check(f, r)
		if evidence == nil {
			evidence = map[string]string{}
		}
		if outcome != Pass && slices.Contains(r.Off, rule.id) {
			outcome, evidence["off"] = Pass, string(outcome)
		}
		all[i] = Verdict{rule.id, outcome, evidence, now}
	}
	return all
}

// conclude tells what the verdicts make of a submitted application: Approved,
// InReview, or Submitted while it has to wait.
func conclude(verdicts []Verdict) Status {
	status := Approved
	for _, v := range verdicts {
		switch v.Outcome {
		case Wait:
			return Submitted
		case Look, Fail:
			status = InReview
		case Pass:
		}
	}
	return status
}

// sampled tells whether the sample took the application.
func sampled(verdicts []Verdict) bool {
	return slices.ContainsFunc(verdicts, func(v Verdict) bool { return v.Rule == RuleSample && v.Evidence["sampled"] == "yes" })
}

func checkAuthority(f facts, _ Rules) (Outcome, map[string]string) {
	evidence := map[string]string{"authority": f.application.Authority, "checked_at": stamp(f.application.AuthorityAt)}
	if f.application.Authority == "" || f.application.AuthorityAt.IsZero() {
		return Fail, evidence
	}
	return Pass, evidence
}

func checkOrganisation(f facts, _ Rules) (Outcome, map[string]string) {
	if f.answer.missing {
		return Look, map[string]string{"situation": "missing"}
	}
	if !f.answer.told {
		return Wait, map[string]string{"situation": "no_answer"}
	}
	o := f.answer.organisation
	evidence := map[string]string{"form": o.Form, "fetched_at": stamp(o.FetchedAt), "situation": o.Situation()}
	if !o.Sound() {
		return Fail, evidence
	}
	return Pass, evidence
}

func checkRemoval(f facts, _ Rules) (Outcome, map[string]string) {
	if !f.removed {
		return Pass, nil
	}
	return Fail, map[string]string{"barred_until": stamp(f.barredUntil)}
}

// checkRejection has an officer see what follows a rejection, so that nobody gets
// past one by applying again.
func checkRejection(f facts, _ Rules) (Outcome, map[string]string) {
	if f.rejectedAt.IsZero() {
		return Pass, nil
	}
	return Look, map[string]string{"rejected_at": stamp(f.rejectedAt)}
}

func checkOther(f facts, _ Rules) (Outcome, map[string]string) {
	evidence := map[string]string{"open": strconv.Itoa(f.open)}
	// A change is made by a partner; a partner has nothing to join.
	if f.open > 0 || f.partner != (f.application.Kind == ChangeData) {
		return Fail, evidence
	}
	return Pass, evidence
}

func checkData(f facts, _ Rules) (Outcome, map[string]string) {
	if len(f.invalid) > 0 {
		return Fail, map[string]string{"fields": strings.Join(f.invalid, ",")}
	}
	return Pass, nil
}

// checkCorrections lets nobody become a partner under a name or an address that
// the register does not know before an officer has seen it.
func checkCorrections(f facts, _ Rules) (Outcome, map[string]string) {
	var fields, odd []string
	for _, field := range []string{CorrectName, CorrectAddress} {
		claimed := f.application.Form.Correction(field)
		if claimed == "" || claimed == f.agreed.Correction(field) || field == CorrectName && f.answer.organisation.Called(claimed) {
			continue
		}
		fields = append(fields, field)
		if looksOdd(claimed) {
			odd = append(odd, field)
		}
	}
	if len(fields) == 0 {
		return Pass, nil
	}
	evidence := map[string]string{"fields": strings.Join(fields, ",")}
	if len(odd) > 0 {
		evidence["odd"] = strings.Join(odd, ",")
	}
	return Look, evidence
}

// looksOdd tells a text that begins like a formula or holds an address of the web
// or a tag, which no name and no street does.
func looksOdd(text string) bool {
	return strings.ContainsAny(text[:1], "=+-@") || strings.ContainsAny(text, "<>{}") || strings.Contains(text, "://")
}

func checkServiceAreas(f facts, r Rules) (Outcome, map[string]string) {
	var marked []string
	for _, a := range f.areas {
		look := a.NeedsLook
		if r.Look != nil {
			look = slices.Contains(r.Look, a.Code)
		}
		if look && slices.Contains(f.application.Form.ServiceAreas, a.Code) {
			marked = append(marked, a.Code)
		}
	}
	if len(marked) == 0 {
		return Pass, nil
	}
	return Look, map[string]string{"service_areas": strings.Join(marked, ",")}
}

// checkSample never keeps an application from approval. The same application
// and seed always give the same answer.
func checkSample(f facts, r Rules) (Outcome, map[string]string) {
	rate := strconv.FormatFloat(r.SampleRate, 'f', -1, 64)
	if draw(r.SampleSeed, f.application.ID) < r.SampleRate {
		return Pass, map[string]string{"sampled": "yes", "rate": rate}
	}
	return Pass, map[string]string{"sampled": "no", "rate": rate}
}

// draw is a number from 0 up to 1 for an application.
func draw(seed string, application int64) float64 {
	mac := hmac.New(sha256.New, []byte(seed))
	mac.Write([]byte("application/" + strconv.FormatInt(application, 10)))
	const bits = 53 // what a float64 holds exactly
	return float64(binary.BigEndian.Uint64(mac.Sum(nil))>>(64-bits)) / (1 << bits)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// invalidFields names the fields that err finds wrong.
func invalidFields(err error) []string {
	invalid, ok := errors.AsType[*fault.InvalidError](err)
	if !ok {
		return nil
	}
	var names []string
	for _, f := range invalid.Fields {
		names = append(names, f.Field)
	}
	return names
}
