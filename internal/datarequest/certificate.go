package datarequest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tyomarkkinatori.fi/portal/internal/audit"
	"tyomarkkinatori.fi/portal/internal/fault"
	"tyomarkkinatori.fi/portal/internal/i18n"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
)

// Certificate (kieltäytymistodistus) says that data is not corrected, and why. It
// never changes.
type Certificate struct {
	ID, RequestID int64
	// Year and Serial make the number; serials of a year have no gaps.
	Year, Serial int
	Language     i18n.Lang
	Wording      Wording
	// Hash is the SHA-256 of the wording as it is stored.
	Hash   []byte
	MadeBy identity.PersonID
	MadeAt time.Time
}

// Wording is the text of a certificate, as it was given.
type Wording struct {
	Title    string    `json:"title"`
	Sections []Section `json:"sections"`
}

// Section is a part of it under one heading.
type Section struct {
	Heading    string   `json:"heading"`
	Paragraphs []string `json:"paragraphs"`
}

// Word writes the text of a certificate for the answer to q. The person is the
// zero one when nobody in the portal has asked.
type Word func(c Certificate, q Request, person identity.Person) Wording

// Number is the number as it is written: 2026/000123.
func (c Certificate) Number() string { return fmt.Sprintf("%d/%06d", c.Year, c.Serial) }

// HexHash is Hash as it is written.
func (c Certificate) HexHash() string { return hex.EncodeToString(c.Hash) }

// Ref is how audit events name the certificate.
func (c Certificate) Ref() audit.Ref {
	return audit.Ref{Kind: "data_certificate", ID: strconv.FormatInt(c.ID, 10)}
}

func certify(ctx context.Context, tx *postgres.Tx, a Act, q Request, person identity.Person, word Word) (Certificate, error) {
	c := Certificate{RequestID: q.ID, Year: tx.Now.In(i18n.Helsinki).Year(), Language: q.Language, MadeBy: a.Officer.PersonID, MadeAt: tx.Now}
	var err error
	if c.Serial, err = nextSerial(ctx, tx, c.Year); err != nil {
		return Certificate{}, err
	}
	c.Wording = word(c, q, person)
	text, err := json.Marshal(c.Wording)
	if err != nil {
		return Certificate{}, fmt.Errorf("write certificate: %w", err)
	}
	sum := sha256.Sum256(text)
	c.Hash = sum[:]
	c.ID, err = insertCertificate(ctx, tx, c, string(text))
	return c, err
}

// CertificateOf returns the certificate that answers q, or fault.ErrNotFound. Who
// may read q may read it.
func (r *Requests) CertificateOf(ctx context.Context, q Request) (Certificate, error) {
	return selectCertificate(ctx, r.DB, q.ID)
}

const sqlNextSerial = `
INSERT INTO data_certificate_sequence (year, last)
VALUES ($1, 1)
    ON CONFLICT (year) DO UPDATE SET last = data_certificate_sequence.last + 1
RETURNING last`

// nextSerial gives out the next number of a year. The row stays locked until tx
// ends, so that a number that was given to nothing is given again.
func nextSerial(ctx context.Context, tx *postgres.Tx, year int) (int, error) {
	var n int
	if err := tx.QueryRow(ctx, sqlNextSerial, year).Scan(&n); err != nil {
		return 0, fmt.Errorf("number a certificate: %w", err)
	}
	return n, nil
}

const sqlInsertCertificate = `
INSERT INTO data_certificate (request_id, year, serial, language, wording, hash, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING id`

func insertCertificate(ctx context.Context, tx *postgres.Tx, c Certificate, wording string) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, sqlInsertCertificate, c.RequestID, c.Year, c.Serial, c.Language, wording, c.Hash, c.MadeBy, c.MadeAt).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("insert certificate: %w", err)
	}
	return id, nil
}

const sqlSelectCertificate = `
SELECT id, request_id, year, serial, language, wording, hash, made_by, made_at
  FROM data_certificate
 WHERE request_id = $1`

func selectCertificate(ctx context.Context, q postgres.Querier, request int64) (Certificate, error) {
	var c Certificate
	var wording string
	err := q.QueryRow(ctx, sqlSelectCertificate, request).
		Scan(&c.ID, &c.RequestID, &c.Year, &c.Serial, &c.Language, &wording, &c.Hash, &c.MadeBy, &c.MadeAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Certificate{}, fmt.Errorf("select certificate: %w", fault.ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal([]byte(wording), &c.Wording)
	}
	if err != nil {
		return Certificate{}, fmt.Errorf("select certificate: %w", err)
	}
	return c, nil
}
