// 10,000 frames that no honest peer would send: garbage and mutations, on connections of their own and inside the window of
// live ones. The listener goes on serving, and what it delivers is intact.
import test from 'ava';
import {
  ACK,
  checkTcb,
  Connection,
  connectionOptions,
  FIN,
  PSH,
  RST,
  Segment,
  seq,
  seqAdd,
  seqDiff,
  SYN,
  URG,
} from '../../src/tcp/index.ts';
import { encodeSegment, segmentLength } from '../../src/wire/index.ts';
import { generator, Host, pattern, RawPeer, reach } from './ends.ts';

const WINDOW = 20_000;

/** Connections that send what they like: octets in disorder, headers turned over, until they are thrown out; then another. */
async function vandalise(host: Host, frames: number, seed: number): Promise<void> {
  const next = generator(seed);
  let sent = 0;
  while (sent < frames) {
    const peer = new RawPeer(host.port);
    await peer.handshake();
    for (let i = 0; i < 200 && sent < frames && !peer.isEnded; i++, sent++) {
      peer.frame(next() % 3 === 0 ? noise(next) : mutation(peer, next));
      if (next() % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    peer.socket.destroy();
    await peer.ended();
  }
}

/** Octets of any value; mostly with a data offset that lets them through. */
function noise(next: () => number): Buffer {
  const octets = Buffer.alloc(20 + (next() % 200));
  for (let i = 0; i < octets.length; i++) octets[i] = next();
  if (next() % 8 !== 0) octets[12] = 0x50;
  return octets;
}

/** A segment in the middle of the window, of which a few octets are then changed. */
function mutation(peer: RawPeer, next: () => number): Buffer {
  const length = next() % 300;
  const seg = peer.segment({
    seq: seqAdd(peer.iss, 1 + (next() % WINDOW)),
    text: pattern(length),
    textLength: length,
    tsVal: next() % 2 === 0 ? -1 : next(),
    tsEcr: next(),
  });
  const octets = Buffer.alloc(segmentLength(seg));
  encodeSegment(seg, octets, 0);
  for (let i = next() % 4; i > 0; i--) octets[4 + ((next() % 30) % (octets.length - 4))] = next();
  if (octets[12]! >>> 4 < 5 || (octets[12]! >>> 4) * 4 > octets.length) octets[12] = 0x50;
  return octets;
}

/**
 * One connection on which true text comes in pieces of any place and length, between segments whose other fields are
 * anything: control bits, acknowledgments, windows, options. Resets hit every place but RCV.NXT, where one would be right.
 */
async function besiege(host: Host, frames: number, seed: number): Promise<number> {
  const next = generator(seed);
  const peer = new RawPeer(host.port);
  await peer.handshake();
  const first = seqAdd(peer.iss, 1);
  for (let sent = 0; sent < frames; sent++) {
    const { ack } = peer.segments.at(-1)!;
    const at = seqDiff(ack, first); // the place of RCV.NXT in the stream, as far as we have heard
    const place = Math.max(0, at + (next() % (2 * WINDOW)) - WINDOW / 2);
    const kind = next() % 8;
    const text = pattern(kind === 0 ? 0 : next() % 1_000, place);
    const seg = peer.segment({ seq: seqAdd(first, place), text, textLength: text.length, wnd: next() & 0xffff });
    if (kind === 1) seg.ack = seqAdd(seg.ack, next());
    if (kind === 2) seg.flags = [SYN, SYN | ACK, 0, URG | PSH, SYN | FIN | URG][next() % 5]!;
    if (kind === 3) decoy(seg, peer, next);
    peer.send(seg);
    if (sent % 8 === 0) {
      const honest = pattern(1 + (next() % 1_460), at);
      peer.send(peer.segment({ seq: ack, text: honest, textLength: honest.length }));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  // A last honest stretch: from the last acknowledgment to the end, which is well past all that was sent.
  const heard = peer.segments.length;
  peer.send(peer.segment({ seq: first, text: pattern(1), textLength: 1 }));
  await peer.until(() => peer.segments.length > heard);
  let place = seqDiff(peer.segments.at(-1)!.ack, first);
  const total = place + 3 * WINDOW;
  while (place < total && !peer.isEnded) {
    const text = pattern(Math.min(1_000, total - place), place);
    const count = peer.segments.length;
    peer.send(peer.segment({ seq: seqAdd(first, place), text, textLength: text.length }));
    await peer.until(() => peer.segments.length > count);
    place = seqDiff(peer.segments.at(-1)!.ack, first);
  }
  peer.send(peer.segment({ seq: seqAdd(first, total), flags: ACK | FIN }));
  return total;
}

/** A RST that is not at RCV.NXT, nor at a place that RCV.NXT may soon reach. */
function decoy(seg: Segment, peer: RawPeer, next: () => number): void {
  seg.flags = RST | (next() % 2 === 0 ? ACK : 0);
  seg.seq = seqAdd(peer.iss, 1 + 100_000_000 + (next() % 1_000_000));
  seg.textLength = 0;
}

// A peer that fills the carrier with faults and reads none of the answers: each of these ACKs is worth a RST.
test('what is owed to a peer while nothing may leave is bounded', (t) => {
  const connection = new Connection(connectionOptions({ iss: seq(0), localPort: 1 }), 0);
  connection.listen(0);
  connection.hold('carrier', 0);
  for (let i = 0; i < 1_000; i++) {
    connection.segmentArrives(Object.assign(new Segment(), { destinationPort: 1, flags: ACK, ack: seq(i) }), i);
  }
  connection.release('carrier', 1_000);
  const out = new Segment();
  let resets = 0;
  while (connection.pollSegment(out, 1_000)) resets++;
  t.true(resets > 0 && resets <= 8, `${resets}`);
  t.like(out, { flags: RST });
});

test('10,000 hostile frames leave the listener serving and what it delivers intact', async (t) => {
  const host = await Host.start({ connection: { receiveBuffer: WINDOW } });
  const honest = await reach(host.port);
  honest.send(pattern(3_000_000));
  const served = await host.accepted();
  const sieged = besiege(host, 5_000, 1);
  await host.accepted(1);
  await Promise.all([sieged, vandalise(host, 5_000, 2)]);

  await Promise.all([served.closed(), honest.closed()]);
  t.true(served.text.equals(pattern(3_000_000)), 'the honest connection');

  const besieged = await host.accepted(1);
  const total = await sieged;
  await besieged.until(() => besieged.events.includes('peer-closed') || besieged.isClosed);
  t.is(besieged.driver.error, undefined);
  t.is(besieged.receivedLength, total);
  t.true(besieged.text.equals(pattern(total)), 'the besieged connection');
  for (const { driver } of host.witnesses) t.notThrows(() => checkTcb(driver.connection.tcb));

  const last = await reach(host.port);
  last.send(pattern(1_000));
  await last.closed();
  t.is(last.driver.error, undefined, 'the listener still serves');
  await host.close();
});
