package identity

import (
	"context"
	"errors"
	"time"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

var errPending = errors.New("not built yet")

// People keeps persons and their sessions.
type People struct {
	db   *postgres.DB
	keys *secret.Keyring
}

// NewPeople returns the people kept in db; keys seal their identity codes.
func NewPeople(db *postgres.DB, keys *secret.Keyring) *People { return &People{db: db, keys: keys} }

// OnEnd has fn called in the transaction that ends sessions, whatever ends them.
func (p *People) OnEnd(fn func(ctx context.Context, tx *postgres.Tx, sessions []int64) error) {}

// LogIn finds or makes the person and opens a session; old is the token that
// the browser had, "" for none: a live session of the same person and kind goes
// on under a new token, and keeps its ID and the organisation acted for; any
// other ends. fault.ErrForbidden: blocked, or not in the staff register.
func (p *People) LogIn(ctx context.Context, who Identified, kind Kind, lang i18n.Lang, old string) (token string, s Session, err error) {
	return "", Session{}, errPending
}

// Session returns the session with that token, the zero Session when there is
// none that lives.
func (p *People) Session(ctx context.Context, token string) (Session, error) {
	return Session{}, errPending
}

// Ended returns the session that ended no more than a day ago, zero when unknown.
func (p *People) Ended(ctx context.Context, token string) (Session, error) {
	return Session{}, errPending
}

// Act has the session act for an organisation, or for none when a is nil. The
// session keeps its ID and gets a new token.
func (p *People) Act(ctx context.Context, token string, a *Acting) (newToken string, s Session, err error) {
	return "", Session{}, errPending
}

// Confirmed keeps what e-Authorizations told anew of the right acted with.
func (p *People) Confirmed(ctx context.Context, sessionID int64, a Acting) error { return errPending }

// ActingEnded takes away the right to act for businessID; the token stays.
func (p *People) ActingEnded(ctx context.Context, sessionID int64, businessID string) error {
	return errPending
}

// LogOut ends the session; idToken is the provider's, "" for none.
func (p *People) LogOut(ctx context.Context, token string) (s Session, idToken string, err error) {
	return Session{}, "", errPending
}

// LogOutEverywhere obeys a log-out message of the provider.
func (p *People) LogOutEverywhere(ctx context.Context, out LoggedOut) (int, error) {
	return 0, errPending
}

// Sessions lists the live sessions of a person, the newest first.
func (p *People) Sessions(ctx context.Context, id PersonID) ([]Session, error) {
	return nil, errPending
}

// EndSession ends one of person's sessions; fault.ErrNotFound when it is not theirs.
func (p *People) EndSession(ctx context.Context, actor audit.Ref, person PersonID, id int64) error {
	return errPending
}

// ByID returns a person, or fault.ErrNotFound.
func (p *People) ByID(ctx context.Context, id PersonID) (Person, error) { return Person{}, errPending }

// OwnCode returns the identity code of the person whose session s is, for a
// call on their behalf; the zero Code when they have none.
func (p *People) OwnCode(ctx context.Context, s Session) (Code, error) { return Code{}, errPending }

// CodeOf returns a person's identity code to an officer of data protection or a
// main user who was identified just now.
func (p *People) CodeOf(ctx context.Context, officer Session, id PersonID, why Reason) (Code, error) {
	return Code{}, errPending
}

// ChangeCode gives a person the new identity code that the authority has given.
func (p *People) ChangeCode(ctx context.Context, officer Session, id PersonID, c Code) error {
	return errPending
}

// SetContact keeps what a person told of how to be reached.
func (p *People) SetContact(ctx context.Context, actor audit.Ref, id PersonID, email, phone string) error {
	return errPending
}

// Block ends every session of a person and lets them in no more.
func (p *People) Block(ctx context.Context, officer Session, id PersonID) error { return errPending }

// Unblock lets a person in again.
func (p *People) Unblock(ctx context.Context, officer Session, id PersonID) error { return errPending }

// Reseal encrypts at most batch rows anew that are under an old key.
func (p *People) Reseal(ctx context.Context, batch int) (int, error) { return 0, errPending }

// Purge ends what has expired and erases what ended a day ago.
func (p *People) Purge(ctx context.Context, actor audit.Ref) (int, error) { return 0, errPending }

// Staff keeps the staff register.
type Staff struct{ people *People }

// NewStaff returns the staff register of people. Whoever of mainUsers logs in as
// staff for the first time is a main user from then on.
func NewStaff(people *People, mainUsers []Code) *Staff { return &Staff{people} }

// NewMember is an officer to be registered.
type NewMember struct {
	Code                          Code
	FirstNames, FamilyName, Email string
}

// Member is somebody in the staff register.
type Member struct {
	PersonID     PersonID
	Name, Email  string
	Blocked      bool
	RegisteredAt time.Time
	LoggedInAt   time.Time
	// Groups are those in force, Grants the latest ones with their course.
	Groups []Group
	Grants []Grant
}

// Grant is the membership of an officer in a group and how it came about. An
// empty RequestedBy means that the configuration granted it.
type Grant struct {
	ID                                  int64
	PersonID                            PersonID
	Group                               Group
	Status                              GrantStatus
	RequestedBy, DecidedBy, WithdrawnBy PersonID
	RequestedAt, DecidedAt, WithdrawnAt time.Time
}

// GrantStatus says how far a grant has come.
type GrantStatus string

// The statuses of a grant.
const (
	GrantRequested GrantStatus = "requested"
	GrantGranted   GrantStatus = "granted"
	GrantRefused   GrantStatus = "refused"
	GrantWithdrawn GrantStatus = "withdrawn"
)

// Register takes an officer into the register, without any group.
func (s *Staff) Register(ctx context.Context, actor Session, m NewMember) (PersonID, error) {
	return 0, errPending
}

// Members lists the register by name.
func (s *Staff) Members(ctx context.Context) ([]Member, error) { return nil, errPending }

// MainUsers lists the main users, for alarms.
func (s *Staff) MainUsers(ctx context.Context) ([]Member, error) { return nil, errPending }

// RequestGrant asks for person to be let into a group.
func (s *Staff) RequestGrant(ctx context.Context, actor Session, person PersonID, g Group) (int64, error) {
	return 0, errPending
}

// ApproveGrant lets in; actor is neither who asked nor who is let in.
func (s *Staff) ApproveGrant(ctx context.Context, actor Session, grantID int64) error {
	return errPending
}

// RefuseGrant turns a request down.
func (s *Staff) RefuseGrant(ctx context.Context, actor Session, grantID int64) error {
	return errPending
}

// Withdraw takes a grant away at once.
func (s *Staff) Withdraw(ctx context.Context, actor Session, grantID int64) error { return errPending }
