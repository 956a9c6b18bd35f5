// Package check holds what a check comes to: a status, the texts and the metrics that go with it.
package check

import "strings"

// Status is the state of a check in the words of Nagios; its value is the exit status.
type Status int

// The states that a check can end in. Pending exists only as a target of --opt-exit and --change-exit.
const (
	OK Status = iota
	Warning
	Critical
	Unknown
	Pending
)

// String returns the word that monitoring screens show: OK, WARNING, CRITICAL, UNKNOWN or PENDING.
func (s Status) String() string {
	switch s {
	case OK:
		return "OK"
	case Warning:
		return "WARNING"
	case Critical:
		return "CRITICAL"
	case Pending:
		return "PENDING"
	case Unknown:
	}
	return "UNKNOWN"
}

// ParseStatus returns the status of that name, in whatever case it is written.
func ParseStatus(name string) (Status, bool) {
	for s := OK; s <= Pending; s++ {
		if strings.EqualFold(name, s.String()) {
			return s, true
		}
	}
	return Unknown, false
}

// Worst returns the graver of two states: critical, then unknown, then warning, then OK.
func Worst(a, b Status) Status {
	if rank(a) >= rank(b) {
		return a
	}
	return b
}

func rank(s Status) int {
	switch s {
	case Critical:
		return 3
	case Unknown:
		return 2
	case Warning:
		return 1
	case OK, Pending:
	}
	return 0
}
