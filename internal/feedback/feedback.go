// Package feedback takes in what readers tell us about the service and erases
// it when its time has come.
package feedback

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Topic says what feedback is about.
type Topic string

// The topics. Feedback on accessibility is answered within 14 days by law
// (306/2019).
const (
	TopicService       Topic = "service"
	TopicPosting       Topic = "posting"
	TopicAccessibility Topic = "accessibility"
	TopicPrivacy       Topic = "privacy"
)

// Topics lists them in the order in which they are offered.
func Topics() []Topic {
	return []Topic{TopicService, TopicPosting, TopicAccessibility, TopicPrivacy}
}

// Limits of what is taken in, in characters.
const (
	MaxMessage = 5000
	MaxEmail   = 254
)

// The audited actions.
const (
	actionReceived = "feedback.received"
	actionPurged   = "feedback.purged"
)

// Submission is feedback (palaute) as it was sent.
type Submission struct {
	// ID is given out with the form; a submission sent again has the same one.
	ID       string
	Topic    Topic
	Language i18n.Lang
	Message  string
	// Email is for an answer; it may be empty.
	Email string
}

// Validate returns what breaks a rule as *fault.InvalidError, or nil. Submit
// asks it again.
func (s Submission) Validate() error {
	s = s.tidied()
	var c fault.Checker
	c.Check(s.topicKnown(), "topic", "feedback.topic.missing")
	c.Check(saysSomething(s.Message), "message", "feedback.message.missing")
	if n := utf8.RuneCountInString(s.Message); n > MaxMessage {
		c.Add(fault.FieldError{Field: "message", MessageID: "feedback.message.long", Data: map[string]any{"Max": i18n.Number(MaxMessage)}})
	} else {
		identity.RefuseCodes(&c, "message", s.Message)
	}
	if s.Email != "" && !validEmail(s.Email) {
		c.Add(fault.FieldError{Field: "email", MessageID: "feedback.email.invalid"})
	} else {
		identity.RefuseCodes(&c, "email", s.Email)
	}
	return c.Err()
}

// tidied is s without what browsers and fingers add around a text.
func (s Submission) tidied() Submission {
	s.Message = strings.TrimSpace(strings.ReplaceAll(s.Message, "\r\n", "\n"))
	s.Email = strings.TrimSpace(s.Email)
	return s
}

// saysSomething tells whether text has a character that can be seen. Marks alone
// have nothing to stand on, and a few letters are blank.
func saysSomething(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !strings.ContainsRune(blankLetters, r)
	})
}

// blankLetters are the fillers of Hangul and the empty pattern of Braille.
const blankLetters = "\u115f\u1160\u3164\uffa0\u2800"

func (s Submission) topicKnown() bool {
	return slices.Contains(Topics(), s.Topic)
}

// validEmail takes a bare address only: nothing in it may start a new header or
// name a second receiver.
func validEmail(s string) bool {
	if len(s) > MaxEmail || strings.ContainsAny(s, "\r\n\x00,;<> ") {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(domain, ".")
}

// Feedback takes in submissions.
type Feedback struct{ db *postgres.DB }

// New returns Feedback kept in db.
func New(db *postgres.DB) *Feedback { return &Feedback{db} }

// Submit keeps s. The same submission sent again has no second effect; another
// text under the ID of one that is kept is fault.ErrConflict. What breaks a rule
// is *fault.InvalidError.
func (f *Feedback) Submit(ctx context.Context, actor audit.Ref, s Submission) error {
	s = s.tidied()
	if err := s.Validate(); err != nil {
		return err
	}
	return f.db.InTx(ctx, func(tx *postgres.Tx) error {
		id, err := insertFeedback(ctx, tx, s)
		if err != nil || id == 0 {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{
			Actor:   actor,
			Action:  actionReceived,
			Subject: audit.Ref{Kind: "feedback", ID: strconv.FormatInt(id, 10)},
			Detail:  map[string]any{"topic": s.Topic, "answer_wanted": s.Email != ""},
		})
	})
}

const sqlInsertFeedback = `
INSERT INTO feedback (submission, topic, language, message, email, received_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (submission) DO NOTHING
RETURNING id`

// insertFeedback returns 0 when the submission is there already.
func insertFeedback(ctx context.Context, tx *postgres.Tx, s Submission) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertFeedback, s.ID, s.Topic, s.Language, s.Message, s.Email, tx.Now).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, checkSame(ctx, tx, s)
	}
	if err != nil {
		return 0, fmt.Errorf("insert feedback: %w", err)
	}
	return id, nil
}

const sqlSelectSame = `
SELECT topic = $2 AND message = $3 AND email = $4
  FROM feedback
 WHERE submission = $1`

func checkSame(ctx context.Context, tx *postgres.Tx, s Submission) error {
	var same bool
	if err := tx.QueryRow(ctx, sqlSelectSame, s.ID, s.Topic, s.Message, s.Email).Scan(&same); err != nil {
		return fmt.Errorf("select feedback: %w", err)
	}
	if !same {
		return fmt.Errorf("feedback sent again with another text: %w", fault.ErrConflict)
	}
	return nil
}
