// Proxy auto-configuration of the example corporation.
/*
 * Order matters: local names, own domains, private networks, exceptions, then the proxy of the site.
 */
var debug = false;
var DIRECT = "DIRECT";
var proxies = {
	paris: "PROXY proxy-par.corp.example:3128; PROXY proxy-fra.corp.example:3128",
	frankfurt: "PROXY proxy-fra.corp.example:3128; PROXY proxy-par.corp.example:3128",
	"default": "PROXY proxy.corp.example:8080; DIRECT"
};

// address, mask, site
var sites = [
	["10.10.0.0", "255.255.0.0", "paris"],
	["10.20.0.0", "255.255.0.0", "frankfurt"],
	["10.30.0.0", "255.254.0.0", "frankfurt"],
];

var privateNets = new Array(
	"10.0.0.0/8",
	"172.16.0.0/12",
	"192.168.0.0/16",
	"127.0.0.0/8"
);

function log(text) {
	if (debug) alert("pac: " + text)
}

// The mask of a prefix length: 12 is 255.240.0.0.
function maskOf(bits) {
	var parts = [];
	for (var i = 0; i < 4; i++) {
		var n = Math.min(8, Math.max(0, bits - 8 * i));
		parts.push(256 - Math.pow(2, 8 - n));
	}
	return parts.join(".");
}

function isPrivate(ip) {
	for (var i = 0; i < privateNets.length; ++i) {
		var net = privateNets[i].split("/");
		if (isInNet(ip, net[0], maskOf(parseInt(net[1], 10))))
			return true;
	}
	return false;
}

function siteOf(ip) {
	for (var i in sites) {
		var site = sites[i];
		if (isInNet(ip, site[0], site[1])) { return site[2]; }
	}
	return "default";
}

function proxyOf(site) {
	return proxies.hasOwnProperty(site) ? proxies[site] : proxies["default"];
}

function FindProxyForURL(url, host) {
	url = url.toLowerCase(); host = host.toLowerCase();
	log(url);

	if (isPlainHostName(host) ||
		dnsDomainIs(host, ".corp.example") ||
		localHostOrDomainIs(host, "www.corp.example"))
		return DIRECT;

	var isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
	if (isAddress && isPrivate(host)) return DIRECT;

	var resolved = isAddress ? host : dnsResolve(host);
	if (resolved && isPrivate(resolved)) {
		return DIRECT;
	}

	switch (host.substring(host.lastIndexOf("."))) {
	case ".test":
	case ".invalid":
		return DIRECT;
	case ".onion":
		return "SOCKS5 tor.corp.example:9050";
	default:
		break;
	}

	if (shExpMatch(url, "*://*.office365.example/*") || shExpMatch(host, "login.*.example") || shExpMatch(url, "https://*.cdn.example/v?/*")) {
		return "HTTPS cloud-proxy.corp.example:443";
	}
	if (url.substring(0, 4) == "ftp:") return "PROXY ftp.corp.example:2121"
	else if (url.substr(0, 6) === "https:" && weekdayRange("SAT", "SUN")) return "PROXY weekend.corp.example:3128"

	return proxyOf(siteOf(myIpAddress()));
}
