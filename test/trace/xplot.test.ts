// Time-sequence graphs for xplot: every line and mark is tcptrace's own, on simulated runs and on captures of Linux.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { PcapngReader, XplotExport } from '../../src/trace/index.ts';
import { simulated } from './vantages.ts';

const CAPTURES = fileURLToPath(new URL('../../../test/trace/captures/', import.meta.url));

const isThere = spawnSync('tcptrace', ['-v']).error === undefined;
const isSkipped = !isThere && process.env['CI'] !== 'true';
const withTcptrace = isSkipped ? test.skip : test;
const title = (claim: string): string => (isSkipped ? `${claim} (needs tcptrace: apt-get install tcptrace)` : claim);

const COLOURS = ['white', 'green', 'yellow', 'red', 'orange', 'purple', 'pink', 'blue', 'magenta'];

/** The marks of a graph with their colours and places, in no order; texts with what they say. */
function marks(text: string): string[] {
  const lines = text.split('\n').slice(7);
  const found: string[] = [];
  let colour = '';
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.trim();
    if (COLOURS.includes(line)) colour = line;
    else if (/^[abrl]text /.test(line)) found.push(`${line} ${lines[++at]!}`);
    else if (line.startsWith('line ')) found.push(`${colour} ${line}`);
    else if (line !== '' && line !== 'go') found.push(line);
  }
  return found.toSorted();
}

function tcptrace(t: ExecutionContext, file: Uint8Array): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'sash-xplot-'));
  try {
    writeFileSync(join(folder, 'it.pcapng'), file);
    const { error, stderr } = spawnSync('tcptrace', ['-S', 'it.pcapng'], { cwd: folder, encoding: 'utf8' });
    t.is(error, undefined, `tcptrace does not run (apt-get install tcptrace): ${stderr}`);
    const made = readdirSync(folder).filter((name) => name.endsWith('_tsg.xpl'));
    return new Map(made.map((name) => [name.slice(0, 3), readFileSync(join(folder, name), 'utf8')]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function graphs(file: Uint8Array): Map<string, string> {
  const found = new Map<string, string>();
  const exporter = new XplotExport(({ conversation, isFirst }, text) => {
    if (conversation > 0) return;
    const name = isFirst ? 'a2b' : 'b2a';
    found.set(name, (found.get(name) ?? '') + text);
  });
  const reader = new PcapngReader((happening) => {
    exporter.epochNs = reader.epochNs ?? 0n;
    exporter.take(happening);
  });
  reader.push(file);
  reader.end();
  exporter.end();
  return found;
}

withTcptrace(title('xplot: segments, staircases and marks are those of tcptrace, but for one dot'), async (t) => {
  const captures = new Map<string, Uint8Array>();
  for (const scenario of ['s06', 's24', 's30', 's31']) {
    for (const [vantage, file] of await simulated(scenario, { until: 10e9 }))
      captures.set(`${scenario} ${vantage}`, file);
  }
  for (const name of readdirSync(CAPTURES).filter((file) => /^linux-.*\.pcap$/.test(file))) {
    captures.set(name, readFileSync(join(CAPTURES, name)));
  }
  t.true(captures.size > 12);
  for (const [name, file] of captures) {
    const theirs = tcptrace(t, file);
    const ours = graphs(file);
    for (const [direction, graph] of theirs) {
      // A green dot at the answering end's ISN, at the time of the SYN, before anybody could know it: we leave it out.
      const there = marks(graph).filter((mark) => !/^dot \S+ \S+ green$/.test(mark));
      const here = marks(ours.get(direction) ?? '');
      t.is(here.length, there.length, `${name} ${direction}`);
      t.deepEqual(
        here.find((mark, at) => mark !== there[at]),
        undefined,
        `${name} ${direction}`,
      );
      t.is(graph.split('\n')[2], ours.get(direction)!.split('\n')[2], 'and the title');
    }
  }
});
