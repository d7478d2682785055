// Who may come in: the Host header (against DNS rebinding), the Origin (against pages of others) and the token. Pure: headers
// in, a decision out.
//
// On loopback anybody on this machine may look unless a token was asked for; whatever is beyond, and whoever wants to control,
// needs one. It
// travels as a second subprotocol, `token.…`, because it is the one header that a page can set: in a URL it would be logged.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { FEED_SUBPROTOCOL } from '../trace/index.ts';

export interface Gate {
  /** Listening on loopback only. */
  isLocal: boolean;
  /** What observers must show; undefined where looking is free and nothing can be controlled. */
  token: string | undefined;
  /** Whoever looks must show it, on this machine too. */
  isClosed: boolean;
  /** Names of this host besides its addresses: as asked for, as the system has it. */
  names: readonly string[];
}

export interface Knock {
  host: string | undefined;
  origin: string | undefined;
  /** `Sec-WebSocket-Protocol`. */
  protocols: string | undefined;
}

export type Admission =
  | { verdict: 'welcome'; isTrusted: boolean }
  /** Answered with an HTTP status: whoever knocks is not one of ours. */
  | { verdict: 'refused'; status: 400 | 403; reason: string }
  /** Let in and closed with a reason (1008), which a page, unlike an HTTP status, can read and show. */
  | { verdict: 'dismissed'; reason: string };

export const TOKEN_PROTOCOL = 'token.';
/** Characters of a token, which must go through a header and a URL as they are. */
export const TOKEN_SHAPE = /^[A-Za-z0-9_-]{16,128}$/;

/** 128 bits, as 22 characters. */
export function makeToken(): string {
  return randomBytes(16).toString('base64url');
}

export function admit(knock: Knock, gate: Gate): Admission {
  const { host, origin, protocols = '' } = knock;
  if (!isOwnHost(host, gate)) {
    return {
      verdict: 'refused',
      status: 403,
      reason: `"${host ?? ''}" is no name of this feed: ${CURE}`,
    };
  }
  const offered = protocols.split(',').map((protocol) => protocol.trim());
  if (!offered.includes(FEED_SUBPROTOCOL)) {
    return { verdict: 'refused', status: 400, reason: `ask for the subprotocol ${FEED_SUBPROTOCOL}` };
  }
  const token = judgeToken(offered, gate);
  if (token !== 'right' && !isOwnOrigin(origin, host!, gate)) {
    return { verdict: 'refused', status: 403, reason: `a page of ${origin ?? ''} may look only with the token` };
  }
  if (token === 'wrong' || (token === 'none' && (gate.isClosed || !gate.isLocal))) {
    return { verdict: 'dismissed', reason: `the token is ${token === 'wrong' ? 'wrong' : 'missing'}: ${CURE}` };
  }
  return { verdict: 'welcome', isTrusted: token === 'right' };
}

/** Whether a recording may be had: on this machine by anybody, beyond by whoever shows the token (RFC 6750). */
export function mayTake(authorization: string | undefined, { isLocal, isClosed, token }: Gate): boolean {
  if (token === undefined || (isLocal && !isClosed)) return true;
  return isSame(authorization ?? '', `Bearer ${token}`);
}

const CURE = 'use the address that was printed, whole';

/** Where no token was made, none is right and none is wrong. */
function judgeToken(offered: readonly string[], { token }: Gate): 'right' | 'wrong' | 'none' {
  const shown = offered.find((protocol) => protocol.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length);
  if (token === undefined || shown === undefined) return 'none';
  return isSame(shown, token) ? 'right' : 'wrong';
}

/** Takes as long wherever they differ. */
function isSame(shown: string, token: string): boolean {
  return timingSafeEqual(digest(shown), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether a Host header names this host. A name that somebody else's server resolves to our address does not. */
export function isOwnHost(header: string | undefined, gate: Pick<Gate, 'isLocal' | 'names'>): boolean {
  const name = hostName(header);
  if (name === undefined) return false;
  if (isLoopbackName(name)) return true;
  if (gate.isLocal) return false;
  return isIP(name) !== 0 || gate.names.some((own) => own.toLowerCase() === name);
}

/** None (no browser), the page we serve ourselves, or, for a feed on loopback, another page of this machine. */
function isOwnOrigin(origin: string | undefined, host: string, gate: Gate): boolean {
  if (origin === undefined) return true;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  if (url.host === host.toLowerCase()) return true;
  return gate.isLocal && isLoopbackName(url.hostname.replace(/^\[(.*)\]$/, '$1'));
}

/** Without its port and brackets; undefined where it is none. */
function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header ?? '');
  return (match?.groups?.['v6'] ?? match?.groups?.['name'])?.toLowerCase();
}

export function isLoopbackName(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIP(name) === 4 && name.startsWith('127.'))
  );
}
