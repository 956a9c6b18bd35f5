package js_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/centplugins/centplugins/framework/web/pac/js"
)

func host() js.Host {
	dns := map[string]string{"www.example": "93.184.216.34", "hidden.example": "10.1.1.1", "b.net": "172.20.0.1"}
	function := func(f func(args []string) js.Value) js.Func {
		return func(_ context.Context, args []js.Value) (js.Value, error) {
			texts := make([]string, 9)
			for i, arg := range args[:min(9, len(args))] {
				texts[i] = js.Text(arg)
			}
			return f(texts), nil
		}
	}
	return js.Host{
		Now: func() time.Time {
			return time.Date(2026, time.November, 21, 14, 30, 15, 0, time.FixedZone("CET", 3600))
		},
		Random: func() float64 { return 0.25 },
		Functions: map[string]js.Func{
			"isPlainHostName":     function(func(a []string) js.Value { return !strings.Contains(a[0], ".") }),
			"dnsDomainIs":         function(func(a []string) js.Value { return strings.HasSuffix(a[0], a[1]) }),
			"dnsDomainLevels":     function(func(a []string) js.Value { return float64(strings.Count(a[0], ".")) }),
			"localHostOrDomainIs": function(func(a []string) js.Value { return a[0] == a[1] }),
			"isResolvable":        function(func(a []string) js.Value { return dns[a[0]] != "" }),
			"myIpAddress":         function(func([]string) js.Value { return "10.31.0.7" }),
			"weekdayRange":        function(func(a []string) js.Value { return a[0] == "SAT" }),
			"alert":               function(func([]string) js.Value { return nil }),
			"shExpMatch": function(func(a []string) js.Value {
				matched, err := path.Match(strings.ReplaceAll(a[1], "/", "\x00"), strings.ReplaceAll(a[0], "/", "\x00"))
				return err == nil && matched
			}),
			"dnsResolve": function(func(a []string) js.Value {
				if ip := dns[a[0]]; ip != "" {
					return ip
				}
				return js.Null{}
			}),
			"isInNet": function(func(a []string) js.Value {
				ip, err1 := netip.ParseAddr(a[0])
				network, err2 := netip.ParseAddr(a[1])
				mask, err3 := netip.ParseAddr(a[2])
				if err1 != nil || err2 != nil || err3 != nil || !ip.Is4() || !network.Is4() || !mask.Is4() {
					return false
				}
				for i, m := range mask.As4() {
					if ip.As4()[i]&m != network.As4()[i]&m {
						return false
					}
				}
				return true
			}),
			"fails": func(context.Context, []js.Value) (js.Value, error) { return nil, errors.New("broken host") },
			"wrong": func(context.Context, []js.Value) (js.Value, error) { return 1, nil },
			"first": func(_ context.Context, args []js.Value) (js.Value, error) { return args[0], nil },
		},
	}
}

func run(ctx context.Context, src string) (*js.Env, error) {
	script, err := js.Parse(src)
	if err != nil {
		return nil, err
	}
	return script.Run(ctx, host())
}

// eval returns the text of an expression, or of what a function returns: "function(){ ... }()".
func eval(ctx context.Context, code string) (string, error) {
	if body, ok := strings.CutSuffix(code, "()"); ok && strings.HasPrefix(code, "function(") {
		code = "(" + body + ")()"
	}
	env, err := run(ctx, "function f() { return String("+code+"); }")
	if err != nil {
		return "", err
	}
	v, err := env.Call(ctx, "f")
	return js.Text(v), err
}

