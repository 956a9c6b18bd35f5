// Package app runs one check, from the command line to the printed line and the exit status.
package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/centplugins/centplugins/framework/argv"
	"github.com/centplugins/centplugins/framework/check"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/output"
	"github.com/centplugins/centplugins/framework/perfdata"
	"github.com/centplugins/centplugins/framework/perl"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/registry"
	"github.com/centplugins/centplugins/framework/secret"
)

// Config is what a run gets from outside.
type Config struct {
	Registry  *registry.Registry
	Args      []string // the name the program was called by, then its arguments
	Version   string   // shown by --version
	Stdin     io.Reader
	Stdout    io.Writer
	Now       func() time.Time
	Location  *time.Location
	Getenv    func(name string) string
	Hostname  func() (string, error)
	Transport http.RoundTripper // stands in for the HTTP backend when it is not nil
	// As runs the program as another user, for --runas: it returns the output and exit status, or no output when the run is
	// to go on. The program gets stdin, from which a secret may be read. Nil refuses --runas.
	As func(ctx context.Context, user string, args []string, stdin io.Reader) ([]byte, int, error)
}

// grace is how long a run that has timed out may take to clean up before its result is no longer waited for.
const grace = 200 * time.Millisecond

// Run runs a check, writes its result to Stdout and returns the exit status. Whatever goes wrong, a panic included, is
// printed in one line and ends as UNKNOWN.
func Run(ctx context.Context, config Config) int {
	s := &session{Config: config, report: &check.Report{}}
	text, exit := s.start(ctx)
	if _, err := config.Stdout.Write([]byte(s.secrets.Clean(string(text)))); err != nil {
		return int(check.Unknown)
	}
	return exit
}

// session is the state of one run.
type session struct {
	Config
	common  common
	args    []string // the arguments, after --convert-args
	rest    []string // those that the first look left
	metrics *perfdata.Pipeline
	head    output.Head
	report  *check.Report
	secrets secret.Hider
}

// lines is a result that is no check: help and lists.
type lines struct {
	text  []string
	exact bool // printed without a label, as the only text
}

func (l *lines) Error() string { return strings.Join(l.text, "\n") }

func (s *session) start(ctx context.Context) (text []byte, exit int) {
	if err := s.look(); err != nil {
		return s.fail(err)
	}
	seconds := regexp.MustCompile(`\d+`).FindString(s.common.program.GlobalTimeout)
	if strings.Trim(seconds, "0") == "" { // 0 is no limit
		return s.finish(s.guarded(ctx))
	}
	limit, err := strconv.Atoi(seconds)
	if err != nil {
		return s.fail(failure.New("Wrong --global-timeout option '%s': give a number of seconds.", s.common.program.GlobalTimeout))
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(limit)*time.Second)
	defer cancel()
	late := failure.New("script global timeout: no result within %d seconds (--global-timeout).", limit)
	// A run that is given up still goes on and may touch the session: what is printed then comes from a copy made before.
	given := &session{Config: s.Config, common: s.common, metrics: s.metrics, head: s.head, report: &check.Report{}}
	var result error // of the run, once it is done
	done := make(chan struct{})
	go func() {
		defer close(done)
		result = s.guarded(ctx)
	}()
	select {
	case <-done:
		if ctx.Err() == nil {
			return s.finish(result)
		}
		return s.fail(late)
	case <-ctx.Done():
	}
	select {
	case <-done:
		return s.fail(late)
	case <-time.After(grace):
		return given.fail(late)
	}
}

// guarded runs the check and turns a panic into an error.
func (s *session) guarded(ctx context.Context) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			if s.debugging() {
				s.debug(string(debug.Stack()))
			}
			err = failure.New("Internal error: %v. This is a defect of the plugin: run the same command with --debug and report it.", cause)
		}
	}()
	return s.run(ctx)
}

