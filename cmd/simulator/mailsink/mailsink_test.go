package mailsink_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tyomarkkinatori.fi/portal/cmd/simulator/mailsink"
)

func clock() time.Time { return time.Date(2026, 4, 14, 9, 30, 0, 0, time.UTC) }

func start(t *testing.T, opt mailsink.Options) *mailsink.Sink {
	t.Helper()
	opt.Addr, opt.Clock = "127.0.0.1:0", clock
	sink, err := mailsink.Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sink.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return sink
}

const letter = "Subject: =?utf-8?q?Vahvista_ty=C3=B6paikkavahti?=\r\n" +
	"Message-ID: <42@portal.example>\r\n" +
	"From: Portal <portal@portal.example>\r\n" +
	"To: aino@person.example\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"Hei! Vahvista: https://portal.example/fi/vahvista/abc=31.\r\nHyv=C3=A4=C3=A4 p=C3=A4iv=C3=A4=C3=A4\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hei!<script>alert(1)</script></p>\r\n" +
	"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=liite.pdf\r\n\r\nPDF\r\n" +
	"--b--\r\n"

func send(sink *mailsink.Sink, to, mail string) error {
	return smtp.SendMail(sink.Addr(), nil, "portal@portal.example", []string{to}, []byte(mail))
}

func TestSinkTakesMailApart(t *testing.T) {
	t.Parallel()

	sink := start(t, mailsink.Options{})
	if err := send(sink, "aino@person.example", letter); err != nil {
		t.Fatal(err)
	}
	mails := sink.Messages("")
	if len(mails) != 1 {
		t.Fatalf("%d mails, want 1", len(mails))
	}
	m := mails[0]
	want := mailsink.Message{
		ID: 1, ReceivedAt: clock(), From: "portal@portal.example", To: []string{"aino@person.example"},
		Subject: "Vahvista työpaikkavahti", MessageID: "42@portal.example", Raw: m.Raw,
	}
	if diff := cmp.Diff(m, want); diff != "" {
		t.Errorf("mail:\n%s", diff)
	}
	c := m.Content()
	if want := "Hei! Vahvista: https://portal.example/fi/vahvista/abc1.\nHyvää päivää"; strings.TrimSpace(c.Text) != want {
		t.Errorf("text %q, want %q", c.Text, want)
	}
	if diff := cmp.Diff(c.Links, []string{"https://portal.example/fi/vahvista/abc1"}); diff != "" {
		t.Errorf("links:\n%s", diff)
	}
	if diff := cmp.Diff(c.Attachments, []string{"liite.pdf"}); diff != "" {
		t.Errorf("attachments:\n%s", diff)
	}
	if !strings.Contains(c.HTML, "<p>Hei!") || c.Fault != "" {
		t.Errorf("html %q, fault %q", c.HTML, c.Fault)
	}
}

func TestSinkLivesWithMailsThatAreNotWellFormed(t *testing.T) {
	t.Parallel()

	sink := start(t, mailsink.Options{})
	for _, mail := range []string{
		"no header at all\r\n", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nnever closed",
		"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH\r\n", "Subject: =?utf-8?q?broken\r\n\r\nx\r\n",
		"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n",
	} {
		if err := send(sink, "a@b.example", mail); err != nil {
			t.Errorf("%q: %v", mail, err)
		}
	}
	server := httptest.NewServer(sink.Handler())
	defer server.Close()
	for _, m := range sink.Messages("") {
		if status, _ := get(t, server.URL+fmt.Sprintf("/messages/%d", m.ID)); status != http.StatusOK {
			t.Errorf("mail %d: status %d", m.ID, status)
		}
	}
}

func TestSinkKeepsTheNewest(t *testing.T) {
	t.Parallel()

	sink := start(t, mailsink.Options{Keep: 3})
	for i := range 5 {
		if err := send(sink, fmt.Sprintf("n%d@person.example", i), letter); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range sink.Messages("") {
		got = append(got, m.To[0])
	}
	if diff := cmp.Diff(got, []string{"n4@person.example", "n3@person.example", "n2@person.example"}); diff != "" {
		t.Errorf("kept:\n%s", diff)
	}
	if _, found := sink.Message(1); found {
		t.Error("the first mail is still there")
	}
	if m, found := sink.Message(4); !found || m.To[0] != "n3@person.example" {
		t.Errorf("mail 4: found %v, %v", found, m.To)
	}
}

func code(err error) int {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code
	}
	return 0
}