// TestExpressions holds what node prints for each of these.
func TestExpressions(t *testing.T) {
	t.Parallel()
	for _, test := range [][2]string{
		{"1 + 2 * 3 - 4 / 2 % 3", "5"},
		{"(1 + 2) * 3", "9"},
		{`"a" + 1 + 2`, "a12"},
		{`1 + 2 + "a"`, "3a"},
		{`"3" * "4"`, "12"},
		{`"3" - 1`, "2"},
		{`"x" - 1`, "NaN"},
		{"[1,2] + [3]", "1,23"},
		{"[] + {}", "[object Object]"},
		{"1 / 0", "Infinity"},
		{"-1 / 0", "-Infinity"},
		{"0 / 0", "NaN"},
		{"0.1 + 0.2", "0.30000000000000004"},
		{"1e21 + 1", "1e+21"},
		{"1e-7", "1e-7"},
		{"123456789012345680000", "123456789012345680000"},
		{"1.5e300 * 1.5e300", "Infinity"},
		{"0x1F + 010", "39"},
		{"5 % -3", "2"},
		{"-5 % 3", "-2"},
		{"5.5 % 2", "1.5"},
		{"1 < 2", "true"},
		{`"a" < "b"`, "true"},
		{`"10" < "9"`, "true"},
		{`"10" < 9`, "false"},
		{"null >= 0", "true"},
		{"undefined == null", "true"},
		{"undefined === null", "false"},
		{"null == 0", "false"},
		{`"" == 0`, "true"},
		{`"1" == 1`, "true"},
		{`true == "1"`, "true"},
		{"[1] == 1", "true"},
		{`[1,2] == "1,2"`, "true"},
		{"NaN == NaN", "false"},
		{"NaN != NaN", "true"},
		{`({}) == "[object Object]"`, "true"},
		{"1 === 1.0", "true"},
		{`"a" !== "a"`, "false"},
		{"1 && 2", "2"},
		{"0 && 2", "0"},
		{`0 || "x"`, "x"},
		{"null || undefined", "undefined"},
		{`"" || 0 || "z"`, "z"},
		{"1 && 0 || 3 && 4", "4"},
		{`!0 + !!"a"`, "2"},
		{"~5", "-6"},
		{"~~3.7", "3"},
		{"~~-3.7", "-3"},
		{"1 << 31", "-2147483648"},
		{"1 << 33", "2"},
		{"-1 >>> 0", "4294967295"},
		{"-1 >>> 28", "15"},
		{"-16 >> 2", "-4"},
		{"4294967296 | 0", "0"},
		{"2147483648 | 0", "-2147483648"},
		{"-2147483649 | 0", "2147483647"},
		{"5 & 3 | 8 ^ 2", "11"},
		{"1 | 2 == 2", "1"},
		{"typeof undefined", "undefined"},
		{"typeof null", "object"},
		{"typeof 1", "number"},
		{`typeof "a"`, "string"},
		{"typeof true", "boolean"},
		{"typeof {}", "object"},
		{"typeof []", "object"},
		{"typeof function() {}", "function"},
		{"typeof notThere", "undefined"},
		{"typeof /a/", "object"},
		{"typeof typeof 1", "string"},
		{"void 0", "undefined"},
		{"true ? 1 : 2", "1"},
		{"false ? 1 : true ? 2 : 3", "2"},
		{"0 ? 1 : 0 ? 2 : 3", "3"},
		{"(1, 2, 3)", "3"},
		{`"abc".length`, "3"},
		{`"abc"[1]`, "b"},
		{`"abc"[7]`, "undefined"},
		{`"abc".charAt(1) + "abc".charAt(9) + "abc".charAt()`, "ba"},
		{`"abc".charCodeAt(1)`, "98"},
		{`"abc".charCodeAt(9)`, "NaN"},
		{`"abcabc".indexOf("c")`, "2"},
		{`"abcabc".indexOf("c", 3)`, "5"},
		{`"abcabc".indexOf("x")`, "-1"},
		{`"abc".indexOf("")`, "0"},
		{`"abc".indexOf("", 9)`, "3"},
		{`"abc".indexOf("a", -5)`, "0"},
		{`"abcabc".lastIndexOf("c")`, "5"},
		{`"abcabc".lastIndexOf("c", 4)`, "2"},
		{`"abcabc".lastIndexOf("a", 0)`, "0"},
		{`"abcabc".lastIndexOf("x")`, "-1"},
		{`"abcabc".lastIndexOf("c", -1)`, "-1"},
		{`"abcdef".substring(1, 3)`, "bc"},
		{`"abcdef".substring(3, 1)`, "bc"},
		{`"abcdef".substring(-1, 2)`, "ab"},
		{`"abcdef".substring(2)`, "cdef"},
		{`"abcdef".substring(NaN, 2)`, "ab"},
		{`"abcdef".substr(1, 2)`, "bc"},
		{`"abcdef".substr(-2)`, "ef"},
		{`"abcdef".substr(-9, 2)`, "ab"},
		{`"abcdef".substr(1, -1)`, ""},
		{`"abcdef".substr(9)`, ""},
		{`"abcdef".slice(1, -1)`, "bcde"},
		{`"abcdef".slice(-3, -1)`, "de"},
		{`"abcdef".slice(4, 2)`, ""},
		{`"abcdef".slice(2)`, "cdef"},
		{`"a,b,,c".split(",").join("|")`, "a|b||c"},
		{`"a,b,,c".split(",").length`, "4"},
		{`"abc".split("").join("-")`, "a-b-c"},
		{`"abc".split()`, "abc"},
		{`"abc".split().length`, "1"},
		{`"".split(",").length`, "1"},
		{`"".split("").length`, "0"},
		{`"a,b,c".split(",", 2)`, "a,b"},
		{`"a1b22c".split(/\d+/)`, "a,b,c"},
		{`"a1b22c".split(/(\d)+/)`, "a,1,b,2,c"},
		{`"10.1.2.3".split(".")[2]`, "2"},
		{`"AbC".toLowerCase() + "AbC".toUpperCase()`, "abcABC"},
		{`"aXbX".replace("X", "-")`, "a-bX"},
		{`"aXbX".replace(/X/, "-")`, "a-bX"},
		{`"aXbX".replace(/x/gi, "-")`, "a-b-"},
		{`"a.b.c".replace(/\./g, "")`, "abc"},
		{`"john smith".replace(/(\w+) (\w+)/, "$2, $1")`, "smith, john"},
		{`"abc".replace(/b/, "[$&]")`, "a[b]c"},
		{`"abc".replace("b", "$$")`, "a$c"},
		{`"abc".replace(/b/, "$1")`, "a$1c"},
		{`"abc".replace(/(b)/, "$10$01")`, "ab0bc"},
		{`"abc".replace(/[ac]/g, function(m, at) { return m + at; })`, "a0bc2"},
		{`"abc".replace("b", function(m) { return m.toUpperCase(); })`, "aBc"},
		{`"abc".replace(/x/, "y")`, "abc"},
		{`"2024-01-02".match(/(\d+)-(\d+)-(\d+)/)[2]`, "01"},
		{`"2024-01-02".match(/(\d+)-(\d+)-(\d+)/).length`, "4"},
		{`"2024-01-02".match(/-/).index`, "4"},
		{`"2024-01-02".match(/\d+/g).join()`, "2024,01,02"},
		{`"abc".match(/x/)`, "null"},
		{`"abc".match(/x/g)`, "null"},
		{`"abc".match("b")[0]`, "b"},
		{`"abcabc".search(/c/)`, "2"},
		{`"abcabc".search("x")`, "-1"},
		{`/b+/.exec("abbc")[0]`, "bb"},
		{`/(a)(x)?b/.exec("ab").length`, "3"},
		{`/^https?:\/\/[^\/]+\.example\.(com|net)\//i.test("HTTP://www.EXAMPLE.com/")`, "true"},
		{`/[/]x/.test("a/x")`, "true"},
		{`/^(?:10|192\.168)\./.test("192.168.1.1")`, "true"},
		{"/a/.source", "a"},
		{`String(/a\/b/gi)`, `/a\/b/gi`},
		{`new RegExp("^a" + "+$", "i").test("AAA")`, "true"},
		{`RegExp("\\.com$").test("a.com")`, "true"},
		{`"  a b ".trim() + "|"`, "a b|"},
		{`"abc".startsWith("ab") + " " + "abc".startsWith("b", 1)`, "true true"},
		{`"abc".endsWith("bc") + " " + "abc".endsWith("ab", 2)`, "true true"},
		{`"abc".includes("b") + " " + "abc".includes("a", 1)`, "true false"},
		{`"a".concat("b", 1, null, undefined, [1, 2])`, "ab1nullundefined1,2"},
		{`"a" in {a: 1}`, "true"},
		{`"b" in {a: 1}`, "false"},
		{"1 in [1, 2]", "true"},
		{"2 in [1, 2]", "false"},
		{"[1, 2, 3].length", "3"},
		{"[1, 2, 3].indexOf(2)", "1"},
		{`[1, 2, 3].indexOf("2")`, "-1"},
		{`["a", "b"].includes("b")`, "true"},
		{`[1, 2, 3].join("-")`, "1-2-3"},
		{`[1, null, undefined, "a"].join()`, "1,,,a"},
		{`[[1, 2], [3]].join(";")`, "1,2;3"},
		{"[1].concat([2, 3], 4, [[5]]).length", "5"},
		{"[1, 2, 3, 4].slice(1, 3)", "2,3"},
		{"[1, 2, 3, 4].slice(-2)", "3,4"},
		{"[1, 2, 3].map(function(x) { return x * 2; })", "2,4,6"},
		{"[1, 2, 3].filter(x => x > 1)", "2,3"},
		{"[1, 2, 3].some(x => x > 2)", "true"},
		{"[1, 2, 3].every(x => x > 2)", "false"},
		{"[1, 2, 3].find(x => x > 1)", "2"},
		{"[1, 2, 3].reverse()", "3,2,1"},
		{"[,1].length", "2"},
		{"[1,].length", "1"},
		{`Array.isArray([]) + " " + Array.isArray({})`, "true false"},
		{"new Array(3).length", "3"},
		{"new Array(1, 2).join()", "1,2"},
		{"Object.keys({b: 1, a: 2, 2: 0, 1: 0})", "1,2,b,a"},
		{`({a: {b: [1, {c: "deep"}]}}).a.b[1].c`, "deep"},
		{`({"x-y": 1})["x-y"]`, "1"},
		{`({a: 1}).hasOwnProperty("a") + " " + ({a: 1}).hasOwnProperty("b")`, "true false"},
		{`({["a" + 1]: 2}).a1`, "2"},
		{"({f() { return 7; }}).f()", "7"},
		{"({n: 3, f: function() { return this.n; }}).f()", "3"},
		{"({}).x", "undefined"},
		{`({}) + ""`, "[object Object]"},
		{"Math.floor(-1.5) + Math.ceil(1.2) + Math.abs(-3)", "3"},
		{`Math.min(3, 1, 2) + " " + Math.max(3, 1, 2)`, "1 3"},
		{`Math.min() + " " + Math.max()`, "Infinity -Infinity"},
		{`Math.max(1, "x")`, "NaN"},
		{`Math.round(2.5) + " " + Math.round(-2.5)`, "3 -2"},
		{"Math.pow(2, 10)", "1024"},
		{`parseInt("42px")`, "42"},
		{`parseInt("0x1f")`, "31"},
		{`parseInt("ff", 16)`, "255"},
		{`parseInt("12", 2)`, "1"},
		{`parseInt("")`, "NaN"},
		{`parseInt("-12.9")`, "-12"},
		{`parseInt("  7 ")`, "7"},
		{`parseInt("z", 36)`, "35"},
		{`parseInt("9", 8)`, "NaN"},
		{`parseFloat("3.14abc")`, "3.14"},
		{`parseFloat(".5")`, "0.5"},
		{`parseFloat("-1.5e3x")`, "-1500"},
		{`parseFloat("1e")`, "1"},
		{`parseFloat("x")`, "NaN"},
		{`parseFloat("-Infinityx")`, "-Infinity"},
		{`isNaN("x") + " " + isNaN("1") + " " + isNaN(undefined)`, "true false true"},
		{`isFinite(1) + " " + isFinite(1/0)`, "true false"},
		{`Number("12") + Number("") + Number(true) + Number(null)`, "13"},
		{`Number("1 2")`, "NaN"},
		{`Number("0x10")`, "16"},
		{`Number(" 1e3 ")`, "1000"},
		{`Number("inf")`, "NaN"},
		{"Number([])", "0"},
		{"Number([5])", "5"},
		{"Number([1, 2])", "NaN"},
		{"Number({})", "NaN"},
		{"Number(undefined)", "NaN"},
		{`Number("0x")`, "NaN"},
		{`Number("+5") + Number("-5") + Number(".5") + Number("5.")`, "5.5"},
		{"String(null) + String(undefined) + String(true) + String(1.50)", "nullundefinedtrue1.5"},
		{"String([1, [2, 3]])", "1,2,3"},
		{`Boolean("") + " " + Boolean("0") + " " + Boolean([])`, "false true true"},
		{"(255).toString(16) + (255).toString()", "ff255"},
		{"true.toString()", "true"},
		{"`a${1 + 1}b${\"c\"}`", "a2bc"},
		{"`${`in ${1}`}`", "in 1"},
		{"`a\\`b\\n${{a: 1}.a}}`", "a`b\n1}"},
		{`"\x41\u0042\u{43}\t|\
next"`, "ABC\t|next"},
		{`'it\'s "ok"'`, `it's "ok"`},
		{"(function() { return arguments.length; })(1, 2, 3)", "3"},
		{"(function(a, b) { return b; })(1)", "undefined"},
		{"(function f(n) { return n < 2 ? 1 : n * f(n - 1); })(10)", "3628800"},
		{"((a, b) => a + b)(1, 2)", "3"},
		{"(() => ({a: 1}))().a", "1"},
		{"(a => b => a + b)(1)(2)", "3"},
		{"(() => { return 5; })()", "5"},
		{"function(){ return x; var x = 1; }()", "undefined"},
		{"function(){ var x = 1; { var x = 2; } return x; }()", "2"},
		{"function(){ let x = 1; { let x = 2; } return x; }()", "1"},
		{`function(){ return f(); function f() { return "hoisted"; } }()`, "hoisted"},
		{`function(){ var r = ""; for (var i = 0; i < 3; i++) r += i; return r + i; }()`, "0123"},
		{`function(){ var r = ""; for (var k in {a: 1, b: 2}) r += k; return r; }()`, "ab"},
		{`function(){ var r = ""; for (var k in ["x", "y"]) r += k; return r; }()`, "01"},
		{`function(){ var r = ""; for (const v of ["x", "y"]) { r += v; } return r; }()`, "xy"},
		{`function(){ var r = ""; for (var c of "abc") r = c + r; return r; }()`, "cba"},
		{"function(){ var k; for (k in {a: 1, b: 2}); return k; }()", "b"},
		{"function(){ var o = {}; for (o.k in {a: 1}); return o.k; }()", "a"},
		{`function(){ var f = []; for (let i = 0; i < 3; i++) f.push(() => i); return f[0]() + "" + f[2](); }()`, "02"},
		{`function(){ var f = []; for (var i = 0; i < 3; i++) f.push(() => i); return f[0]() + "" + f[2](); }()`, "33"},
		{"function(){ var i = 0; while (true) { if (++i > 5) break; if (i % 2) continue; } return i; }()", "6"},
		{"function(){ var i = 0; do { i++; continue; } while (i < 3) return i; }()", "3"},
		{"function(){ var i = 10; do i++; while (i < 3); return i; }()", "11"},
		{`function(){ for (;;) { return "out"; } }()`, "out"},
		{`function(){ for (var i = 0, n = 3; i < n; i++, n--) {} return i + "/" + n; }()`, "2/1"},
		{`function(){ switch (2) { case 1: return "a"; case 2: case 3: var r = "b"; default: return r + "c"; } }()`, "bc"},
		{`function(){ switch ("x") { default: return "d"; case "y": return "y"; } }()`, "d"},
		{`function(){ var r = ""; switch (9) { default: r += "d"; case 1: r += "1"; break; case 2: r += "2"; } return r; }()`, "d1"},
		{"function(){ for (var i = 0; i < 5; i++) { switch (i) { case 3: continue; } if (i == 4) break; } return i; }()", "4"},
		{`function(){ try { throw "x"; } catch (e) { return "caught " + e; } }()`, "caught x"},
		{"function(){ try { nothing(); } catch (e) { return e.name; } }()", "ReferenceError"},
		{"function(){ try { null.x; } catch (e) { return e.name; } finally { var z = 1; } }()", "TypeError"},
		{`function(){ try { return "a"; } finally { var z = 1; } }()`, "a"},
		{`function(){ try { return "a"; } finally { return "b"; } }()`, "b"},
		{`function(){ try { throw new Error("bad"); } catch (e) { return e.message + e; } }()`, "badError: bad"},
		{"function(){ try { try { throw 1; } finally { 2; } } catch (e) { return e; } }()", "1"},
		{"function(){ const c = 1; try { c = 2; } catch (e) { return c + e.name; } }()", "1TypeError"},
		{`function(){ var a = [1, 2]; a[4] = 5; a.length; return a + "|" + a.length; }()`, "1,2,,,5|5"},
		{`function(){ var a = [1, 2, 3]; a.length = 1; return a + "|" + a.length; }()`, "1|1"},
		{`function(){ var a = [1, 2, 3]; return a.push(4, 5) + "|" + a.pop() + a.shift() + a; }()`, "5|512,3,4"},
		{`function(){ var o = {a: 1, b: 2}; delete o.a; return Object.keys(o) + ("a" in o); }()`, "bfalse"},
		{`function(){ var o = {a: 1}; o.b = o.a++ + ++o.a; o["c"] = 5; o.a += 10; return o.a + "," + o.b + "," + o.c; }()`, "13,4,5"},
		{"function(){ var a = 5; a -= 1; a *= 3; a /= 2; a %= 4; a <<= 3; a |= 1; a ^= 3; a &= 14; a >>= 1; a >>>= 0; return a; }()", "1"},
		{"function(){ var x = y = 3; return x + y; }()", "6"},
		{"function(){ if (0) return 1; else if (0) return 2; else return 3; }()", "3"},
		{"function(){ if (1) { } else { return 1; } return 2; }()", "2"},
		{"function(){ var n = 0; function inc() { n++; } inc(); inc(); return n; }()", "2"},
		{`function(){ function counter() { var n = 0; return { next: function() { return ++n; } }; } var a = counter(), b = counter(); a.next(); a.next(); return a.next() + "" + b.next(); }()`, "31"},
		{"function(){ var f = function fact(n) { return n ? n * fact(n - 1) : 1 }; return f(5) }()", "120"},
		{`function(){ var a = 1
 var b = 2
 return a + b }()`, "3"},
		{`function(){ var a = 1
 ++a
 return a }()`, "2"},
		{`function(){ return
 1 }()`, "undefined"},
		{`function(){ var s = "x"; // comment
 /* more
 lines */ return s /* end */ }()`, "x"},
		{"function(){ var a = 4, g = 2; return a / 2 / g; }()", "1"},
		{"function(){ var a = {}; a.if = 1; a.class = 2; return a.if + a.class; }()", "3"},
		{`function(){ var re = /a/g, s = "aXa"; return s.replace(re, "b") }()`, "bXb"},
		{"function(){ var x = 1; x = x + 1, x *= 3; return x }()", "6"},
		{`function(){ if ("/a/b".split("/").length == 3) return /b/.test("abc") ? "y" : "n" }()`, "y"},
		{`function(){ var t = {a: "x"}; return t[["a"]] + t["b"] }()`, "xundefined"},
		{`function(){ "use strict"; return 1 }()`, "1"},
		{`function(){ var a = [3]; a[0]++; --a[0]; a[0] += "x"; return a[0] }()`, "3x"},
		{"function(){ var undefined_; return undefined_ === undefined }()", "true"},
		{`function(){ String.prototype.tail = function(n) { return this.substring(this.length - n); }; return "abcdef".tail(2) }()`, "ef"},
		{"function(){ var a = 1; function f(a) { a = 2; return a } return f() + a }()", "3"},
		{`function(){ var i = 3; var r = i++ + i--; return r + "," + i }()`, "7,3"},
		{"function(){ { function inner() { return 4 } } return inner() }()", "4"},
		{"function(){ for (var i in null) { } for (var j in undefined) { } return i }()", "undefined"},
		{"function(){ var s = 0; [1,2,3].forEach(function(v, i, all) { s += v * i + all.length; }); return s }()", "17"},
		{"function(){ var a = [1,2,3], r = []; for (var i = a.length; i--;) r.push(a[i]); return r }()", "3,2,1"},
		{`function(){ var ip = "10.20.30.40".split("."); return (ip[0] << 24 | ip[1] << 16 | ip[2] << 8 | +ip[3]) >>> 0 }()`, "169090600"},
		{`function(){ var d = new Date(); return d.getFullYear() + "-" + d.getMonth() + "-" + d.getDate() + " " + d.getDay() + " " + d.getHours() + ":" + d.getMinutes() + ":" + d.getSeconds() + " " + d.getUTCHours() + " " + (d - new Date()) + " " + (d.getTime() == +d) }()`, "2026-10-21 6 14:30:15 13 0 true"},
		{"Number() + String() + new Object()", "0[object Object]"},
		{"new RegExp(/a/g).global", "true"},
		{`parseFloat("+Infinityx") + parseInt("5", 1)`, "NaN"},
		{`[1, 2][5] + "" + [].pop() + [].find(x => x)`, "undefinedundefinedundefined"},
		{`"a\r\f\v\b\0\qb".length`, "8"},
		{`"abc".lastIndexOf("b", "x")`, "1"},
		{`"abcabc".slice(-2, "x") + "|"`, "|"},
		{`"abc".split("b", 0).length`, "0"},
		{`"xyz".replace(/(y)(q)?/, "$3[$1]$")`, "x$3[y]$z"},
		{"delete {}.a", "true"},
		{"typeof (1, 2)", "number"},
		{`2 in "ab".split("")`, "false"},
		{`"length" in []`, "true"},
		{`String(function named() {}).indexOf("function named(")`, "0"},
		{"[3, 1].index", "undefined"},
		{`[1, 2] + ""`, "1,2"},
		{`[1, [2, [3, null]]].join("/")`, "1/2,3,"},
		{"(1e21).toString() + (1.5).toString() + (-0)", "1e+211.50"},
		{`"5" * "2" + -"3" + +"  7 "`, "14"},
		{`"b" > "a" && "B" < "a" && !("a" < "A")`, "true"},
		{"null + 1 + undefined", "NaN"},
		{"[10, 9, 1].indexOf(9, -2)", "1"},
		{"new Date() > 0", "true"},
		{`(new Date() + "").substring(0, 15)`, "Sat Nov 21 2026"},
		{`function(){ var a = [1, 2, 3]; for (var i in a) { if (i == "1") a.push(9); } return a }()`, "1,2,3,9"},
		{"function(){ var a = [1, 2, 3]; a.forEach(function(v, i) { if (i < 2) a.push(v); }); return a }()", "1,2,3,1,2"},
		{"function(){ var r = []; for (var p of [[1, 2], [3, 4]]) { let q = p[1]; r.push(() => q) } return r.map(f => f()) }()", "2,4"},
		{`function(){ var o = {}; o[1] = "n"; o["01"] = "z"; o.b = o; var r = ""; for (var k in o) r += k + ","; return r }()`, "1,01,b,"},
		{"function(){ switch (3) { case 1: function inner() { return 1 } case 3: return inner() } }()", "1"},
		{`function(){ var f = function() { return typeof arguments[0] + this }; return f.name === "f" || f(1).length > 5 }()`, "true"},
		{"function(){ let i = 5; for (let i = 0; i < 2; i++) {} return i }()", "5"},
		{"function(){ try { throw {code: 7} } catch (e) { return e.code } finally { } }()", "7"},
		{"function(){ function f() { try { return 1 } finally { g = 2 } } var g; return f() + g }()", "3"},
		{"function(){ for (var i = 0; ; i++) { try { if (i < 3) continue; break } finally { i++ } } return i }()", "5"},
		{"function(){ var x = 0; x || (x = 5); x && (x += 1); return x }()", "6"},
		{"function(){ var a = b = c = 1, d = (a, b + c); return d }()", "2"},
		{`function(){ if (1) if (0) return "a"; else return "b"; return "c" }()`, "b"},
		{`function(){ var s = ""; for (var i = 0, j = 5; i < j; i++, j--) s += i + "" + j + " "; return s }()`, "05 14 23 "},
		{"function(){ var x = 10; while (x --> 7); return x }()", "6"},
		{"function(){ return !function() { return 0 }() }()", "true"},
		{`function(){ var u = "http://a/b"; return u.split("://")[1].split("/")[0].split(".").length === 1 ? "plain" : "fqdn" }()`, "plain"},
		{`function(){ var a = {}; a["x"] = a["x"] || []; a.x.push(1); a.x[a.x.length] = 2; return a.x.join() }()`, "1,2"},
		{`function(){ return [1,2,3,4].filter(function(n) { return n & 1 }).map(String).concat(["z"]).join("") }()`, "13z"},
		{`function(){ return ["1", "2", "x"].map(Number).some(isNaN) }()`, "true"},
		{`function(){ var i = 0; var a = [i++, i++, i++]; a[i = 1] = 9; return a + "|" + i }()`, "0,9,2|1"},
	} {
		if got, err := eval(t.Context(), test[0]); err != nil || got != test[1] {
			t.Errorf("%s: %q, %v, want %q", test[0], got, err, test[1])
		}
	}
}

