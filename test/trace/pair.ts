// Two connections and a path of some delay between them, in virtual time, each end recorded: what the tests of this folder
// read. Nothing is lost unless a test says so.
import {
  Connection,
  connectionOptions,
  type ConnectionOptions,
  type Instant,
  MICROSECOND,
  Segment,
  seq,
} from '../../src/tcp/index.ts';
import { type Happening, PcapngReader, type ReadReport, Recorder, type Snap } from '../../src/trace/index.ts';
import { decodeSegment, encodeSegment, segmentLength } from '../../src/wire/index.ts';

export interface PairOptions {
  sender?: Partial<ConnectionOptions>;
  receiver?: Partial<ConnectionOptions>;
  delay?: number;
  snap?: Snap;
  addresses?: [string, string];
  /** Whether the segment that is the `count`th from its end is lost. */
  loses?: (from: 'sender' | 'receiver', count: number) => boolean;
}

export interface End {
  name: 'sender' | 'receiver';
  connection: Connection;
  recorder: Recorder;
  chunks: Uint8Array[];
}

interface Flight {
  at: Instant;
  to: End;
  octets: Uint8Array;
}

const PORTS = { sender: 40_001, receiver: 9_293 };

export class Pair {
  now: Instant = 1_000;
  readonly sender: End;
  readonly receiver: End;
  readonly #options: PairOptions;
  readonly #path: Flight[] = [];
  readonly #seg = new Segment();
  readonly #sent = { sender: 0, receiver: 0 };

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.sender = this.#end('sender', 'receiver', 0xffff_f000, options.sender);
    this.receiver = this.#end('receiver', 'sender', 0x7fff_fff0, options.receiver);
    this.receiver.connection.listen(this.now);
    this.sender.connection.connect(this.now);
  }

  /** Lets time pass up to `until`, with all that happens by itself. */
  run(until: Instant): void {
    for (;;) {
      this.#leave(this.sender, this.receiver);
      this.#leave(this.receiver, this.sender);
      const next = Math.min(
        this.#path[0]?.at ?? Infinity,
        this.sender.connection.nextDeadline(),
        this.receiver.connection.nextDeadline(),
      );
      if (next > until) break;
      this.now = Math.max(this.now, next);
      this.#happens();
    }
    this.now = until;
  }

  runFor(duration: number): void {
    this.run(this.now + duration);
  }

  /** The recording of one end, finished. */
  recording(end: End, complete = true, why = ''): Uint8Array {
    end.connection.unobserve(end.recorder);
    end.recorder.finish(this.now, complete, why);
    return join(end.chunks);
  }

  #happens(): void {
    while (this.#path.length > 0 && this.#path[0]!.at <= this.now) {
      const { to, octets } = this.#path.shift()!;
      if (decodeSegment(octets, 0, octets.length, this.#seg) !== undefined) throw new Error('our own segment decodes');
      to.connection.segmentArrives(this.#seg, this.now);
      this.#leave(to, to === this.sender ? this.receiver : this.sender);
    }
    for (const { connection } of [this.sender, this.receiver]) {
      if (connection.nextDeadline() <= this.now) connection.timePasses(this.now);
    }
  }

  #leave(from: End, to: End): void {
    while (from.connection.pollSegment(this.#seg, this.now)) {
      const octets = new Uint8Array(segmentLength(this.#seg));
      encodeSegment(this.#seg, octets, 0);
      if (this.#options.loses?.(from.name, ++this.#sent[from.name]) === true) continue;
      this.#path.push({ at: this.now + (this.#options.delay ?? 500 * MICROSECOND), to, octets });
    }
  }

  #end(
    name: 'sender' | 'receiver',
    peer: 'sender' | 'receiver',
    iss: number,
    given: Partial<ConnectionOptions> = {},
  ): End {
    const options = connectionOptions({ iss: seq(iss), localPort: PORTS[name], remotePort: PORTS[peer], ...given });
    const [senderAddress, receiverAddress] = this.#options.addresses ?? ['192.0.2.1', '192.0.2.2'];
    const addresses = { sender: senderAddress, receiver: receiverAddress };
    const connection = new Connection(options, this.now);
    const chunks: Uint8Array[] = [];
    const recorder = new Recorder(
      {
        sink: (octets) => chunks.push(octets),
        local: { address: addresses[name], port: PORTS[name] },
        remote: { address: addresses[peer], port: PORTS[peer] },
        label: name,
        application: 'sash test',
        anchor: { epochMs: 1_795_288_800_123.25, at: 500 },
        configuration: options,
        ...(this.#options.snap === undefined ? {} : { snap: this.#options.snap }),
      },
      this.now,
    );
    connection.observe(recorder);
    return { name, connection, recorder, chunks };
  }
}

export function join(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Reads a recording in pieces of `size` octets. */
export function readAll(
  file: Uint8Array,
  size = file.length,
): { happenings: Happening[]; report: Readonly<ReadReport> } {
  const happenings: Happening[] = [];
  const reader = new PcapngReader((happening) => happenings.push(happening));
  for (let at = 0; at < file.length; at += size) reader.push(file.subarray(at, at + size));
  return { happenings, report: reader.end() };
}

/** A transfer through a window that closes, is probed, opens again, and ends with two FINs. */
export function slowReader(options: PairOptions = {}): Pair {
  const pair = new Pair({ sender: { receiveBuffer: 65_535 }, receiver: { receiveBuffer: 5_840 }, ...options });
  const { sender, receiver } = pair;
  pair.runFor(10_000_000);
  sender.connection.write(new Uint8Array(12_000).fill(0x61), pair.now);
  pair.runFor(8_000_000_000); // the window closes and is probed a few times
  const target = new Uint8Array(4_000);
  for (let reads = 0; reads < 8; reads++) {
    receiver.connection.read(target, pair.now);
    pair.runFor(50_000_000);
  }
  sender.connection.close(pair.now);
  pair.runFor(50_000_000);
  receiver.connection.close(pair.now);
  pair.runFor(100_000_000);
  return pair;
}
