// A grown script: no var, no semicolons here and there, helpers of its own.
function FindProxyForURL(url, host)
{
  p = "PROXY old-proxy.example:80"
  alternate = p + "; PROXY older-proxy.example:80"

  if (typeof(dnsDomainLevels) == "function" && dnsDomainLevels(host) == 0)
    return "DIRECT"

  // Own implementation, which hides the one of the browser.
  function endsIn(s, tail)
  {
    return s.length >= tail.length && s.lastIndexOf(tail) == s.length - tail.length
  }

  function toNumber(ip)
  {
    var bytes = ip.split('.')
    var n = 0, i
    for (i = 0; i < 4; i++)
      n = n * 256 + parseInt(bytes[i])
    return n
  }

  function inRange(ip, from, to)
  {
    var n = toNumber(ip)
    return n >= toNumber(from) && n <= toNumber(to)
  }

  var direct = "a.example|b.example|.c.example".split("|"), i = 0
  while (i < direct.length)
  {
    var d = direct[i++]
    if (d.charAt(0) == '.' ? endsIn(host, d) : host == d)
      return "DIRECT"
  }

  ip = null
  if (/^[0-9.]+$/.test(host)) ip = host
  else if (isResolvable(host)) ip = dnsResolve(host)

  if (ip != null)
  {
    if (inRange(ip, "10.0.0.0", "10.255.255.255") || inRange(ip, '172.16.0.0', '172.31.255.255')
        || inRange(ip, "192.168.0.0", "192.168.255.255") || (toNumber(ip) >>> 24) == 127)
      return "DIRECT"
  }

  var last = host.charCodeAt(host.length - 1) & 1
  do
  {
    if (last) break
    return alternate
  } while (false)

  var parts = url.match(/^(\w+):\/\/([^\/?#]*)([^?#]*)\??(.*)$/)
  if (parts == null || !parts[2]) return
  if (parts[3].search(/\.(iso|zip|exe)$/i) != -1) return "PROXY downloads.example:8080"
  if (parts[4].length > 0 && parts[4].split("&").filter(function (q) { return q.indexOf("direct=") == 0 }).length)
    return "DIRECT"

  var table = { www: 1, ftp: 2, mail: 3 }, k, n = 0
  for (k in table) if (host.indexOf(k + ".") === 0) n = table[k]
  return n > 0 ? "PROXY port" + n + ".example:" + (8000 + n) : p
}