// TestDifferences holds what is not as in JavaScript, as the package says.
func TestDifferences(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		`"é".length`:                              "2",
		`/(a)(x)?b/.exec("ab")[2] === ""`:         "true",
		`({toString: function() { return "x" }})`: "[object Object]",
		`function(){ var re = /a/g; return [re.test("a"), re.test("a"), re.lastIndex] }()`: "true,true,",
		`function(){ var a = []; a.push(a); return a }()`:                                  "",
		`"aaa".replace(/a*?/g, "b")`:                                                       "bbbbbbb",
		`Math.random()`:                                                                    "0.25",
		`String(/a/.test)`:                                                                 "function test() { ... }",
		`function(){ var e = new Error("x"); e.message = e; return e }()`:                  "Error",
		`new Date()`: "Sat Nov 21 2026 14:30:15 GMT+0100 (CET)",
	} {
		if got, err := eval(t.Context(), code); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", code, got, err, want)
		}
	}
}

// TestScripts compares with node's answers: each line of a .want file is a URL, its host and the answer.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"corporate", "generated", "legacy"} {
		src, err := os.ReadFile("testdata/" + name + ".pac")
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/" + name + ".want")
		if err != nil {
			t.Fatal(err)
		}
		env, err := run(t.Context(), string(src))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for line := range strings.Lines(string(want)) {
			field := strings.SplitN(strings.TrimSpace(line), " ", 3)
			v, err := env.Call(t.Context(), "FindProxyForURL", field[0], field[1])
			if got := js.Text(v); err != nil || got != field[2] {
				t.Errorf("%s: %s: %q, %v, want %q", name, field[0], got, err, field[2])
			}
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"\n\nclass A {}":               "line 3: 'class' is not supported in a PAC file",
		"import x from 'y'":            "line 1: 'import' is not supported in a PAC file",
		"with (a) {}":                  "line 1: 'with' is not supported in a PAC file",
		"a instanceof B":               "line 1: 'instanceof' is not supported in a PAC file",
		"function* f() {}":             "line 1: 'function*' is not supported in a PAC file",
		"(function*() {})":             "line 1: 'function*' is not supported in a PAC file",
		"async function f() {}":        "line 1: 'async' is not supported in a PAC file",
		"x = a?.b":                     "line 1: '?.' is not supported in a PAC file",
		"f(...a)":                      "line 1: '...' is not supported in a PAC file",
		"x = 2 ** 3":                   "line 1: '**' is not supported in a PAC file",
		"a: for (;;) break a":          "line 1: 'a:' is not supported in a PAC file",
		"for (;;) break a":             "line 1: 'break a' is not supported in a PAC file",
		"x = {get a() { return 1 }}":   "line 1: 'get' is not supported in a PAC file",
		"x = tag`a`":                   "line 1: 'tagged template' is not supported in a PAC file",
		"var [a] = b":                  "line 1: '[' is not expected here",
		"var a = 1 var b":              "line 1: 'var' is not expected here",
		"x = 'a":                       "line 1: the text is not closed by '",
		"x = 'a\nb'":                   "line 1: the text is not closed by '",
		"x = `a\n${1":                  "line 2: the script ends in the middle of a statement",
		"x = `a":                       "line 1: the template is not closed by `",
		"x = /a":                       "line 1: the regular expression is not closed by /",
		"/* a":                         "line 1: the comment is not closed",
		"x = 1a":                       "line 1: '1a' is not a number",
		"x = #":                        "line 1: the character '#' is not expected",
		"x = \"a\" 5":                  "line 1: the value '5' is not expected here",
		"function f() {\n":             "line 2: the script ends in the middle of a statement",
		"}":                            "line 1: '}' is not expected here",
		"1 = 2":                        "line 1: '=' is not expected here",
		"1++":                          "line 1: '++' is not expected here",
		"try {}":                       "line 1: the script ends in the middle of a statement",
		"\nvar x;\nx.y":                "line 3: TypeError: undefined has no 'y'",
		"\nmissing()":                  "line 2: ReferenceError: 'missing' is not defined, or not supported in a PAC file",
		"'a'.padStart(3)":              "line 1: TypeError: 'padStart' is not a function, or not supported in a PAC file",
		"throw 'my\\n fault'":          "line 1: the script throws my fault",
		"throw new Error('my fault')":  "line 1: Error: my fault",
		"new Date(2020, 1, 1)":         "line 1: 'Date' with arguments is not supported in a PAC file",
		"function F() {}\nnew F()":     "line 2: 'new F' is not supported in a PAC file",
		"const a = 1; a = 2":           "line 1: TypeError: the constant 'a' cannot be set",
		"try { fails() } catch (e) {}": "line 1: fails: broken host",
		"wrong()":                      "line 1: wrong: a Go int is no value of a script",
		"/a/y.test('a')":               "line 1: the flag 'y' of a regular expression is not supported in a PAC file",
		"/(/.test('a')":                "line 1: The regular expression '(' is wrong",
		"/a/g.exec('a')":               "line 1: 'exec' with the flag g is not supported in a PAC file",
		"'abc'.split(/x*/)":            "line 1: 'split' at what may be empty is not supported in a PAC file",
		"function f() { f() } f()":     "line 1: the script makes calls more than 200 deep",
		"function f() { " + strings.Repeat("!", 240) + "f() } f()": "line 1: the script makes calls more than 200 deep",
		"try { for (;;) ; } finally { }":                           "line 1: the script takes more than 1000000 steps",
		"var s = 'a'; for (;;) s += s":                             "line 1: the script makes a text of more than 1048576 bytes",
		"var a = [1]; for (;;) a = a.concat(a)":                    "line 1: the script takes more than 1000000 steps",
		"var a = []; a[1e9] = 1":                                   "line 1: the script takes more than 1000000 steps",
		"var a = []; a[0.5] = 1":                                   "line 1: the property '0.5' of an array is not supported in a PAC file",
		"new RegExp(new Array(20000).join('a'))":                   "line 1: the regular expression has 19999 bytes, more than 16384",
		"(1).toString(1)":                                          "line 1: RangeError: toString(1) is not supported here",
		"for (var x of 5) ;":                                       "line 1: TypeError: for-of needs an array or a text, this is '5'",
		"'a' in 'b'":                                               "line 1: TypeError: 'b' cannot be searched for 'a'",
		"delete x":                                                 "line 1: 'delete' of anything but a property of an object is not supported in a PAC file",
		"[1].map(2)":                                               "line 1: TypeError: 'map' needs a function",
		"'a'.includes(/a/)":                                        "line 1: TypeError: 'includes' does not take a regular expression",
		strings.Repeat("(", 1000):                                  "line 1: it is nested more than 250 levels deep",
		strings.Repeat("[", 1<<19):                                 "line 1: it is nested more than 250 levels deep",
		strings.Repeat("!", 1<<19):                                 "line 1: it is nested more than 250 levels deep",
		"a" + strings.Repeat(".a", 1<<18):                          "line 1: it is nested more than 250 levels deep",
		"new a" + strings.Repeat(".a", 1<<18):                      "line 1: it is nested more than 250 levels deep",
		"x=" + strings.Repeat("y=>", 1<<18):                        "line 1: it is nested more than 250 levels deep",
		strings.Repeat("if(1)", 1<<17):                             "line 1: it is nested more than 250 levels deep",
		strings.Repeat("`${", 1<<17):                               "line 1: it is nested more than 250 levels deep",
		strings.Repeat(" ", 1<<20+1):                               "the script has 1048577 bytes, more than 1048576",
	} {
		_, err := run(t.Context(), src)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60s: %v, want %s", src, err, want)
		}
	}
}

