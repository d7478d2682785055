// What the page makes of a recording is what the core knew: at samples all along simulated runs its rows, folded from the
// happenings alone, are held against snapshots of the TCBs. And of packets alone: what can be known of them, must be.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { readScenario, ScenarioRun } from '../../sim/index.ts';
import { type Flow, Flow as FlowOf, kindOf, matched, reasonOf, verdictAt } from '../../src/feed/page/data/index.ts';
import { PcapngReader } from '../../src/trace/index.ts';
import { type Connection } from '../../src/tcp/index.ts';

const SCENARIOS = join(import.meta.dirname, '../../../sim/scenarios');

interface Sample {
  at: number;
  end: 'sender' | 'receiver';
  values: Record<string, number | string>;
}

interface Course {
  flow: Flow;
  samples: Sample[];
}

/** Runs it, and folds both its recordings; `isBlind`: as packets only, as a capture has them. */
function course(name: string, until: number, isBlind = false): Course {
  const value: unknown = parse(readFileSync(join(SCENARIOS, `${name}.yaml`), 'utf8'));
  const slabs: Record<string, Uint8Array[]> = {};
  const record = (vantage: string) => {
    const own: Uint8Array[] = (slabs[vantage] = []);
    return (octets: Uint8Array): void => void own.push(octets.slice());
  };
  // Without a duration a run stops after every happening that it is asked for.
  const run = new ScenarioRun({ ...readScenario(value), duration: undefined, expectations: [] }, { record });
  const samples: Sample[] = [];
  while (!run.step(1) && run.network.now < until) {
    const [flow] = run.flows;
    const at = run.network.now;
    samples.push({ at, end: 'sender', values: valuesOf(flow!.sender.connection) });
    if (flow!.receiving !== undefined)
      samples.push({ at, end: 'receiver', values: valuesOf(flow!.receiving.connection) });
  }
  run.result();
  const flow = new FlowOf('flow', [!isBlind, !isBlind]);
  for (const side of isBlind ? ([0] as const) : ([0, 1] as const)) {
    const vantage = flow.look(side === 0 ? 'sender' : 'receiver', side, !isBlind);
    const reader = new PcapngReader((happening) => {
      if (happening.type === 'segment') flow.take(vantage, isBlind ? { ...happening, purpose: 'arrived' } : happening);
      else if (!isBlind) flow.take(vantage, happening);
    });
    for (const slab of slabs[`flow-${side === 0 ? 'sender' : 'receiver'}`]!) reader.push(slab);
    reader.end();
  }
  return { flow, samples };
}

/** Of an end without congestion control nothing is told, which is what NaN says. */
function known(octets: number): number {
  return Number.isFinite(octets) ? Math.floor(octets) : NaN;
}

function valuesOf(connection: Connection): Sample['values'] {
  const { tcb, state } = connection;
  const { snd, rcv } = tcb;
  const offset = (number: number, from: number): number => (number - from) >>> 0;
  return {
    state,
    una: offset(snd.una, snd.iss),
    nxt: offset(snd.nxt, snd.iss),
    max: offset(snd.max, snd.iss),
    wnd: snd.wnd,
    rcvNxt: offset(rcv.nxt, rcv.irs),
    unread: tcb.receiveBuffer.length,
    reason: tcb.silence.present,
    retransmissions: tcb.tally.retransmissions,
    probes: tcb.tally.probesSent,
    cwnd: known(tcb.congestion.cwnd + tcb.recovery.inflation),
    ssthresh: known(tcb.congestion.ssthresh),
    isTimed: Number(connection.snapshot().timers.retransmission !== undefined),
  };
}

const SETTLED = ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT'];

/** Compares with the last sample of each instant: a row has all that its instant brought. */
function compare(t: ExecutionContext, { flow, samples }: Course, names: readonly string[]): void {
  let compared = 0;
  const last = new Map(samples.map((sample) => [`${sample.end}${sample.at}`, sample]));
  for (const { at, end, values } of last.values()) {
    const { rows } = flow.ends[end === 'sender' ? 0 : 1].fold;
    const row = rows.at(at);
    if (!SETTLED.includes(String(values['state'])) || row < 0 || rows.get('at', row) !== at) continue;
    compared++;
    for (const name of names) {
      const is = name === 'reason' ? reasonOf(rows.get('reason', row)) : rows.get(name as 'una', row);
      if (!Object.is(is, values[name])) t.is(is, values[name] as number, `${end} at ${at} ns: ${name}`);
    }
  }
  t.true(compared > 15, `${compared} samples compared`);
}

const EXACT = [
  'una',
  'nxt',
  'max',
  'wnd',
  'rcvNxt',
  'unread',
  'reason',
  'retransmissions',
  'probes',
  'cwnd',
  'ssthresh',
];

for (const [name, until] of [
  ['s05-slow-reader', 3e9],
  ['s06-zero-window', 100e9],
  ['s08-probe-octet-taken', 20e9],
  ['s11-nagle-delayed-ack', 5e9],
  ['s18-shrinking-window', 20e9],
  ['s24-mathis', 20e9],
  ['s27-bottleneck', 10e9],
  ['s30-reordering', 5e9],
] as const) {
  test(`a recording's rows are what the core knew: ${name}`, (t) => compare(t, course(name, until), EXACT));
}

