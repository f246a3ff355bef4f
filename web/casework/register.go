package casework

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/web/paths"
	"tyomarkkinatori.fi/portal/web/respond"
	"tyomarkkinatori.fi/portal/web/route"
	"tyomarkkinatori.fi/portal/web/session"
)

// The purposes of the forms of maintenance.
const (
	purposeMember = "casework-member"
	purposeGrant  = "casework-grant"
	purposeEnd    = "casework-grant-end"
	purposeLock   = "casework-member-lock"
)

// registerRoutes are the pages by which officers keep the service itself.
func (p Pages) registerRoutes(m *route.Mux) {
	main, act := closed(route.StaffOf(identity.GroupMain))
	m.Page(http.MethodGet, paths.StaffRegister, main, p.showRegister)
	m.Page(http.MethodGet, paths.StaffMemberNew, main, p.showNewMember)
	m.Page(http.MethodGet, paths.StaffMember, main, keepDeed(p.showMember))
	act.Fresh = true
	m.Page(http.MethodPost, paths.StaffMemberNew, act, p.submitNewMember)
	m.Page(http.MethodPost, paths.StaffGrant, act, p.submitGrant)
	m.Page(http.MethodPost, paths.StaffGrantEnd, act, p.submitGrantEnd)
	m.Page(http.MethodPost, paths.StaffMemberLock, act, p.submitLock)

	content, contentAct := closed(route.StaffOf(identity.GroupContent))
	m.Page(http.MethodGet, paths.ServiceAreas, content, keepDeed(p.showAreas))
	m.Page(http.MethodPost, paths.ServiceAreas, contentAct, p.submitNewArea)
	m.Page(http.MethodGet, paths.ServiceArea, content, p.showArea)
	m.Page(http.MethodPost, paths.ServiceArea, contentAct, p.submitArea)

	supervision, supervise := closed(route.StaffOf(identity.GroupSupervision))
	m.Page(http.MethodGet, paths.PostSupervision, supervision, keepDeed(p.showSupervised))
	m.Page(http.MethodGet, paths.PostReview, supervision, p.showPostReview)
	m.Page(http.MethodPost, paths.PostReview, supervise, p.submitPostReview)

	log, _ := closed(route.StaffOf(identity.GroupAudit))
	m.Page(http.MethodGet, paths.AuditLog, log, p.showLog)
}

func (p Pages) showRegister(w http.ResponseWriter, r *http.Request) error {
	members, err := p.Staff.Members(r.Context())
	if err != nil {
		return err
	}
	return respond.Page(w, r, http.StatusOK, registerPage(members))
}

// memberForm is a new officer as the main user has typed it. The identity code
// is never shown again.
type memberForm struct {
	FirstNames, FamilyName, Email string
	Errors                        []fault.FieldError
}

func (p Pages) showNewMember(w http.ResponseWriter, r *http.Request) error {
	return respond.Page(w, r, http.StatusOK, newMemberPage(memberForm{}))
}

func (p Pages) submitNewMember(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeMember)
	if err != nil {
		return err
	}
	form := memberForm{FirstNames: values.Get("first_names"), FamilyName: values.Get("family_name"), Email: values.Get("email")}
	before, err := p.Staff.Members(r.Context())
	if err != nil {
		return err
	}
	// A code that is none is left out, and the register says so.
	code, _ := identity.ParseCode(values.Get("code"))
	id, err := p.Staff.Register(r.Context(), session.Of(r.Context()), identity.NewMember{
		Code: code, FirstNames: form.FirstNames, FamilyName: form.FamilyName, Email: strings.TrimSpace(form.Email),
	})
	if fields, ok := respond.InvalidFields(err); ok {
		form.Errors = fields
		return respond.Page(w, r, http.StatusUnprocessableEntity, newMemberPage(form))
	}
	if err != nil {
		return err
	}
	deed := "registered"
	if slices.ContainsFunc(before, func(m identity.Member) bool { return m.PersonID == id }) {
		deed = "known"
	}
	seeDone(w, r, paths.To(r.Context(), paths.StaffMember, id.String()), deed)
	return nil
}

// memberView is an officer in the register.
type memberView struct {
	Member   identity.Member
	Code     string
	Officers names
	// Free are the groups that can be asked for.
	Free []identity.Group
	Me   identity.PersonID
	// MainUsers is how many main users there are.
	MainUsers int
	Errors    []fault.FieldError
}

// fewestMainUsers is how many it takes to give anybody a group: fewer could not
// even make one more of them.
const fewestMainUsers = 2

func (p Pages) memberView(ctx context.Context, r *http.Request) (memberView, error) {
	id, err := respond.Number(r, "id")
	if err != nil {
		return memberView{}, err
	}
	members, err := p.Staff.Members(ctx)
	if err != nil {
		return memberView{}, err
	}
	i := slices.IndexFunc(members, func(m identity.Member) bool { return m.PersonID == identity.PersonID(id) })
	if i < 0 {
		return memberView{}, fmt.Errorf("member of staff: %w", fault.ErrNotFound)
	}
	person, err := p.People.ByID(ctx, members[i].PersonID)
	if err != nil {
		return memberView{}, err
	}
	v := memberView{Member: members[i], Code: person.MaskedCode, Officers: names{}, Me: session.Of(ctx).PersonID}
	for _, m := range members {
		v.Officers[m.PersonID] = m.Name
		if !m.Blocked && slices.Contains(m.Groups(), identity.GroupMain) {
			v.MainUsers++
		}
	}
	for _, g := range identity.Groups() {
		taken := slices.ContainsFunc(v.Member.Grants, func(x identity.Grant) bool {
			return x.Group == g && (x.Status == identity.GrantGranted || x.Status == identity.GrantRequested)
		})
		if !taken {
			v.Free = append(v.Free, g)
		}
	}
	return v, nil
}

