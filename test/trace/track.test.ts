// What a capture shows of both ends: the counters of the core, found again in packets alone; where a capture was taken; who
// limited whom.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { FIN, ACK } from '../../src/tcp/index.ts';
import {
  type CapturedPacket,
  CaptureReader,
  type ConnectionReport,
  type PassingBetween,
  Quantiles,
  Study,
  summarize,
  summaryLines,
  Summed,
} from '../../src/trace/index.ts';
import { slowReader } from './pair.ts';
import { segmentsAtRandom } from './random-segments.ts';
import { recordedRun } from './runs.ts';
import { Staged } from './staged.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

function studied(file: Uint8Array, bare = false): Summed[] {
  const study = new Study<PassingBetween, Summed>({
    make: (track, subject) => new Summed(track, subject),
  });
  const strip = (packet: CapturedPacket): void => {
    packet.direction = 'unknown';
    packet.seg.purpose = 'arrived';
    study.packet(packet);
  };
  const reader = new CaptureReader(bare ? { packet: strip } : study);
  reader.push(file);
  reader.end();
  return study.connections;
}

function report(file: Uint8Array, bare = false): ConnectionReport {
  const [first] = studied(file, bare);
  if (first === undefined) throw new Error('there is no connection in it');
  return summarize(first);
}

test('what the core counts of itself is what its packets show, under loss, reordering and duplication', (t) => {
  let recordings = 0;
  let probes = 0;
  for (let seed = 100; seed < 150; seed++) {
    for (const { name, file } of recordedRun(seed)) {
      const [summed] = studied(file());
      const side = summed?.recorded?.side;
      const tally = summed?.recorded?.end?.tally;
      if (summed === undefined || side === undefined || tally === undefined) continue;
      const other = side === 0 ? 1 : 0;
      const { ends, now } = summed.track;
      const [own, peers] = [summed.counts[side], summed.counts[other]];
      const until = summed.recorded?.endedNs ?? now;
      const { zeroWindow: held, offeredZero: holding } = ends[side];
      const shown = {
        segmentsSent: own.segments,
        segmentsReceived: peers.segments,
        octetsSent: ends[side].octetsSent,
        octetsAcknowledged: ends[side].octetsAcknowledged,
        octetsReceived: ends[other].octetsPassed,
        retransmissions: own.retransmissions,
        probesSent: own.probes,
        windowUpdatesSent: own.windowUpdates,
        windowUpdatesReceived: own.windowUpdatesTaken,
        dsacksSent: own.dsacks,
        sendWindowZero: { count: held.count, totalNs: held.total(until), longestNs: held.longest(until) },
        receiveWindowZero: { count: holding.count, totalNs: holding.total(until), longestNs: holding.longest(until) },
      };
      const counted = Object.fromEntries(Object.keys(shown).map((key) => [key, tally[key as keyof typeof tally]]));
      t.deepEqual(shown, counted as typeof shown, name);
      recordings++;
      probes += tally.probesSent;
    }
  }
  t.true(recordings > 100);
  t.true(probes > 50);
});

test('who limited whom sums to the life, at either end, recorded or inferred', (t) => {
  for (let seed = 0; seed < 10; seed++) {
    for (const { name, file } of recordedRun(seed)) {
      for (const bare of [false, true]) {
        const { directions, lifeNs } = report(file(), bare);
        for (const { limits } of directions) {
          const sum = Object.values(limits.reasonsNs).reduce((total, ns) => total + ns, 0);
          t.is(Math.round(sum), Math.round(limits.lifeNs), name);
          if (limits.source === 'inferred')
            t.true(Math.abs(limits.lifeNs - lifeNs) < 1, `${name}: ${limits.lifeNs}, ${lifeNs}`);
        }
      }
    }
  }
});

test('what is inferred of a shut window is what the recording says, seen from either end', (t) => {
  const pair = slowReader({ delay: 20_000_000 });
  const sender = pair.recording(pair.sender);
  const exact = report(sender).directions[0].limits;
  t.is(exact.source, 'recorded');
  for (const file of [sender, pair.recording(pair.receiver)]) {
    const { directions, verdict, vantage } = report(file, true);
    t.is(vantage.known, 'handshake');
    const { limits } = directions[0];
    t.is(limits.source, 'inferred');
    for (const reason of ['zero-window', 'handshake'] as const) {
      const [found, told] = [limits.reasonsNs[reason] ?? 0, exact.reasonsNs[reason] ?? 0];
      t.true(Math.abs(found - told) <= 50_000_000, `${reason}: ${found} found, ${told} recorded`);
    }
    t.regex(verdict, /^The receiver's window, shut to zero, held the sender back|^The receiver's window held/);
  }
});

