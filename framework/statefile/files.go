package statefile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
)

const fileMode = 0o660

// Bits of access(2), which package syscall leaves out.
const (
	mayExecute = 1
	mayWrite   = 2
	mayRead    = 4
)

// files is the store of one file a name.
type files struct {
	dir    string
	suffix string
	codec

	mu   sync.Mutex
	held map[string]*lock // by path
}

// lock is what holds a name: the file that was there when it was taken, and those that were written since.
type lock struct{ files []*os.File }

func (s *files) path(name string) string { return filepath.Join(s.dir, name+s.suffix) }

func (s *files) Read(_ context.Context, name string) (map[string]any, error) {
	path := s.path(name)
	if err := s.ordinary(path); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path)
	// What could not be written later is told now, before the work whose result it would keep.
	switch {
	case err == nil:
		err = syscall.Access(path, mayWrite)
	case errors.Is(err, fs.ErrNotExist):
		err = syscall.Access(s.dir, mayWrite|mayExecute)
	}
	if err != nil {
		return nil, s.explain(path, err)
	}
	return s.decode(content), nil
}

func (s *files) Write(_ context.Context, name string, data map[string]any) error {
	path := s.path(name)
	content, err := s.encode(data)
	if err != nil {
		return failure.New("Cannot write statefile '%s': %w", path, err)
	}
	if err := s.ordinary(path); err != nil {
		return err
	}
	return s.replace(path, content)
}

// ordinary refuses what would be waited for, or, as /dev/null, must not be replaced by a file.
func (s *files) ordinary(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return failure.New("Cannot use statefile '%s': it is no regular file. Move it away, or give another with --statefile-dir.", path)
	}
	return nil
}

// replace puts a new file in the place of path. While the name is locked the new file is born locked, since those who come
// next look for the lock there.
func (s *files) replace(path string, content []byte) (err error) {
	file, err := os.CreateTemp(s.dir, filepath.Base(path)+".*.tmp")
	if err != nil {
		return s.explain(path, err)
	}
	kept := false
	defer func() {
		if err != nil {
			os.Remove(file.Name())
			err = s.explain(path, err)
		}
		if !kept {
			file.Close()
		}
	}()
	if err = file.Chmod(fileMode); err != nil {
		return err
	}
	if _, err = file.Write(content); err != nil {
		return err
	}
	if err = file.Sync(); err != nil {
		return err
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.held[path]
	if held != nil {
		if err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			return err
		}
	}
	if err = os.Rename(file.Name(), path); err != nil {
		return err
	}
	if held != nil {
		held.files, kept = append(held.files, file), true
	}
	return nil
}

// Lock takes the lock of the state file itself, so that no other file is ever left behind.
func (s *files) Lock(ctx context.Context, name string) (unlock func(), err error) {
	path := s.path(name)
	if err := s.ordinary(path); err != nil {
		return nil, err
	}
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		file, err := tryLock(path)
		if err != nil {
			return nil, s.explain(path, err)
		}
		if file != nil {
			return s.hold(path, file), nil
		}
		select {
		case <-ctx.Done():
			return nil, failure.New("Timeout while another check holds the lock of statefile '%s' (%w). Raise the timeout of the check.",
				path, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// tryLock returns nil and no error when somebody else holds the lock.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, err
	}
	locked, err := lockFile(file, path)
	if !locked {
		file.Close()
		return nil, err
	}
	return file, nil
}

func lockFile(file *os.File, path string) (locked bool, err error) {
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mine, err := file.Stat()
	if err != nil {
		return false, err
	}
	// The previous holder may have put another file in this place before it let go.
	if there, err := os.Stat(path); err != nil || !os.SameFile(mine, there) {
		return false, nil //nolint:nilerr // a file that is gone is another file
	}
	if mine.Size() == 0 && mine.Mode().Perm() != fileMode {
		_ = file.Chmod(fileMode) // new, cut down by the umask; not ours to change when another user made it
	}
	return true, nil
}

// hold registers a lock and returns what gives it up.
func (s *files) hold(path string, file *os.File) (unlock func()) {
	mine := &lock{files: []*os.File{file}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[path] = mine
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.held[path] == mine {
			delete(s.held, path)
		}
		for _, f := range mine.files {
			f.Close()
		}
		mine.files = nil
	}
}

// explain words an error for the operator.
func (s *files) explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return failure.New("Cannot write statefile '%s'. Its directory does not exist: create it, or give another with --statefile-dir.", path)
	case errors.Is(err, fs.ErrPermission):
		need := "write/exec permissions on directory"
		if access := syscall.Access(path, mayRead|mayWrite); access != nil && !errors.Is(access, fs.ErrNotExist) {
			need = "read/write permissions on file"
		}
		return failure.New("Cannot write statefile '%s'. Need %s: grant them to the user of the check, or give another --statefile-dir.",
			path, need)
	}
	// The path in the error may be that of the temporary file, which tells the operator nothing.
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno
	}
	return failure.New("Cannot use statefile '%s': %w. Check --statefile-dir.", path, err)
}
