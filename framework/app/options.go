package app

import (
	"github.com/centplugins/centplugins/framework/option"
	"github.com/centplugins/centplugins/framework/output"
	"github.com/centplugins/centplugins/framework/perfdata"
)

// programOptions are the options of the program itself.
type programOptions struct {
	Plugin        string   `name:"plugin" help:"Plugin to run, by its name as --list-plugin shows it or by its path. Example: --plugin=cloud::microsoft::office365::exchange::plugin"`
	ListPlugin    bool     `name:"list-plugin" help:"List the plugins and exit."`
	Describe      bool     `name:"describe" help:"Print plugins, modes, options, counters and packages as JSON and exit."`
	Version       bool     `name:"version" help:"Show the version of the program, or of the plugin or mode that is named beside it, and exit."`
	Help          bool     `name:"help" help:"Show the options of the program, or of the plugin and mode that are named beside it, and exit."`
	IgnoreWarnMsg bool     `name:"ignore-warn-msg" help:"Accepted for compatibility: this program prints no warnings of its interpreter, since it has none."`
	Runas         string   `name:"runas" help:"Run as another user: directly when started by root, by sudo otherwise."`
	GlobalTimeout string   `name:"global-timeout" help:"Seconds after which the whole run is given up, whatever it waits for."`
	Environment   []string `name:"environment" sep:"none" help:"Set an environment variable for the run. Example: --environment='TZ=Europe/Paris'"`
	ConvertArgs   string   `name:"convert-args" help:"Replace a pattern in all arguments, for characters that a transport forbids. Example: --convert-args='##,\\x21' reads ## as an exclamation mark."`
}

// pluginOptions say what to do with the plugin.
type pluginOptions struct {
	Mode            string `name:"mode" help:"Mode to run, by its name as --list-mode shows it."`
	DynMode         string `name:"dyn-mode" help:"Mode to run, by its path. Example: --dyn-mode=cloud::microsoft::office365::exchange::mode::emailactivity"`
	ListMode        bool   `name:"list-mode" help:"List the modes of the plugin and exit."`
	CustomMode      string `name:"custommode" help:"Way to reach the monitored system, by its name as --list-custommode shows it. Where a plugin has only one, that is the default."`
	ListCustomMode  bool   `name:"list-custommode" help:"List the custom modes of the plugin and exit."`
	Multiple        bool   `name:"multiple" help:"Accepted for compatibility: several objects of a custom mode are never needed here."`
	NoSanityOptions bool   `name:"no-sanity-options" help:"Ignore options that nobody knows instead of refusing them."`
	PassManager     string `name:"pass-manager" help:"Password manager that supplies the values of options: environment, file, hashicorpvault, keepass, teampass or centreonvault."`
}

// multiOptions are the options of the meta mode multi.
type multiOptions struct {
	ModesExec  string   `name:"modes-exec" help:"Modes to run, separated by commas. Example: --modes-exec=email-activity,mailbox-usage"`
	OptionMode []string `name:"option-mode" sep:"none" help:"An option for one of the modes. Example: --option-mode='mailbox-usage,--filter-mailbox=^sales'"`
}

// common is what the first look at the command line reads: which plugin and mode, and how to print.
type common struct {
	program programOptions
	plugin  pluginOptions
	output  output.Options
	metrics perfdata.Options
}

func (c *common) sets() []option.Set {
	return []option.Set{
		{Title: "Options", Ptr: &c.program},
		{Title: "Plugin options", Ptr: &c.plugin},
		{Title: "Output options", Ptr: &c.output},
		{Title: "Metric options", Ptr: &c.metrics},
	}
}