func TestSinkFails(t *testing.T) {
	t.Parallel()

	sink := start(t, mailsink.Options{})
	set := func(f mailsink.Fault) {
		if err := sink.SetFault(f); err != nil {
			t.Fatal(err)
		}
	}
	set(mailsink.Fault{Mode: "421", Times: 1})
	if err := send(sink, "a@b.example", letter); code(err) != 421 {
		t.Errorf("421: %v", err)
	}
	if err := send(sink, "a@b.example", letter); err != nil {
		t.Errorf("after one 421: %v", err)
	}
	for _, mode := range []int{450, 550} {
		set(mailsink.Fault{Mode: strconv.Itoa(mode), Address: "gone@b.example"})
		if err := send(sink, "gone@b.example", letter); code(err) != mode {
			t.Errorf("%d: %v", mode, err)
		}
		if err := send(sink, "other@b.example", letter); err != nil {
			t.Errorf("%d for another address: %v", mode, err)
		}
	}
	sink.Clear()

	set(mailsink.Fault{Mode: "unconfirmed", Times: 1})
	if err := send(sink, "a@b.example", letter); err == nil || code(err) == 250 {
		t.Errorf("unconfirmed: %v, want a lost connection", err)
	}
	if got := len(sink.Messages("")); got != 1 {
		t.Errorf("%d unconfirmed mails kept, want 1", got)
	}

	set(mailsink.Fault{Mode: "down"})
	if err := send(sink, "a@b.example", letter); err == nil {
		t.Error("a mail went to a server that is down")
	}
	set(mailsink.Fault{})
	if err := send(sink, "a@b.example", letter); err != nil {
		t.Errorf("after it came up again: %v", err)
	}

	set(mailsink.Fault{Mode: "slow", Wait: 0.3})
	began := time.Now()
	if err := send(sink, "a@b.example", letter); err != nil || time.Since(began) < 300*time.Millisecond {
		t.Errorf("slow: %v after %v", err, time.Since(began))
	}
	if err := sink.SetFault(mailsink.Fault{Mode: "strike"}); err == nil {
		t.Error("an unknown mode was taken")
	}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestInbox(t *testing.T) {
	t.Parallel()

	sink := start(t, mailsink.Options{})
	for i := range 60 {
		if err := send(sink, fmt.Sprintf("n%02d@person.example", i), letter); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(sink.Handler())
	defer server.Close()

	for _, c := range []struct {
		path     string
		contains []string
		lacks    []string
	}{
		{"/", []string{"60 mails", "n59@person.example", "Older mails", `lang="en"`}, []string{"n05@person.example", "Newer mails"}},
		{"/?page=2", []string{"n05@person.example", "Newer mails"}, []string{"Older mails"}},
		{"/?to=N07@", []string{"1 of 60 mails", "n07@person.example"}, []string{"n59@"}},
		{"/?to=%22%3E%3Cscript%3E", []string{"No mails", "&gt;&lt;script&gt;"}, []string{"<script>"}},
		{"/?page=-4", []string{"n59@person.example"}, nil},
		{"/messages/1", []string{
			"Vahvista työpaikkavahti", "Hyvää päivää", `href="https://portal.example/fi/vahvista/abc1"`, "liite.pdf",
			"Message-Id", `sandbox="allow-popups"`,
		}, []string{"<script>"}},
		{"/messages/1/source", []string{"p=C3=A4iv"}, nil},
	} {
		status, body := get(t, server.URL+c.path)
		if status != http.StatusOK {
			t.Errorf("%s: status %d", c.path, status)
		}
		for _, want := range c.contains {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q", c.path, want)
			}
		}
		for _, wrong := range c.lacks {
			if strings.Contains(body, wrong) {
				t.Errorf("%s has %q", c.path, wrong)
			}
		}
	}
	if status, _ := get(t, server.URL+"/messages/999"); status != http.StatusNotFound {
		t.Errorf("status %d for a mail that is not there", status)
	}
}

func TestInboxHTMLPartCannotRun(t *testing.T) {
	t.Parallel()

	sink := start(t, mailsink.Options{})
	if err := send(sink, "a@b.example", letter); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sink.Handler())
	defer server.Close()
	res, err := http.Get(server.URL + "/messages/1/html")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.HasPrefix(policy, "sandbox") || strings.Contains(policy, "allow-scripts") {
		t.Errorf("policy %q", policy)
	}
}

func TestInboxForPrograms(t *testing.T) {
	t.Parallel()

	sink := start(t, mailsink.Options{})
	for _, to := range []string{"a@b.example", "c@d.example"} {
		if err := send(sink, to, letter); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(sink.Handler())
	defer server.Close()
	_, body := get(t, server.URL+"/api/messages?to=c@d")
	var list struct {
		Total    int
		Messages []struct {
			To      []string
			Subject string
			Text    string
			Links   []string
		}
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	if list.Total != 1 || list.Messages[0].To[0] != "c@d.example" || len(list.Messages[0].Links) != 1 || list.Messages[0].Text == "" {
		t.Errorf("list %+v", list)
	}
	call := func(method, path, origin string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
	if got := call(http.MethodPost, "/messages/delete", "https://elsewhere.example"); got != http.StatusForbidden {
		t.Errorf("another site emptied the inbox: status %d", got)
	}
	if got := call(http.MethodPost, "/control/fault?mode=550&address=x@y.example", ""); got != http.StatusOK {
		t.Errorf("fault: status %d", got)
	}
	if err := send(sink, "x@y.example", letter); code(err) != 550 {
		t.Errorf("after the fault was set: %v", err)
	}
	if got := call(http.MethodDelete, "/api/messages", ""); got != http.StatusNoContent || len(sink.Messages("")) != 0 {
		t.Errorf("delete: status %d, %d mails left", got, len(sink.Messages("")))
	}
}
