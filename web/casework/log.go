package casework

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/session"
)

// logPageSize is how many events a page of the log shows.
const logPageSize = 50

// actionLogRead is audited at every look into the audit log.
const actionLogRead = "audit_log.read"

// logView is a page of the audit log.
type logView struct {
	// Actor, Subject, Action, From and To are the filter, as it was typed, Reason is
	// why one person's events are looked at.
	Actor, Subject, Action, From, To string
	Reason                           identity.Reason
	Errors                           []fault.FieldError
	Entries                          []audit.Entry
	Officers                         names
	Check                            audit.Check
	// Older is the address of the next page, "" at the end.
	Older string
}

func (p Pages) showLog(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	v := logView{
		Actor: strings.TrimSpace(query.Get("actor")), Subject: strings.TrimSpace(query.Get("subject")),
		Action: strings.TrimSpace(query.Get("action")), From: query.Get("from"), To: query.Get("to"),
		Reason: identity.Reason(query.Get("reason")),
	}
	filter := v.filter(query)
	var err error
	if v.Check, err = audit.LastCheck(r.Context(), p.DB); err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		return respond.Page(w, r, http.StatusUnprocessableEntity, logPage(v))
	}
	// The look is recorded first: what it shows must not be seen without it. One at
	// a person counts like any other, and that person is told of it.
	if people := peopleIn(filter); len(people) > 0 {
		if err := p.Looks.Look(r.Context(), session.Of(r.Context()), string(v.Reason), people...); err != nil {
			return p.stopped(w, r, err)
		}
	}
	if err := p.recordLogRead(r.Context(), filter); err != nil {
		return err
	}
	if v.Entries, err = audit.Entries(r.Context(), p.DB, filter, logPageSize+1); err != nil {
		return err
	}
	if v.Officers, err = p.names(r.Context()); err != nil {
		return err
	}
	if len(v.Entries) > logPageSize {
		v.Entries = v.Entries[:logPageSize]
		next := url.Values{}
		for name, value := range map[string]string{"actor": v.Actor, "subject": v.Subject, "action": v.Action, "from": v.From, "to": v.To, "reason": string(v.Reason)} {
			if value != "" {
				next.Set(name, value)
			}
		}
		next.Set("before", text(v.Entries[logPageSize-1].ID))
		v.Older = paths.WithQuery(paths.To(r.Context(), paths.AuditLog), next)
	}
	return respond.Page(w, r, http.StatusOK, logPage(v))
}

// filter reads the form and notes what is wrong in it.
func (v *logView) filter(query url.Values) audit.Filter {
	f := audit.Filter{Actor: refOf(v.Actor), Subject: refOf(v.Subject), Action: v.Action, From: i18n.ParseDate(v.From), To: i18n.ParseDate(v.To)}
	var c fault.Checker
	c.Check(isRef(v.Actor), "actor", "casework.log.ref_invalid")
	c.Check(isRef(v.Subject), "subject", "casework.log.ref_invalid")
	c.Check(isAction(v.Action), "action", "casework.log.action_invalid")
	c.Check(v.From == "" || !f.From.IsZero(), "from", "casework.log.day_invalid")
	c.Check(v.To == "" || !f.To.IsZero(), "to", "casework.log.day_invalid")
	c.Check(len(peopleIn(f)) == 0 || slices.Contains(logReasons(), v.Reason), "reason", "casework.log.reason_missing")
	before := query.Get("before")
	if before != "" {
		n, err := strconv.ParseInt(before, 10, 64)
		c.Check(err == nil && n > 0, "actor", "casework.log.page_invalid")
		f.Before = n
	}
	v.Errors, _ = respond.InvalidFields(c.Err())
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1) // the day itself counts
	}
	return f
}

// logReasons are those for which an officer may follow one person's events.
func logReasons() []identity.Reason {
	return []identity.Reason{identity.ReasonFault, identity.ReasonAuthority}
}

// peopleIn are the persons whom a filter names by number.
func peopleIn(f audit.Filter) []audit.Ref {
	var people []audit.Ref
	for _, r := range []audit.Ref{f.Actor, f.Subject} {
		id, _, _ := strings.Cut(r.ID, "/")
		if id != "" && slices.Contains([]string{"person", "representative", "profile"}, r.Kind) {
			people = append(people, audit.Ref{Kind: "person", ID: id})
		}
	}
	return people
}

// A filter goes into the audit log itself, so it may name people by kind and
// identifier only, and by nothing else that somebody types.
var (
	refPattern    = regexp.MustCompile(`^[a-z_]{1,40}(/[A-Za-z0-9_.*/-]{1,80})?$`)
	actionPattern = regexp.MustCompile(`^[a-z_.]{1,60}$`)
)

func isRef(s string) bool {
	if s == "" {
		return true
	}
	_, err := identity.ParseCode(refOf(s).ID)
	return err != nil && refPattern.MatchString(s)
}

func isAction(s string) bool { return s == "" || actionPattern.MatchString(s) }

// refOf reads "kind/id" or "kind".
func refOf(s string) audit.Ref {
	kind, id, _ := strings.Cut(s, "/")
	return audit.Ref{Kind: kind, ID: id}
}

func (p Pages) recordLogRead(ctx context.Context, f audit.Filter) error {
	detail := map[string]any{}
	for name, value := range map[string]string{
		"actor": refText(f.Actor), "subject": refText(f.Subject), "action": f.Action,
	} {
		if value != "" {
			detail[name] = value
		}
	}
	if f.Before != 0 {
		detail["before"] = f.Before
	}
	return p.DB.InTx(ctx, func(tx *postgres.Tx) error {
		return audit.Record(ctx, tx, audit.Event{
			Actor: session.Of(ctx).Actor(), Action: actionLogRead, Subject: audit.Ref{Kind: "audit_log", ID: "*"}, Detail: detail,
		})
	})
}

func refText(r audit.Ref) string {
	if r.ID == "" {
		return r.Kind
	}
	return r.Kind + "/" + r.ID
}

// detailText writes the details of an event on one line.
func detailText(detail map[string]any) string {
	if len(detail) == 0 {
		return "–"
	}
	b, err := json.Marshal(detail) // keys in their order
	if err != nil {
		return "–"
	}
	return string(b)
}
