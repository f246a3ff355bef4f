package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/smtp"
	"strings"
	"testing"
	"time"
)

func none(string) string { return "" }

func TestRunServesEverythingItTellsOf(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	args := []string{"-postings", "120", "-rate", "0,0,0", "-json"}
	for _, name := range []string{"te", "smtp", "inbox", "identity", "mandates", "register", "scanner"} {
		args = append(args, "-"+name+"-addr", "127.0.0.1:0") // others may run on this machine
	}
	go func() {
		err := run(ctx, args, none, writer, io.Discard)
		_ = writer.CloseWithError(err) // nobody waits for what does not come
		ended <- err
	}()
	line, err := bufio.NewReader(reader).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var where addresses
	if err := json.Unmarshal(line, &where); err != nil {
		t.Fatal(err)
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, where.P67URL, strings.NewReader(`{"onlyStatus":"PUBLISHED"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("KIPA-Subscription-Key", "simulated-key")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	// Some may close at their deadline between midnight and now.
	if lines := bytes.Count(body, []byte("\n")); err != nil || lines < 100 || lines > 120 {
		t.Errorf("%d postings, %v", lines, err)
	}
	if err := smtp.SendMail(where.SMTPAddr, nil, "a@b.example", []string{"c@d.example"}, []byte("Subject: Hei\r\n\r\nMoi\r\n")); err != nil {
		t.Error(err)
	}
	inbox, err := http.Get(where.InboxURL)
	if err != nil {
		t.Fatal(err)
	}
	defer inbox.Body.Close()
	if page, err := io.ReadAll(inbox.Body); err != nil || !bytes.Contains(page, []byte("c@d.example")) {
		t.Errorf("the inbox does not show the mail: %v", err)
	}

	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("did not end")
	}
}

func TestReadTakesFlagsBeforeEnvironment(t *testing.T) {
	t.Parallel()

	env := map[string]string{"TE_SIM_ADDR": "127.0.0.1:1", "TE_SIM_POSTINGS": "5", "TE_SIM_RATE": "1,2.5,0"}
	set, err := read([]string{"-te-addr", "127.0.0.1:2"}, func(name string) string { return env[name] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if set.teAddr != "127.0.0.1:2" || set.te.Postings != 5 || set.rate.Published != 1 || set.rate.Changed != 2.5 || set.rate.Archived != 0 {
		t.Errorf("settings %+v", set)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()

	for _, args := range [][]string{
		{"-rate", "1,2"}, {"-rate", "a,b,c"}, {"-rate", "-1,0,0"}, {"-postings", "-1"}, {"-postings", "many"}, {"extra"}, {"-nonsense"},
	} {
		if _, err := read(args, none, io.Discard); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
	bad := func(name string) string {
		return map[string]string{"TE_SIM_POSTINGS": "many", "TE_SIM_SEED": "x", "TE_SIM_RATE": "1"}[name]
	}
	_, err := read(nil, bad, io.Discard)
	for _, want := range []string{"TE_SIM_POSTINGS", "TE_SIM_SEED", "rate"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestHelpTellsOfEveryVariable(t *testing.T) {
	t.Parallel()

	var help bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, none, io.Discard, &help); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("help ended with %v", err)
	}
	for _, want := range []string{"TE_SIM_ADDR", "SMTP_SIM_ADDR", "INBOX_ADDR", "TE_SIM_RATE", "-json"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("help lacks %s", want)
		}
	}
}
