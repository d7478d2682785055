// The congestion window in recordings: told as it is, no oftener than needed, and shown wherever there is a place for it.
import test from 'ava';
import { readScenario, ScenarioRun } from '../../sim/index.ts';
import {
  CaptureReader,
  type CongestionChanges,
  CsvExport,
  explain,
  explanationLines,
  figureOf,
  type FigureOptions,
  type Happening,
  mainFlow,
  PcapngReader,
  PlotBuilder,
  type PlotSeries,
  QvisExport,
  Show,
  Watch,
} from '../../src/trace/index.ts';
import { join } from './pair.ts';

const SECOND = 1e9;

interface Choice {
  sender?: object;
  seed?: number;
  loss?: string;
  vantage?: 'sender' | 'receiver';
}

/** A transfer through a link that loses; `look` sees the sender's TCB after each happening. */
function recorded(choice: Choice, look: (run: ScenarioRun) => void = () => {}): Uint8Array {
  const { sender = { congestion: 'reno' }, seed = 3, loss = '1%', vantage = 'sender' } = choice;
  const scenario = readScenario({
    title: 't',
    lesson: 'l',
    seed,
    link: `delay=20ms rate=10Mbit/s loss=${loss} queue=30seg`,
    back: 'delay=20ms',
    flows: [{ write: '600KB', sender, receiver: { window: 262_144 } }],
    expect: [],
  });
  const parts: Uint8Array[] = [];
  const run = new ScenarioRun(scenario, {
    record: (name) => (octets) => void (name === `flow-${vantage}` && parts.push(octets.slice())),
  });
  while (!run.step(1)) look(run);
  run.result();
  return join(parts);
}

function happenings(file: Uint8Array): Happening[] {
  const all: Happening[] = [];
  const reader = new PcapngReader((happening) => all.push(happening));
  reader.push(file);
  reader.end();
  return all;
}

function changes(file: Uint8Array): CongestionChanges[] {
  return happenings(file).filter((one) => one.type === 'congestion');
}

function drawn(file: Uint8Array): PlotSeries {
  const builder = new PlotBuilder();
  new CaptureReader(builder).push(file);
  return builder.finish()!;
}

for (const [name, sender] of [
  ['Reno', { congestion: 'reno' }],
  ['CUBIC', { congestion: 'cubic' }],
  ['Reno without SACK', { congestion: 'reno', sack: false }],
] as const) {
  test(`${name}: at every moment the last record says what the connection says`, (t) => {
    const seen: { atNs: number; cwnd: number | null; ssthresh: number | null; phase: string }[] = [];
    const file = recorded({ sender }, (run) => {
      const { connection } = run.flows[0]!.sender;
      if (connection.tcb.endedAt <= run.network.now) return; // its life is over, and told
      const { cwnd, ssthresh, recovery } = connection.snapshot();
      seen.push({ atNs: run.network.now, cwnd, ssthresh, phase: recovery });
    });
    const told = changes(file);
    // The last look at each instant is after all that happened then.
    const last = seen.filter(({ atNs }, index) => seen[index + 1]?.atNs !== atNs);
    let at = -1;
    for (const { atNs, cwnd, ssthresh, phase } of last) {
      while (told[at + 1] !== undefined && told[at + 1]!.atNs <= atNs) at++;
      const { cwndOctets = null, ssthreshOctets = null, to = 'none' } = told[at] ?? {};
      t.deepEqual([cwndOctets, ssthreshOctets, to], [cwnd, ssthresh, phase], `at ${atNs} ns`);
    }
    t.true(told.some(({ from, to }) => from === 'none' && to === 'fast'));
    told.forEach(({ from }, index) => t.is(from, told[index - 1]?.to ?? 'none'));
  });
}

test('no more than one record for each segment that arrives and each timer that fires', (t) => {
  const all = happenings(recorded({ loss: '3%' }));
  let causes = 0;
  let told = 0;
  for (const one of all) {
    if (one.type === 'segment' && one.direction === 'in') causes++;
    if (one.type === 'timer' && one.event === 'fires') causes++;
    if (one.type === 'congestion') t.true(++told <= causes + 1, 'the first segment after silence may take cwnd back');
  }
  t.true(told > 100);
  t.true(all.some((one) => one.type === 'congestion' && one.to === 'timeout'));
});

test('nothing is told where there is no congestion control, nor at the receiver', (t) => {
  t.is(changes(recorded({ sender: {} })).length, 0);
  const [only, ...others] = changes(recorded({ vantage: 'receiver', sender: { congestion: 'reno' } }));
  t.deepEqual([only, others], [undefined, []], 'the receiver of this run has none of its own');
});

test('a recording as text says what cwnd is, and when recovery begins and is over', (t) => {
  const show = new Show();
  const lines = happenings(recorded({})).map((happening) => show.line(happening));
  t.true(lines.some((line) => line.endsWith('congestion: cwnd 14600, ssthresh not set, 0 in the network')));
  t.true(
    lines.some((line) => /congestion: cwnd \d+, ssthresh \d+, \d+ in the network; fast recovery begins$/.test(line)),
  );
  t.true(lines.some((line) => line.endsWith('; the recovery is over')));
});

