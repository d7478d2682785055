// What the tests of this folder share: owners that keep what they were told, and a peer that speaks the format by hand.
import { connect, type Socket } from 'node:net';
import {
  type CarrierOptions,
  dial,
  type Driver,
  type DriverOwner,
  listen,
  type ListenOptions,
  type Listener,
} from '../../src/carrier/index.ts';
import { ACK, type ConnectionEvent, type Seq, Segment, seq, SYN } from '../../src/tcp/index.ts';
import { decodeSegment, encodePreface, encodeSegment, PREFACE_LENGTH, segmentLength } from '../../src/wire/index.ts';

/** An owner that notes all it is told, and can be waited for. */
export class Witness implements DriverOwner {
  readonly driver: Driver;
  readonly events: ConnectionEvent[] = [];
  /** What was read, if `reads`. */
  readonly received: Uint8Array[] = [];
  receivedLength = 0;
  isClosed = false;
  /** Reads at once whatever comes, and closes when the peer has. */
  reads = true;
  #waiting: (() => void)[] = [];
  #unsent: Uint8Array[] = [];
  #closesThen = false;

  constructor(driver: Driver) {
    this.driver = driver;
  }

  connectionEvent(event: ConnectionEvent): void {
    this.events.push(event);
    if (this.reads) this.drain();
    if (event === 'connected' || event === 'writable') this.#write();
    if (event === 'peer-closed' && this.reads) this.driver.connection.close(this.driver.clock.now());
    this.#wake();
  }

  carrierClosed(): void {
    this.isClosed = true;
    this.#wake();
  }

  /** Writes all of it as room comes, and then closes, if asked to. */
  send(octets: Uint8Array, closes = true): void {
    this.#unsent.push(octets);
    this.#closesThen = closes;
    this.#write();
    this.driver.pump();
  }

  /** Reads what there is. */
  drain(): void {
    const { connection, clock } = this.driver;
    while (connection.readable > 0) {
      const view = connection.peek();
      this.received.push(view.slice());
      this.receivedLength += view.length;
      connection.consume(view.length, clock.now());
    }
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async closed(): Promise<void> {
    await this.until(() => this.isClosed);
  }

  get text(): Buffer {
    return Buffer.concat(this.received);
  }

  #write(): void {
    const { connection, clock } = this.driver;
    if (!this.events.includes('connected') || connection.state === 'CLOSED') return;
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      const accepted = connection.write(first, clock.now());
      if (accepted < first.length) {
        this.#unsent[0] = first.subarray(accepted);
        return;
      }
      this.#unsent.shift();
    }
    if (this.#closesThen) connection.close(clock.now());
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A listener on an ephemeral port of the loopback, whose drivers are witnessed. */
export class Host {
  readonly witnesses: Witness[] = [];
  dropped = 0;
  isClosed = false;
  listener!: Listener;
  port = 0;
  #waiting: (() => void)[] = [];

  static async start(
    options: Partial<ListenOptions> = {},
    prepare: (witness: Witness) => void = () => {},
  ): Promise<Host> {
    const host = new Host();
    await new Promise<void>((resolve, reject) => {
      host.listener = listen(
        { listen: { port: 0, host: '127.0.0.1' }, ...options },
        {
          listening: resolve,
          failed: reject,
          opened: (driver) => {
            const witness = new Witness(driver);
            prepare(witness);
            host.witnesses.push(witness);
            host.#wake();
            return witness;
          },
          dropped: () => {
            host.dropped++;
            host.#wake();
          },
          closed: () => {
            host.isClosed = true;
            host.#wake();
          },
        },
      );
    });
    const address = host.listener.address();
    if (address === null || typeof address === 'string') throw new Error('not a TCP address');
    host.port = address.port;
    return host;
  }

  /** The nth carrier that was accepted. */
  async accepted(index = 0): Promise<Witness> {
    await this.until(() => this.witnesses.length > index);
    return this.witnesses[index]!;
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Listens no more, and waits until every carrier is gone. */
  async close(): Promise<void> {
    this.listener.close();
    for (const { driver } of this.witnesses) driver.destroy();
    await this.until(() => this.isClosed);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Dials the port on the loopback; resolves when the carrier is open. */
export function reach(port: number, options: CarrierOptions = {}, host = '127.0.0.1'): Promise<Witness> {
  return new Promise((resolve, reject) => {
    dial(
      { host, port, ...options },
      {
        failed: reject,
        opened: (driver) => {
          const witness = new Witness(driver);
          resolve(witness);
          return witness;
        },
      },
    );
  });
}

/** A peer that speaks the format by hand, and may break every rule. */
export class RawPeer {
  readonly socket: Socket;
  /** Segments that came. */
  readonly segments: Segment[] = [];
  isEnded = false;
  readonly iss = seq(1_000);
  irs: Seq = seq(0);
  readonly #port: number;
  #rest: Buffer = Buffer.alloc(0);
  #skip = PREFACE_LENGTH;
  #waiting: (() => void)[] = [];

  constructor(port: number) {
    this.#port = port;
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('data', (octets) => this.#take(octets));
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.isEnded = true;
      this.#wake();
    });
  }

  /** Preface, SYN, and the ACK of the SYN-ACK. */
  async handshake(): Promise<void> {
    this.socket.write(encodePreface());
    this.send(this.segment({ flags: SYN, seq: this.iss, wnd: 65_535 }));
    await this.until(() => this.segments.length > 0);
    this.irs = this.segments[0]!.seq;
    this.send(this.segment({}));
  }

  /** An empty ACK in sequence, with what is asked for put in. */
  segment(fields: Partial<Segment>): Segment {
    const plain = { seq: seq(this.iss + 1), ack: seq(this.irs + 1), flags: ACK, wnd: 65_535 };
    return Object.assign(new Segment(), { sourcePort: 7, destinationPort: this.#port }, plain, fields);
  }

  send(seg: Segment): void {
    const octets = Buffer.alloc(segmentLength(seg));
    encodeSegment(seg, octets, 0);
    this.frame(octets);
  }

  frame(octets: Uint8Array, length = octets.length): void {
    this.socket.write(Buffer.concat([Uint8Array.of(length >>> 8, length & 0xff), octets]));
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.isEnded) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async ended(): Promise<void> {
    await this.until(() => false);
  }

  #take(octets: Buffer): void {
    const skipped = Math.min(this.#skip, octets.length);
    this.#skip -= skipped;
    this.#rest = Buffer.concat([this.#rest, octets.subarray(skipped)]);
    while (this.#rest.length >= 2 && this.#rest.length >= 2 + this.#rest.readUInt16BE(0)) {
      const length = this.#rest.readUInt16BE(0);
      const seg = new Segment();
      decodeSegment(this.#rest, 2, length, seg);
      this.segments.push(seg);
      this.#rest = this.#rest.subarray(2 + length);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Octets that can be told from each other and from a shift of themselves. */
export function pattern(length: number, from = 0): Buffer {
  const octets = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) octets[i] = patternAt(from + i);
  return octets;
}

function patternAt(place: number): number {
  return (place ^ (place >>> 8) ^ (place >>> 16)) & 0xff;
}

/** A seeded generator of uint32 (mulberry32, Tommy Ettinger). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
