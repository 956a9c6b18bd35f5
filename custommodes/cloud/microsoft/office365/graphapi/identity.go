package graphapi

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/centplugins/centplugins/custommodes/cloud/microsoft/office365/graphapi/assertion"
	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/secret"
)

// identityOptions say which application asks, how it proves that, and in which cloud.
type identityOptions struct {
	Tenant                  string `name:"tenant" help:"Tenant: its ID, or a domain of it. Without it, the environment variable OFFICE365_TENANT or AZURE_TENANT_ID. Example: --tenant=contoso.onmicrosoft.com"`
	ClientID                string `name:"client-id" help:"ID of the registered application (the client ID). Without it, the environment variable OFFICE365_CLIENT_ID or AZURE_CLIENT_ID. With --managed-identity, the client ID of a user-assigned identity."`
	ClientSecret            string `name:"client-secret" help:"Client secret of the application: its value, not its ID; - reads it from standard input. Better kept off the command line: see --client-secret-file, --pass-manager and --client-certificate. Without any of them, the environment variable OFFICE365_CLIENT_SECRET or AZURE_CLIENT_SECRET."`
	ClientSecretFile        string `name:"client-secret-file" help:"File that holds the client secret. Others than its owner and group must not be allowed to read it."`
	Certificate             string `name:"client-certificate" help:"File with the certificate of the application and its private key (PEM or PKCS#12), used in place of a client secret. Without it, the environment variable OFFICE365_CLIENT_CERTIFICATE or AZURE_CLIENT_CERTIFICATE_PATH."`
	CertificatePassword     string `name:"client-certificate-password" help:"Password of the file of --client-certificate; - reads it from standard input. Without it, the environment variable OFFICE365_CLIENT_CERTIFICATE_PASSWORD or AZURE_CLIENT_CERTIFICATE_PASSWORD."`
	CertificatePasswordFile string `name:"client-certificate-password-file" help:"File that holds the password of the file of --client-certificate. Others than its owner and group must not be allowed to read it."`
	CertificateAlgorithm    string `name:"client-certificate-algorithm" default:"PS256" help:"How the certificate signs: PS256, or RS256 where an older login service asks for it."`
	FederatedTokenFile      string `name:"federated-token-file" help:"File with the token of another identity provider that the application trusts (workload identity federation). Without any credential, the environment variable AZURE_FEDERATED_TOKEN_FILE."`
	ManagedIdentity         bool   `name:"managed-identity" help:"Use the identity that Azure gave to this machine: a virtual machine, App Service, or a server with Azure Arc. Needs no tenant, no client ID and no secret."`
	Cloud                   string `name:"cloud" help:"Cloud of the tenant: global, gcc-high, dod or china. It sets the endpoints; without it, the login endpoint is that of the environment variable AZURE_AUTHORITY_HOST. Default: global."`
	LoginEndpoint           string `name:"login-endpoint" help:"URL of the login service, in place of the one of --cloud. Default: https://login.microsoftonline.com"`
	GraphEndpoint           string `name:"graph-endpoint" help:"URL of Graph, in place of the one of --cloud. Default: https://graph.microsoft.com"`
}

// application is the registered application that asks Graph, and how it proves that it does. Of tenant, clientID, secret,
// certificate, federated and managed one kind of credential is set.
type application struct {
	tenant, clientID string
	login, graph     *url.URL

	secret      string
	certificate *assertion.Certificate
	exposed     string // file of the certificate, when everybody may read it
	algorithm   string
	federated   string // file with the token
	managed     bool
}

// stdin stands for standard input where a secret is expected.
const stdin = "-"

// resolve fills in what the command line leaves to files, to standard input and to the environment.
func (o *identityOptions) resolve(env *plugin.Env) (*application, error) {
	app := &application{
		tenant:   firstSet(o.Tenant, env, "OFFICE365_TENANT", "AZURE_TENANT_ID"),
		clientID: firstSet(o.ClientID, env, "OFFICE365_CLIENT_ID", "AZURE_CLIENT_ID"),
		managed:  o.ManagedIdentity,
	}
	if o.ManagedIdentity {
		app.clientID = o.ClientID // the environment may name another application
	}
	given, err := o.credential(env)
	switch {
	case err != nil:
		return nil, err
	case o.ManagedIdentity:
	case app.tenant == "":
		return nil, failure.New("Need to specify --tenant option.")
	case app.clientID == "":
		return nil, failure.New("Need to specify --client-id option.")
	case given == "":
		return nil, failure.New("Need to specify --client-secret option.")
	}
	if err := o.read(app, given, env); err != nil {
		return nil, err
	}
	return app, o.endpoints(app, env)
}

// firstSet returns the value of an option, else that of the first of some environment variables that has one.
func firstSet(value string, env *plugin.Env, variables ...string) string {
	for _, name := range variables {
		if value == "" {
			value = env.Getenv(name)
		}
	}
	return value
}

