package failure_test

import (
	"errors"
	"io"
	"testing"

	"github.com/centplugins/centplugins/framework/failure"
)

func TestNew(t *testing.T) {
	t.Parallel()
	err := error(failure.New("Cannot read %s:\n %w", "x", io.ErrUnexpectedEOF))
	if err.Error() != "Cannot read x: unexpected EOF" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", err, errors.Unwrap(err))
	}
	if got := failure.OneLine("a\x1b[31m\x00 b\r\n\tc\u0085"); got != "a [31m b c" {
		t.Errorf("%q", got)
	}
	if errors.Unwrap(failure.New("Plain.")) != nil {
		t.Error("a cause out of nothing")
	}
}
