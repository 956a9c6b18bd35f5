package graphapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/failure"
)

// reportPermission is what all usage reports need.
const reportPermission = "Reports.Read.All"

// maxRedirects bounds how often the way to a report may lead on: once in practice.
const maxRedirects = 3

// readSize is how much of a report is read at once, in bytes.
const readSize = 64 << 10

// Row is one row of a report; columns are counted in the order in which they were asked for. It is valid only within the
// call that it is given to.
type Row struct {
	fields  []string
	columns []int
	names   []string
	err     error
}

// Text returns a column as it stands.
func (r *Row) Text(column int) string { return r.fields[r.columns[column]] }

// Int returns a column as a whole number; empty is 0. A text that is no number makes the report fail.
func (r *Row) Int(column int) int64 {
	text := r.Text(column)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && r.err == nil {
		r.err = failure.New("column '%s' holds '%s' where a whole number was expected", r.names[column], clip(text))
	}
	return n
}

func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "..."
	}
	return text
}

// Report downloads a usage report and calls each for every row, in order, while it flows.
//
// function and param are as in Graph's reference, such as getEmailActivityUserDetail and period='D7'; columns are those
// that each reads, by name. An answer that is cut short, damaged, or not a report with these columns, is an error.
//
// https://learn.microsoft.com/graph/api/resources/report
func (c *Client) Report(ctx context.Context, function, param string, columns []string, each func(*Row) error) error {
	resp, err := c.get(ctx, c.graph.String()+"/v1.0/reports/"+function+"("+param+")")
	if err != nil {
		return err
	}
	if resp, err = c.follow(ctx, resp); err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return explain(resp, reportPermission)
	}
	ahead := newReadAhead(resp.Body, readSize)
	defer ahead.stop()
	body := bufio.NewReaderSize(ahead, readSize)
	if start, err := body.Peek(3); err == nil && string(start) == "\ufeff" {
		_, _ = body.Discard(3)
	}
	// A report starts with the name of a column; a web page or an error in JSON does not.
	start, err := body.Peek(1)
	if err == nil && (start[0] == '<' || start[0] == '{' || start[0] == '[') || errors.Is(err, io.EOF) {
		resp.Body = readCloser{body, resp.Body}
		return explain(resp, reportPermission)
	}
	if err := readRows(body, columns, each); err != nil {
		var told *failure.Failure
		if errors.As(err, &told) && !errors.Is(err, errDamaged) {
			return err
		}
		return failure.New("Report %s(%s) from %s cannot be read: %w", function, param, resp.Request.URL.Host, err)
	}
	return nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// follow goes where a redirect leads: to the download host, which must never see the token.
func (c *Client) follow(ctx context.Context, resp *http.Response) (*http.Response, error) {
	for range maxRedirects {
		if resp.StatusCode < 300 || resp.StatusCode > 399 || resp.StatusCode == http.StatusNotModified {
			return resp, nil
		}
		resp.Body.Close()
		from := resp.Request.URL
		to, err := resp.Location()
		if err != nil {
			return nil, failure.New("%s sent a redirect without an address to go to.", from.Host)
		}
		if to.Scheme != from.Scheme && to.Scheme != "https" {
			return nil, failure.New("%s sent a redirect from %s to %s at %s, which is not followed.", from.Host, from.Scheme, to.Scheme, to.Host)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), http.NoBody)
		if err != nil {
			return nil, failure.New("%s sent a redirect to a wrong address.", from.Host)
		}
		if resp, err = c.web.Do(ctx, req); err != nil {
			return nil, err
		}
	}
	if resp.StatusCode < 300 || resp.StatusCode > 399 {
		return resp, nil
	}
	resp.Body.Close()
	return nil, failure.New("%s sends too many redirects: the report was not reached after %d.", resp.Request.URL.Host, maxRedirects)
}

// errDamaged marks what is wrong with the content of a report, not with its transport.
var errDamaged = errors.New("damaged report")

// damage is an error about a line of a report.
func damage(line int, format string, args ...any) error {
	f := failure.New(format, args...)
	return &failure.Failure{Text: "line " + strconv.Itoa(line) + ": " + f.Text, Cause: errDamaged}
}

// readRows reads a report: a line of column names, then rows with as many fields.
func readRows(body io.Reader, columns []string, each func(*Row) error) error {
	reader := csv.NewReader(body)
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return csvError(err)
	}
	row := Row{names: columns, columns: make([]int, len(columns))}
	for i, name := range columns {
		if row.columns[i] = slices.Index(header, name); row.columns[i] < 0 {
			return damage(1, "there is no column '%s', only %s", name, clipList(header))
		}
	}
	for {
		row.fields, err = reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		if err := each(&row); err != nil {
			return err
		}
		if row.err != nil {
			line, _ := reader.FieldPos(0)
			return damage(line, "%v", row.err)
		}
	}
}

func csvError(err error) error {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		return damage(wrong.Line, "%v", wrong.Err)
	}
	if errors.Is(err, io.EOF) {
		return damage(1, "it is empty")
	}
	return err
}

func clipList(names []string) string {
	text := strings.Join(names, ", ")
	if len(text) > 300 {
		text = text[:300] + "..."
	}
	return string(bytes.ToValidUTF8([]byte(text), []byte("?")))
}
