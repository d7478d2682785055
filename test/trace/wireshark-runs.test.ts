// The differential test: 500 random simulated runs (loss, reordering, duplication, corruption, outages, slow readers, probes of
// both styles, keep-alives, with and without SACK, scaling and timestamps), each recorded at one of its ends, in one file; and
// conversations of segments that no TCP would send. Of every one tshark must say what we say, in every field.
// SASH_SEEDS=17 or SASH_SEEDS=1-500 chooses the runs.
import { explore } from '../../sim/index.ts';
import { type Connection, SECOND } from '../../src/tcp/index.ts';
import { Recorder, TSHARK_FIELDS } from '../../src/trace/index.ts';
import { join } from './pair.ts';
import { segmentsAtRandom } from './random-segments.ts';
import { differences, ours, type Row, theirs, title, Tshark, withTshark } from './tshark.ts';

const [FIRST = 1, LAST = FIRST] = (process.env['SASH_SEEDS'] ?? '1-500').split('-').map(Number);
/** Of a recording only so much is kept, that the longest runs do not take all the time. What comes at once is whole blocks. */
const MOST_OCTETS = 150_000;
const ANCHOR = { epochMs: 946_684_800_000, at: 0 };

/** The addresses tell of which seed a packet is. */
function address(seed: number, host: string): string {
  return `10.${'abcd'.indexOf(host)}.${seed >> 8}.${seed & 0xff}`;
}

/** Runs a seed, which is recorded at the sending end if it is odd, at the receiving end if it is even. */
function record(seed: number, sink: (octets: Uint8Array) => void): void {
  const recorders: [Connection, Recorder][] = [];
  explore(seed, (connection, local, remote) => {
    if (seed % 5 === 0) connection.setKeepalive({ idle: 2 * SECOND, interval: SECOND, count: 1_000 }, 0);
    const isSender = local.name === 'a' || local.name === 'c';
    if (isSender !== (seed % 2 === 1)) return;
    // Ports to which Wireshark has no application: it would look for more than TCP in the segments.
    const port = (it: number): number => (it < 6_000 ? it + 4_293 : it);
    let kept = 0;
    const recorder = new Recorder(
      {
        sink: (octets) => {
          if (kept < MOST_OCTETS) sink(octets);
          kept += octets.length;
        },
        local: { address: address(seed, local.name), port: port(connection.tcb.localPort) },
        remote: { address: address(seed, remote.name), port: port(connection.tcb.remotePort) },
        label: isSender ? 'sender' : 'receiver',
        application: 'sash test',
        anchor: ANCHOR,
        configuration: {},
      },
      0,
    );
    connection.observe(recorder);
    recorders.push([connection, recorder]);
  });
  for (const [connection, recorder] of recorders) {
    connection.unobserve(recorder);
    recorder.finish(0, true);
  }
}

/** How often each flag, and each number, was met. */
function met(rows: readonly Row[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fields } of rows) {
    for (const [column, name] of TSHARK_FIELDS.entries()) {
      if (fields[column] !== '') counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}

withTshark(title('500 random runs: tshark says of every segment what we say'), async (t) => {
  const tshark = new Tshark();
  const chunks: Uint8Array[] = [];
  // Where each seed's packets begin in the file, to tell which seed a frame is of.
  const begins: { seed: number; chunk: number }[] = [];
  for (let seed = FIRST; seed <= LAST; seed++) {
    begins.push({ seed, chunk: chunks.length });
    record(seed, (octets) => chunks.push(octets));
    await tshark.write(join(chunks.slice(begins.at(-1)!.chunk)));
  }
  const file = join(chunks);
  const mine = ours(file);
  t.deepEqual(mine.report.faults, {});
  const found = differences(mine.rows, await tshark.rows());
  if (found.length > 0) {
    const seed = seedOf(found[0]!, begins, chunks);
    t.fail(
      [...found, `again: SASH_SEEDS=${seed} npx ava dist/test/trace/wireshark-runs.test.js (seed ${seed})`].join('\n'),
    );
  }
  const counts = met(mine.rows);
  t.log(`${mine.rows.length} segments, ${mine.report.conversations} conversations; ${JSON.stringify(counts)}`);
  // All that a run of many can show was there to agree upon; the rest is met by segments at random.
  if (LAST - FIRST < 499) return;
  const rare = new Set(['tcp.analysis.reused_ports']);
  for (const name of TSHARK_FIELDS) {
    if (!rare.has(name)) t.true((counts[name] ?? 0) >= 20, `${name} was met ${counts[name] ?? 0} times`);
  }
});

function seedOf(difference: string, begins: readonly { seed: number; chunk: number }[], chunks: Uint8Array[]): number {
  const frame = Number(/\d+/.exec(difference)?.[0]);
  let packets = 0;
  for (const [index, { seed, chunk }] of begins.entries()) {
    packets += ours(join(chunks.slice(chunk, begins[index + 1]?.chunk))).report.packets;
    if (packets >= frame) return seed;
  }
  return begins[0]!.seed;
}

withTshark(title('segments at random, sensible or not: the same'), (t) => {
  const all: Record<string, number> = {};
  for (let seed = 1; seed <= 3; seed++) {
    const file = segmentsAtRandom(seed, { conversations: 100, segments: 120 });
    const mine = ours(file);
    const found = differences(mine.rows, theirs(file));
    if (found.length > 0) t.fail([`segmentsAtRandom(${seed}, …)`, ...found].join('\n'));
    const counts = met(mine.rows);
    for (const [name, count] of Object.entries(counts)) all[name] = (all[name] ?? 0) + count;
  }
  for (const name of TSHARK_FIELDS) t.true((all[name] ?? 0) > 0, `${name} was never met`);
});
