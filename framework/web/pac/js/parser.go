package js

// maxNesting bounds brackets in brackets and blocks in blocks, and so the depth of the recursion over them.
const maxNesting = 250

// function is a function of the source; the whole script is one, too.
type function struct {
	name   string
	params []string
	vars   []string // declared by var or as a function anywhere in it, save in functions within
	body   body
	arrow  bool
}

// body is the inside of a function, of a block or of a switch.
type body struct {
	list      []stmt
	functions []*function
	scoped    bool // has variables of its own, by let or const
}

// parser reads a source by recursive descent. After the first error every token is the end.
type parser struct {
	lexer
	tok   token
	err   error
	depth int
	noIn  bool // in is not an operator: in the head of a for
	fn    *function
	body  *body
}

func parse(src string) (*function, error) {
	p := &parser{lexer: lexer{src: src, line: 1}}
	p.next()
	program := &function{}
	p.within(program, func() {
		for p.tok.kind != end {
			program.body.list = append(program.body.list, p.statement())
		}
	})
	return program, p.err
}

func (p *parser) next() {
	if p.err != nil {
		return
	}
	tok, err := p.lexer.next()
	if p.tok = tok; err != nil {
		p.fail(err)
	}
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.tok = token{line: p.tok.line, newline: true}
}

func (p *parser) unsupported(what string) {
	p.fail(fault(p.tok.line, "'%s' is not supported in a PAC file", what))
}

func (p *parser) unexpected() {
	switch text := p.tok.text; {
	case p.tok.kind == end:
		p.fail(fault(p.tok.line, "the script ends in the middle of a statement"))
	case p.tok.kind == quoted || p.tok.kind == numeral:
		p.fail(fault(p.tok.line, "the value '%s' is not expected here", cut(text)))
	default:
		switch text {
		case "class", "import", "export", "super", "with", "yield", "debugger", "enum", "...", "**", "?.", "??", "=>":
			p.unsupported(text)
		default:
			p.fail(fault(p.tok.line, "'%s' is not expected here", cut(text)))
		}
	}
}

func (p *parser) at(text string) bool { return p.tok.is(text) }

func (p *parser) accept(text string) bool {
	if !p.at(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.unexpected()
	}
}

// name takes an identifier, and after a dot any word.
func (p *parser) name(any bool) string {
	name := p.tok.text
	if p.tok.kind != word || !any && isReserved(name) {
		p.unexpected()
		return ""
	}
	p.next()
	return name
}

func isReserved(name string) bool {
	switch name {
	case "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum", "export", "extends",
		"false", "finally", "for", "function", "if", "import", "in", "instanceof", "new", "null", "return", "super", "switch", "this", "throw",
		"true", "try", "typeof", "var", "void", "while", "with", "let", "yield":
		return true
	}
	return false
}

// deeper counts one more level, until leave.
func (p *parser) deeper() {
	if p.depth++; p.depth > maxNesting {
		p.fail(fault(p.tok.line, "it is nested more than %d levels deep", maxNesting))
	}
}

func (p *parser) leave() { p.depth-- }

// within parses the inside of fn.
func (p *parser) within(fn *function, inside func()) {
	outer, outerBody, noIn := p.fn, p.body, p.noIn
	p.fn, p.body, p.noIn = fn, &fn.body, false
	inside()
	p.fn, p.body, p.noIn = outer, outerBody, noIn
}

// semicolon ends a statement: a semicolon, a closing bracket, a new line or the end.
func (p *parser) semicolon() {
	if !p.accept(";") && !p.at("}") && !p.tok.newline {
		p.unexpected()
	}
}

func (p *parser) block() *body {
	b := &body{}
	outer := p.body
	p.body = b
	p.expect("{")
	b.list = p.statements()
	p.expect("}")
	p.body = outer
	return b
}

func (p *parser) statements() []stmt {
	var list []stmt
	for p.tok.kind != end && !p.at("}") && !p.at("case") && !p.at("default") {
		list = append(list, p.statement())
	}
	return list
}

