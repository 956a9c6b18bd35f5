package expr

// Value is a Perl scalar: undef (the zero Value), a string or a number.
type Value struct{}

// Undef returns the undefined value.
func Undef() Value { return Value{} }

// String returns the string s as a Value.
func String(s string) Value { return Value{} }

// Number returns the number f as a Value.
func Number(f float64) Value { return Value{} }

// Bool is Perl's truth: undef, "", "0" and 0 are false.
func (v Value) Bool() bool { return false }

// String returns the value as text, undef as "".
func (v Value) String() string { return "" }

// Float returns the value as a number, text that is none as 0.
func (v Value) Float() float64 { return 0 }

// IsUndef tells whether the value is undef.
func (v Value) IsUndef() bool { return true }
