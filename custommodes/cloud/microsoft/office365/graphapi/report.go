package graphapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/table"
)

// ReportPermission is what all usage reports need.
const ReportPermission = "Reports.Read.All"

// maxRedirects bounds how often the way to a report may lead on: once in practice.
const maxRedirects = 3

// readSize is how much of a report is read at once, in bytes.
const readSize = 64 << 10

// Report downloads a usage report and calls each for every row, in order, while it flows.
//
// function and param are as in Graph's reference, such as getEmailActivityUserDetail and period='D7'; columns are those
// that each reads, by name. An answer that is cut short, damaged, or not a report with these columns, is an error.
//
// https://learn.microsoft.com/graph/api/resources/report
func (c *Client) Report(ctx context.Context, function, param string, columns []string, each func(*table.Row) error) error {
	resp, err := c.get(ctx, c.graph.String()+"/v1.0/reports/"+function+"("+param+")")
	if err != nil {
		return err
	}
	if resp, err = c.follow(ctx, resp); err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return explain(resp, ReportPermission)
	}
	body := bufio.NewReaderSize(resp.Body, readSize)
	if start, err := body.Peek(3); err == nil && string(start) == "\ufeff" {
		_, _ = body.Discard(3)
	}
	// A report starts with the name of a column; a web page or an error in JSON does not.
	start, err := body.Peek(1)
	if err == nil && (start[0] == '<' || start[0] == '{' || start[0] == '[') || errors.Is(err, io.EOF) {
		resp.Body = readCloser{body, resp.Body}
		return explain(resp, ReportPermission)
	}
	err = table.Read(body, columns, each)
	var wrong *table.Error
	if errors.As(err, &wrong) {
		return failure.New("Report %s(%s) from %s cannot be read: %w", function, param, resp.Request.URL.Host, err)
	}
	return err
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
