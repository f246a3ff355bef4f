package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tyomarkkinatori.fi/portal/internal/document"
	"tyomarkkinatori.fi/portal/internal/entry"
	"tyomarkkinatori.fi/portal/internal/gateway/suomifi"
	"tyomarkkinatori.fi/portal/internal/identity"
	"tyomarkkinatori.fi/portal/internal/postgres"
	"tyomarkkinatori.fi/portal/internal/secret"
)

const keysUsage = `keys generate [ID]
       portal keys rotate
       portal keys suomifi [rotate|statement]

generate prints a new set of keys for PERSON_KEYS, or with an ID one more key.
rotate seals anew what is under an older key than the first one of PERSON_KEYS,
while the portal runs. To change the key: put a new one before the others, start
every portal with them, rotate, and a day later take the old ones out. The key
called index finds persons again and must stay.

suomifi prints a new set of keys for SUOMIFI_KEYS; with rotate, the present set
with new keys added and the old ones given an end. Give it to every portal within
the hour. With statement, the signed entity statement by which the service gets to
know the portal.`

// resealBatch is how many rows are sealed in one transaction, and so locked for
// those who log in meanwhile.
const resealBatch = 200

// rotateKeys makes keys and changes from one to the next.
func rotateKeys(ctx context.Context, env environment) error {
	f := env.flags("keys", keysUsage)
	if err := f.Parse(env.args); err != nil {
		return err
	}
	switch {
	case f.Arg(0) == "generate" && f.NArg() == 1:
		_, err := fmt.Fprintln(env.stdout, secret.GenerateKeyring())
		return err
	case f.Arg(0) == "generate" && f.NArg() == 2:
		key := secret.GenerateKey(f.Arg(1))
		if _, err := secret.NewKeyring(key + "," + secret.GenerateKey("index")); err != nil {
			return err
		}
		_, err := fmt.Fprintln(env.stdout, key)
		return err
	case f.Arg(0) == "suomifi":
		return printSuomifiKeys(env, f.Args()[1:])
	case f.Arg(0) != "rotate" || f.NArg() != 1:
		return errors.New("say what to do: portal keys generate, rotate or suomifi")
	}
	cfg, err := env.config()
	if err != nil {
		return err
	}
	if !cfg.PersonKeys.IsSet() {
		return errors.New("PERSON_KEYS is missing: nothing is sealed")
	}
	keys, err := secret.NewKeyring(cfg.PersonKeys.Reveal())
	if err != nil {
		return fmt.Errorf("PERSON_KEYS: %w", err)
	}
	db, err := openDatabase(ctx, cfg, 0)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, s := range sealers(db, keys) {
		total := 0
		for {
			n, err := s.reseal(ctx, resealBatch)
			if err != nil {
				return fmt.Errorf("seal %s anew: %w", s.what, err)
			}
			if n == 0 {
				break
			}
			total += n
		}
		if _, err := fmt.Fprintf(env.stdout, "%s sealed anew: %d\n", s.what, total); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(env.stdout, "everything that stays is under key %s\n", keys.Current())
	return err
}

// printSuomifiKeys prints the portal's keys at the identification service: new
// ones, or the present ones in rotation.
func printSuomifiKeys(env environment, args []string) error {
	produce := suomifi.GenerateKeys
	switch {
	case len(args) == 1 && args[0] == "rotate":
		cfg, err := env.config()
		if err != nil {
			return err
		}
		produce = func(now time.Time) (string, error) { return suomifi.RotateKeys(cfg.SuomifiKeys.Reveal(), now) }
	case len(args) == 1 && args[0] == "statement":
		return printStatement(env)
	case len(args) > 0:
		return errors.New("say what to do: portal keys suomifi, portal keys suomifi rotate, or portal keys suomifi statement")
	}
	keys, err := produce(time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, keys)
	return err
}

func printStatement(env environment) error {
	cfg, err := env.config()
	if err != nil {
		return err
	}
	agreed, err := cfg.suomifi(cfg.PublicURL, cfg.Environment)
	if err != nil {
		return err
	}
	provider, err := suomifi.New(agreed, time.Now)
	if err != nil {
		return err
	}
	statement, err := provider.EntityStatement()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s\n", statement)
	return err
}

// sealer is a part of the portal that keeps sealed values longer than a day.
type sealer struct {
	what   string
	reseal func(ctx context.Context, batch int) (int, error)
}

func sealers(db *postgres.DB, keys *secret.Keyring) []sealer {
	return []sealer{
		{"persons and their sessions", identity.NewPeople(db, keys).Reseal},
		{"forms that wait for their sender", entry.NewForms(db, keys).Reseal},
		{"documents", document.New(db, keys, nil).Reseal},
	}
}
