// Package option reads a command line into structs and renders the help about them.
//
// It is the only importer of kong. An option is a field of a struct with kong's tags; a Set is such a struct with the
// title that --help shows above its options.
package option

// Set is one group of options: a pointer to a struct with kong tags, and its title in --help.
//
// Beside kong's own tags a field may carry `empty:"keep"`: an option given without a value then counts as given, where
// by default it counts as not given at all (Centreon passes empty values for macros that nobody set).
type Set struct {
	Title string
	Ptr   any

	help map[string]string // by the option's name, of a set that Texts made
}