func (p *parser) statement() stmt {
	p.deeper()
	defer p.leave()
	line := p.tok.line
	if p.tok.kind == word || p.tok.kind == mark {
		switch p.tok.text {
		case "{":
			return p.block()
		case ";":
			p.next()
			return &body{}
		case "var", "let", "const":
			s := p.declaration()
			p.semicolon()
			return s
		case "function":
			fn := p.namedFunction()
			if fn.name == "" {
				p.fail(fault(line, "the function has no name"))
			}
			p.fn.vars = append(p.fn.vars, fn.name)
			p.body.functions = append(p.body.functions, fn)
			return &body{}
		case "if":
			s := &ifStmt{}
			for {
				p.next()
				s.tests = append(s.tests, p.condition())
				s.bodies = append(s.bodies, p.statement())
				if !p.accept("else") {
					return s
				}
				if !p.at("if") {
					s.otherwise = p.statement()
					return s
				}
			}
		case "for":
			return p.forStatement()
		case "while":
			p.next()
			return &loop{test: p.condition(), body: p.statement()}
		case "do":
			p.next()
			s := &loop{body: p.statement(), late: true}
			p.expect("while")
			s.test = p.condition()
			p.accept(";")
			return s
		case "switch":
			return p.switchStatement()
		case "try":
			return p.tryStatement()
		case "break", "continue":
			s, name := jump(broke), p.tok.text
			if name == "continue" {
				s = jump(continued)
			}
			p.next()
			if p.tok.kind == word && !p.tok.newline && !isReserved(p.tok.text) {
				p.unsupported(name + " " + cut(p.tok.text))
			}
			p.semicolon()
			return s
		case "return", "throw":
			isThrow := p.at("throw")
			p.next()
			var x expr
			if isThrow || !p.at(";") && !p.at("}") && !p.tok.newline {
				x = p.expression()
			}
			p.semicolon()
			if isThrow {
				return &throwStmt{x, line}
			}
			return &returnStmt{x, line}
		}
	}
	x := p.expression()
	if name, ok := x.(*ident); ok && p.at(":") {
		p.unsupported(cut(name.name) + ":")
	}
	p.semicolon()
	return &exprStmt{x, line}
}

func (p *parser) condition() expr {
	p.expect("(")
	x := p.expression()
	p.expect(")")
	return x
}

func (p *parser) declaration() *varStmt {
	s := &varStmt{kind: p.tok.text, line: p.tok.line}
	p.next()
	for {
		name := p.name(false)
		p.declare(s.kind, name)
		var init expr
		if p.accept("=") {
			init = p.assignment()
		}
		s.names, s.inits = append(s.names, name), append(s.inits, init)
		if !p.accept(",") {
			return s
		}
	}
}

func (p *parser) declare(kind, name string) {
	if kind == "var" {
		p.fn.vars = append(p.fn.vars, name)
	} else {
		p.body.scoped = true
	}
}

func (p *parser) forStatement() stmt {
	outerScoped := p.body.scoped
	p.body.scoped = false
	line := p.tok.line
	p.next()
	p.expect("(")
	var init stmt
	var each *forEach
	p.noIn = true
	switch {
	case p.at(";"):
	case p.at("var") || p.at("let") || p.at("const"):
		s := p.declaration()
		init = s
		if len(s.names) == 1 && s.inits[0] == nil {
			each = &forEach{kind: s.kind, target: &ident{s.names[0], s.line}}
		}
	default:
		x := p.expression()
		init = &exprStmt{x, line}
		if t, ok := x.(target); ok {
			each = &forEach{target: t}
		}
	}
	p.noIn = false
	scoped := p.body.scoped
	p.body.scoped = outerScoped
	if each != nil && (p.at("in") || p.at("of")) {
		each.of, each.line = p.at("of"), line
		p.next()
		each.list = p.expression()
		p.expect(")")
		each.body = p.statement()
		return each
	}
	s := &loop{init: init, scoped: scoped}
	p.expect(";")
	if !p.at(";") {
		s.test = p.expression()
	}
	p.expect(";")
	if !p.at(")") {
		s.post = p.expression()
	}
	p.expect(")")
	s.body = p.statement()
	return s
}

func (p *parser) switchStatement() stmt {
	s := &switchStmt{otherwise: -1, line: p.tok.line}
	p.next()
	s.value = p.condition()
	outer := p.body
	p.body = &s.body
	p.expect("{")
	for p.at("case") || p.at("default") {
		isDefault := p.at("default")
		p.next()
		if isDefault {
			s.otherwise = len(s.body.list)
		} else {
			s.tests, s.starts = append(s.tests, p.expression()), append(s.starts, len(s.body.list))
		}
		p.expect(":")
		s.body.list = append(s.body.list, p.statements()...)
	}
	p.expect("}")
	p.body = outer
	return s
}

func (p *parser) tryStatement() stmt {
	p.next()
	s := &tryStmt{body: p.block()}
	if p.accept("catch") {
		if p.accept("(") {
			s.param = p.name(false)
			p.expect(")")
		}
		s.handler = p.block()
	}
	if p.accept("finally") {
		s.finally = p.block()
	}
	if s.handler == nil && s.finally == nil {
		p.unexpected()
	}
	return s
}

