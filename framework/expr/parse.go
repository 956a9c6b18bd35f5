package expr

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/centplugins/centplugins/framework/perl"
)

// parser reads an expression by recursive descent, straight from its text: what a '/', a '%' or an 'x' means depends on
// whether an operand or an operator is due.
type parser struct {
	src   string
	pos   int
	depth int
	funcs Funcs
	expr  *Expr
}

// term is an operand; one that can be assigned to has the name of its variable.
type term struct {
	eval     node
	variable bool
	name     string
}

func (p *parser) rest() string { return p.src[p.pos:] }

// skip takes blanks and comments.
func (p *parser) skip() {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			p.pos++
		case c == '#':
			line, _, _ := strings.Cut(p.rest(), "\n")
			p.pos += len(line)
		default:
			return
		}
	}
}

// take takes the mark s if it comes next.
func (p *parser) take(s string) bool {
	p.skip()
	if !strings.HasPrefix(p.rest(), s) {
		return false
	}
	p.pos += len(s)
	return true
}

// word returns the word that comes next, "" when there is none.
func (p *parser) word() string {
	p.skip()
	rest := p.rest()
	n := 0
	for n < len(rest) && isWord(rest[n]) && (n > 0 || rest[n] > '9') {
		n++
	}
	return rest[:n]
}

