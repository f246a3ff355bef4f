package logline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/textproto"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"tyomarkkinatori.fi/portal/internal/logline"
	"tyomarkkinatori.fi/portal/internal/logline/logtest"
	"tyomarkkinatori.fi/portal/internal/postgres/pgtest"
)

const (
	code    = "131052-308T"
	address = "kanarialintu@posti.example"
	token   = "dGhpcyBpcyA0M2xldHRlcnMgb2YgcmFuZG9tIHRleHQ"
)

// line is what the log holds after f has written to it.
func line(tb testing.TB, f func(log *slog.Logger)) map[string]any {
	tb.Helper()
	var out bytes.Buffer
	f(logline.New(&out))
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil || strings.Count(out.String(), "\n") != 1 {
		tb.Fatalf("not one line of JSON: %q, %v", out.String(), err)
	}
	return fields
}

type person struct{ Name, Email string }

func TestFieldsAreKnown(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct {
		name string
		attr slog.Attr
		want any
	}{
		{"a known field", slog.String("kind", "mail.send"), "mail.send"},
		{"a number", slog.Int("status", 500), 500.0},
		{"an unknown field", slog.String("name", "Aino"), logline.Hidden},
		{"an unknown number", slog.Int("age", 42), logline.Hidden},
		{"a struct in a known field", slog.Any("kind", person{"Aino", address}), logline.Hidden},
		{"bytes in a known field", slog.Any("kind", []byte(address)), logline.Hidden},
		{"a method", slog.String("method", "GET"), "GET"},
		{"a route", slog.String("route", "/fi/tyopaikat/{id}/*"), "/fi/tyopaikat/{id}/*"},
		{"a name in a known field", slog.String("kind", "Korhonen"), logline.Hidden},
		{"an address in an error", slog.String("error", "mail to "+address+" failed"), "mail to *** failed"},
		{"another line", slog.String("error", "x\r\n{\"level\":\"INFO\"}"), "x\r\n{\"level\":\"INFO\"}"},
		{"an error", slog.Any("error", errors.New("no answer")), "no answer"},
		{"an error with a code", slog.Any("error", fmt.Errorf("find %s: %w", code, context.Canceled)), "find ***: context canceled"},
		{"a panic with an error", slog.Any("panic", errors.New("Aino")), "*errors.errorString"},
		{"a panic with a text", slog.Any("panic", "Aino"), "string"},
	} {
		if got := line(t, func(log *slog.Logger) { log.LogAttrs(t.Context(), slog.LevelInfo, "tried", tt.attr) })[tt.attr.Key]; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	group := line(t, func(log *slog.Logger) { log.WithGroup("kind").InfoContext(t.Context(), "tried", "kind", "Aino") })
	if fmt.Sprint(group["kind"]) != "map[kind:***]" {
		t.Errorf("a group: %v", group)
	}
	defer func() {
		p := recover()
		if got := line(t, func(log *slog.Logger) { log.InfoContext(t.Context(), "tried", "panic", p) })["panic"]; got != "runtime error: index out of range [1] with length 1" {
			t.Errorf("a fault of our own: %v", got)
		}
	}()
	_ = strings.Split(t.Name(), "/")[1]
}

func TestFind(t *testing.T) {
	t.Parallel()

	for _, tt := range []struct{ text, want string }{
		{code, "an identity code"},
		{"person 010594y9032: gone", "an identity code"},
		{address, "an e-mail address"},
		{"RCPT TO:<" + address + ">", "an e-mail address"},
		{"kanarialintu%40posti.example", "an e-mail address"},
		{"äyrämö@äyrämö.example", "an e-mail address"},
		{"call +358 40 123 4567", "a telephone number"},
		{"GET /fi/tyopaikat?q=x", "a query string"},
		{"callback?lang=fi&state=x", "a query string"},
		{"the state=abc", "a parameter"},
		{"grant refresh_token=x", "a parameter"},
		{"Authorization: Bearer x", "a credential"},
		{"Basic cG9ydGFhbGk6c2FsYXNhbmE=", "a credential"},
		{"Set-Cookie: a=b", "a credential"},
		{"eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.x", "a signed token"},
		{"/hae/" + token, "a token"},
		{"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "a token"},
	} {
		if found := logline.Find(tt.text); len(found) == 0 || found[0].What != tt.want {
			t.Errorf("%s: found %v, want %s", tt.text, found, tt.want)
		}
		if hidden := logline.Hide(tt.text); len(logline.Find(hidden)) > 0 {
			t.Errorf("%s is hidden as %s", tt.text, hidden)
		}
	}
	for _, text := range []string{
		"", "131052-308U", "999999-308T", "7131052-308T", "131052-308T9",
		"1b4e28ba-2fa1-11d2-883f-0016d3cca427", "0123456789abcdef", "2026-11-22T08:20:28.123456789Z", "/fi/tyopaikat/{id}",
		"insert mail: SQLSTATE 23505 mail_outbox_key_key", "dial tcp 127.0.0.1:5432: connect: connection refused",
		"failed to connect to `user=portal database=portal`: dial error", "/tmp/TestHandOverKeepsWhatItSaysItKeeps204/001/x.json",
		string(debug.Stack()), "Is it on? Yes: 1=1",
	} {
		if found := logline.Find(text); len(found) > 0 {
			t.Errorf("%s: found %v, want nothing", text, found)
		}
	}
}

// TestFindsEveryIdentityCode goes through the marks of all centuries.
func TestFindsEveryIdentityCode(t *testing.T) {
	t.Parallel()

	const check = "0123456789ABCDEFHJKLMNPRSTUVWXY"
	for _, mark := range "+-ABCDEFUVWXY" {
		for n := 2; n < 1000; n += 7 {
			digits := fmt.Sprintf("290200%03d", n)
			number, err := strconv.Atoi(digits)
			if err != nil {
				t.Fatal(err)
			}
			code := digits[:6] + string(mark) + digits[6:] + check[number%31:number%31+1]
			for _, text := range []string{code, strings.ToLower(code), "(" + code + ")", `"` + code + `"`} {
				if len(logline.Find(text)) != 1 {
					t.Fatalf("%s is not found", text)
				}
			}
		}
	}
}

// TestTextOfOthersErrors makes others fail over what a person has told, and reads
// what the log would say.
func TestTextOfOthersErrors(t *testing.T) {
	t.Parallel()

	db := pgtest.New(t)
	query := func(statement string, args ...any) error {
		_, err := db.Exec(t.Context(), statement, args...)
		return err
	}
	if err := query(`CREATE TABLE canary (name text CONSTRAINT canary_name_key UNIQUE, short varchar(5), n int CONSTRAINT canary_n_check CHECK (n > 0))`); err != nil {
		t.Fatal(err)
	}
	const canary = "Kanarialintu Koe"
	if err := query(`INSERT INTO canary (name) VALUES ($1)`, canary); err != nil {
		t.Fatal(err)
	}
	_, number := strconv.Atoi(canary)
	_, date := time.Parse(time.DateOnly, canary)
	_, parse := url.Parse(strings.Join([]string{"https://host.example", canary, "\x7f"}, "/"))
	_, call := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:1")
	call = &url.Error{Op: "Get", URL: "http://127.0.0.1:1/" + canary + "?nimi=" + url.QueryEscape(canary), Err: call}
	for _, tt := range []struct {
		name, want string
		err        error
	}{
		{"a row that is there", "canary canary_name_key (SQLSTATE 23505)", query(`INSERT INTO canary (name) VALUES ($1)`, canary)},
		{"a row that breaks a rule", "canary canary_n_check (SQLSTATE 23514)", query(`INSERT INTO canary (name, n) VALUES ($1, -1)`, canary+"2")},
		{"a text that is too long", "(SQLSTATE 22001)", query(`INSERT INTO canary (short) VALUES ($1)`, canary)},
		{"a text that is no number", "(SQLSTATE 22P02)", query(`SELECT $1::text::int`, canary)},
		{"a text that is no time", "(SQLSTATE 22007)", query(`SELECT $1::text::date`, canary)},
		{"a text that is no JSON", "(SQLSTATE 22P02)", query(`SELECT $1::text::jsonb`, canary)},
		{"a parameter that cannot be sent", "unable to encode a value into", query(`SELECT $1::text`, person{canary, address})},
		{"a refusal of our own", "(SQLSTATE P0001)", query(`DO $$ BEGIN RAISE EXCEPTION 'nothing of % there', 'Kanarialintu Koe'; END $$`)},
		{"a table that is not there", `relation "nothing" does not exist`, query(`SELECT name FROM nothing WHERE name = $1`, canary)},
		{"a number", "strconv.Atoi: invalid syntax", number},
		{"a time", "not a time like 2006-01-02", date},
		{"an address", "parse an address", parse},
		{"a call", "Get http://127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused", call},
		{"a mail server", "reply 550", &textproto.Error{Code: 550, Msg: "no such user " + canary}},
		{"a number in JSON", "json: field N takes int", json.Unmarshal([]byte(`{"n": 1234.5}`), &struct{ N int }{})},
		{"several at once", "strconv.Atoi: invalid syntax", errors.Join(call, number, fmt.Errorf("twice: %w, %w", number, date))},
		{"none", "", nil},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("outer: %w", tt.err), fmt.Errorf("first: %w", errors.Join(tt.err, context.Canceled))} {
			if tt.err == nil {
				err = nil
			}
			got := logline.Text(err)
			if !strings.Contains(got, tt.want) {
				t.Errorf("%s: %q, want %q in it", tt.name, got, tt.want)
			}
			for _, word := range []string{canary, "Kanarialintu", "nimi", "1234"} {
				if strings.Contains(got, word) {
					t.Errorf("%s: %q tells of %q", tt.name, got, word)
				}
			}
			if faults := logtest.Faults(got); len(faults) > 0 {
				t.Errorf("%s: %q", tt.name, faults)
			}
		}
	}
}
