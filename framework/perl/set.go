package perl

import (
	"strings"
	"unicode"
)

// byteSet is a set of bytes.
type byteSet [256]bool

// setOf returns the set of the bytes that pass in.
func setOf(in func(c byte) bool) (set byteSet) {
	for c := range set {
		set[c] = in(byte(c))
	}
	return set
}

func (s *byteSet) add(other byteSet) {
	for c, in := range other {
		s[c] = s[c] || in
	}
}

// fold adds the other case of each ASCII letter: beyond ASCII a byte has no case.
func (s *byteSet) fold() {
	for c := 'A'; c <= 'Z'; c++ {
		either := s[c] || s[c+32]
		s[c], s[c+32] = either, either
	}
}

func (s byteSet) negate() byteSet {
	return setOf(func(c byte) bool { return !s[c] })
}

// posixSet returns the set that [:name:] and \p{PosixName} stand for.
func posixSet(name string) (byteSet, bool) {
	var in func(c byte) bool
	switch name {
	case "alpha":
		in = isAlpha
	case "digit":
		in = isDigit
	case "alnum":
		in = func(c byte) bool { return isAlpha(c) || isDigit(c) }
	case "word":
		in = isWord
	case "upper":
		in = func(c byte) bool { return c >= 'A' && c <= 'Z' }
	case "lower":
		in = func(c byte) bool { return c >= 'a' && c <= 'z' }
	case "space":
		in = func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
	case "blank":
		in = func(c byte) bool { return c == ' ' || c == '\t' }
	case "cntrl":
		in = func(c byte) bool { return c < ' ' || c == 0x7F }
	case "graph":
		in = func(c byte) bool { return c > ' ' && c < 0x7F }
	case "print":
		in = func(c byte) bool { return c >= ' ' && c < 0x7F }
	case "punct":
		in = func(c byte) bool { return c > ' ' && c < 0x7F && !isAlpha(c) && !isDigit(c) }
	case "xdigit":
		in = func(c byte) bool { return hexDigit(c) >= 0 }
	case "ascii":
		in = func(c byte) bool { return c < 0x80 }
	default:
		return byteSet{}, false
	}
	return setOf(in), true
}

// shorthandSet returns the set of \d, \w, \s, \h, \v, \N and of their opposites.
func shorthandSet(letter byte) (set byteSet, ok bool) {
	switch letter {
	case 'd', 'D':
		set = setOf(isDigit)
	case 'w', 'W':
		set = setOf(isWord)
	case 's', 'S':
		set, _ = posixSet("space")
	case 'h', 'H':
		set = setOf(func(c byte) bool { return c == ' ' || c == '\t' || c == 0xA0 })
	case 'v', 'V':
		set = setOf(func(c byte) bool { return c >= '\n' && c <= '\r' || c == 0x85 })
	case 'N':
		set = setOf(func(c byte) bool { return c == '\n' })
	default:
		return set, false
	}
	if letter < 'a' {
		set = set.negate()
	}
	return set, true
}

// propertySet returns the set of \p{name}. Perl takes a byte beyond ASCII for the Latin-1 character here.
func propertySet(name string) (byteSet, bool) {
	table, ok := unicode.Categories[name]
	if !ok {
		table, ok = unicode.Scripts[name]
	}
	if ok {
		return setOf(func(c byte) bool { return unicode.Is(table, rune(c)) }), true
	}
	name = strings.ToLower(name)
	for _, prefix := range []string{"is", "posix"} {
		name = strings.TrimPrefix(name, prefix)
	}
	return posixSet(name)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isWord(c byte) bool  { return isAlpha(c) || isDigit(c) || c == '_' }

// hexDigit returns the value of a hexadecimal digit, -1 when c is none.
func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
