// Recordings of simulated runs as files, every kind of picture of them, and whether those are sound.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExecutionContext } from 'ava';
import { readScenario, ScenarioRun } from '../../sim/index.ts';
import { type DrawnDirection, type Figure, FIGURE_KINDS, figureOf, ladderFigure } from '../../src/trace/index.ts';
import { figureSvg } from '../../src/cli/figure-image.ts';
import { readSeries } from '../../src/cli/plot-source.ts';
import { folder } from './sash.ts';

export const COURSES = {
  'a slow reader': {
    link: 'delay=20ms rate=20Mbit/s',
    flows: [{ write: { bulk: '400KB' }, receiver: { window: '64KiB' }, read: '100ms full, 4s stop, 1s 100KB/s, full' }],
  },
  'loss with SACK': {
    link: 'delay=20ms rate=8Mbit/s queue=40seg loss=1%',
    flows: [{ write: { bulk: '400KB' }, sender: { congestion: 'cubic' }, receiver: { window: '256KiB' } }],
  },
  'a lost window update': {
    link: 'delay=25ms',
    rules: [],
    flows: [{ write: { bulk: '50KB' }, receiver: { window: '14600' }, read: '100ms stop, full' }],
  },
  'requests and answers': {
    link: 'delay=20ms rate=10Mbit/s',
    flows: [
      {
        write: { request: [3_000, 12_000], response: 60_000, count: 4, think: '100ms' },
        sender: { window: '16KiB' },
        receiver: { window: '16KiB' },
      },
    ],
  },
} as const;

/** The sender's and the receiver's recording of a run, as files. */
export function recorded(
  t: ExecutionContext,
  course: unknown,
  names = ['sender.pcapng', 'receiver.pcapng'],
): [string, string] {
  const at = folder(t);
  const chunks = new Map<string, Uint8Array[]>();
  const record = (vantage: string) => {
    const own: Uint8Array[] = [];
    chunks.set(vantage, own);
    return (octets: Uint8Array) => void own.push(octets);
  };
  const { rules: _, ...value } = course as { rules?: unknown };
  const run = new ScenarioRun(readScenario({ title: 't', lesson: 'l', ...value }, { seed: 5 }), {
    record,
    application: 'sash',
  });
  while (!run.step(100_000));
  run.result();
  const files = ['sender', 'receiver'].map((end, index) => {
    const [, own] = [...chunks].find(([vantage]) => vantage.endsWith(end))!;
    const file = join(at, names[index]!);
    writeFileSync(file, Buffer.concat(own));
    return file;
  });
  return files as [string, string];
}

const BARE = /[<>]|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/;

/** Tags are closed in their order, and nothing stands bare that may not. */
export function assertWellFormed(t: ExecutionContext, xml: string): void {
  const open: string[] = [];
  const faults: string[] = [];
  let rest = 0;
  for (const match of xml.matchAll(/<(\/?)([a-zA-Z][\w:]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (BARE.test(xml.slice(rest, match.index))) faults.push(xml.slice(rest, match.index + 80));
    rest = match.index + match[0].length;
    const [, isEnd, name = '', , isEmpty] = match;
    if (isEnd === '/' && open.pop() !== name) faults.push(match[0]);
    if (isEnd !== '/' && isEmpty !== '/') open.push(name);
  }
  t.deepEqual(faults, []);
  t.deepEqual(open, []);
  t.is(xml.slice(rest).trim(), '');
}

/** Every kind of picture of these files, as SVG. */
export async function pictures(
  files: readonly string[],
  theme: 'light' | 'dark',
  direction: DrawnDirection = 'main',
): Promise<Map<string, string>> {
  const { series, ladder } = await readSeries(files, { rungs: 80 });
  const figures = new Map<string, Figure>(
    FIGURE_KINDS.map((kind) => [kind, figureOf(kind, series, { theme, direction })]),
  );
  figures.set('ladder', ladderFigure(ladder!, { theme }));
  const drawn = new Map<string, string>();
  for (const [kind, { spec }] of figures) drawn.set(kind, await figureSvg(spec));
  return drawn;
}
