package secret

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/secret/kdbx"
)

// maxSecretFile is far more than any password, token or key takes.
const maxSecretFile = 64 << 10

// ReadSecretFile returns the secret that the file at path holds, as the given option names it (without its dashes). A byte
// order mark at the start and one line break at the end are not part of the secret. A file that others than its owner and
// group may use is refused, and so is one whose further lines nobody would see to be a part of the secret.
func ReadSecretFile(option, path string) (string, error) {
	content, err := readPrivate(path)
	text, broken := strings.CutSuffix(strings.TrimPrefix(string(content), "\ufeff"), "\n")
	if broken {
		text = strings.TrimSuffix(text, "\r")
	}
	switch {
	case err != nil:
	case strings.TrimSpace(text) == "":
		err = errors.New("it is empty: write the secret to it")
	case !utf8.ValidString(text) || strings.Contains(text, "\x00"):
		err = errors.New("it is no text in UTF-8: write the secret to it anew")
	case strings.ContainsAny(text, "\r\n"):
		err = errors.New("it has more than one line: leave the secret alone in it")
	}
	if err != nil {
		return "", failure.New("Cannot take --%s from file '%s': %w.", option, path, err)
	}
	return text, nil
}

// maxFile is more than any file that a password manager reads.
const maxFile = kdbx.MaxSize + 1

// ReadFile reads a file that an option names. It waits for no pipe, and does not follow a device to its end.
func ReadFile(path string) ([]byte, error) {
	file, _, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile))
}

// openRegular opens a regular file. What it tells of the file is of what is open: the path may lead elsewhere by then.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe that nobody writes to would never open
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = syscall.EISDIR
	case !info.Mode().IsRegular():
		err = errors.New("it is not a regular file")
	default:
		return file, info, nil
	}
	return nil, nil, errors.Join(err, file.Close())
}

// readPrivate reads a small file that others may not use.
func readPrivate(path string) ([]byte, error) {
	file, info, err := openRegular(path)
	var inPath *fs.PathError
	switch {
	case errors.As(err, &inPath):
		return nil, inPath.Err
	case err != nil:
		return nil, err
	}
	defer file.Close()
	if info.Mode().Perm()&0o007 != 0 {
		return nil, errors.New("others than its owner and group may use it: run chmod o= '" + path + "'")
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	switch {
	case err != nil:
		return nil, errors.New("reading it failed")
	case len(content) > maxSecretFile:
		return nil, errors.New("it has more than 64 KiB: name the file that holds the secret alone")
	}
	return content, nil
}
