package report

import (
	"fmt"
	"time"

	"github.com/centplugins/centplugins/framework/failure"
	"github.com/centplugins/centplugins/framework/plugin"
	"github.com/centplugins/centplugins/framework/table"
)

// Seen is what stands out in a weekly report that an operator should know of, whatever the figures are.
type Seen struct {
	rows      int
	concealed []int // rows whose name is concealed, for each filter's column
	passed    int   // rows that passed the filters
	deleted   int
	noURL     int
}

// DeletedColumn is the column that says whether a user or site is deleted. Not every report has it.
const DeletedColumn = "Is Deleted"

// Look takes note of a row: its names are in columns 1 and following, one for each filter, its DeletedColumn is in deleted.
func (s *Seen) Look(row *table.Row, names, deleted int, passes bool) {
	s.rows++
	if len(s.concealed) < names {
		s.concealed = make([]int, names)
	}
	for i := range names {
		if concealed(row.Cell(i + 1)) {
			s.concealed[i]++
		}
	}
	if passes {
		s.passed++
	}
	if row.Is(deleted, "True") {
		s.deleted++
	}
}

// concealed reports whether a name is one that the tenant's privacy setting leaves of it: 32 hex digits in upper case.
func concealed(name []byte) bool {
	if len(name) != 32 {
		return false
	}
	for _, c := range name {
		if (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

const privacySetting = "an administrator can show them in the Microsoft 365 admin center > Settings > Org settings > Services > Reports"

// Tell adds to the long output what was seen, and to the log how old the report is: Microsoft's are two days old as a rule,
// and more at times. Where a filter let nothing pass, and could not, since all names are concealed,
// that is an error: the figures would be those of nobody.
//
// date is that of the report, what is the word for several of them: users.
func (s *Seen) Tell(run *plugin.Run, date, what string, patterns []Pattern) error {
	if day, err := time.Parse(time.DateOnly, date); err == nil {
		run.Log.Debug().Str("date", date).Int("days_old", int(run.Now().Sub(day).Hours()/24)).Int("rows", s.rows).Msg("usage report")
	}
	hidden := false
	for i, n := range s.concealed {
		// A single name that looks so may be one.
		if n < 2 || n < s.rows {
			continue
		}
		hidden = true
		if s.passed == 0 && patterns[i].Text != "" {
			return failure.New("None of the %s can match --%s: all %d names in Microsoft's report are concealed by the tenant's privacy setting; %s, or "+
				"remove the filter.", what, patterns[i].Option, s.rows, privacySetting)
		}
	}
	if hidden {
		run.Report.AddLong(fmt.Sprintf("The names of all %d %s are concealed by the tenant's privacy setting; totals are right, filters on names "+
			"match nothing; %s.", s.rows, what, privacySetting))
	}
	if s.deleted > 0 {
		run.Report.AddLong(fmt.Sprintf("%d of %d %s are deleted; Microsoft still reports them, and they are counted.", s.deleted, s.rows, what))
	}
	if s.noURL > 0 {
		run.Report.AddLong(fmt.Sprintf("%d of %d %s have no URL in Microsoft's report; they go by their IDs, or by numbers.", s.noURL, s.rows, what))
	}
	return nil
}