// namedFunction parses a function, perhaps with a name.
func (p *parser) namedFunction() *function {
	p.next()
	name := ""
	if p.tok.kind == word {
		name = p.name(false)
	}
	return p.function(name)
}

// function parses parameters and body.
func (p *parser) function(name string) *function {
	fn := &function{name: name}
	if p.at("*") {
		p.unsupported("function*")
	}
	p.expect("(")
	for p.tok.kind != end && !p.at(")") {
		fn.params = append(fn.params, p.name(false))
		if !p.at(")") {
			p.expect(",")
		}
	}
	p.expect(")")
	p.functionBody(fn)
	return fn
}

func (p *parser) functionBody(fn *function) {
	p.within(fn, func() {
		p.expect("{")
		fn.body.list = p.statements()
		p.expect("}")
	})
}

// arrow parses what follows the parameters of an arrow function.
func (p *parser) arrow(params []string) expr {
	p.expect("=>")
	fn := &function{params: params, arrow: true}
	if p.at("{") {
		p.functionBody(fn)
		return fn
	}
	p.within(fn, func() {
		line := p.tok.line
		fn.body.list = []stmt{&returnStmt{p.assignment(), line}}
	})
	return fn
}

// arrowParams takes "(a, b)" when "=>" follows, or else nothing.
func (p *parser) arrowParams() ([]string, bool) {
	before := *p
	var params []string
	p.next()
	for p.tok.kind == word && !isReserved(p.tok.text) {
		params = append(params, p.tok.text)
		if p.next(); !p.accept(",") {
			break
		}
	}
	if p.accept(")") && p.at("=>") {
		return params, true
	}
	*p = before
	return nil, false
}

func (p *parser) expression() expr {
	x := p.assignment()
	if !p.at(",") {
		return x
	}
	list := comma{x}
	for p.accept(",") {
		list = append(list, p.assignment())
	}
	return list
}

func (p *parser) assignment() expr {
	p.deeper()
	defer p.leave()
	line := p.tok.line
	x := p.binary(1)
	if p.accept("?") {
		c := &conditional{test: x}
		noIn := p.noIn
		p.noIn = false
		c.yes = p.assignment()
		p.noIn = noIn
		p.expect(":")
		c.no = p.assignment()
		return c
	}
	if p.tok.kind != mark {
		return x
	}
	switch op := p.tok.text; op {
	case "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", ">>>=":
		t, ok := x.(target)
		if !ok {
			p.unexpected()
			return x
		}
		p.next()
		return &assign{op[:len(op)-1], t, p.assignment(), line}
	}
	return x
}

// precedence returns how tightly the current token binds as a binary operator, 0 when it is none.
func (p *parser) precedence() int {
	if p.tok.kind != mark && p.tok.kind != word {
		return 0
	}
	switch p.tok.text {
	case "||":
		return 1
	case "&&":
		return 2
	case "|":
		return 3
	case "^":
		return 4
	case "&":
		return 5
	case "==", "!=", "===", "!==":
		return 6
	case "in":
		if p.noIn {
			return 0
		}
		return 7
	case "<", ">", "<=", ">=":
		return 7
	case "instanceof":
		p.unsupported("instanceof")
	case "<<", ">>", ">>>":
		return 8
	case "+", "-":
		return 9
	case "*", "/", "%":
		return 10
	}
	return 0
}

// binary parses operators of at least the given precedence. Those of one level are a chain, not a tree: chains of thousands occur.
func (p *parser) binary(level int) expr {
	if level > 10 {
		return p.unary()
	}
	x := p.binary(level + 1)
	if p.precedence() != level {
		return x
	}
	c := &chain{first: x, line: p.tok.line}
	for p.precedence() == level {
		op := p.tok.text
		p.next()
		c.ops, c.rest = append(c.ops, op), append(c.rest, p.binary(level+1))
	}
	return c
}

func (p *parser) unary() expr {
	p.deeper()
	defer p.leave()
	if p.tok.kind == mark || p.tok.kind == word {
		switch op := p.tok.text; op {
		case "!", "-", "+", "~", "typeof", "void", "delete":
			line := p.tok.line
			p.next()
			return &unary{op, p.unary(), line}
		case "++", "--":
			line := p.tok.line
			p.next()
			return p.update(p.unary(), op, true, line)
		}
	}
	x := p.postfix()
	if (p.at("++") || p.at("--")) && !p.tok.newline {
		op, line := p.tok.text, p.tok.line
		x = p.update(x, op, false, line)
		p.next()
	}
	return x
}

func (p *parser) update(x expr, op string, prefix bool, line int) expr {
	t, ok := x.(target)
	if !ok {
		p.unexpected()
		return x
	}
	return &update{op[:1], prefix, t, line}
}

