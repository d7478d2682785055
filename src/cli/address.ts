// HOST:PORT as people write it, and which address of this host another one can reach.
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { usage } from './faults.ts';

export const DEFAULT_PORT = 9_293;

export interface Address {
  /** Undefined: all interfaces. */
  host: string | undefined;
  port: number;
}

/** `PORT`, `HOST`, `HOST:PORT`, `:PORT`, `[::1]:PORT`, `[::1]`. @throws Fault */
export function parseAddress(text: string, defaultPort = DEFAULT_PORT): Address {
  if (/^\d+$/.test(text)) return { host: undefined, port: parsePort(text, text) };
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*))(?::(?<port>[^:]*))?$/.exec(text);
  if (match === null) {
    const cure = isIPv6(text) ? `[${text}] or [${text}]:${defaultPort}` : `[::1]:${defaultPort}`;
    throw usage(`"${text}" is not an address: write HOST:PORT, and an IPv6 address in brackets, as in ${cure}`);
  }
  const { v6, name, port } = match.groups!;
  if (v6 !== undefined && !isIPv6(v6)) {
    throw usage(`"${v6}" is not an IPv6 address: brackets are for those alone, as in [::1]:${defaultPort}`);
  }
  const host = v6 ?? (name === '' ? undefined : name);
  return { host, port: port === undefined ? defaultPort : parsePort(port, text) };
}

/** As `parseAddress`, where a host must be named. @throws Fault */
export function parseDestination(text: string): { host: string; port: number } {
  const { host, port } = parseAddress(text);
  if (host === undefined) throw usage(`"${text}" names no host: write HOST:PORT, as in localhost:${port}`);
  if (port === 0) throw usage(`"${text}" names port 0, which no one listens on: use the port that sash recv prints`);
  return { host, port };
}

/** `127.0.0.1:9293`, `[::1]:9293`; an IPv4 address that came by way of IPv6 (RFC 4291 §2.5.5.2) as what it is. */
export function formatAddress(host: string, port: number): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  if (mapped !== undefined) return `${mapped}:${port}`;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address to give to the other host: that listened on, or this host's best if that is all of them. */
export function reachableHost(listening: string, asked: string | undefined): { host: string; isLocalOnly: boolean } {
  const isAll = listening === '::' || listening === '0.0.0.0';
  if (!isAll) return { host: asked ?? listening, isLocalOnly: false };
  const best = bestAddress(listening === '::');
  return best === undefined ? { host: '127.0.0.1', isLocalOnly: true } : { host: best, isLocalOnly: false };
}

/** Interfaces that lead no further than this machine. */
const VIRTUAL = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|lxc|podman)/;

function bestAddress(allowsIPv6: boolean): string | undefined {
  const found: { address: string; score: number }[] = [];
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) {
      const isLinkLocal = address.startsWith('fe80:') || address.startsWith('169.254.');
      if (internal || isLinkLocal || isIP(address) === 0 || (family === 'IPv6' && !allowsIPv6)) continue;
      found.push({ address, score: (family === 'IPv4' ? 0 : 1) + (VIRTUAL.test(name) ? 2 : 0) });
    }
  }
  found.sort((a, b) => a.score - b.score);
  return found[0]?.address;
}

function parsePort(digits: string, text: string): number {
  const port = /^\d+$/.test(digits) ? Number(digits) : NaN;
  if (port <= 65_535) return port;
  throw usage(`"${text}": "${digits}" is not a port: ports are whole numbers from 0 to 65535, as in ${DEFAULT_PORT}`);
}
