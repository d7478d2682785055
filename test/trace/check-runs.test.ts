// The linter on whole runs: no rule is broken by Linux's own TCP, nor by ours under loss and reordering; each deliberately bad policy
// breaks its own clauses and no others, and each scenario what its settings say.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { readScenario, runScenario } from '../../sim/index.ts';
import { type ConnectionOptions } from '../../src/tcp/index.ts';
import { libraryNames, openScenario } from '../../src/cli/sim-files.ts';
import { broken, check, Checking } from './checking.ts';
import { slowReader } from './pair.ts';
import { recordedRun } from './runs.ts';

const CAPTURES = fileURLToPath(new URL('../../../test/trace/captures/', import.meta.url));
for (const name of readdirSync(CAPTURES).filter((each) => /^linux-(?:lost|reader|slow).*\.pcap$/.test(each))) {
  test(`${name}: Linux's own TCP breaks nothing`, (t) => {
    const reports = check(readFileSync(CAPTURES + name));
    t.deepEqual(broken(reports), []);
    t.true(reports[0]!.rulings.filter(({ verdict }) => verdict === 'pass').length >= 20);
    t.is(reports[0]!.vantage.known, 'handshake');
  });
}

/** What a policy, or silly-window avoidance turned off, may break at the end that has it. */
const MAY_BREAK: Readonly<Record<string, readonly string[]>> = {
  'window=naive': ['MUST-39'],
  'gate=eager': ['MUST-38', 'SHLD-7'],
  'ack=stretched': ['SHLD-19'],
  'probe=cs144': ['SHLD-29', 'SHLD-30'],
  'rto=no-backoff': ['MUST-19'],
  'sws=off': ['MUST-38', 'MUST-39'],
};

/** The rules were made to fit seeds below 500. */
const UNSEEN = 60_000;
const runs = Array.from({ length: 40 }, (_, n) =>
  recordedRun(UNSEEN + n).map(({ name, connection: { tcb }, file }) => ({
    name,
    port: tcb.localPort,
    options: tcb.options,
    file: file(),
  })),
);

for (const bare of [false, true]) {
  test(`random runs, seen ${bare ? 'as a foreign capture' : 'as recorded'}: only bad policies break anything`, (t) => {
    let judged = 0;
    const met = new Set<string>();
    for (const run of runs) {
      for (const { name, file } of run) {
        for (const fault of broken(check(file, bare))) {
          const [, rule, port] = /^(\S+) at \S+:(\d+),/.exec(fault)!;
          const may = run.filter((each) => each.port === Number(port)).flatMap(({ options }) => mayBreak(options));
          if (!may.includes(rule!)) t.fail(`${name}: ${fault}`);
          met.add(rule!);
        }
        judged++;
      }
    }
    t.true(judged > 100);
    for (const rule of ['MUST-38', 'MUST-39', 'MUST-19', 'SHLD-29', 'SHLD-30'])
      t.true(met.has(rule), `${rule} was met`);
  });
}

/** Of more than 150,000 packets at both ends: left out here. */
const LONGEST: readonly string[] = ['s03', 's24', 's25', 's28', 's41', 's42'];

/** What the scenarios' own settings break, seen from the sender and from the receiver; all others break nothing. */
const SETTINGS: Readonly<Record<string, { sender: string; receiver: string; unlessBare?: true }>> = {
  s07b: { sender: 'MUST-36 by sender', receiver: '', unlessBare: true }, // octets wait: only the recording knows
  s09: { sender: 'MUST-38 by sender, MUST-39 by receiver', receiver: 'MUST-39 by receiver' },
  s10: { sender: 'MUST-38 by sender', receiver: '' },
  s18: { sender: 'SHLD-14 by receiver', receiver: 'SHLD-14 by receiver' },
};

test('every scenario breaks what its settings break, and nothing else', async (t) => {
  let looked = 0;
  for (const name of libraryNames()) {
    const short = name.split('-')[0]!;
    if (LONGEST.includes(short)) continue;
    const { value } = await openScenario(name);
    const views: { where: 'sender' | 'receiver'; bare: boolean; checking: Checking }[] = [];
    const record = (vantage: string): ((octets: Uint8Array) => void) => {
      const where = vantage.endsWith('-sender') ? 'sender' : 'receiver';
      const both = [false, true].map((bare) => ({ where, bare, checking: new Checking(bare) }) as const);
      views.push(...both);
      return (octets) => both.forEach(({ checking }) => checking.push(octets));
    };
    runScenario({ ...readScenario(value), expectations: [] }, { record, snap: 'headers' });
    for (const { where, bare, checking } of views) {
      const fails = broken(checking.reports()).map((fault) => {
        const [, rule, port] = /^(\S+) at \S+:(\d+),/.exec(fault)!;
        return `${rule!} by ${port!.startsWith('929') ? 'receiver' : 'sender'}`;
      });
      const expected = SETTINGS[short];
      const isNothing = expected === undefined || (bare && expected.unlessBare === true);
      t.is(
        [...new Set(fails)].join(', '),
        isNothing ? '' : expected[where],
        `${name}, at the ${where}, ${bare ? 'bare' : 'recorded'}`,
      );
      looked++;
    }
  }
  t.true(looked > 100);
});

/** What a policy at one end makes the two recordings of a run say is broken. */
const POLICIES: readonly [
  'window' | 'gate' | 'probe' | 'ack' | 'rto',
  string,
  'sender' | 'receiver',
  string,
  string,
][] = [
  ['window', 'shrinking', 'receiver', 'SHLD-14', 'SHLD-14'],
  ['window', 'greedy', 'receiver', '', 'RCV.BUFF'],
  ['gate', 'blind', 'sender', 'SND.WND', 'SND.WND'],
  ['gate', 'eager', 'sender', 'MUST-38', ''],
  ['probe', 'no-persist', 'sender', 'MUST-36', ''],
  ['probe', 'cs144', 'sender', 'SHLD-29,SHLD-30', ''],
  ['window', 'autotuned', 'receiver', '', ''],
  ['ack', 'quick', 'receiver', '', ''],
  ['gate', 'stop-and-wait', 'sender', '', ''],
  ['rto', 'rfc793', 'sender', '', ''],
];

for (const [kind, name, end, atSender, atReceiver] of POLICIES) {
  test(`${kind}=${name} breaks ${atSender || atReceiver || 'nothing'}`, (t) => {
    const policies = { [kind]: name };
    const pair = slowReader({
      sender: { receiveBuffer: 65_535, ...(end === 'sender' ? { policies } : {}) },
      receiver: { receiveBuffer: 5_840, ...(end === 'receiver' ? { policies } : {}) },
    });
    const rules = (file: Uint8Array): string =>
      [...new Set(broken(check(file)).map((fault) => fault.slice(0, fault.indexOf(' '))))].join(',');
    t.is(rules(pair.recording(pair.sender)), atSender);
    t.is(rules(pair.recording(pair.receiver)), atReceiver);
  });
}

function mayBreak({ policies, sillyWindowAvoidance }: ConnectionOptions): string[] {
  const chosen = Object.entries(policies as Record<string, string>).map(([kind, name]) => `${kind}=${name}`);
  if (!sillyWindowAvoidance) chosen.push('sws=off');
  return chosen.flatMap((each) => MAY_BREAK[each] ?? []);
}