func TestLongScriptsWork(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"x = 0" + strings.Repeat(" + 1", 5000) + "; x",
		"x = false" + strings.Repeat(" || false", 5000) + " || 5000",
		"if (0) x = 0" + strings.Repeat("\nelse if (0) x = 1", 5000) + "\nelse x = 5000",
		"x = 0;" + strings.Repeat("x++;", 5000),
		"\ufeffx = 5000\r\n\u00a0/* a\r\nb */ // c\n",
	} {
		env, err := run(t.Context(), code+"; function f() { return x }")
		if err != nil {
			t.Errorf("%.40s: %v", code, err)
			continue
		}
		if v, err := env.Call(t.Context(), "f"); err != nil || v != 5000.0 {
			t.Errorf("%.40s: %v, %v", code, v, err)
		}
	}
}

func TestCall(t *testing.T) {
	t.Parallel()
	env, err := run(t.Context(), "var n = 0, v = 1; function f(a, b) { n++; return [n, a, b].join('-') } function g(x) { return first(x) }\n"+
		"function endless() { n = 100; for (;;) ; }")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"f": true, "alert": true, "v": false, "missing": false} {
		if got := env.Defines(name); got != want {
			t.Errorf("Defines(%s) is %v", name, got)
		}
	}
	for _, want := range []string{"1-x-true", "2-x-true"} {
		if v, err := env.Call(t.Context(), "f", "x", true); err != nil || v != want {
			t.Errorf("%v, %v, want %s", v, err, want)
		}
	}
	for _, want := range []js.Value{nil, js.Null{}, true, 1.5, "text"} {
		if v, err := env.Call(t.Context(), "g", want); err != nil || v != want {
			t.Errorf("%v, %v, want %v", v, err, want)
		}
	}
	if _, err := env.Call(t.Context(), "endless"); err == nil || err.Error() != "line 2: the script takes more than 1000000 steps" {
		t.Error(err)
	}
	if v, err := env.Call(t.Context(), "f"); err != nil || v != "101--" {
		t.Errorf("after an error: %v, %v", v, err)
	}
	if _, err := env.Call(t.Context(), "v"); err == nil || err.Error() != "the script has no function v" {
		t.Error(err)
	}
	if _, err := env.Call(t.Context(), "f", 1); err == nil || err.Error() != "the call of f: a Go int is no value of a script" {
		t.Error(err)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("too slow")
	var ctx context.Context
	var cancel context.CancelCauseFunc
	script, err := js.Parse("function f() { for (var n = 0; ; n++) if (n == 1000) stop() } function g() { try { stop() } catch (e) { return 1 } }\n" +
		"function h() { stop(); for (var n = 0; ; n++) ; }")
	if err != nil {
		t.Fatal(err)
	}
	stop := func(context.Context, []js.Value) (js.Value, error) {
		cancel(cause)
		return nil, nil
	}
	for _, name := range []string{"f", "g", "h"} {
		ctx, cancel = context.WithCancelCause(t.Context())
		defer cancel(nil)
		env, err := script.Run(ctx, js.Host{Functions: map[string]js.Func{"stop": stop}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := env.Call(ctx, name); !errors.Is(err, cause) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := run(ctx, ""); !errors.Is(err, cause) {
		t.Errorf("run: %v", err)
	}
	slow, done := context.WithTimeout(t.Context(), time.Millisecond)
	defer done()
	if _, err := run(slow, "for (;;) { var a = new Array(500).join('a').split('') }"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("in a loop: %v", err)
	}
}

func TestScriptServesManyRuns(t *testing.T) {
	t.Parallel()
	script, err := js.Parse("var n = 0; function f(x) { n++; return n + x.replace(/a+/, 'b') }")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			env, err := script.Run(t.Context(), js.Host{})
			if err != nil {
				t.Fatal(err)
			}
			if v, err := env.Call(t.Context(), "f", "xaa"); err != nil || v != "1xb" {
				t.Errorf("%v, %v", v, err)
			}
			if env.Defines("Date") {
				t.Error("there is a Date without a clock")
			}
		})
	}
}