test('each kind of segment is told from the others', (t) => {
  const on = new Staged({ near: 'a' })
    .opens()
    .a(60, { length: 1_000 })
    .a(61, { seq: 1_001, length: 1_000 })
    .a(62, { seq: 2_001, length: 1_000 })
    .a(63, { seq: 3_001, length: 1_000 })
    .b(112, { sacks: [[1_001, 2_001]] })
    .b(113, { sacks: [[1_001, 3_001]] })
    .b(114, { sacks: [[1_001, 4_001]] })
    .a(114.1, { length: 1_000 })
    .b(165, { ack: 4_001, win: 0 })
    .a(1_200, { seq: 4_001, length: 1 })
    .b(1_250, { ack: 4_001, win: 0 })
    .b(2_000, { ack: 4_001, win: 4_000 })
    .a(2_001, { seq: 4_001, length: 10, flags: FIN | ACK })
    .a(3_001, { seq: 4_001, length: 10, flags: FIN | ACK });
  const { directions, handshake } = report(on.file);
  t.like(directions[0], {
    octetsSent: 4_010,
    octetsAcknowledged: 4_000,
    octetsRetransmitted: 1_010,
    retransmissionsBy: { timeout: 1, fast: 1, followUp: 0, needless: 0, syn: 0 },
    duplicateAcks: 3,
    probes: 1,
    windowUpdates: 1,
    zeroWindows: { count: 1, totalNs: 1_835_000_000, longestNs: 1_835_000_000 },
  });
  t.like(
    directions[0].rtt,
    { samples: 1, minNs: 50_000_000 },
    'the SYN: all else was sent twice, or together with what was',
  );
  t.like(handshake, { isWhole: true, roundTripNs: 50_000_000, hasSack: true, isScaled: true });
});

test('a capture without the handshake is of use, and says what is not known', (t) => {
  const on = new Staged({ near: 'b' })
    .a(60, { length: 1_000 })
    .b(61, { ack: 1_001, win: 0 })
    .b(500, { ack: 1_001, win: 4 });
  const found = report(on.file);
  t.is(found.directions[0].octetsSent, 1_000);
  t.like(found.directions[0].zeroWindows, { count: 1, totalNs: 439_000_000 });
  t.is(found.directions[0].widestWindow, null);
  t.true(found.unknown.some((text) => text.includes('scale')));
  t.false(found.handshake.isWhole);
});

test('the lines name the file, what is not known, and the verdict', (t) => {
  const name = fileURLToPath(new URL('../../../test/trace/captures/linux-reader-stops.pcap', import.meta.url));
  const found = report(readFileSync(name));
  const text = summaryLines([{ file: 'linux-reader-stops.pcap', report: found }]).join('\n');
  t.regex(text, /zero windows +1, 24\.899 s in all/);
  t.regex(text, /The receiver's window held the sender back 100 % of the time \(95 % at a zero window\)\./);
  t.regex(text, /not known: who limited whom is inferred/);
});

test('segments drawn at random sum to their life, and nothing is counted below zero', (t) => {
  for (let seed = 0; seed < 20; seed++) {
    for (const summed of studied(segmentsAtRandom(seed))) {
      const { directions, lifeNs } = summarize(summed);
      for (const { limits, octetsSent, octetsAcknowledged, octetsInOrder } of directions) {
        const sum = Object.values(limits.reasonsNs).reduce((total, ns) => total + ns, 0);
        t.true(Math.abs(sum - lifeNs) < 1, `seed ${seed}: ${sum} of ${lifeNs}`);
        t.true(Math.min(octetsSent, octetsAcknowledged, octetsInOrder) >= 0);
      }
    }
  }
});

test('quantiles are exact of few, and off by under 2 % of many', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 400 }), (values) => {
      const quantiles = new Quantiles();
      for (const value of values) quantiles.add(value);
      const sorted = values.toSorted((a, b) => a - b);
      for (const q of [0.01, 0.5, 0.99, 1]) {
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
        const error = Math.abs(quantiles.at(q) - exact);
        if (values.length <= 128 ? error > 0 : error > 0.02 * exact + 1) return false;
      }
      return quantiles.least === sorted[0] && quantiles.most === sorted.at(-1);
    }),
  );
  t.pass();
});
