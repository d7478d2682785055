// The captures of ./captures: what is said of each segment here is what tshark 4.0.17 said of it, in every field.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { FLAG_NAMES, TSHARK_FIELDS } from '../../src/trace/index.ts';
import { differences, ours, type Row, theirs, title, withTshark } from './tshark.ts';

const FOLDER = fileURLToPath(new URL('../../../test/trace/captures/', import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.pcap'));
const VERDICTS = `${FOLDER}verdicts.tsv`;
const HEAD = ['capture', 'frame', ...TSHARK_FIELDS.slice(0, -FLAG_NAMES.length), 'flags', 'info'];

function write(capture: string, { frame, fields, info }: Row): string {
  const flags = FLAG_NAMES.filter((_, index) => fields[TSHARK_FIELDS.length - FLAG_NAMES.length + index] === 'true');
  return [capture, frame, ...fields.slice(0, -FLAG_NAMES.length), flags.join(' '), info].join('\t');
}

/** `SASH_VERDICTS=write npx ava …` asks tshark anew. */
if (process.env['SASH_VERDICTS'] === 'write') {
  const rows = FILES.flatMap((name) => theirs(readFileSync(FOLDER + name)).map((row) => write(name, row)));
  writeFileSync(VERDICTS, `${[HEAD.join('\t'), ...rows].join('\n')}\n`);
}

const expected = new Map<string, string[]>();
for (const line of readFileSync(VERDICTS, 'utf8').trimEnd().split('\n').slice(1)) {
  const name = line.slice(0, line.indexOf('\t'));
  expected.set(name, [...(expected.get(name) ?? []), line]);
}

test('there is a verdict on every capture', (t) => {
  t.deepEqual([...expected.keys()].toSorted(), FILES.toSorted());
  t.true(FILES.length >= 27);
});

for (const name of FILES) {
  test(`${name.replace('.pcap', '')}: as tshark 4.0.17 has it`, (t) => {
    const { rows, report } = ours(readFileSync(FOLDER + name));
    t.deepEqual(
      rows.map((row) => write(name, row)),
      expected.get(name),
    );
    t.deepEqual(report.faults, {});
  });
}

withTshark(title('the tshark that is here says the same as the one that was asked'), (t) => {
  for (const name of FILES) {
    const octets = readFileSync(FOLDER + name);
    t.deepEqual(differences(ours(octets).rows, theirs(octets)), [], name);
  }
});