func FuzzRun(f *testing.F) {
	for _, name := range []string{"corporate", "generated", "legacy"} {
		src, err := os.ReadFile("testdata/" + name + ".pac")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	for _, seed := range []string{
		"for (;;) { try { throw 1 } catch (e) { continue } finally { break } }", "x = `a${`b${1}`}`; x = /[/]/g; x /= 2",
		"function f() { f() } f()", "var a = []; a.push(a); a + a; for (k in a) delete a[k]", "a = 'x'; for (;;) a += a",
		"'a'.replace(/(a)/g, '$1$&$$'); 'abc'.split(/(b)/); 'x'.substr(-1, 1e9); [].slice(-5, 5)", "\\u{110000} 1e999 0x 010 .5. `",
		"[1,2].map(x => new Array(x)); Object.keys({a: 1}); new Date() - 1", "switch (1) { case 1: let a; default: const b = a ? 1 : 2 }",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		env, err := run(ctx, src)
		if err == nil && env.Defines("FindProxyForURL") {
			var v js.Value
			v, err = env.Call(ctx, "FindProxyForURL", "http://www.example.com/a", "www.example.com")
			if len(js.Text(v)) > 2<<20 {
				t.Error("the answer is too long")
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("an error of several lines: %v", err)
		}
	})
}

func BenchmarkScript(b *testing.B) {
	src, err := os.ReadFile("testdata/corporate.pac")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		env, err := run(b.Context(), string(src))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := env.Call(b.Context(), "FindProxyForURL", "http://plain.example/", "plain.example"); err != nil {
			b.Fatal(err)
		}
	}
}
