package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// server plays the login endpoint, Graph, and the host of the reports, for many tenants at once: the first part of a path is the
// name of the tenant.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	tenants map[string]*tenant
	next    *regexp.Regexp
}

func newServer() *server {
	s := &server{tenants: map[string]*tenant{}, next: regexp.MustCompile(`skiptoken=(\d+)`)}
	s.Server = httptest.NewServer(s)
	return s
}

// add returns the endpoint that a tenant has until it is removed.
func (s *server) add(id string, t *tenant) (endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants[id] = t
	return s.URL + "/" + id
}

func (s *server) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tenants, id)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	s.mu.Lock()
	t := s.tenants[id]
	s.mu.Unlock()
	if t == nil {
		http.NotFound(w, r)
		return
	}
	switch {
	case strings.HasSuffix(rest, "/oauth2/v2.0/token"):
		answer(w, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": "token"})
	case strings.HasPrefix(rest, "v1.0/reports/"):
		function, parameter, _ := strings.Cut(path.Base(rest), "(")
		period := "/week"
		if strings.HasPrefix(parameter, "date=") {
			period = "/day"
		}
		if t.redirect {
			http.Redirect(w, r, s.URL+"/"+id+"/download/"+function+period, http.StatusFound) //nolint:gosec // to itself
			return
		}
		t.report(w, function+period)
	case strings.HasPrefix(rest, "download/"):
		t.report(w, strings.TrimPrefix(rest, "download/"))
	default:
		items, ok := t.collections[path.Base(rest)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		from := 0
		if m := s.next.FindStringSubmatch(r.URL.RawQuery); m != nil {
			from, _ = strconv.Atoi(m[1])
		}
		from = min(from, len(items))
		to := min(from+t.page, len(items))
		if r.URL.Query().Has("$expand") {
			to = len(items) // the original asks for the first of several pages for ever
		}
		body := map[string]any{"value": append([]map[string]any{}, items[from:to]...)}
		if to < len(items) {
			body["@odata.nextLink"] = s.URL + "/" + id + "/" + rest + "?$skiptoken=" + strconv.Itoa(to)
		}
		answer(w, body)
	}
}

func (t *tenant) report(w http.ResponseWriter, name string) {
	body, ok := t.reports[name]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(body)
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
