package table_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/centplugins/centplugins/framework/table"
)

func read(r io.Reader, columns ...string) (rows []string, err error) {
	err = table.Read(r, columns, func(row *table.Row) error {
		cells := make([]string, len(columns))
		for i := range columns {
			cells[i] = row.Text(i)
			if !row.Is(i, cells[i]) || row.Is(i, cells[i]+"x") {
				return fmt.Errorf("Is and Text differ at %q", cells[i])
			}
		}
		rows = append(rows, strings.Join(cells, "|"))
		return nil
	})
	return rows, err
}

func TestRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for _, c := range []struct{ name, text, rows, failed string }{ // rows joined by &
		{"rows", "Name,Count\na,1\nb,2\n", "a|1&b|2", ""},
		{"no line end at the end", "Name,Count\na,1", "a|1", ""},
		{"carriage returns", "Name,Count\r\na,1\r\n", "a|1", ""},
		{"other order, more columns", "New,Count,Name\nx,1,a\n", "a|1", ""},
		{"empty cells", "Name,Count\n,\n", "|", ""},
		{"empty lines", "\nName,Count\n\n\na,1\n\n", "a|1", ""},
		{"quotes", "\"Name\",Count\n\"a,b\",\"1\"\n\"say \"\"so\"\"\",2\n", "a,b|1&say \"so\"|2", ""},
		{"line break in quotes", "Name,Count\n\"a\nb\",1\nc,2\n", "a\nb|1&c|2", ""},
		{"long line", "Name,Count\n" + long + ",1\nb,2\n", long + "|1&b|2", ""},
		{"no rows", "Name,Count\n", "", ""},
		{"nothing", "", "", "line 1: it is empty"},
		{"no column", "Name,Total\n", "", "line 1: there is no column 'Count', only Name, Total"},
		{"too few", "Name,Count\na,1\nb\n", "", "line 3: wrong number of fields"},
		{"too many", "Name,Count\na,1,\n", "", "line 2: wrong number of fields"},
		{"too many, quoted", "Name,Count\n\"a\",1,2\n", "", "line 2: wrong number of fields"},
		{"bare quote", "Name,Count\na\"b\",1\n", "", "line 2: bare \" in non-quoted-field"},
		{"carriage returns alone", "Name,Count\ra,1\r", "", "line 1: its lines end with carriage returns alone"},
		{"no rows and no line end", "Name,Count", "", ""},
		{"open quote", "Name,Count\n\"a,1\nb,2\n", "", "extraneous or missing \" in quoted-field"},
		{"endless line", "Name,Count\n" + strings.Repeat("x", 2<<20) + "\n", "", "line 2: the line is longer"},
		{"endless quote", "Name,Count\n\"a\n" + strings.Repeat("xxxxxxx\n", 200_000), "", "line 2: a quotation mark is not closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rows, err := read(strings.NewReader(c.text), "Name", "Count")
			if c.failed == "" && err != nil || c.failed != "" && (err == nil || !strings.Contains(err.Error(), c.failed)) {
				t.Fatalf("error %v, want %q", err, c.failed)
			}
			if got := strings.Join(rows, "&"); c.failed == "" && got != c.rows {
				t.Errorf("rows %.80q, want %.80q", got, c.rows)
			}
		})
	}
}

