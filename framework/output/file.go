package output

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/centplugins/centplugins/framework/failure"
)

// WriteFile puts printed in the file path, whole or not at all, readable by everybody: it is written beside it under
// another name and then renamed. What is no regular file, as /dev/null or a pipe, is written to as it is.
func WriteFile(path string, printed []byte) error {
	if err := writeFile(path, printed); err != nil {
		reason := err
		if errno := syscall.Errno(0); errors.As(err, &errno) {
			reason = errno // without the name of the temporary file
		}
		return &failure.Failure{Cause: err, Text: failure.OneLine("Cannot write --output-file '" + path + "': " + reason.Error() +
			". Check that its directory exists and that this user may write to it.")}
	}
	return nil
}

func writeFile(path string, printed []byte) error {
	file, err := followLinks(path)
	if err != nil {
		return err
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return appendFile(file, printed)
	}
	return replaceFile(file, printed)
}

// followLinks returns the file that path stands for, also where a link points at a file that does not exist yet.
func followLinks(path string) (string, error) {
	const most = 40 // as Linux has it
	for range most {
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil //nolint:nilerr // path is no link
		}
		if !filepath.IsAbs(target) {
			target = filepath.Dir(path) + string(filepath.Separator) + target
		}
		path = target
	}
	return "", syscall.ELOOP
}

func replaceFile(path string, printed []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(printed)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func appendFile(path string, printed []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(printed)
	return errors.Join(err, f.Close())
}
