package perl

import (
	"errors"
	"strconv"
	"strings"
)

// escapedCode reads the character code that the escape at the start of s stands for; s begins behind the backslash.
// It returns the length of what it read, 0 when the escape is no code: \1 to \9 and the letters that mean something else.
func escapedCode(s string) (code, n int, err error) {
	switch s[0] {
	case 'n':
		return '\n', 1, nil
	case 't':
		return '\t', 1, nil
	case 'r':
		return '\r', 1, nil
	case 'f':
		return '\f', 1, nil
	case 'a':
		return '\a', 1, nil
	case 'e':
		return 0x1B, 1, nil
	case '0', '1', '2', '3', '4', '5', '6', '7':
		for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
			code = code*8 + int(s[n]-'0')
			n++
		}
		return code, n, nil
	case 'c':
		if len(s) < 2 || s[1] < ' ' || s[1] > '~' {
			return 0, 0, errors.New(`\c needs a letter`)
		}
		return int(strings.ToUpper(s[1:2])[0]) ^ 0x40, 2, nil
	case 'x':
		if len(s) > 1 && s[1] == '{' {
			return bracedCode(s, 1, 16)
		}
		n = 1
		for n < 3 && n < len(s) && hexDigit(s[n]) >= 0 {
			code = code*16 + hexDigit(s[n])
			n++
		}
		return code, n, nil
	case 'o':
		return bracedCode(s, 1, 8)
	case 'N':
		if strings.HasPrefix(s, "N{U+") {
			code, n, err = bracedCode("{"+s[4:], 0, 16)
			return code, n + 3, err
		}
	}
	return 0, 0, nil
}

// bracedCode reads a {number} that starts at s[i]; n counts from the start of s.
func bracedCode(s string, i, base int) (code, n int, err error) {
	end := strings.IndexByte(s, '}')
	if i >= len(s) || s[i] != '{' || end < i {
		return 0, 0, errors.New(`\x{, \o{ and \N{ need a number and a closing }`)
	}
	digits := strings.ReplaceAll(strings.Trim(s[i+1:end], " \t"), "_", "")
	value, err := strconv.ParseUint(digits, base, 31)
	if err != nil && digits != "" || value > 0x10FFFF {
		return 0, 0, errors.New(`\` + s[:end+1] + " is no character")
	}
	return int(value), end + 1, nil
}
