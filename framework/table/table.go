// Package table reads CSV with a header as a stream: columns by name, one row at a time, in memory that does not grow with
// the rows.
//
// Lines without a quotation mark, nearly all of a report, are cut at their commas here, without an allocation; any other
// record is left to encoding/csv.
package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	bufferSize = 64 << 10
	// maxRecord bounds one record, in bytes.
	maxRecord = 1 << 20
	// largest bounds numbers.
	largest = 1_000_000_000_000_000_000
)

// Error says which line of a table is wrong, and how.
type Error struct {
	Line int // counted from 1
	Text string
}

// Error returns "line 3: ...".
func (e *Error) Error() string { return "line " + strconv.Itoa(e.Line) + ": " + e.Text }

// Row is one row. Columns are counted in the order in which they were asked for. It is valid only within the call that it is
// given to; what Text returns may be kept.
type Row struct {
	cells [][]byte
	names []string
	err   string
}

// Text returns a cell.
func (r *Row) Text(column int) string { return string(r.cells[column]) }

// Cell returns a cell as bytes, which are good only within the call that the row is given to.
func (r *Row) Cell(column int) []byte { return r.cells[column] }

// Is reports whether a cell holds that text.
func (r *Row) Is(column int, text string) bool { return string(r.cells[column]) == text }

// Wrong makes Read fail: a cell holds something else than was expected, such as "Yes or No".
func (r *Row) Wrong(column int, expected string) {
	if r.err == "" {
		r.err = "column '" + strings.TrimPrefix(r.names[column], "?") + "' holds '" + clip(string(r.cells[column]), 40) + "' where " + expected + " was expected"
	}
}

// Int returns a cell as a whole number; an empty one is 0. A cell that holds none, or one of more than 18 digits, makes Read
// fail: sums of larger ones would overflow.
func (r *Row) Int(column int) int64 {
	cell := r.cells[column]
	if len(cell) == 0 {
		return 0
	}
	// Numbers of up to 18 digits, nearly all, need no string.
	if n := int64(0); len(cell) <= 18 {
		for i, c := range cell {
			if c < '0' || c > '9' {
				break
			}
			n = n*10 + int64(c-'0')
			if i == len(cell)-1 {
				return n
			}
		}
	}
	n, err := strconv.ParseInt(string(cell), 10, 64)
	if err != nil || n >= largest || n <= -largest {
		r.Wrong(column, "a whole number")
	}
	return n
}

// Optional marks a column that a table may lack: its cells are empty then.
func Optional(column string) string { return "?" + column }

// Read reads a table: a line of column names, in any order and with others among them, then rows with as many cells. It
// calls each for every row with the cells of columns.
//
// Errors are of type *Error where the content is wrong, otherwise those of source or each as they are. A row that is cut
// short is an error.
func Read(source io.Reader, columns []string, each func(*Row) error) error {
	r := reader{lines: bufio.NewReaderSize(source, bufferSize)}
	header, err := r.header()
	if err != nil {
		return err
	}
	r.width = len(header)
	// wanted tells for every cell of a line which columns take it.
	r.wanted = make([][]int, len(header))
	for i, column := range columns {
		name, optional := strings.CutPrefix(column, "?")
		at := slices.Index(header, name)
		if at < 0 && optional {
			continue
		}
		if at < 0 {
			return &Error{1, "there is no column '" + name + "', only " + clip(strings.Join(header, ", "), 300)}
		}
		r.wanted[at] = append(r.wanted[at], i)
	}
	row := Row{names: columns, cells: make([][]byte, len(columns))}
	for {
		if err := r.row(row.cells); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := each(&row); err != nil {
			return err
		}
		if row.err != "" {
			return &Error{r.line, row.err}
		}
	}
}

type reader struct {
	lines  *bufio.Reader
	line   int // number of the line that the record began on
	next   int // lines read so far
	width  int
	wanted [][]int
	joined []byte // a line or record that did not fit the buffer, or has several lines
}

func (r *reader) header() ([]string, error) {
	record, err := r.record()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &Error{1, "it is empty"}
		}
		return nil, err
	}
	if bytes.IndexByte(record, '\r') >= 0 {
		return nil, &Error{1, "its lines end with carriage returns alone"} // all of the table would be column names
	}
	return r.split(record)
}

// row reads the next record into cells, which are good until the one after it.
func (r *reader) row(cells [][]byte) error {
	record, err := r.record()
	if err != nil {
		return err
	}
	if bytes.IndexByte(record, '"') >= 0 {
		return r.quotedRow(record, cells)
	}
	for i, columns := range r.wanted {
		end := bytes.IndexByte(record, ',')
		last := i == r.width-1
		if last != (end < 0) {
			return &Error{r.line, csv.ErrFieldCount.Error()}
		}
		if last {
			end = len(record)
		}
		for _, column := range columns {
			cells[column] = record[:end]
		}
		if !last {
			record = record[end+1:]
		}
	}
	return nil
}

func (r *reader) quotedRow(record []byte, cells [][]byte) error {
	fields, err := r.split(record)
	if err != nil {
		return err
	}
	if len(fields) != r.width {
		return &Error{r.line, csv.ErrFieldCount.Error()}
	}
	for i, columns := range r.wanted {
		for _, column := range columns {
			cells[column] = []byte(fields[i])
		}
	}
	return nil
}

// split leaves a record to encoding/csv.
func (r *reader) split(record []byte) ([]string, error) {
	if bytes.HasSuffix(record, []byte{'\r'}) {
		// It would be taken for the end of the line, which is cut off already.
		record = append(bytes.Clone(record), '\r', '\n')
	}
	c := csv.NewReader(bytes.NewReader(record))
	fields, err := c.Read()
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return nil, &Error{r.line + wrong.Line - 1, wrong.Err.Error()}
	}
	return fields, err
}

// record reads a line without its end, or as many as belong to one record: line breaks between quotation marks are content.
// Empty lines are passed over.
func (r *reader) record() ([]byte, error) {
	for {
		r.line = r.next + 1
		line, err := r.readLine()
		if err != nil {
			return nil, err
		}
		if quotes := bytes.Count(line, []byte{'"'}); quotes%2 != 0 {
			return r.longRecord(line)
		}
		if line = trimEnd(line); len(line) > 0 {
			return line, nil
		}
	}
}

// longRecord reads on until the quotation marks are paired.
func (r *reader) longRecord(first []byte) ([]byte, error) {
	record := bytes.Clone(first)
	for quotes := 1; quotes%2 != 0; {
		line, err := r.readLine()
		if errors.Is(err, io.EOF) {
			break // encoding/csv says what is wrong with it
		}
		if err != nil {
			return nil, err
		}
		if record = append(record, line...); len(record) > maxRecord {
			return nil, &Error{r.line, "a quotation mark is not closed"}
		}
		quotes += bytes.Count(line, []byte{'"'})
	}
	return trimEnd(record), nil
}

// readLine reads a line with its end; only the last one may have none. io.EOF means that there is no more.
func (r *reader) readLine() ([]byte, error) {
	line, err := r.lines.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.joined = r.joined[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(r.joined) <= maxRecord {
			r.joined = append(r.joined, line...)
			line, err = r.lines.ReadSlice('\n')
		}
		if len(r.joined) > maxRecord {
			return nil, &Error{r.next + 1, "the line is longer than 1 MiB"}
		}
		r.joined = append(r.joined, line...)
		line = r.joined
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return nil, err
	}
	r.next++
	return line, nil
}

func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}

func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
