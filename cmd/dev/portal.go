package main

import (
	"context"
	"errors"
)

// databaseName names the kept database and the role that owns it.
const databaseName = "portal"

func runPortal(context.Context, *shop, []string) error {
	return errors.New("not yet")
}