// credential returns the option that gives the one credential to use, and fills it in from the environment where the command
// line gives none; empty when there is none.
func (o *identityOptions) credential(env *plugin.Env) (given string, err error) {
	var all []string
	for _, option := range []struct{ name, value string }{
		{"client-secret", o.ClientSecret},
		{"client-secret-file", o.ClientSecretFile},
		{"client-certificate", o.Certificate},
		{"federated-token-file", o.FederatedTokenFile},
	} {
		if option.value != "" {
			all = append(all, option.name)
		}
	}
	if o.ManagedIdentity {
		all = append(all, "managed-identity")
	}
	switch {
	case len(all) > 1:
		return "", failure.New("The options --%s and --%s are two credentials: give one of them.", all[0], all[1])
	case len(all) == 1:
		return all[0], nil
	}
	o.ClientSecret = firstSet("", env, "OFFICE365_CLIENT_SECRET")
	o.Certificate = firstSet("", env, "OFFICE365_CLIENT_CERTIFICATE")
	if o.ClientSecret == "" && o.Certificate == "" {
		o.ClientSecret = firstSet("", env, "AZURE_CLIENT_SECRET")
		o.Certificate = firstSet("", env, "AZURE_CLIENT_CERTIFICATE_PATH")
		o.FederatedTokenFile = firstSet("", env, "AZURE_FEDERATED_TOKEN_FILE")
	}
	switch {
	case o.ClientSecret != "":
		env.Secrets.Add(o.ClientSecret)
		return "client-secret", nil
	case o.Certificate != "":
		return "client-certificate", nil
	case o.FederatedTokenFile != "":
		return "federated-token-file", nil
	}
	return "", nil
}

// read loads the credential that the option gives.
func (o *identityOptions) read(app *application, given string, env *plugin.Env) (err error) {
	switch given {
	case "client-secret":
		app.secret, err = secretText(env, "client-secret", o.ClientSecret, "", o.CertificatePassword == stdin)
	case "client-secret-file":
		app.secret, err = secretText(env, "client-secret", "", o.ClientSecretFile, false)
	case "client-certificate":
		err = o.readCertificate(app, env)
	case "federated-token-file":
		app.federated = o.FederatedTokenFile
	}
	return err
}

func (o *identityOptions) readCertificate(app *application, env *plugin.Env) error {
	if !slices.Contains([]string{"PS256", "RS256"}, o.CertificateAlgorithm) {
		return failure.New("Wrong --client-certificate-algorithm option '%s': use PS256 or RS256.", o.CertificateAlgorithm)
	}
	app.algorithm = o.CertificateAlgorithm
	if o.CertificatePassword != "" && o.CertificatePasswordFile != "" {
		return failure.New("The options --client-certificate-password and --client-certificate-password-file are two passwords: give one of them.")
	}
	password := o.CertificatePassword
	if o.CertificatePasswordFile == "" {
		password = firstSet(password, env, "OFFICE365_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD")
	}
	if password != "" || o.CertificatePasswordFile != "" {
		var err error
		if password, err = secretText(env, "client-certificate-password", password, o.CertificatePasswordFile, false); err != nil {
			return err
		}
	}
	content, err := readFile("client-certificate", o.Certificate)
	if err != nil {
		return err
	}
	if info, err := os.Stat(o.Certificate); err == nil && info.Mode().Perm()&0o004 != 0 {
		app.exposed = o.Certificate
	}
	app.certificate, err = assertion.Load(o.Certificate, content, password)
	return err
}

// secretText returns the text of a secret from where the options say, and registers it. twice says that another option reads
// standard input as well.
func secretText(env *plugin.Env, option, value, file string, twice bool) (text string, err error) {
	switch {
	case file != "":
		text, err = secret.ReadSecretFile(option+"-file", file)
	case value != stdin:
		text = value
	case twice:
		return "", failure.New("Only one secret can come from standard input: give --%s in another way.", option)
	default:
		text, err = readLine(env.Stdin, option)
	}
	env.Secrets.Add(text)
	return text, err
}

// maxLine bounds a secret from standard input, in bytes.
const maxLine = 64 << 10

// readLine reads the first line of standard input.
func readLine(input io.Reader, option string) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(input, maxLine)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", failure.New("Cannot read the value of --%s from standard input: %w.", option, err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", failure.New("Standard input has no line for --%s: pipe the value into the check.", option)
	}
	return line, nil
}

// readFile reads the file that an option names.
func readFile(option, path string) ([]byte, error) {
	content, err := secret.ReadFile(path)
	if err != nil {
		return nil, failure.New("Cannot read '%s' of --%s: %w. Check the path, and that the user of the check may read it.",
			path, option, bareError(err))
	}
	return content, nil
}

// bareError takes the path off an error that is told beside it.
func bareError(err error) error {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return inPath.Err
	}
	return err
}

// endpoints sets the addresses of login service and Graph.
//
// https://learn.microsoft.com/graph/deployments
func (o *identityOptions) endpoints(app *application, env *plugin.Env) (err error) {
	login, graph := "https://login.microsoftonline.com", "https://graph.microsoft.com"
	loginOption := "login-endpoint"
	switch o.Cloud {
	case "":
		if host := env.Getenv("AZURE_AUTHORITY_HOST"); host != "" && o.LoginEndpoint == "" {
			login, loginOption = host, "login-endpoint (from AZURE_AUTHORITY_HOST)"
		}
	case "global":
	case "gcc-high":
		login, graph = "https://login.microsoftonline.us", "https://graph.microsoft.us"
	case "dod":
		login, graph = "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"
	case "china":
		login, graph = "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"
	default:
		return failure.New("Wrong --cloud option '%s': use global, gcc-high, dod or china.", o.Cloud)
	}
	if o.LoginEndpoint != "" {
		login = o.LoginEndpoint
	}
	if o.GraphEndpoint != "" {
		graph = o.GraphEndpoint
	}
	if app.login, err = endpoint(loginOption, login); err != nil {
		return err
	}
	app.graph, err = endpoint("graph-endpoint", graph)
	return err
}

func endpoint(name, text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		example := "https://graph.microsoft.com"
		if strings.HasPrefix(name, "login") {
			example = "https://login.microsoftonline.com"
		}
		return nil, failure.New("Wrong --%s option: give a URL such as %s", name, example)
	}
	if u.User != nil {
		return nil, failure.New("Wrong --%s option: the URL must hold no user and no password", name)
	}
	return u, nil
}
