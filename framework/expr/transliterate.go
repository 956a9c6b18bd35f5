package expr

import (
	"fmt"
	"strings"
)

// transliteration says for each byte what tr/// does with it.
type transliteration struct {
	to      [256]int // the new byte, kept or deleted
	squeeze bool
}

const (
	kept    = -1 // not one of the bytes that are looked for
	deleted = -2
)

func newTransliteration(from, to, flags string) (*transliteration, error) {
	search, err := byteList(from)
	if err != nil {
		return nil, err
	}
	replace, err := byteList(to)
	if err != nil {
		return nil, err
	}
	if strings.Contains(flags, "c") {
		search = complement(search)
	}
	remove := strings.Contains(flags, "d")
	if len(replace) == 0 && !remove {
		replace = search
	}
	t := &transliteration{squeeze: strings.Contains(flags, "s")}
	for i := range t.to {
		t.to[i] = kept
	}
	for i, c := range search {
		switch {
		case t.to[c] != kept: // the first mention counts
		case i < len(replace):
			t.to[c] = int(replace[i])
		case remove:
			t.to[c] = deleted
		default:
			t.to[c] = int(replace[len(replace)-1])
		}
	}
	return t, nil
}

// byteList spells out the ranges of one half of tr///.
func byteList(s string) ([]byte, error) {
	var list []byte
	var plain []bool // whether a '-' after it makes a range
	for i := 0; i < len(s); i++ {
		c, escaped := s[i], false
		if c == '\\' && i+1 < len(s) {
			i++
			escaped = true
			if at := strings.IndexByte("ntrfae0", s[i]); at >= 0 {
				c = "\n\t\r\f\a\x1b\x00"[at]
			} else {
				c = s[i]
			}
		}
		n := len(list)
		if n >= 2 && list[n-1] == '-' && !plain[n-1] {
			low := list[n-2]
			if c < low {
				return nil, fmt.Errorf("the range %q is upside down", []byte{low, '-', c})
			}
			list, plain = list[:n-2], plain[:n-2]
			for b := int(low); b <= int(c); b++ {
				list, plain = append(list, byte(b)), append(plain, true)
			}
			continue
		}
		// A '-' that is first, last, escaped or behind a range is a '-'.
		list, plain = append(list, c), append(plain, c != '-' || escaped || n == 0)
	}
	return list, nil
}

// complement returns the bytes that are not in list.
func complement(list []byte) []byte {
	var in [256]bool
	for _, c := range list {
		in[c] = true
	}
	var others []byte
	for c := range in {
		if !in[c] {
			others = append(others, byte(c))
		}
	}
	return others
}

// changes tells whether the transliteration does more than count.
func (t *transliteration) changes() bool {
	for c, to := range t.to {
		if to != kept && to != c || to == c && t.squeeze {
			return true
		}
	}
	return false
}

func (t *transliteration) apply(s string) (changed string, count int) {
	out := make([]byte, 0, len(s))
	last := kept
	for i := range len(s) {
		to := t.to[s[i]]
		switch {
		case to == kept:
			out = append(out, s[i])
			last = kept
			continue
		case to != deleted && !(t.squeeze && last == to):
			out = append(out, byte(to))
			last = to
		}
		count++
	}
	return string(out), count
}