func (p *parser) postfix() expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	x := p.primary()
	for p.tok.kind == mark {
		line := p.tok.line
		switch p.tok.text {
		case ".":
			p.next()
			x = &member{x, literal{p.name(true)}, line}
		case "[":
			x = &member{x, p.key(), line}
		case "(":
			x = &call{callee: x, args: p.list("(", ")"), line: line}
		case "`":
			p.unsupported("tagged template")
		default:
			return x
		}
		p.deeper()
	}
	return x
}

// key parses an expression in square brackets.
func (p *parser) key() expr {
	noIn := p.noIn
	p.noIn = false
	p.expect("[")
	x := p.expression()
	p.expect("]")
	p.noIn = noIn
	return x
}

// list parses expressions between brackets; in an array one may be missing.
func (p *parser) list(opening, closing string) []expr {
	noIn := p.noIn
	p.noIn = false
	var list []expr
	p.expect(opening)
	for p.tok.kind != end && !p.at(closing) {
		if opening == "[" && p.at(",") {
			list = append(list, literal{})
		} else {
			list = append(list, p.assignment())
		}
		if !p.at(closing) {
			p.expect(",")
		}
	}
	p.expect(closing)
	p.noIn = noIn
	return list
}

func (p *parser) primary() expr {
	t := p.tok
	switch t.kind {
	case numeral:
		p.next()
		return literal{t.number}
	case quoted:
		p.next()
		return literal{t.text}
	case word:
		return p.wordExpression()
	case mark:
		switch t.text {
		case "(":
			if params, ok := p.arrowParams(); ok {
				return p.arrow(params)
			}
			noIn := p.noIn
			p.noIn = false
			x := p.condition()
			p.noIn = noIn
			return x
		case "[":
			return arrayLit(p.list("[", "]"))
		case "{":
			return p.object()
		case "/", "/=":
			pattern, flags, err := p.lexer.regexp(t.pos)
			if err != nil {
				p.fail(err)
				break
			}
			p.next()
			return &regexLit{pattern, flags, t.line}
		case "`":
			return p.template()
		}
	}
	p.unexpected()
	return literal{}
}

func (p *parser) wordExpression() expr {
	t := p.tok
	switch t.text {
	case "function":
		return p.namedFunction()
	case "new":
		return p.newExpression()
	case "true", "false":
		p.next()
		return literal{t.text == "true"}
	case "null":
		p.next()
		return literal{Null{}}
	case "this":
		p.next()
		return literalThis{}
	}
	name := p.name(false)
	if p.at("=>") {
		return p.arrow([]string{name})
	}
	if (name == "async" || name == "await") && p.tok.kind == word && !p.tok.newline {
		p.unsupported(name)
	}
	return &ident{name, t.line}
}

func (p *parser) newExpression() expr {
	depth := p.depth
	defer func() { p.depth = depth }()
	line := p.tok.line
	p.next()
	var x expr = &ident{p.name(false), line}
	for p.accept(".") {
		p.deeper()
		x = &member{x, literal{p.name(true)}, line}
	}
	c := &call{callee: x, line: line, isNew: true}
	if p.at("(") {
		c.args = p.list("(", ")")
	}
	return c
}

func (p *parser) object() expr {
	noIn := p.noIn
	p.noIn = false
	o := &objectLit{}
	p.expect("{")
	for p.tok.kind != end && !p.at("}") {
		var key, value expr
		t := p.tok
		switch {
		case t.kind == quoted || t.kind == word:
			p.next()
			key = literal{t.text}
		case t.kind == numeral:
			p.next()
			key = literal{t.number}
		case p.at("["):
			key = p.key()
		default:
			p.unexpected()
		}
		switch {
		case p.at("("):
			value = p.function("")
		case t.kind == word && (p.at(",") || p.at("}")):
			value = &ident{t.text, t.line}
		case t.kind == word && (t.text == "get" || t.text == "set") && !p.at(":"):
			p.unsupported(t.text)
		default:
			p.expect(":")
			value = p.assignment()
		}
		o.keys, o.values = append(o.keys, key), append(o.values, value)
		if !p.at("}") {
			p.expect(",")
		}
	}
	p.expect("}")
	p.noIn = noIn
	return o
}

// template parses what follows a backquote, the current token; the lexer is right behind it.
func (p *parser) template() expr {
	t := &template{line: p.tok.line}
	for p.err == nil {
		text, more, err := p.lexer.template()
		if err != nil {
			p.fail(err)
			break
		}
		t.parts = append(t.parts, literal{text})
		p.next()
		if !more {
			break
		}
		t.parts = append(t.parts, p.expression())
		if p.err == nil && !p.at("}") {
			p.unexpected()
		}
	}
	return t
}
