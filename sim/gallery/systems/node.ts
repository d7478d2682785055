// Node.js streams: a boolean and an event. `write()` says false from the high-water mark on, and 'drain' comes when nothing is left.
import { MILLISECOND, SECOND } from '../../../src/tcp/index.ts';
import { WatermarkGate } from '../gates.ts';
import { hop } from '../hop.ts';
import { type Entry, type Hop } from '../model.ts';
import { Acknowledging, Batched } from '../rules.ts';
import { Edge } from './tcp.ts';

/** getDefaultHighWaterMark(false), and of objects. */
export const HIGH_WATER_MARK = { v20: 16_384, v22: 65_536, objects: 16 } as const;

/** A Writable: shut from the mark on, open again at 0 (writable.js: writeOrBuffer, afterWrite). */
export function writableGate(highWaterMark: number): WatermarkGate {
  return new WatermarkGate({ shutsFrom: highWaterMark, opensFrom: 0 });
}

/**
 * Items that `readable.pipe(writable)` has taken from its source, while nobody acknowledges a write: the Readable fills to its
 * mark, flows into the Writable until that says false, and goes on at 'drain'.
 */
export class ObjectPipe {
  /** Items that the source was asked for. */
  produced = 0;
  #readable = 0;
  readonly #highWaterMark: number;
  readonly #writable: WatermarkGate;

  constructor(highWaterMark: number) {
    this.#highWaterMark = highWaterMark;
    this.#writable = writableGate(highWaterMark);
    this.#flow();
  }

  /** One write is done. */
  ack(): void {
    this.#writable.hear({ kind: 'grant', units: 1 });
    this.#flow();
  }

  #flow(): void {
    for (;;) {
      while (this.#readable < this.#highWaterMark) {
        this.#readable++;
        this.produced++;
      }
      if (!this.#writable.isOpen) return;
      this.#readable--;
      this.#writable.spend(1);
    }
  }
}

function writable(highWaterMark: number, rest: Partial<Hop> = {}): Hop {
  return hop('octets', {
    frame: Infinity,
    enforcement: 'advisory',
    gate: () => writableGate(highWaterMark),
    rule: () => new Acknowledging('done'),
    ...rest,
  });
}

const WRITABLE = {
  family: 'runtime',
  signal: "write() returns false; 'drain'",
  unit: 'octets',
  refill: 1,
  grants: 'gate',
  mechanism:
    "write() returns `length < highWaterMark`. Once it was false, 'drain' fires only when nothing is left to write: the low mark is 0.",
} as const;
const NODE_SOURCES = [
  { where: 'nodejs/node lib/internal/streams/writable.js: writeOrBuffer, afterWrite, onwrite', how: 'derived' },
  { where: 'Node v20.20.2 and v22.23.3', how: 'executed' },
  { where: 'nodejs/node#52037 (64 KiB since v22.0.0)', how: 'specification' },
] as const;

/** Buffers of the upload that nobody reads, octets. */
export const UPLOAD = { clientKernel: 3_968_000, serverKernel: 128_000, request: 65_536, read: 65_536 } as const;