test('the retransmission timer that acknowledgments set anew is shown as long as it runs', (t) => {
  const { flow, samples } = course('s24-mathis', 20e9);
  const { rows } = flow.ends[0].fold;
  const last = new Map(samples.filter(({ end }) => end === 'sender').map((sample) => [sample.at, sample]));
  let running = 0;
  for (const { at, values } of last.values()) {
    const row = rows.at(at);
    if (values['state'] !== 'ESTABLISHED' || row < 0 || rows.get('at', row) !== at) continue;
    const isShown = rows.get('retransmission', row) >= at;
    if (isShown !== (values['isTimed'] === 1)) t.is(isShown, values['isTimed'] === 1, `at ${at} ns`);
    if (isShown) running++;
  }
  t.true(running > 100, `${running} samples`);
});

test('of packets alone, seen where they leave, the send space is right', (t) => {
  compare(t, { ...course('s06-zero-window', 100e9, true) }, ['una', 'nxt', 'wnd', 'probes']);
});

test('the verdict names the reason, whose doing it is, and what will end it', (t) => {
  const { flow } = course('s06-zero-window', 300e9);
  const blocked = verdictAt(flow, 20e9, true);
  t.is(blocked.fault, 'receiver');
  t.regex(blocked.sentence, /blocked by the receiver's window: zero for 1[89].*next probe in/);
  t.regex(blocked.evidence, /has left 14\.3 KiB of 14\.3 KiB unread; .* wait to be sent; 4 probes/);
  t.regex(verdictAt(flow, flow.endNs, true).sentence, /^It is over: 97\.7 KiB in .*shut 100\s% of the time/);
  t.is(verdictAt(flow, flow.beginNs, true).sentence, 'The connection is not established yet.');
  t.is(verdictAt(flow, -1, true).sentence, 'Nothing has happened yet.');
});

test('at the first that was seen the verdict speaks of no while before it', (t) => {
  const flow = new FlowOf('flow', [true, false]);
  const numbers = { heldNs: 0, flightOctets: 0, unsentOctets: 5_000, mssOctets: 1_000, roomOctets: 0, wndOctets: 9 };
  flow.take(flow.look('sender', 0, true), {
    type: 'reason',
    atNs: 1e9,
    from: 'sending',
    to: 'silly-window',
    ...numbers,
  });
  t.is(verdictAt(flow, flow.beginNs, false).sentence, 'It begins.');
});

test('a zero window holds through probes that take a moment, as real ones do', (t) => {
  const flow = new FlowOf('flow', [true, false]);
  const vantage = flow.look('sender', 0, true);
  const numbers = { heldNs: 0, flightOctets: 0, unsentOctets: 5_000, mssOctets: 1_000, roomOctets: 0, wndOctets: 0 };
  for (const [atNs, from, to] of [
    [1e9, 'sending', 'zero-window'],
    [2e9, 'zero-window', 'sending'],
    [2.0003e9, 'sending', 'zero-window'],
    [3e9, 'zero-window', 'zero-window'],
  ] as const)
    flow.take(vantage, { type: 'reason', atNs, from, to, ...numbers });
  t.regex(verdictAt(flow, 2.5e9, false).sentence, /zero for 1\.5\ss/);
});

test('handshake and goodbye are not summed up against what held the sender back', (t) => {
  const { flow } = course('s22-slow-start', 10e9);
  const { sentence, fault } = verdictAt(flow, flow.endNs, true);
  t.regex(sentence, /the congestion window held the sender back 4\d\s% of the time/);
  t.is(fault, 'network');
});

test('what one end sent and the other received is one segment; what was lost has no partner', (t) => {
  const { flow } = course('s24-mathis', 20e9);
  const [a, b] = [flow.vantages[0]!.segments, flow.vantages[1]!.segments];
  const { ofFirst, ofSecond, isWhole } = matched(a, b);
  t.true(isWhole);
  let lost = 0;
  for (let row = 0; row < a.length; row++) {
    if (a.get('isOut', row) !== 1) continue;
    const there = ofFirst[row]!;
    if (there < 0 && a.get('at', row) < 18e9) lost++;
    if (there < 0) continue;
    t.is(ofSecond[there], row);
    t.is(b.get('seq', there), a.get('seq', row));
    t.true(b.get('at', there) > a.get('at', row));
  }
  const again = Array.from({ length: a.length }, (_, row) => kindOf(a.get('marks', row))).filter(
    (kind) => kind === 'again',
  );
  t.true(lost > 5 && again.length >= lost / 2, `${lost} lost, ${again.length} sent again`);
});

test('a table that is full makes room and says how much', (t) => {
  const flow = new FlowOf('long', [true, true]);
  const vantage = flow.look('sender', 0, true);
  const { segments } = vantage;
  const { limit } = segments;
  for (let n = 0; n < limit + 10; n++) {
    const isZero = n === 5;
    flow.take(vantage, {
      type: 'segment',
      atNs: n * 1_000,
      packet: n + 1,
      direction: 'in',
      purpose: 'arrived',
      sourcePort: 1,
      destinationPort: 2,
      seq: 1,
      ack: 1 + n,
      flags: 16,
      wnd: isZero ? 0 : 1_000,
      lengthOctets: 0,
    });
  }
  t.true(segments.length < limit);
  t.is(segments.length + segments.spared, limit + 10);
  t.true(segments.rowOf(6) >= 0, 'a zero window stays');
  t.true(flow.ends[0].fold.rows.length <= flow.ends[0].fold.rows.limit);
});
