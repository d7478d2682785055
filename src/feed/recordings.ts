// Recordings that the page replays by itself (`sash serve FILE…`): those files and no others, by their place in the list, so that no
// path can lead elsewhere.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { mayTake, type Gate } from './admission.ts';
import { type Site } from './site.ts';

const PATH = /^\/recordings\/(\d{1,4})$/;

export class Recordings {
  readonly #files: readonly string[];
  readonly #gate: Gate;
  readonly #site: Site;

  constructor(files: readonly string[], gate: Gate, site: Site) {
    this.#files = files;
    this.#gate = gate;
    this.#site = site;
  }

  get count(): number {
    return this.#files.length;
  }

  /** True if this was the path of a recording: `/recordings/0` and so on. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean {
    const number = PATH.exec(path)?.[1];
    const file = number === undefined ? undefined : this.#files[Number(number)];
    if (file === undefined) return false;
    if (request.method !== 'GET') this.#site.refuse(response, 405, 'only GET is understood here', { Allow: 'GET' });
    else if (!mayTake(request.headers.authorization, this.#gate))
      this.#site.refuse(response, 401, 'the token is wrong or missing', { 'WWW-Authenticate': 'Bearer' });
    else void this.#send(file, response);
    return true;
  }

  /** As much as the file holds now: it may be growing. */
  async #send(file: string, response: ServerResponse): Promise<void> {
    try {
      const { size } = await stat(file);
      const head = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(size) };
      const name = `attachment; filename*=UTF-8''${encodeURIComponent(basename(file))}`;
      this.#site.begin(response, { ...head, 'Content-Disposition': name, 'Cache-Control': 'no-store' });
      if (size === 0) response.end();
      else await pipeline(createReadStream(file, { end: size - 1 }), response);
    } catch {
      // Gone, or nobody takes it any more: an answer that had begun breaks off, which a browser says.
      if (response.headersSent) response.destroy();
      else this.#site.refuse(response, 404, 'this recording cannot be read any more');
    }
  }
}