func TestInt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"": 0, "0": 0, "17": 17, "-5": -5, "+5": 5, "999999999999999999": 999999999999999999, "-999999999999999999": -999999999999999999,
	} {
		err := table.Read(strings.NewReader("N,M\n"+text+",\n"), []string{"N"}, func(row *table.Row) error {
			if got := row.Int(0); got != want {
				t.Errorf("%q is read as %d", text, got)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"x", "1.5", "1 ", " 1", "1e3", "1000000000000000000", "-1000000000000000000", "9223372036854775808", "12x", "--1"} {
		err := table.Read(strings.NewReader("N,M\n1,\n"+text+",\n"), []string{"N"}, func(row *table.Row) error { row.Int(0); return nil })
		var wrong *table.Error
		if !errors.As(err, &wrong) || wrong.Line != 3 || !strings.Contains(wrong.Text, "'N' holds '"+text+"'") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func TestErrorsPass(t *testing.T) {
	t.Parallel()
	mine := errors.New("mine")
	if err := table.Read(strings.NewReader("N\n1\n"), []string{"N"}, func(*table.Row) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("error of each: %v", err)
	}
	broken := io.MultiReader(strings.NewReader("N\n1\n2"), iotest.ErrReader(mine))
	if rows, err := read(broken, "N"); !errors.Is(err, mine) || len(rows) != 1 {
		t.Errorf("error of the source: %v, after rows %q", err, rows)
	}
}

func TestRowsOfOneColumnTwice(t *testing.T) {
	t.Parallel()
	if rows, err := read(strings.NewReader("A,B\n1,2\n"), "B", "A", "B"); err != nil || !slices.Equal(rows, []string{"2|1|2"}) {
		t.Errorf("rows %q, %v", rows, err)
	}
}

func TestOptionalColumn(t *testing.T) {
	t.Parallel()
	columns := []string{"A", table.Optional("B")}
	for text, want := range map[string]string{"B,A\n1,2\n": "2|1", "A\n2\n": "2|"} {
		if rows, err := read(strings.NewReader(text), columns...); err != nil || !slices.Equal(rows, []string{want}) {
			t.Errorf("%q is read as %q, %v", text, rows, err)
		}
	}
}

func TestNoAllocationForEachRow(t *testing.T) {
	text := "A,B,C\n" + strings.Repeat("2026-11-20,name,12345\n", 10_000)
	allocations := testing.AllocsPerRun(5, func() {
		err := table.Read(strings.NewReader(text), []string{"A", "C"}, func(row *table.Row) error {
			if row.Is(0, "2026-11-20") {
				row.Int(1)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 50 {
		t.Errorf("%v allocations for 10,000 rows", allocations)
	}
}

// FuzzRead holds the reader against encoding/csv: the same rows, or an error from both; and the same however the source
// comes in pieces.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"A,B\na,1\n", "A,B\r\n\"a\nb\",\"2\"\r\n", "B", "\"", "A,B\n\"x\",1,2\n", "B,A,C\n5,a,b", "A,B\n\r\n\"\"\"\",\r", "A,B\na,b\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := read(strings.NewReader(text), "A", "B")
		pieces, errPieces := read(iotest.OneByteReader(strings.NewReader(text)), "A", "B")
		if !slices.Equal(rows, pieces) || (err == nil) != (errPieces == nil) {
			t.Fatalf("%q, %v at once; %q, %v byte by byte", rows, err, pieces, errPieces)
		}
		if err != nil && strings.Contains(err.Error(), "\n") && !strings.Contains(text, "\"") {
			t.Fatalf("an error of several lines: %q", err)
		}
		if err != nil && strings.Contains(err.Error(), "carriage returns alone") {
			header, _, _ := strings.Cut(regexp.MustCompile(`^(\r?\n)+`).ReplaceAllString(text, ""), "\n")
			if !strings.ContainsAny(strings.TrimSuffix(header, "\r"), "\"\r") {
				t.Fatalf("%q has a whole header", text)
			}
			return
		}
		all, errCSV := csv.NewReader(strings.NewReader(text)).ReadAll()
		if errCSV == nil && len(all) > 0 && slices.Contains(all[0], "A") && slices.Contains(all[0], "B") {
			var want []string
			a, b := slices.Index(all[0], "A"), slices.Index(all[0], "B")
			for _, record := range all[1:] {
				want = append(want, record[a]+"|"+record[b])
			}
			if err != nil || !slices.Equal(rows, want) {
				t.Fatalf("%q, %v; encoding/csv reads %q", rows, err, want)
			}
		} else if err == nil {
			t.Fatalf("%q is read as %q; encoding/csv: %v", text, rows, errCSV)
		}
	})
}

// source is a report of some rows.
func source(rows int) string {
	var b strings.Builder
	b.WriteString("Report Refresh Date,User Principal Name,Display Name,Last Activity Date,Item Count,Storage Used (Byte),Report Period\n")
	for i := range rows {
		fmt.Fprintf(&b, "2026-11-20,user%d@contoso.example,User %d,2026-10-01,%d,%d,7\n", i, i, i%5000, i*37)
	}
	return b.String()
}

// BenchmarkRead is to be compared with BenchmarkEncodingCSV.
func BenchmarkRead(b *testing.B) {
	text := source(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var sum int64
		err := table.Read(strings.NewReader(text), []string{"User Principal Name", "Storage Used (Byte)", "Last Activity Date"}, func(row *table.Row) error {
			if row.Is(2, "2026-10-01") {
				sum += row.Int(1)
			}
			return nil
		})
		if err != nil || sum == 0 {
			b.Fatal(sum, err)
		}
	}
}

// BenchmarkEncodingCSV is a bare pass over the same bytes.
func BenchmarkEncodingCSV(b *testing.B) {
	text := source(100_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(strings.NewReader(text))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