export const NODE: readonly Entry[] = [
  {
    ...WRITABLE,
    id: 'node',
    name: 'Node.js Writable, v22',
    window: HIGH_WATER_MARK.v22,
    whenFull: 'advice: a producer that obeys waits for drain',
    numbers: ['highWaterMark 64 KiB since v22.0.0 (Windows 16 KiB)', 'objectMode 16', 'largest 1 GiB'],
    sources: NODE_SOURCES,
    leavesOut: 'cork and writev. On the link a write counts as done when the consumer has done it.',
    hops: () => [writable(HIGH_WATER_MARK.v22)],
  },
  {
    ...WRITABLE,
    id: 'node-20',
    name: 'Node.js Writable, v20',
    window: HIGH_WATER_MARK.v20,
    whenFull: 'advice: a producer that obeys waits for drain',
    numbers: ['highWaterMark 16 KiB', 'objectMode 16'],
    sources: NODE_SOURCES,
    leavesOut: 'as `node`.',
    hops: () => [writable(HIGH_WATER_MARK.v20)],
  },
  {
    ...WRITABLE,
    id: 'node-pipe',
    name: 'Node.js pipe, objectMode',
    signal: "pause() and resume(), by write() and 'drain'",
    unit: 'items',
    window: 2 * HIGH_WATER_MARK.objects,
    refill: 1 / 2,
    whenFull: 'the source is not read',
    mechanism:
      'A Readable fills to its mark, and flows into a Writable until that says false; the next lump flows at drain. Both buffers fill: 16 + 16, in lumps of 16.',
    numbers: ['16 objects in the Readable, 16 in the Writable'],
    sources: NODE_SOURCES,
    leavesOut: 'autoDestroy, errors, pipeline(). The Readable lies in the process, the Writable is put on the link.',
    hops: () => [
      hop('items', {
        rule: () => new Batched({ window: HIGH_WATER_MARK.objects, refill: 1 }),
        place: 'local',
      }),
      hop('items', {
        gate: () => writableGate(HIGH_WATER_MARK.objects),
        rule: () => new Acknowledging('done'),
      }),
    ],
  },
  {
    ...WRITABLE,
    id: 'node-ignored',
    name: 'Node.js Writable, whose false nobody heeds',
    family: 'contrast',
    window: null,
    refill: null,
    whenFull: 'keeps queueing: the memory of the process is the limit',
    numbers: ['highWaterMark 64 KiB, not obeyed'],
    sources: NODE_SOURCES,
    leavesOut: 'as `node`. The commonest way to run out of memory.',
    hops: () => [writable(HIGH_WATER_MARK.v22, { enforcement: 'ignored' })],
  },
  {
    id: 'http-upload',
    name: 'HTTP upload to a Node.js server',
    family: 'runtime',
    signal: 'none of its own: the socket is not read, and TCP does the rest',
    unit: 'octets',
    window: UPLOAD.clientKernel + UPLOAD.serverKernel + UPLOAD.request,
    refill: null,
    grants: 'absolute',
    whenFull: 'the socket is paused; 64 KiB + 128 000 octets + 4 MB are held',
    mechanism:
      'HTTP/1.1 says nothing. The request pauses its socket when its buffer is full; the kernel’s receive buffer fills, the window shuts, the client’s send buffer fills, and only then does the client’s write() wait.',
    numbers: [
      'measured, nobody reading: 65 536 in the request, 128 000 in the server’s kernel, 3 968 000 in the client’s',
      'uvicorn pauses above 65 536; gunicorn reads 8 KiB at a time; nginx takes the whole body first',
    ],
    sources: [
      { where: 'Node v20 and v22 on Linux 6.18.44, 5 MiB pushed', how: 'measured' },
      { where: 'uvicorn/protocols/http/flow_control.py', how: 'derived' },
    ],
    leavesOut: 'Expect: 100-continue, 413, growth of the kernel’s buffers, the head of the request (56 octets).',
    hops: () => uploadHops('paused'),
  },
  {
    id: 'http-upload-whole',
    name: 'HTTP upload whose body is read at once',
    family: 'contrast',
    signal: 'none: request.stream.read() takes all there is',
    unit: 'octets',
    window: null,
    refill: null,
    grants: 'none',
    whenFull: 'the body grows in memory until it is complete',
    mechanism:
      'Werkzeug’s readall() reads 64 KiB after 64 KiB into one bytearray up to the end of the body: the socket is always read, TCP’s window never shuts, and whatever the application does with the octets comes later.',
    numbers: ['64 KiB a read'],
    sources: [{ where: 'werkzeug 1b00618e wsgi.py LimitedStream.readall', how: 'derived' }],
    leavesOut: 'MAX_CONTENT_LENGTH, which ends it with 413.',
    hops: () => uploadHops('whole'),
  },
];

/** The three buffers of an upload: the client's kernel, the server's kernel behind the link, the request's own. */
export function uploadHops(reading: 'paused' | 'whole'): Hop[] {
  const { clientKernel, serverKernel, request, read } = UPLOAD;
  const socket = hop('octets', {
    rule: () => new Batched({ window: clientKernel, refill: 1 }),
    frame: read,
    streams: 'shared',
    place: 'local',
  });
  const wire = hop('octets', {
    frame: 1_460,
    packs: true,
    rule: () => new Edge({ buffer: serverKernel, mss: 1_460 }),
    persist: { first: 200 * MILLISECOND, most: 120 * SECOND },
    streams: 'shared',
  });
  const body = hop('octets', {
    frame: read,
    streams: 'shared',
    place: 'local',
    // Readable.push() says false from the mark on, and the socket is not read until there is less again.
    ...(reading === 'paused'
      ? {
          gate: () => new WatermarkGate({ shutsFrom: request, opensFrom: request - 1 }),
          rule: () => new Acknowledging('taken'),
        }
      : {}),
  });
  return [socket, wire, body];
}
