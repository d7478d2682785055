// The page's files over HTTP: those that the build laid in one folder, and nothing else. Paths are looked up in a list of what
// is there, so that no path can lead out of it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Compiled, this file is dist/src/feed/site.js. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../page/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.yaml': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.pcapng': 'application/octet-stream',
};

/** Nothing from elsewhere, nothing inline, no frame around it; feeds of other hosts may be looked at. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

/** Milliseconds that what the folder holds is believed for: a build may replace it. */
const BELIEVED_MS = 1_000;

/** Read once, and shared by all who are sent it. */
interface Kept {
  octets: Buffer;
  tag: string;
  changedMs: number;
}

export class Site {
  readonly #folder: string;
  readonly #kept = new Map<string, Kept | undefined>();
  #lookedMs = -Infinity;

  constructor(folder = PAGE_FOLDER) {
    this.#folder = folder;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      this.refuse(response, 405, 'only GET is understood here', { Allow: 'GET, HEAD' });
      return;
    }
    const path = (request.url ?? '/').split(/[?#]/, 1)[0]!;
    const name = path === '/' ? 'index.html' : path.slice(1);
    const kept = this.#keep(name);
    if (kept === undefined) {
      const why = name === 'index.html' ? 'the page is not built: run `npm run build`' : 'there is nothing here';
      this.refuse(response, 404, why);
      return;
    }
    const { octets, tag } = kept;
    const headers = { ...HEADERS, ETag: tag, 'Cache-Control': 'no-cache' };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
      return;
    }
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': octets.length });
    response.end(method === 'HEAD' ? undefined : octets);
  }

  /** The head of an answer that somebody else makes. */
  begin(response: ServerResponse, headers: Record<string, string>): void {
    response.writeHead(200, { ...HEADERS, ...headers });
  }

  /** Something that is in no file, as JSON. */
  tell(response: ServerResponse, json: string): void {
    response.writeHead(200, { ...HEADERS, 'Cache-Control': 'no-store', 'Content-Type': TYPES['.json'] }).end(json);
  }

  /** An answer in words. */
  refuse(response: ServerResponse, status: number, why: string, headers: Record<string, string> = {}): void {
    response.writeHead(status, { ...HEADERS, ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
  }

  /** Undefined where there is no such file. */
  #keep(name: string): Kept | undefined {
    const now = performance.now();
    if (now - this.#lookedMs > BELIEVED_MS) {
      this.#lookedMs = now;
      const names = namesIn(this.#folder);
      for (const old of this.#kept.keys()) if (!names.has(old)) this.#kept.delete(old);
      for (const one of names) this.#kept.set(one, fresh(this.#kept.get(one), join(this.#folder, one)));
    }
    return this.#kept.get(name);
  }
}

function namesIn(folder: string): Set<string> {
  try {
    return new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.split(sep).join('/')));
  } catch {
    return new Set(); // there is no folder
  }
}

function fresh(kept: Kept | undefined, path: string): Kept | undefined {
  try {
    const { mtimeMs: changedMs } = statSync(path);
    if (kept?.changedMs === changedMs) return kept;
    const octets = readFileSync(path);
    return { octets, tag: `"${createHash('sha256').update(octets).digest('base64url')}"`, changedMs };
  } catch {
    return undefined; // a folder's name
  }
}
