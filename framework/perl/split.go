package perl

import "strings"

// Split cuts s at each sep, as Perl's split does with a fixed separator: empty fields at the end are dropped, so that
// "" and "," have no field at all and ",a,," has two. An empty sep cuts between the bytes.
func Split(s, sep string) []string {
	fields := strings.Split(s, sep)
	if sep == "" {
		fields = make([]string, len(s))
		for i := range fields {
			fields[i] = s[i : i+1]
		}
	}
	for len(fields) > 0 && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}
