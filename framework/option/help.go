package option

import "strings"

const helpWidth = 100

// Help renders the options as --help shows them: each set under its title, each option with its text and default.
func (p *Parser) Help() []string {
	var lines []string
	for _, group := range p.Groups() {
		if len(group.Options) == 0 {
			continue
		}
		lines = append(lines, strings.ToUpper(group.Title)+":", "")
		for _, o := range group.Options {
			if o.Hidden {
				continue
			}
			lines = append(lines, "    "+spelling(o))
			text := o.Help
			if o.Default != "" && !strings.Contains(text, "(default:") {
				text += " (default: '" + o.Default + "')"
			}
			lines = append(lines, Wrap(text, "        ", helpWidth)...)
			lines = append(lines, "")
		}
	}
	return lines
}

func spelling(o Info) string {
	text := "--" + strings.Join(append([]string{o.Name}, o.Aliases...), ", --")
	if o.Repeatable {
		text += " (may be repeated)"
	}
	return text
}

// Wrap breaks text into indented lines of at most width characters; a word that is longer stands alone.
func Wrap(text, indent string, width int) []string {
	var lines []string
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line) > len(indent) && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	if len(line) > len(indent) {
		lines = append(lines, line)
	}
	return lines
}