// look reads what must be known before the plugin is: its name, the mode, how to print.
func (s *session) look() error {
	parser, err := option.New(s.common.sets()...)
	if err != nil {
		return err
	}
	if len(s.Args) > 0 {
		s.args = s.Args[1:]
	}
	split := argv.Split(s.args, parser.Lookup)
	err = parser.Parse(split.Words)
	s.head.Plugin = s.common.program.Plugin
	if err != nil {
		return err
	}
	if s.common.program.ConvertArgs != "" {
		if s.args, err = convert(s.args, s.common.program.ConvertArgs); err != nil {
			return err
		}
		split = argv.Split(s.args, parser.Lookup)
		if err := parser.Parse(split.Words); err != nil {
			return err
		}
	}
	s.rest = split.Rest
	if s.common.output.OutputOpenmetrics {
		s.common.metrics.UseNewPerfdata = true
	}
	s.head = output.Head{Plugin: s.common.program.Plugin, Mode: s.common.plugin.Mode}
	if err := s.common.output.Validate(); err != nil {
		s.common.output.OptExit = "unknown"
		return err
	}
	s.metrics, err = s.common.metrics.Compile()
	return err
}

// convert applies --convert-args, "pattern,replacement", to every other argument.
func convert(args []string, rule string) ([]string, error) {
	pattern, replacement, ok := strings.Cut(rule, ",")
	if !ok || pattern == "" {
		return args, nil
	}
	re, err := perl.Compile(pattern, "")
	if err != nil {
		return nil, failure.New("Wrong --convert-args option: %w", err)
	}
	converted := make([]string, len(args))
	for i, arg := range args {
		if strings.HasPrefix(arg, "--convert-args") {
			converted[i] = arg
			continue
		}
		if converted[i], err = re.Replace(arg, replacement, true); err != nil {
			return nil, failure.New("Cannot apply --convert-args: %w", err)
		}
	}
	return converted, nil
}

// run does what the command line asks for; its error may be lines to show.
func (s *session) run(ctx context.Context) error {
	if err := s.setEnvironment(); err != nil {
		return err
	}
	if name := s.common.program.Runas; name != "" {
		if s.As == nil {
			return failure.New("Option --runas cannot be used here.")
		}
		out, exit, err := s.As(ctx, name, s.withoutRunas(), s.Stdin)
		if err != nil {
			return err
		}
		if out != nil {
			return &rerun{out, exit}
		}
	}
	program := s.common.program
	switch {
	case program.ListPlugin:
		return s.listPlugins()
	case program.Describe:
		return s.describe()
	}
	entry, err := s.find()
	if err != nil {
		return err
	}
	if entry == nil {
		switch {
		case program.Help:
			return s.helpProgram()
		case program.Version:
			return &lines{[]string{"Global Version: " + s.Version}, true}
		}
		return failure.New("Need to specify '--plugin' option (use --list-plugin option to show available plugins).")
	}
	if s.head.Plugin == "" {
		s.head.Plugin = entry.Name()
	}
	return s.runPlugin(ctx, *entry)
}

// find returns the plugin that is asked for, by --plugin or by the name that the program was called by; nil for none.
func (s *session) find() (*registry.Entry, error) {
	if name := s.common.program.Plugin; name != "" {
		entry, ok := s.Registry.Find(name)
		if !ok {
			return nil, failure.New("Cannot load module --plugin: there is no plugin '%s' (use --list-plugin option to show available plugins).", name)
		}
		return &entry, nil
	}
	if len(s.Args) > 0 {
		if entry, ok := s.Registry.FindCommand(filepath.Base(s.Args[0])); ok {
			return &entry, nil
		}
	}
	return nil, nil
}

func (s *session) setEnvironment() error {
	set := map[string]string{}
	for _, pair := range s.common.program.Environment {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			continue
		}
		set[name] = value
	}
	if len(set) == 0 {
		return nil
	}
	outer := s.Getenv
	s.Getenv = func(name string) string {
		if value, ok := set[name]; ok {
			return value
		}
		return outer(name)
	}
	if zone, ok := set["TZ"]; ok {
		location, err := time.LoadLocation(zone)
		if err != nil {
			return failure.New("Wrong --environment option: there is no time zone '%s'.", zone)
		}
		s.Location = location
	}
	return nil
}

