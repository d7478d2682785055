// The checksum: RFC 9293 §3.1, on a stream carrier (docs/protocol.md).
import { connect, createServer, type Socket } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Driver, record } from '../../src/carrier/index.ts';
import { parseLink } from '../../src/link/index.ts';
import { ACK, RST, Segment, seq, SYN } from '../../src/tcp/index.ts';
import { type Happening, PcapngReader } from '../../src/trace/index.ts';
import {
  CARRIER_PSEUDO,
  CHECKSUMS,
  decodeSegment,
  encodePreface,
  encodeSegment,
  fillChecksum,
  isChecksumRight,
  onesSum,
  readUint16,
  segmentLength,
} from '../../src/wire/index.ts';
import { Host, pattern, reach, type Witness } from '../carrier/ends.ts';
import { established } from '../harness/conversation.ts';

// What the core does with one: nothing but to count and to tell it (MUST-3).
established('a damaged segment changes nothing, whatever its header says', {}, (tcp) => {
  tcp.writes(10);
  tcp.sends('P. 1:11(10) ack 1');
  tcp.receivesDamaged('P. 1:101(100) ack 11');
  tcp.receivesDamaged('R 1:1(0)');
  tcp.sendsNothing();
  tcp.has({ 'RCV.NXT': 1, 'SND.UNA': 1, state: 'ESTABLISHED' });
  tcp.claims(tcp.connection.tcb.tally.segmentsRefused === 2, 'both are counted');
});

/** A peer by hand that keeps whole frames, and fills in checksums or not. */
class Hand {
  readonly socket: Socket;
  readonly frames: Buffer[] = [];
  isEnded = false;
  readonly #port: number;
  readonly #flags: number;
  #rest: Buffer = Buffer.alloc(0);
  #hasPreface = false;
  #waiting: (() => void)[] = [];

