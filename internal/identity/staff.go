package identity

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/mail"
)

const actionMemberRegistered = "staff_member.registered"

// Staff keeps the staff register: who is an officer and in which groups. Only
// main users change it, and nobody gets into a group by one officer's act.
type Staff struct{ people *People }

// NewStaff returns the staff register of people. Whoever of mainUsers logs in as
// staff is a main user from the first time on, until another main user withdraws
// it. Call it before the first log-in.
func NewStaff(people *People, mainUsers []Code) *Staff {
	people.mainUsers = map[string]bool{}
	for _, c := range mainUsers {
		people.mainUsers[string(people.codeIndex(c))] = true
	}
	return &Staff{people}
}

// NewMember is an officer to be registered. Email is the address at work; it may
// be empty.
type NewMember struct {
	Code                          Code
	FirstNames, FamilyName, Email string
}

const maxName = 200

func (m NewMember) tidied() NewMember {
	m.FirstNames, m.FamilyName, m.Email = strings.TrimSpace(m.FirstNames), strings.TrimSpace(m.FamilyName), strings.TrimSpace(m.Email)
	return m
}

func (m NewMember) validate() error {
	isName := func(s string) bool { return s != "" && utf8.RuneCountInString(s) <= maxName }
	var c fault.Checker
	c.Check(m.Code.IsSet(), "code", "identity.code.invalid")
	c.Check(isName(m.FirstNames), "first_names", "identity.first_names.missing")
	c.Check(isName(m.FamilyName), "family_name", "identity.family_name.missing")
	c.Check(m.Email == "" || mail.ValidAddress(m.Email), "email", "identity.email.invalid")
	return c.Err()
}

// Member is somebody in the staff register.
type Member struct {
	PersonID PersonID
	Name     string
	// Email is the address at work, or else the person's own; it may be empty.
	Email        string
	Language     i18n.Lang
	Blocked      bool
	RegisteredAt time.Time
	// LoggedInAt is zero for somebody who has never logged in.
	LoggedInAt time.Time
	// Grants are all that there have been, the newest first.
	Grants []Grant
}

// Groups are the groups that the member is in now.
func (m Member) Groups() []Group {
	var in []Group
	for _, g := range m.Grants {
		if g.Status == GrantGranted {
			in = append(in, g.Group)
		}
	}
	return in
}

// Register takes an officer into the register, without any group, and returns
// their ID; whoever is in it stays as they are. The name given stands until the
// first log-in. What breaks a rule is *fault.InvalidError on code, first_names,
// family_name or email.
func (s *Staff) Register(ctx context.Context, actor Session, m NewMember) (PersonID, error) {
	m = m.tidied()
	if err := m.validate(); err != nil {
		return 0, err
	}
	var id PersonID
	err := s.people.inTx(ctx, func(c *change) error {
		if err := checkMain(ctx, c, actor); err != nil {
			return err
		}
		who := Identified{Code: m.Code, FirstNames: m.FirstNames, FamilyName: m.FamilyName}.disclosed(false)
		var err error
		if id, err = s.person(ctx, c, actor, who); err != nil {
			return err
		}
		isNew, err := insertMember(ctx, c, id, m.Email, actor.PersonID)
		if isNew {
			c.record(actor.Actor(), actionMemberRegistered, personRef(id), nil)
		}
		return err
	})
	return id, err
}

// person finds or makes the person who is to be an officer.
func (s *Staff) person(ctx context.Context, c *change, actor Session, who Identified) (PersonID, error) {
	found, err := s.people.find(ctx, c, who)
	if err != nil || found.ID != 0 {
		return found.ID, err
	}
	id, err := s.people.insertPerson(ctx, c, who, SourceStaffRegister, i18n.Finnish)
	if err != nil {
		return 0, err
	}
	if id == 0 { // has just logged in for the first time
		found, err = s.people.find(ctx, c, who)
		return found.ID, err
	}
	c.record(actor.Actor(), actionRegistered, personRef(id), map[string]any{"source": SourceStaffRegister})
	return id, nil
}

// Members lists the register by name.
func (s *Staff) Members(ctx context.Context) ([]Member, error) {
	return selectMembers(ctx, s.people.db)
}

// MainUsers lists the main users who are not blocked, to whom alarms go.
func (s *Staff) MainUsers(ctx context.Context) ([]Member, error) {
	all, err := s.Members(ctx)
	if err != nil {
		return nil, err
	}
	var mains []Member
	for _, m := range all {
		if !m.Blocked && (Session{Kind: KindStaff, Groups: m.Groups()}).In(GroupMain) {
			mains = append(mains, m)
		}
	}
	return mains, nil
}

// holdMainUsers returns the main users, who stay as they are until the end of the
// transaction. It is fault.ErrForbidden unless actor still is one of them.
func holdMainUsers(ctx context.Context, c *change, actor Session) (map[PersonID]bool, error) {
	mains, err := lockMainUsers(ctx, c)
	if err != nil {
		return nil, err
	}
	if !actor.In(GroupMain) || !mains[actor.PersonID] {
		return nil, fmt.Errorf("not a main user: %w", fault.ErrForbidden)
	}
	return mains, nil
}

func checkMain(ctx context.Context, c *change, actor Session) error {
	_, err := holdMainUsers(ctx, c, actor)
	return err
}

func grantRef(id int64) audit.Ref {
	return audit.Ref{Kind: "staff_grant", ID: strconv.FormatInt(id, 10)}
}
