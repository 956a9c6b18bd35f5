// Package failure holds the error that is made for an operator's eyes: what went wrong, where, and what to do.
//
// Its text is printed as it stands behind "UNKNOWN: ", so it is one line, starts with a capital or a name, and never
// holds a secret. Any other error that reaches the top is printed too, but nobody has worded it for the reader.
package failure

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Failure is an error with a text for the operator and, beneath it, the cause for the code.
type Failure struct {
	Text  string
	Cause error
}

// New returns a Failure with the formatted text; a %w verb keeps its operand as the cause.
func New(format string, args ...any) *Failure {
	err := fmt.Errorf(format, args...)
	return &Failure{Text: OneLine(err.Error()), Cause: errors.Unwrap(err)}
}

// Error returns the text for the operator.
func (f *Failure) Error() string { return f.Text }

// Unwrap returns the cause, nil when there is none.
func (f *Failure) Unwrap() error { return f.Cause }

// OneLine joins the lines of s with single blanks: a plugin's first line is all that most screens show. Control characters,
// which a screen would obey, become blanks too.
func OneLine(s string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return strings.Join(strings.FieldsFunc(s, blank), " ")
}