  constructor(t: ExecutionContext, port: number, flags: number) {
    this.#port = port;
    this.#flags = flags;
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    t.teardown(() => this.socket.destroy());
    this.socket.on('data', (octets) => this.#take(octets)).on('error', () => {});
    this.socket.on('close', () => {
      this.isEnded = true;
      this.#wake();
    });
    this.socket.write(encodePreface(flags));
  }

  /** The preface that came. */
  preface: Buffer = Buffer.alloc(0);

  send(fields: Partial<Segment>, spoil: (octets: Uint8Array) => void = () => {}): void {
    const plain = { sourcePort: 7, destinationPort: this.#port, seq: seq(1_000), wnd: 65_535 };
    const seg = Object.assign(new Segment(), plain, fields);
    const length = segmentLength(seg);
    const octets = Buffer.alloc(2 + length);
    octets.writeUInt16BE(length);
    encodeSegment(seg, octets, 2);
    if (this.#flags === CHECKSUMS) fillChecksum(CARRIER_PSEUDO, octets, 2, length);
    spoil(octets.subarray(2));
    this.socket.write(octets);
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.isEnded) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #take(octets: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, octets]);
    if (!this.#hasPreface && this.#rest.length >= 8) {
      this.#hasPreface = true;
      this.preface = this.#rest.subarray(0, 8);
      this.#rest = this.#rest.subarray(8);
    }
    while (this.#hasPreface && this.#rest.length >= 2 && this.#rest.length >= 2 + this.#rest.readUInt16BE(0)) {
      const end = 2 + this.#rest.readUInt16BE(0);
      this.frames.push(this.#rest.subarray(2, end));
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

async function hostOf(t: ExecutionContext, options: Parameters<typeof Host.start>[0] = {}): Promise<Host> {
  const host = await Host.start(options);
  t.teardown(() => host.close());
  return host;
}

/** Preface, SYN, the ACK of the SYN-ACK. */
async function handshake(hand: Hand): Promise<Segment> {
  hand.send({ flags: SYN });
  await hand.until(() => hand.frames.length > 0);
  const [frame] = hand.frames;
  const synAck = new Segment();
  decodeSegment(frame!, 0, frame!.length, synAck);
  hand.send({ flags: ACK, seq: seq(1_001), ack: seq(synAck.seq + 1) });
  return synAck;
}

test('without the option the field is 0 and nobody looks at it', async (t) => {
  const host = await hostOf(t);
  const hand = new Hand(t, host.port, 0);
  await handshake(hand);
  t.is(hand.preface.readUInt16BE(6), 0);
  t.is(readUint16(hand.frames[0]!, 16), 0);
  const witness = await host.accepted();
  await witness.until(() => witness.events.includes('connected'));
  t.false(witness.driver.fillsChecksums || witness.driver.verifiesChecksums);
});

// MUST-2: "The sender MUST generate it".
test('who sends with checksums says so in the preface, and fills every one in', async (t) => {
  const host = await hostOf(t, { checksums: true });
  const hand = new Hand(t, host.port, 0);
  const synAck = await handshake(hand);
  const witness = await host.accepted();
  await witness.until(() => witness.events.includes('connected'));
  witness.send(pattern(3_001));
  await hand.until(() => hand.frames.length >= 4);
  t.is(hand.preface.readUInt16BE(6), CHECKSUMS);
  t.true(synAck.has(SYN));
  for (const frame of hand.frames) {
    t.true(isChecksumRight(CARRIER_PSEUDO, frame, 0, frame.length));
    // By hand: protocol 6 and the length are all that the pseudo-header has beside addresses of zeros.
    t.is((onesSum(frame, 0, frame.length) + 6 + frame.length) % 0xffff, 0);
  }
  t.false(witness.driver.verifiesChecksums, 'this peer fills none in');
});

// MUST-3: "the receiver MUST check it"; without an option of its own, since the peer's preface says that there is one.
test('a segment whose checksum is wrong is dropped, and nothing of it is believed', async (t) => {
  const host = await hostOf(t);
  const hand = new Hand(t, host.port, CHECKSUMS);
  hand.send({ flags: SYN }, (octets) => (octets[14]! ^= 1)); // another window
  const synAck = await handshake(hand);
  const witness = await host.accepted();
  await witness.until(() => witness.events.includes('connected'));
  t.true(witness.driver.verifiesChecksums);
  t.is(witness.driver.checksumFaults, 1);

  const next = { flags: ACK, seq: seq(1_001), ack: seq(synAck.seq + 1) };
  const text = pattern(100);
  const damages: ((octets: Uint8Array) => void)[] = [
    (octets) => (octets[16]! ^= 0x80), // the checksum itself
    (octets) => (octets[12] = 0xf0), // a data offset beyond what there is
    (octets) => (octets[12] = 0x10), // and one within the header
    (octets) => (octets[0]! ^= 4), // the port of somebody else
    (octets) => (octets[13]! |= RST),
    (octets) => (octets[119]! ^= 1), // the last octet of text
    (octets) => octets.fill(0, 16, 18), // not filled in at all
  ];
  for (const damage of damages) hand.send({ ...next, text, textLength: 100 }, damage);
  hand.send({ ...next, text, textLength: 100 });
  await witness.until(() => witness.receivedLength === 100);
  t.true(witness.text.equals(text));
  t.is(witness.driver.checksumFaults, 1 + damages.length);
  t.is(witness.driver.error, undefined);
});

async function damaged(
  t: ExecutionContext,
  ends: [there: { checksums: boolean }, back: { checksums: boolean }],
): Promise<[Witness, Witness, Happening[]]> {
  const folder = mkdtempSync(join(tmpdir(), 'sash-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const shape = { link: parseLink('corrupt=4%'), seed: 3 };
  const file = join(folder, 'receiver.pcapng');
  let recording: ReturnType<typeof record> | undefined;
  const recorded = (driver: Driver): void => void (recording = record(driver, { file }));
  const host = await Host.start({ shape, profile: 'linux', ...ends[1] }, ({ driver }) => recorded(driver));
  const client = await reach(host.port, { shape, profile: 'linux', ...ends[0] });
  client.send(pattern(200_000));
  const server = await host.accepted();
  await Promise.all([client.closed(), server.closed()]);
  await recording!.finish();
  await host.close();
  const happenings: Happening[] = [];
  const reader = new PcapngReader((happening) => happenings.push(happening));
  reader.push(readFileSync(file));
  reader.end();
  return [client, server, happenings];
}

test('what a link corrupts travels damaged, is found at the other end, told, and sent again', async (t) => {
  const [client, server, happenings] = await damaged(t, [{ checksums: true }, { checksums: true }]);
  t.true(server.text.equals(pattern(200_000)));
  t.is(client.driver.error, undefined);
  t.is(server.driver.error, undefined);
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    const { tally } = from.driver.shaper!;
    t.true(tally.corrupted > 0);
    t.is(tally.dropped.corruption, 0);
    t.is(to.driver.checksumFaults, tally.corrupted);
  }
  t.true(client.driver.connection.tcb.tally.retransmissions > 0);
  const told = happenings.filter((each) => each.type === 'refused' && each.refusal === 'checksum');
  t.is(told.length, server.driver.checksumFaults);
});

test('each direction by itself: without checksums what a link corrupts is lost on the link', async (t) => {
  const [client, server, happenings] = await damaged(t, [{ checksums: false }, { checksums: true }]);
  t.true(server.text.equals(pattern(200_000)));
  t.true(client.driver.shaper!.tally.dropped.corruption > 0);
  t.is(client.driver.shaper!.tally.corrupted, 0);
  t.is(server.driver.checksumFaults, 0);
  t.is(client.driver.checksumFaults, server.driver.shaper!.tally.corrupted);
  t.false(happenings.some((each) => each.type === 'refused' && each.refusal === 'checksum'));
});

test('a sash older than checksums breaks off, and it is said why and what to do', async (t) => {
  // It reads a preface with a flag that it does not know, and goes; with a RST, for what it has not read.
  for (const how of ['destroy', 'resetAndDestroy'] as const) {
    const old = createServer((socket) => {
      socket.on('error', () => {});
      socket.write(encodePreface());
      socket.once('data', () => socket[how]());
    });
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
    const { port } = old.address() as { port: number };
    const client = await reach(port, { checksums: true });
    await client.closed();
    old.close();
    t.like(client.driver.error, { code: 'EPROTO', fault: 'declined' });
    t.regex(client.driver.error!.message, /offered checksums; a sash that is older .* leave them out/);
  }
});
