"use strict";
// Written by a generator, with the style of newer scripts.
const config = {
	bypass: ["*.intra.example", "intra.example", "*.local", "localhost", "10.*", "/^(dev|qa)\\d*\\./i"],
	rules: [
		{ suffixes: [".cloud.example", ".saas.example"], ports: [443, 8443], proxy: "cloud" },
		{ suffixes: [".video.example"], ports: [], proxy: "video" },
		{ pattern: /^https?:\/\/([^\/:]+\.)?news\.example(:\d+)?\/(?!live)/i, proxy: "news" },
	],
	pools: {
		cloud: ["p1.example:3128", "p2.example:3128", "p3.example:3128"],
		video: ["v1.example:8080"],
		news: ["n1.example:8080", "n2.example:8080"],
	},
	fallback: 'DIRECT'
};

const compiled = config.bypass.map((rule) => {
	const m = rule.match(/^\/(.*)\/(i?)$/);
	if (m) {
		const re = new RegExp(m[1], m[2]);
		return host => re.test(host);
	}
	return host => shExpMatch(host, rule);
});

function hash(text) {
	let h = 5381;
	for (let i = 0; i < text.length; i++) {
		h = ((h << 5) + h + text.charCodeAt(i)) | 0;
	}
	return h >>> 0;
}

function portOf(url) {
	const m = /^([a-z]+):\/\/[^\/]*?(?::(\d+))?(?:\/|$)/.exec(url);
	if (!m) { throw new Error(`no URL: ${url}`); }
	if (m[2]) return Number(m[2]);
	switch (m[1]) {
		case "https": case "wss": return 443;
		case "http": return 80;
		default: return -1;
	}
}

function answer(pool, host) {
	const list = config.pools[pool];
	const first = hash(host) % list.length;
	const turned = list.slice(first).concat(list.slice(0, first));
	return turned.map(p => `PROXY ${p}`).join("; ");
}

function FindProxyForURL(url, host) {
	for (const bypass of compiled) {
		if (bypass(host)) return "DIRECT";
	}
	let port;
	try {
		port = portOf(url);
	} catch (error) {
		return "PROXY error.example:1; " + error.message.replace(/[^a-z]+/gi, "-");
	}
	for (const rule of config.rules) {
		if (rule.pattern) {
			if (!rule.pattern.test(url)) continue;
		} else if (!rule.suffixes.some(s => host.endsWith(s)) || (rule.ports.length && rule.ports.indexOf(port) < 0)) {
			continue;
		}
		return answer(rule.proxy, host);
	}
	return config.fallback;
}