// withoutRunas returns the arguments for the program as another user, which is started by its own name and not by that of a
// plugin.
func (s *session) withoutRunas() []string {
	var args []string
	if entry, err := s.find(); err == nil && entry != nil && s.common.program.Plugin == "" {
		args = append(args, "--plugin="+entry.Name())
	}
	for i := 0; i < len(s.args); i++ {
		switch {
		case s.args[i] == "--runas":
			i++
		case strings.HasPrefix(s.args[i], "--runas="):
		default:
			args = append(args, s.args[i])
		}
	}
	return args
}

// rerun is the result of the same run as another user.
type rerun struct {
	out  []byte
	exit int
}

func (r *rerun) Error() string { return fmt.Sprintf("ended with exit status %d", r.exit) }

// document is a result that is printed as it is.
type document struct{ text []byte }

func (d *document) Error() string { return string(d.text) }

// whole makes the result of a text, or of what went wrong with it.
func whole(text []byte, err error) error {
	if err != nil {
		return err
	}
	return &document{text}
}

func (s *session) debugging() bool { return s.common.output.Debug || s.common.output.DebugStream }

// debug adds a text to the long output, or prints it at once under --debug-stream.
func (s *session) debug(text string) {
	text = s.secrets.Clean(strings.TrimRight(text, "\n"))
	if s.common.output.DebugStream {
		fmt.Fprintln(s.Stdout, text)
		return
	}
	s.report.AddLong(text)
}

func (s *session) env() *plugin.Env {
	env := &plugin.Env{
		Now: s.Now, Location: s.Location, Getenv: s.Getenv, Hostname: s.Hostname, Stdin: s.Stdin, Secrets: &s.secrets, Transport: s.Transport, Log: zerolog.Nop(),
	}
	if s.debugging() {
		env.Debug = s.debug
		env.Log = zerolog.New(logLines(s.debug)).Level(zerolog.DebugLevel)
	}
	return env
}

// logLines hands each event of the log on as a line.
type logLines func(text string)

func (l logLines) Write(event []byte) (int, error) {
	l(string(bytes.TrimRight(event, "\n")))
	return len(event), nil
}

// finish prints the report, or what came in its place.
func (s *session) finish(err error) ([]byte, int) {
	if err != nil {
		return s.fail(err)
	}
	text, exit, err := output.Render(s.common.output, s.metrics, s.head, s.report)
	if err != nil {
		return s.fail(err)
	}
	return s.put(text, exit)
}

func (s *session) fail(err error) ([]byte, int) {
	var shown *lines
	var again *rerun
	var printed *document
	switch {
	case errors.As(err, &printed):
		return s.put(printed.text, s.common.output.Exit(check.OK))
	case errors.As(err, &again):
		return again.out, again.exit
	case errors.As(err, &shown) && shown.exact:
		text, exit := output.RenderFailure(s.common.output, s.head, strings.Join(shown.text, " "), false, nil)
		return s.put(text, exit)
	case errors.As(err, &shown):
		status, _ := check.ParseStatus(s.common.output.OptExit)
		return []byte(strings.Join(shown.text, "\n") + "\n"), int(status)
	}
	text, exit := output.RenderFailure(s.common.output, s.head, failure.OneLine(err.Error()), true, s.report.Long)
	return s.put(text, exit)
}

// put writes to --output-file what is otherwise printed.
func (s *session) put(text []byte, exit int) ([]byte, int) {
	path := s.common.output.OutputFile
	if path == "" {
		return text, exit
	}
	if err := output.WriteFile(path, []byte(s.secrets.Clean(string(text)))); err != nil {
		return output.RenderFailure(output.Options{OptExit: s.common.output.OptExit}, s.head, failure.OneLine(err.Error()), true, nil)
	}
	return nil, exit
}