func (p Pages) showMember(w http.ResponseWriter, r *http.Request) error {
	v, err := p.memberView(r.Context(), r)
	if err != nil {
		return err
	}
	if err := p.Looks.Look(r.Context(), session.Of(r.Context()), "staff_register", audit.Ref{Kind: "person", ID: v.Member.PersonID.String()}); err != nil {
		return p.stopped(w, r, err)
	}
	return respond.Page(w, r, http.StatusOK, memberPage(v))
}

// memberDone answers an act on a member: the member's page, with what stood in
// the way.
func (p Pages) memberDone(w http.ResponseWriter, r *http.Request, err error, field, deed string) error {
	fields, ok := respond.InvalidFields(err)
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, identity.ErrLastMainUser):
		ok, status, fields = true, http.StatusConflict, []fault.FieldError{{Field: field, MessageID: "casework.register.last"}}
	case errors.Is(err, fault.ErrConflict):
		ok, status, fields = true, http.StatusConflict, []fault.FieldError{{Field: field, MessageID: "casework.register.conflict"}}
	case err != nil && !ok:
		return err
	}
	if ok {
		v, err := p.memberView(r.Context(), r)
		if err != nil {
			return err
		}
		v.Errors = fields
		return respond.Page(w, r, status, memberPage(v))
	}
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	seeDone(w, r, paths.To(r.Context(), paths.StaffMember, text(id)), deed)
	return nil
}

func (p Pages) submitGrant(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeGrant)
	if err != nil {
		return err
	}
	id, err := respond.Number(r, "id")
	if err != nil {
		return err
	}
	_, err = p.Staff.RequestGrant(r.Context(), session.Of(r.Context()), identity.PersonID(id), identity.Group(values.Get("group")))
	return p.memberDone(w, r, err, "group", "requested")
}

// submitGrantEnd approves, refuses or withdraws a grant of the member; the last
// only after one more question, since it takes two to give it again.
func (p Pages) submitGrantEnd(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeEnd)
	if err != nil {
		return err
	}
	v, err := p.memberView(r.Context(), r)
	if err != nil {
		return err
	}
	grant, _ := strconv.ParseInt(values.Get("grant"), 10, 64)
	i := slices.IndexFunc(v.Member.Grants, func(g identity.Grant) bool { return g.ID == grant })
	if i < 0 {
		return fmt.Errorf("grant of another member: %w", fault.ErrNotFound)
	}
	s, deed := session.Of(r.Context()), ""
	act := values.Get("act")
	if (act == "withdraw" || act == "withdraw_surely") && v.Member.Grants[i].Group == identity.GroupMain && v.MainUsers <= fewestMainUsers {
		return p.memberDone(w, r, identity.ErrLastMainUser, "grants", "")
	}
	switch act {
	case "approve":
		deed, err = "granted", p.Staff.ApproveGrant(r.Context(), s, grant)
	case "refuse":
		deed, err = "refused", p.Staff.RefuseGrant(r.Context(), s, grant)
	case "withdraw":
		return respond.Page(w, r, http.StatusOK, withdrawPage(v, v.Member.Grants[i]))
	case "withdraw_surely":
		deed, err = "withdrawn", p.Staff.Withdraw(r.Context(), s, grant)
	default:
		err = &fault.InvalidError{}
	}
	return p.memberDone(w, r, err, "grants", deed)
}

func (p Pages) submitLock(w http.ResponseWriter, r *http.Request) error {
	values, err := formOf(r, purposeLock)
	if err != nil {
		return err
	}
	v, err := p.memberView(r.Context(), r)
	if err != nil {
		return err
	}
	s, deed := session.Of(r.Context()), ""
	switch values.Get("act") {
	case "block":
		return respond.Page(w, r, http.StatusOK, blockPage(v))
	case "block_surely":
		deed, err = "blocked", p.People.Block(r.Context(), s, v.Member.PersonID)
	case "unblock":
		deed, err = "unblocked", p.People.Unblock(r.Context(), s, v.Member.PersonID)
	default:
		err = &fault.InvalidError{}
	}
	return p.memberDone(w, r, err, "lock", deed)
}

// formOf reads a form of the page that it was sent from.
func formOf(r *http.Request, purpose string) (url.Values, error) {
	values, err := respond.Form(r)
	if err != nil {
		return nil, err
	}
	if _, err := session.CheckForm(r.Context(), values, purpose); err != nil {
		return nil, err
	}
	return values, nil
}

// groupName is what a group is called.
func groupName(ctx context.Context, g identity.Group) string {
	return i18n.T(ctx, "casework.group."+string(g))
}
