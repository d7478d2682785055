// The page's files over HTTP: those that the build laid in one folder, and nothing else. Paths are looked up in a list of what
// is there, so that no path can lead out of it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
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

export class Site {
  readonly #folder: string;

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
    const octets = this.#read(name);
    if (octets === undefined) {
      const why = name === 'index.html' ? 'the page is not built: run `npm run build`' : 'there is nothing here';
      this.refuse(response, 404, why);
      return;
    }
    const tag = `"${createHash('sha256').update(octets).digest('base64url')}"`;
    const headers = { ...HEADERS, ETag: tag, 'Cache-Control': 'no-cache' };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
      return;
    }
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': octets.length });
    response.end(method === 'HEAD' ? undefined : octets);
  }

  /** Something that is in no file, as JSON. */
  tell(response: ServerResponse, json: string): void {
    response.writeHead(200, { ...HEADERS, 'Cache-Control': 'no-store', 'Content-Type': TYPES['.json'] }).end(json);
  }

  /** An answer in words. */
  refuse(response: ServerResponse, status: number, why: string, headers: Record<string, string> = {}): void {
    response.writeHead(status, { ...HEADERS, ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
  }

  /** Undefined where there is no such file; what the folder holds is looked at anew each time, as a build may replace it. */
  #read(name: string): Buffer | undefined {
    try {
      const files = readdirSync(this.#folder, { recursive: true, encoding: 'utf8' });
      if (!files.some((file) => file.split(sep).join('/') === name)) return undefined;
      return readFileSync(join(this.#folder, name));
    } catch {
      return undefined; // no folder, or a folder's name
    }
  }
}
