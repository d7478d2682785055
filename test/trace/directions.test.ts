// What pictures of simulated runs say of speed and of the other direction: the law of the window, and both flows of a conversation.
import test from 'ava';
import { readScenario, runScenario } from '../../sim/index.ts';
import {
  CaptureReader,
  figureOf,
  joinedSeries,
  mainFlow,
  PlotBuilder,
  type PlotSeries,
} from '../../src/trace/index.ts';
import { join } from './pair.ts';

function seriesOf(file: Uint8Array): PlotSeries {
  const builder = new PlotBuilder();
  new CaptureReader(builder).push(file);
  return builder.finish()!;
}

// ---- the law of the window ----

for (const [window, link] of [
  [20_000, 'delay=13ms'],
  [16_384, 'delay=20ms rate=10Mbit/s'],
  [65_535, 'delay=50ms rate=100Mbit/s'],
] as const) {
  test(`slices are whole round trips: nobody is above W / RTT with ${window} octets and ${link}`, (t) => {
    const flows = [{ write: '600KB', receiver: { window } }];
    const scenario = readScenario({ title: 't', lesson: 'l', link, flows, expect: [] });
    const parts: Uint8Array[] = [];
    runScenario(scenario, { vantages: ['sender'], record: () => (octets) => void parts.push(octets.slice()) });
    const { spec, subtitle } = figureOf('throughput', seriesOf(join(parts)));
    t.regex(subtitle.join(' '), /in slices of (?:a round trip|\d+ round trips), /);
    const [layer] = spec['layer'] as unknown as [{ data: { values: { y: number; what: string }[] } }];
    const { values } = layer.data;
    const law = Math.max(...values.filter(({ what }) => what === 'W / RTT').map(({ y }) => y));
    const rates = values.filter(({ what }) => what !== 'W / RTT');
    t.true(rates.length > 10);
    for (const { y, what } of rates) t.true(y <= law * 1.000001, `${what}: ${y} where W / RTT is ${law}`);
    t.true(Math.max(...rates.map(({ y }) => y)) > 0.6 * law, 'the window is what limits');
  });
}

test('a window that is more than its number of KiB to nine digits is drawn all the same', (t) => {
  const flows = [{ write: '100KB', receiver: { window: 65_534 } }];
  const scenario = readScenario({ title: 't', lesson: 'l', link: 'delay=20ms', flows, expect: [] });
  const parts: Uint8Array[] = [];
  runScenario(scenario, { vantages: ['sender'], record: () => (octets) => void parts.push(octets.slice()) });
  const { spec } = figureOf('window', seriesOf(join(parts)));
  const layers = spec['layer'] as unknown as { data?: { values: { y: number | null; what?: string }[] } }[];
  const offered = layers.flatMap(({ data }) => data?.values.filter(({ what }) => what?.startsWith('window')) ?? []);
  t.is(Math.max(...offered.map(({ y }) => y ?? 0)), 63.9980469);
});

test('the other direction is the other flow, with the eyes of its sender; both share the time axis', (t) => {
  const value = {
    title: 't',
    lesson: 'l',
    link: 'delay=20ms',
    flows: [{ write: { request: [2_000], response: 9_000, count: 3, think: '50ms' } }],
    expect: [],
  };
  const files = new Map<string, Uint8Array[]>();
  const record = (vantage: string) => {
    const own: Uint8Array[] = [];
    files.set(vantage, own);
    return (octets: Uint8Array): void => void own.push(octets.slice());
  };
  runScenario(readScenario(value), { vantages: ['sender', 'receiver'], record });
  const [client, server] = ['sender', 'receiver'].map((end) =>
    seriesOf(join([...files].find(([vantage]) => vantage.endsWith(end))![1])),
  ) as [PlotSeries, PlotSeries];
  const both = joinedSeries(server, client);
  const [main, other] = [mainFlow(both), both.flows[mainFlow(both).from === 0 ? 1 : 0]];
  t.is(main.sentOctets, 27_000);
  t.is(other.sentOctets, 6_000);
  t.is(main.reads.last(1), 27_000, 'read by the client, by its own record');
  t.is(other.reads.last(1), 6_000, 'read by the server, by its own record');
  for (const flow of [main, other]) t.true(flow.limits.totalsNs[flow.limits.names.indexOf('nothing-queued')]! > 0);
  const one = figureOf('sequence', both, { direction: 'other' });
  t.regex(one.title, /^10\.0\.0\.1:\d+ → 10\.0\.0\.2:9293$/);
  t.true(one.table.rows.flat().includes('6,000'));
  const two = figureOf('sequence', both, { direction: 'both' });
  const panels = two.spec['vconcat'] as unknown as { layer: { encoding: { x: object } }[]; height: number }[];
  t.is(panels.length, 2);
  t.deepEqual(panels[0]!.layer[0]!.encoding.x, panels[1]!.layer[0]!.encoding.x);
  t.deepEqual(
    two.table.rows.map(([way, ...row]) => (way === one.title ? row : [])).filter((row) => row.length > 0),
    one.table.rows.map((row) => [...row]),
  );
});