test('a table of packets has cwnd and ssthresh as they were when each passed', (t) => {
  const all = happenings(recorded({}));
  const csv = new CsvExport();
  const rows = `${all.map((one) => csv.take(one)).join('')}${csv.end()}`.trimEnd().split('\r\n');
  t.true(rows[0]!.includes(',comment,cwnd_octets,ssthresh_octets,'));
  let present: CongestionChanges | undefined;
  let row = 0;
  for (const one of all) {
    if (one.type === 'congestion') present = one;
    if (one.type !== 'segment') continue;
    const cells = rows[++row]!.split(',').slice(-3, -1);
    t.deepEqual(cells, [String(present?.cwndOctets ?? ''), String(present?.ssthreshOctets ?? '')]);
  }
});

test('qvis is told of cwnd under the name that it draws', (t) => {
  const all = happenings(recorded({}));
  const exporter = new QvisExport();
  const text = all.map((one) => exporter.take(one)).join('');
  const told = [...text.matchAll(/"congestion_window":(\d+)/g)].map(([, cwnd]) => Number(cwnd));
  const expected = all.flatMap((one) => (one.type === 'congestion' ? [one.cwndOctets!] : []));
  t.deepEqual(told, expected);
});

test('why the congestion window held it: with the number', (t) => {
  const file = recorded({ loss: '0.1%' });
  const held = happenings(file).find(
    (one) => one.type === 'reason' && one.to === 'congestion' && one.atNs > SECOND / 4,
  )!;
  const asked = { atNs: held.atNs };
  const watch = new Watch(asked);
  new CaptureReader(watch).push(file);
  const cwnd = changes(file).findLast(({ atNs }) => atNs <= held.atNs)!.cwndOctets!;
  const text = explanationLines(explain(watch.watchers)!, asked).join('\n');
  t.regex(text, new RegExp(`congestion window, .* is full with \\d+ octets in flight, .*; cwnd is ${cwnd}\n`));
  t.regex(text, new RegExp(`\n  cwnd +${cwnd} +not known\n`));
  // The timer started with the first octets, and every acknowledgment has set it anew: that moment is long gone.
  t.regex(text, /\n {2}timers +retransmission set anew since \d+(?:\.\d+)? ms +not known\n/);
  t.regex(text, /; the retransmission timer fires, set anew since it started at \d+(?:\.\d+)? ms\n/);
});

test('why new octets left: as far as cwnd allowed', (t) => {
  const file = recorded({ loss: '0%' });
  const [cwnd] = changes(file).map(({ cwndOctets }) => cwndOctets);
  const watch = new Watch({ packet: 4 });
  const reader = new CaptureReader(watch);
  reader.push(file);
  reader.end();
  const { rule } = explain(watch.watchers)!.packet!;
  t.true(rule.why.includes(`might leave, as far as cwnd, ${cwnd} octets, allows; it is a full segment`), rule.why);
  t.true(rule.clause.endsWith('; RFC 5681 §3.1'));
});

test('the picture of the window: cwnd as a line, ssthresh dashed, and a letter where each recovery began', (t) => {
  const file = recorded({ loss: '0.5%' });
  const told = changes(file);
  const series = drawn(file);
  const { cwnd, recoveries } = mainFlow(series);
  t.is(
    Math.max(...Array.from({ length: cwnd.length }, (_, row) => cwnd.at(row, 1))),
    Math.max(...told.map((one) => one.cwndOctets!)),
  );
  t.is(recoveries.fast.length, told.filter(({ from, to }) => from !== to && to === 'fast').length);
  for (const theme of ['light', 'dark'] satisfies FigureOptions['theme'][]) {
    const figure = figureOf('window', series, { theme });
    const text = JSON.stringify(figure.spec);
    for (const name of ['congestion window (cwnd)', 'ssthresh']) t.true(text.includes(`"${name}"`), name);
    t.is(text.match(/"letter":"F"/g)!.length, recoveries.fast.length);
    t.true(figure.subtitle.join(' ').includes(`F fast recovery ×${recoveries.fast.length}`));
  }
});

test('a window far above what cwnd reaches is left above the picture, which says so', (t) => {
  const { subtitle } = figureOf('window', drawn(recorded({ loss: '2%' })));
  t.regex(subtitle.join(' '), /the window offered reaches 2\d\d,\d+ octets, above the picture/);
});

test('where the sender’s records are missing, the picture says that cwnd is not known', (t) => {
  const { subtitle, spec } = figureOf('window', drawn(recorded({ vantage: 'receiver' })));
  t.regex(subtitle.join(' '), /no cwnd: only the sender’s own recording tells of it/);
  t.false(JSON.stringify(spec).includes('cwnd)'));
});
