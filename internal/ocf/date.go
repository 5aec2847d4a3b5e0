package ocf

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// defaultDate is the form of the shell agents' log lines; the last character is a blank.
const defaultDate = "%b %d %T "

// date is the time in a format of strftime(3) in the C locale. A letter that is not known stays as it
// stands, with its percent sign.
func date(format string, now time.Time) string {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		if part, known := datePart(now, format[i]); known {
			out.WriteString(part)
		} else {
			out.WriteString(format[i-1 : i+1])
		}
	}
	return out.String()
}

// layoutOf is the layout of package time for a letter of strftime.
func layoutOf(letter byte) string {
	switch letter {
	case 'Y':
		return "2006"
	case 'y':
		return "06"
	case 'm':
		return "01"
	case 'b', 'h':
		return "Jan"
	case 'B':
		return "January"
	case 'd':
		return "02"
	case 'e':
		return "_2"
	case 'j':
		return "002"
	case 'a':
		return "Mon"
	case 'A':
		return "Monday"
	case 'D':
		return "01/02/06"
	case 'F':
		return "2006-01-02"
	case 'H':
		return "15"
	case 'I':
		return "03"
	case 'M':
		return "04"
	case 'S':
		return "05"
	case 'p':
		return "PM"
	case 'R':
		return "15:04"
	case 'T':
		return "15:04:05"
	case 'c':
		return "Mon Jan _2 15:04:05 2006"
	case 'z':
		return "-0700"
	case 'Z':
		return "MST"
	}
	return ""
}

func datePart(now time.Time, letter byte) (part string, known bool) {
	if layout := layoutOf(letter); layout != "" {
		return now.Format(layout), true
	}
	switch letter {
	case 's':
		return strconv.FormatInt(now.Unix(), 10), true
	case 'N':
		return fmt.Sprintf("%09d", now.Nanosecond()), true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case '%':
		return "%", true
	}
	return "", false
}
