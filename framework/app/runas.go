package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/failure"
)

// RunAs is the Config.As of a real process: root becomes the user and the run goes on, which is told by no output; anybody
// else has sudo start the program again, without a question.
func RunAs(ctx context.Context, name string, args []string, stdin io.Reader) (out []byte, exit int, err error) {
	account, err := user.Lookup(name)
	if err != nil {
		return nil, 0, failure.New("Runas user '%s' not exist.", name)
	}
	uid, err := strconv.Atoi(account.Uid)
	if err != nil {
		return nil, 0, failure.New("Runas user '%s' has no numeric ID.", name)
	}
	switch os.Geteuid() {
	case uid:
		return nil, 0, nil
	case 0:
		return nil, 0, become(account, uid)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, 0, failure.New("Cannot run as '%s': %w", name, err)
	}
	cmd := exec.CommandContext(ctx, "sudo", append([]string{"-n", "-u", name, "--", program}, args...)...)
	var stderr bytes.Buffer
	cmd.Stdin = stdin
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended) && len(out) == 0:
		return nil, 0, failure.New("Cannot run as '%s': %s Allow it in sudoers, or start the check as that user.", name, stderr.String())
	case err != nil && !errors.As(err, &ended):
		return nil, 0, failure.New("Cannot run as '%s': %w", name, err)
	}
	if exit = cmd.ProcessState.ExitCode(); exit < int(check.OK) || exit > int(check.Pending) {
		exit = int(check.Unknown)
	}
	return out, exit, nil
}

// become gives up root for good.
func become(account *user.User, uid int) error {
	gid, err := strconv.Atoi(account.Gid)
	if err == nil {
		err = errors.Join(syscall.Setgroups([]int{gid}), syscall.Setgid(gid), syscall.Setuid(uid))
	}
	if err != nil {
		return failure.New("Cannot run as '%s': %w", account.Username, err)
	}
	return nil
}
