package owndata

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Journal is the file that remembers, outside of the database and its backups,
// what is gone, accounts above all: a time and a random key in each line, and nothing that
// leads to anybody. All processes of a portal share the file. Beside it lies a
// second one, with .beat at the end, which counts up together with the database.
type Journal struct{ path string }

// NewJournal returns the journal at path. It fails when nothing can be written
// there.
func NewJournal(path string) (*Journal, error) {
	j := &Journal{path}
	f, err := j.open()
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open the journal of erasures: %w", err)
	}
	return j, syncFolder(path)
}

func (j *Journal) open() (*os.File, error) {
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal of erasures: %w", err)
	}
	return f, nil
}

// append writes that what has key is gone, and returns once the disk has
// it.
func (j *Journal) append(at time.Time, key string) (err error) {
	f, err := j.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the journal of erasures: %w", err)
	}
	line := at.UTC().Format(time.RFC3339Nano) + " " + key + "\n"
	if torn, err := isTorn(f); err != nil {
		return err
	} else if torn {
		line = "\n" + line // a machine that stopped in the middle of a line
	}
	if _, err := f.WriteString(line); err != nil {
		return fmt.Errorf("write the journal of erasures: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("keep the journal of erasures: %w", err)
	}
	return nil
}

func isTorn(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil {
		return false, fmt.Errorf("read the journal of erasures: %w", err)
	}
	return last[0] != '\n', nil
}

// erased is one line of the journal.
type erased struct {
	at  time.Time
	key string
}

var keyPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// from reads the whole lines from offset on, and returns where they end. A line
// that was never finished stands for an erasure that did not happen.
func (j *Journal) from(offset int64) (lines []erased, end int64, err error) {
	f, err := j.open()
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, fmt.Errorf("read the journal of erasures: %w", err)
	}
	end = offset
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return lines, end, nil
		}
		if err != nil {
			return nil, 0, fmt.Errorf("read the journal of erasures: %w", err)
		}
		end += int64(len(line))
		at, key, _ := strings.Cut(strings.TrimSpace(line), " ")
		if t, err := time.Parse(time.RFC3339Nano, at); err == nil && keyPattern.MatchString(key) {
			lines = append(lines, erased{t, key})
		}
	}
}

// beat returns how far the file has counted, and whether it has begun.
func (j *Journal) beat() (n int64, begun bool, err error) {
	b, err := os.ReadFile(j.path + ".beat")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read the beat of the journal: %w", err)
	}
	if _, err := fmt.Sscan(string(b), &n); err != nil {
		return 0, false, errors.New("read the beat of the journal: it is no number")
	}
	return n, true, nil
}

// setBeat lets the file follow the database.
func (j *Journal) setBeat(n int64) error {
	f, err := os.CreateTemp(filepath.Dir(j.path), filepath.Base(j.path)+".beat-*")
	if err != nil {
		return fmt.Errorf("write the beat of the journal: %w", err)
	}
	_, err = fmt.Fprintln(f, n)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), j.path+".beat")
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write the beat of the journal: %w", err)
	}
	return syncFolder(j.path)
}

// syncFolder keeps the names of the files in a folder.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keep the journal of erasures: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("keep the journal of erasures: %w", err)
	}
	return nil
}
