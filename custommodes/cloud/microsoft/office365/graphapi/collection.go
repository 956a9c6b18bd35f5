package graphapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/centplugins/centplugins/framework/failure"
)

// maxPages bounds a collection; a page has 100 elements as a rule.
const maxPages = 5000

// Collection asks for a collection, page after page, and calls each with every element as it stands in the answer.
//
// path is relative to the Graph endpoint, such as /v1.0/subscribedSkus; permission is the one that the question needs.
// A next page on another host, or one that was read before, is an error: the token goes nowhere else, and a list is never
// taken for whole when it is not.
func (c *Client) Collection(ctx context.Context, path, permission string, each func(json.RawMessage) error) error {
	address := c.graph.String() + path
	seen := map[string]bool{}
	for address != "" {
		if seen[address] {
			return failure.New("%s names a page as the next one that was read before: %s", c.graph.Host, path)
		}
		if len(seen) == maxPages {
			return failure.New("%s names more than %d pages, which are not all read: %s", c.graph.Host, maxPages, path)
		}
		seen[address] = true
		next, err := c.page(ctx, address, permission, each)
		if err != nil {
			return err
		}
		if next != "" && !c.own(next) {
			return failure.New("%s names a next page that is not on %s, which is not followed: %s", c.graph.Host, c.graph.Host, path)
		}
		address = next
	}
	return nil
}

// object asks for a single object and reads it into v.
func (c *Client) object(ctx context.Context, path, permission string, v any) error {
	resp, err := c.get(ctx, c.graph.String()+path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || looksHTML(resp, nil) {
		return explain(resp, permission)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if code, message := parseError(body); code != "" {
		return failure.New("Graph endpoint API return error code '%s': %s", code, message)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return notData(resp.Request.URL.Host, resp, body, "an object")
	}
	return nil
}

// own reports whether an address is on the Graph endpoint.
func (c *Client) own(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == c.graph.Scheme && u.Host == c.graph.Host
}

func (c *Client) page(ctx context.Context, address, permission string, each func(json.RawMessage) error) (next string, err error) {
	resp, err := c.get(ctx, address)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || looksHTML(resp, nil) {
		return "", explain(resp, permission)
	}
	next, found, err := readPage(resp.Body, each)
	var told *failure.Failure
	switch {
	case errors.As(err, &told):
		return "", err
	case err != nil:
		return "", failure.New("%s answered with something else where a list was expected: %w", resp.Request.URL.Host, err)
	case !found:
		return "", failure.New("%s answered without the list that was expected (no \"value\" in it).", resp.Request.URL.Host)
	}
	return next, nil
}

// readPage reads {"value": [...], "@odata.nextLink": "..."}, in whatever order, one element at a time.
func readPage(body io.Reader, each func(json.RawMessage) error) (next string, found bool, err error) {
	decoder := json.NewDecoder(body)
	if err := expect(decoder, '{'); err != nil {
		return "", false, err
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return "", false, whole(err)
		}
		switch key {
		case "value":
			found = true
			if err := readElements(decoder, each); err != nil {
				return "", false, err
			}
		case "@odata.nextLink":
			if err := decoder.Decode(&next); err != nil {
				return "", false, whole(err)
			}
		case "error":
			var e struct {
				Code    string `json:"code"`
				Message string `json:"message"`
			}
			if err := decoder.Decode(&e); err != nil {
				return "", false, whole(err)
			}
			return "", false, failure.New("Graph endpoint API return error code '%s': %s", e.Code, e.Message)
		default:
			var skipped json.RawMessage
			if err := decoder.Decode(&skipped); err != nil {
				return "", false, whole(err)
			}
		}
	}
	if err := expect(decoder, '}'); err != nil {
		return "", false, err
	}
	// Only the end of the body shows that it came whole and undamaged.
	switch _, err := decoder.Token(); {
	case err == nil:
		return "", false, errors.New("more than one document")
	case !errors.Is(err, io.EOF):
		return "", false, err
	}
	return next, found, nil
}

func readElements(decoder *json.Decoder, each func(json.RawMessage) error) error {
	if err := expect(decoder, '['); err != nil {
		return err
	}
	for decoder.More() {
		var element json.RawMessage
		if err := decoder.Decode(&element); err != nil {
			return whole(err)
		}
		if err := each(element); err != nil {
			return err
		}
	}
	return expect(decoder, ']')
}

func expect(decoder *json.Decoder, delim json.Delim) error {
	token, err := decoder.Token()
	if err != nil {
		return whole(err)
	}
	if token != delim {
		return errors.New("no " + delim.String() + " where the list needs it")
	}
	return nil
}

// whole words the end of a body where more was due.
func whole(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle")
	}
	return err
}