// takeWord takes the word w if it comes next.
func (p *parser) takeWord(w string) bool {
	if p.word() != w {
		return false
	}
	p.pos += len(w)
	return true
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// errorf says what is wrong at a place of the source.
func (p *parser) errorf(pos int, format string, args ...any) error {
	return fmt.Errorf(format+" at character %d in %s", append(args, pos+1, quoted(p.src))...)
}

// unexpected says that what comes next has no place here.
func (p *parser) unexpected() error {
	p.skip()
	rest := p.rest()
	if rest == "" {
		return fmt.Errorf("unexpected end in %s", quoted(p.src))
	}
	token := p.word()
	if token == "" {
		token = strings.ToValidUTF8(rest[:1], "?")
	}
	return p.errorf(p.pos, "unexpected '%s'", token)
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("more than %d levels within each other in %s", maxDepth, quoted(p.src))
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) statements() error {
	for {
		for p.take(";") {
		}
		p.skip()
		if p.rest() == "" {
			return nil
		}
		statement, err := p.statement()
		if err != nil {
			return err
		}
		p.expr.statements = append(p.expr.statements, statement)
		p.skip()
		if p.rest() != "" && !strings.HasPrefix(p.rest(), ";") {
			return p.unexpected()
		}
	}
}

// statement reads an expression with its "if" or "unless".
func (p *parser) statement() (node, error) {
	body, err := p.or()
	if err != nil {
		return nil, err
	}
	word := p.word()
	if word != "if" && word != "unless" {
		return body.eval, nil
	}
	p.pos += len(word)
	condition, err := p.or()
	return func(s *scope) (Value, error) {
		v, err := condition.eval(s)
		if err != nil || v.Bool() == (word == "unless") {
			return v, err
		}
		return body.eval(s)
	}, err
}

// or reads what "or" and "xor" join.
func (p *parser) or() (term, error) {
	left, err := p.and()
	for err == nil {
		var right term
		switch a := left.eval; {
		case p.takeWord("or"):
			right, err = p.and()
			left = term{eval: binary("||", a, right.eval)}
		case p.takeWord("xor"):
			right, err = p.and()
			left = term{eval: func(s *scope) (Value, error) {
				x, err := a(s)
				if err != nil {
					return x, err
				}
				y, err := right.eval(s)
				return ofBool(x.Bool() != y.Bool()), err
			}}
		default:
			return left, nil
		}
	}
	return left, err
}

func (p *parser) and() (term, error) {
	left, err := p.not()
	for err == nil && p.takeWord("and") {
		var right term
		right, err = p.not()
		left = term{eval: binary("&&", left.eval, right.eval)}
	}
	return left, err
}

func (p *parser) not() (term, error) {
	if p.word() == "not" && !strings.HasPrefix(strings.TrimLeft(p.rest()[len("not"):], " \t\r\n"), "(") {
		p.pos += len("not")
		operand, err := p.notOperand()
		return opposite(operand), err
	}
	return p.assign()
}

// notOperand reads what "not" negates. "not (a) == b" is "(not a) == b": with a parenthesis, it is a function.
func (p *parser) notOperand() (term, error) {
	if err := p.enter(); err != nil {
		return term{}, err
	}
	defer p.leave()
	if p.skip(); strings.HasPrefix(p.rest(), "(") {
		return p.parenthesis()
	}
	return p.not()
}

func opposite(t term) term {
	return term{eval: func(s *scope) (Value, error) {
		v, err := t.eval(s)
		return ofBool(!v.Bool()), err
	}}
}

// assign reads a conditional, or an assignment, which is only ever to a macro.
func (p *parser) assign() (term, error) {
	if err := p.enter(); err != nil {
		return term{}, err
	}
	defer p.leave()
	left, err := p.binary(levelOr)
	if err != nil {
		return left, err
	}
	if p.take("?") {
		return p.conditional(left.eval)
	}
	p.skip()
	at := p.pos
	op := p.assignment()
	if op == "" {
		return left, nil
	}
	if !left.variable {
		return left, p.errorf(at, "only a macro can be assigned to, unexpected '%s'", op)
	}
	right, err := p.assign()
	value := right.eval
	if op != "=" {
		value = binary(strings.TrimSuffix(op, "="), left.eval, right.eval)
	}
	left.eval = func(s *scope) (Value, error) {
		v, err := value(s)
		if err == nil {
			s.vars[left.name] = v
		}
		return v, err
	}
	return left, err
}

func (p *parser) conditional(condition node) (term, error) {
	yes, err := p.assign()
	if err != nil {
		return yes, err
	}
	if !p.take(":") {
		return yes, p.unexpected()
	}
	no, err := p.assign()
	return term{eval: func(s *scope) (Value, error) {
		v, err := condition(s)
		switch {
		case err != nil:
			return v, err
		case v.Bool():
			return yes.eval(s)
		}
		return no.eval(s)
	}}, err
}

// assignment takes an assignment operator, "" when none comes next.
func (p *parser) assignment() string {
	for _, op := range []string{"=", "+=", "-=", "*=", "/=", ".=", "%=", "x=", "**=", "||=", "&&=", "//="} {
		if rest := p.rest(); strings.HasPrefix(rest, op) && !strings.HasPrefix(rest, "==") && !strings.HasPrefix(rest, "=~") {
			p.pos += len(op)
			return op
		}
	}
	return ""
}

// operator returns the binary operator that comes next without taking it, "" when there is none.
func (p *parser) operator() string {
	p.skip()
	rest := p.rest()
	if strings.HasPrefix(rest, "++") || strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "..") {
		return ""
	}
	symbols := []string{"<=>", "**", "==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "//", "<", ">", "+", "-", "*", "/", "%", "."}
	for _, op := range symbols {
		if after, ok := strings.CutPrefix(rest, op); ok {
			if strings.HasPrefix(after, "=") && level(op) != levelEqual && level(op) != levelCompare && level(op) != levelBind {
				return "" // an assignment
			}
			return op
		}
	}
	word := p.word()
	if after := strings.TrimPrefix(word, "x"); after != word && strings.Trim(after, "0123456789") == "" {
		next := rest[len(word):]
		if after == "" && strings.HasPrefix(next, "=") && !strings.HasPrefix(next, "==") && !strings.HasPrefix(next, "=~") {
			return ""
		}
		return "x" // 'a' x3
	}
	return word
}

// binary reads operands joined by operators that bind at least as tightly as least.
func (p *parser) binary(least int) (term, error) {
	left, err := p.unary()
	for err == nil {
		op := p.operator()
		strength := level(op)
		if strength == 0 || strength < least {
			return left, nil
		}
		if strength == levelEqual || strength == levelCompare {
			left, err = p.comparison(left, strength)
			continue
		}
		p.pos += len(op)
		if strength == levelBind {
			left, err = p.bind(left, op == "!~")
			continue
		}
		var right term
		right, err = p.binary(strength + 1)
		left = term{eval: binary(op, left.eval, right.eval)}
	}
	return left, err
}

// comparison reads a chain such as 0 < a <= 10, where each operand is computed once and the first false ends it.
func (p *parser) comparison(first term, strength int) (term, error) {
	var ops []string
	var operands []node
	for op := p.operator(); level(op) == strength; op = p.operator() {
		if len(ops) > 0 && (op == "<=>" || op == "cmp" || ops[0] == "<=>" || ops[0] == "cmp") {
			return first, p.unexpected()
		}
		p.pos += len(op)
		operand, err := p.binary(strength + 1)
		if err != nil {
			return first, err
		}
		ops, operands = append(ops, op), append(operands, operand.eval)
	}
	return term{eval: func(s *scope) (Value, error) {
		left, err := first.eval(s)
		var result Value
		for i := 0; i < len(ops) && err == nil; i++ {
			var right Value
			if right, err = operands[i](s); err != nil {
				break
			}
			if result, err = apply(ops[i], left, right); !result.Bool() {
				break
			}
			left = right
		}
		return result, err
	}}, nil
}

// unary reads "!", "-" and "+", and "**", which binds tighter than they do on its left and looser on its right.
func (p *parser) unary() (term, error) {
	if err := p.enter(); err != nil {
		return term{}, err
	}
	defer p.leave()
	p.skip()
	switch rest := p.rest(); {
	case strings.HasPrefix(rest, "!") && !strings.HasPrefix(rest, "!~"):
		p.pos++
		operand, err := p.unary()
		return opposite(operand), err
	case strings.HasPrefix(rest, "-") && !strings.HasPrefix(rest, "--"):
		p.pos++
		operand, err := p.unary()
		return term{eval: func(s *scope) (Value, error) {
			v, err := operand.eval(s)
			return negate(v), err
		}}, err
	case strings.HasPrefix(rest, "+") && !strings.HasPrefix(rest, "++"):
		p.pos++
		return p.unary()
	}
	base, err := p.primary()
	if err != nil || p.operator() != "**" {
		return base, err
	}
	p.pos += len("**")
	exponent, err := p.unary()
	return term{eval: binary("**", base.eval, exponent.eval)}, err
}

// primary reads an operand.
func (p *parser) primary() (term, error) {
	p.skip()
	rest := p.rest()
	if name, n := macroAt(rest); n > 0 {
		p.pos += n
		return term{variable: true, name: name, eval: func(s *scope) (Value, error) { return s.vars[name], nil }}, nil
	}
	if name, n := perl.VariableAt(rest); n > 0 {
		if !isGroup(name) {
			return term{}, p.errorf(p.pos, "unknown variable '%s'", rest[:n])
		}
		p.pos += n
		p.expr.usesGroups = true
		return term{eval: func(s *scope) (Value, error) {
			if i, err := strconv.Atoi(name); s.groups == nil || err == nil && i >= len(s.groups) {
				return Undef(), nil
			}
			return String(perl.Group(s.groups, name)), nil
		}}, nil
	}
	switch {
	case rest == "":
		return term{}, p.unexpected()
	case rest[0] == '(':
		return p.parenthesis()
	case rest[0] >= '0' && rest[0] <= '9', len(rest) > 1 && rest[0] == '.' && rest[1] >= '0' && rest[1] <= '9':
		return p.numberLiteral()
	case rest[0] == '"' || rest[0] == '\'' || rest[0] == '/':
		return p.quoteLike("", term{eval: constant(Undef())})
	}
	word := p.word()
	switch {
	case isQuoteWord(word) && p.quoteFollows(len(word)):
		p.pos += len(word)
		return p.quoteLike(word, term{eval: constant(Undef())})
	case word == "":
		return term{}, p.unexpected()
	case word == "not":
		p.pos += len(word)
		operand, err := p.notOperand()
		return opposite(operand), err
	}
	return p.call(word)
}

func (p *parser) parenthesis() (term, error) {
	if !p.take("(") {
		return term{}, p.unexpected()
	}
	inner, err := p.or()
	if err == nil && !p.take(")") {
		err = p.unexpected()
	}
	return inner, err
}

func constant(v Value) node {
	return func(*scope) (Value, error) { return v, nil }
}

func isGroup(name string) bool { return name == "&" || name[0] >= '1' && name[0] <= '9' }

// macroAt returns the name of the macro at the start of rest, %{name}, %(name) or $values->{name}, and its length; 0 when
// there is none.
func macroAt(rest string) (name string, n int) {
	for _, form := range []struct{ opener, closer string }{{"%{", "}"}, {"%(", ")"}, {"$values->{", "}"}} {
		inner, ok := strings.CutPrefix(rest, form.opener)
		if !ok {
			continue
		}
		end := strings.Index(inner, form.closer)
		if end < 0 {
			return "", 0
		}
		name = strings.Trim(inner[:end], " \t")
		if len(name) > 1 && (name[0] == '\'' || name[0] == '"') && name[len(name)-1] == name[0] {
			name = name[1 : len(name)-1]
		}
		if !isMacroName(name) {
			return "", 0
		}
		return name, len(form.opener) + end + len(form.closer)
	}
	return "", 0
}

// isMacroName refuses what can only be a slip, such as %(used > 10), which would be undef for ever.
func isMacroName(s string) bool {
	for i := range len(s) {
		if !isWord(s[i]) && strings.IndexByte("-.:", s[i]) < 0 && s[i] < 0x80 {
			return false
		}
	}
	return s != ""
}

// numberLiteral reads 12, 1_000, .5, 1e3, 0x1F, 0b101 and the octal 017.
func (p *parser) numberLiteral() (term, error) {
	start := p.pos
	digits := func() {
		for p.pos < len(p.src) && (p.src[p.pos] >= '0' && p.src[p.pos] <= '9' || p.src[p.pos] == '_') {
			p.pos++
		}
	}
	if rest := strings.ToLower(p.rest()); strings.HasPrefix(rest, "0x") || strings.HasPrefix(rest, "0b") ||
		len(rest) > 1 && rest[0] == '0' && isWord(rest[1]) && rest[1] <= '9' {
		for p.pos < len(p.src) && isWord(p.src[p.pos]) {
			p.pos++
		}
		literal := strings.ReplaceAll(p.src[start:p.pos], "_", "")
		whole, err := strconv.ParseUint(literal, 0, 64)
		if err != nil {
			return term{}, p.errorf(start, "'%s' is no number", literal)
		}
		if whole > 1<<63-1 {
			return term{eval: constant(ofFloat(float64(whole)))}, nil
		}
		return term{eval: constant(ofInt(int64(whole)))}, nil
	}
	digits()
	if rest := p.rest(); strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, "..") {
		p.pos++
		digits()
	}
	if rest := p.rest(); rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		n := 1
		if len(rest) > n && (rest[n] == '+' || rest[n] == '-') {
			n++
		}
		if len(rest) > n && rest[n] >= '0' && rest[n] <= '9' {
			p.pos += n
			digits()
		}
	}
	literal := strings.ReplaceAll(p.src[start:p.pos], "_", "")
	if whole, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return term{eval: constant(ofInt(whole))}, nil
	}
	return term{eval: constant(ofFloat(perl.Number(literal)))}, nil
}
