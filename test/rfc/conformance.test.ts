// docs/conformance.md against the sources and the tests.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

/** RFC 9293 Appendix B: how many ids there are of each kind; they are numbered without gaps. */
const APPENDIX_B = { MUST: 69, SHLD: 31, MAY: 18, REC: 1 } as const;

const STATUSES = ['done', 'by construction', 'not done', 'does not arise'] as const;
type Status = (typeof STATUSES)[number];

interface Row {
  id: string;
  clause: string;
  status: Status;
  where: string;
  tested: string;
  why: string;
}

// Compiled, this file is dist/test/rfc/conformance.test.js.
const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/conformance.md'), 'utf8');

function rows(): Row[] {
  return page
    .split('\n')
    .filter((line) => /^\| (?:MUST|SHLD|MAY|REC)-\d+ /.test(line))
    .map((line) => {
      const [id, , clause, status, where, tested, why] = line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim());
      return { id: id!, clause: clause!, status: status as Status, where: where!, tested: tested!, why: why! };
    });
}

function files(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function inBackticks(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

/** A word of its own: MUST-3 is not in MUST-38. */
function mentions(text: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${word}(?![\\w])`).test(text);
}

test('every requirement of Appendix B stands in the table once', (t) => {
  const expected = Object.entries(APPENDIX_B).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`),
  );
  t.deepEqual(
    rows()
      .map((row) => row.id)
      .toSorted(),
    expected.toSorted(),
  );
});

test('every row has a clause and a status, and what is not done says why', (t) => {
  for (const row of rows()) {
    t.regex(row.clause, /^§3\.[\d.]+$/, row.id);
    t.true(STATUSES.includes(row.status), `${row.id}: '${row.status}'`);
    if (row.status !== 'done') t.not(row.why, '', `${row.id} is ${row.status}: why?`);
    if (row.status === 'done') t.not(row.where, '', `${row.id} is done: where?`);
    if (row.status === 'not done' || row.status === 'does not arise') t.is(row.where + row.tested, '', row.id);
  }
});

test('every file named in the table exists, and holds the name beside it', (t) => {
  for (const row of rows()) {
    let source = '';
    for (const part of inBackticks(row.where)) {
      if (part.includes('/')) {
        t.true(existsSync(join(root, part)), `${row.id}: ${part}`);
        source = read(part);
      } else {
        t.true(mentions(source, part), `${row.id}: nothing is called ${part} there`);
      }
    }
  }
});

test('what is done has a test that cites it', (t) => {
  for (const row of rows()) {
    if (row.status !== 'done') continue;
    const [file, ...more] = inBackticks(row.tested);
    t.deepEqual(more, [], row.id);
    t.true(file !== undefined && existsSync(join(root, file)), `${row.id}: ${file}`);
    if (file !== undefined) t.true(mentions(read(file), row.id), `${file} does not cite ${row.id}`);
  }
});

/** What studies anybody's captures cites what others do, too. */
const STUDIED = /^src\/(?:trace\/(?:check|explain|wireshark)|feed\/page)\//;

test('what the sources cite is done, or the sources say that it is not', (t) => {
  const status = new Map(rows().map((row) => [row.id, row.status]));
  for (const file of files('src', '.ts')) {
    if (STUDIED.test(file)) continue;
    for (const line of read(file).split('\n')) {
      for (const [id] of line.matchAll(/(?<![\w-])(?:MUST|SHLD|MAY|REC)-\d+/g)) {
        const found = status.get(id);
        const isSaid = /not done/i.test(line);
        const isAgreed = isSaid ? found === 'not done' : found === 'done' || found === 'by construction';
        t.true(isAgreed, `${file} cites ${id}, which the table calls ${found}: ${line.trim()}`);
      }
    }
  }
});

test('every other file that the page names exists', (t) => {
  for (const name of inBackticks(page)) {
    if (/^(?:src|test|docs)\//.test(name)) t.true(existsSync(join(root, name)), name);
  }
  for (const [, link] of page.matchAll(/\]\((?!http)([^)#]+)\)/g)) t.true(existsSync(join(root, 'docs', link!)), link);
});
