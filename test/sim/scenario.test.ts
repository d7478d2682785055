// Scenarios as files: what is wrong with one is told with its line; formulas know units; a run that cannot end says who waits.
import test from 'ava';
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Asked, readScenario, runScenario, ScenarioFault, VANTAGES } from '../../sim/index.ts';
import { evaluate, FormulaError } from '../../sim/scenario/formula.ts';
import { kindOf, parseQuantity, type Quantity, quantity } from '../../sim/scenario/quantity.ts';
import { Fault } from '../../src/cli/faults.ts';
import { type ScenarioDescription } from '../../src/cli/run-description.ts';
import { recordOptions } from '../../src/cli/sim.ts';
import { openScenario } from '../../src/cli/sim-files.ts';

const SASH = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));

const WHOLE = `title: t
lesson: l
parameters:
  window: 8760
  rtt: 100ms
link: delay=\${rtt / 2}
flows:
  - write: 100KB
    receiver: { window: '\${window}' }
duration: 5s
expect:
  - measure: goodput
    theory: { window-law: { mss: 1460 } }
    tolerance: 100%
`;

/** What is said of a file with this text in place of that, from its name on. */
async function faultOf(part: string, instead: string, asked: Asked = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sash-scenario-'));
  const path = join(folder, 'it.yaml');
  try {
    await writeFile(path, WHOLE.replace(part, instead));
    const file = await openScenario(path);
    try {
      runScenario(readScenario(file.value, asked));
    } catch (error) {
      if (error instanceof ScenarioFault) return file.fault(error).message.slice(folder.length + 1);
      throw error;
    }
    return 'nothing is wrong';
  } catch (error) {
    if (error instanceof Fault) return error.message.slice(folder.length + 1);
    throw error;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a scenario without a fault has none', async (t) => {
  t.is(await faultOf('', ''), 'nothing is wrong');
});

for (const [what, part, instead, line, said] of [
  ['an unknown key', 'duration: 5s', 'durations: 5s', 10, /"durations" is not expected here: there are title, lesson/],
  [
    'an unknown setting',
    "window: '${window}'",
    "windows: '1'",
    9,
    /"windows" is no setting of a connection: there are/,
  ],
  ['no YAML', 'flows:', 'flows: [', 8, /not YAML/],
  ['a negative delay', 'delay=${rtt / 2}', 'delay=-5ms', 6, /link: "-5ms" is not a time/],
  ['a link of zero rate', 'delay=${rtt / 2}', 'rate=0Mbit/s', 6, /"0Mbit\/s" is no speed at all/],
  ['an impossible window', "'${window}'", '0', 9, /window must be a whole number from 1/],
  ['a delay over half a second', "window: '${window}'", 'delayed-ack: 1s', 9, /delayed-ack must be under 500 ms/],
  ['an unknown parameter', '${rtt / 2}', '${rrt / 2}', 6, /there is no parameter "rrt": there are window, rtt/],
  ['quantities that do not add', '${rtt / 2}', '${rtt + 5}', 6, /a time and a plain number cannot be added/],
  ['an unknown measure', 'measure: goodput', 'measure: speed', 12, /there is no measure "speed": there are goodput/],
  [
    'a theory of something else',
    'window-law: { mss: 1460 }',
    'scale-needed: {}',
    13,
    /predicts a number, and what is measured is a rate/,
  ],
  ['a theory without its argument', '{ mss: 1460 }', '{}', 13, /"mss" is needed as a size/],
  [
    'nothing expected',
    'theory: { window-law: { mss: 1460 } }\n    tolerance: 100%',
    'nth: 1',
    12,
    /nothing is expected/,
  ],
  ['an expectation of another kind', 'tolerance: 100%', 'value: 5s', 14, /a rate is expected, and this is a time/],
  [
    'an unknown host',
    'write: 100KB',
    'write: 100KB\n    to: nobody',
    9,
    /there is no host "nobody": there are sender, receiver/,
  ],
  ['two ways to write', 'write: 100KB', 'write: { bulk: 1MB, keystrokes: 5 }', 8, /does not go together with "bulk"/],
  ['a proxy that is an end', 'write: 100KB', 'write: 100KB\n    via: sender', 9, /sender is an end of this flow/],
  ['a policy that there is not', "window: '${window}'", 'policies: { window: mad }', 9, /"mad" is not one of standard/],
  ['a missing title', 'title: t\n', '', 1, /title: this is missing/],
  [
    'a loop',
    'link: delay=${rtt / 2}',
    'hosts: [sender, receiver]\nrouters: [r, s]\nlinks: [{ between: [sender, r] }, { between: [r, s] }, { between: [s, r] }]',
    8,
    /a link between s and r would close a loop/,
  ],
  [
    'no way there',
    'link: delay=${rtt / 2}',
    'routers: [r]\nlinks: [{ between: [sender, r] }]',
    9,
    /no link leads from sender to receiver/,
  ],
] as const) {
  test(`${what} is told with its line`, async (t) => {
    const message = await faultOf(part, instead);
    t.regex(message, said);
    t.true(message.startsWith(`it.yaml:${line}: `), message);
  });
}

test('a parameter that is set must be one, and of its kind', async (t) => {
  t.regex(await faultOf('', '', { set: new Map([['windows', '5']]) }), /there is no parameter "windows"/);
  t.regex(await faultOf('', '', { set: new Map([['rtt', '5MB']]) }), /"rtt" is a time, and is given a size/);
});

test('a run that never ends says who waits for whom', (t) => {
  const base = { title: 't', lesson: 'l', link: 'delay=10ms', limits: { time: '1h' }, expect: [] };
  const stopped = runScenario(readScenario({ ...base, flows: [{ write: '1MB', read: 'stop' }] }));
  t.is(stopped.ending, 'stuck');
  t.deepEqual(stopped.waits, ["flow: sender waits for receiver: zero window; receiver's reader stops for ever"]);

  const open = runScenario(readScenario({ ...base, flows: [{ write: { bulk: '1KB', close: false } }] }));
  t.deepEqual(open.waits, ["flow: sender's writer gives nothing, and does not close"]);

  const cut = runScenario(
    readScenario({ ...base, rules: ['drop syn'], limits: { time: '30s' }, flows: [{ write: '1KB' }] }),
  );
  t.deepEqual(cut.waits, ['flow: sender waits for receiver: no answer to its SYN has come']);

  // The window update is lost, and nobody asks.
  const dead = runScenario(
    readScenario({
      ...base,
      'rules-back': ['drop window-update nth 1'],
      flows: [{ write: '1MB', sender: { policies: { probe: 'no-persist' } }, read: '5s stop, full' }],
    }),
  );
  t.deepEqual(dead.waits, ['flow: sender waits for receiver: zero window, and no probe is due']);

  const alone = runScenario(readScenario({ ...base, rules: ['drop text'], flows: [{ write: '1KB' }] }));
  t.deepEqual(alone.waits, ['flow: sender has given up (timed-out); receiver waits for it, in ESTABLISHED']);
});

test('a limit on events ends a run too', (t) => {
  const value = { title: 't', lesson: 'l', limits: { events: 100 }, flows: [{ write: '10MB' }], expect: [] };
  const { ending, events, waits } = runScenario(readScenario({ ...value, link: 'delay=1ms' }));
  t.is(ending, 'stuck');
  t.is(events, 100);
  t.is(waits.length, 1);
});

test('a miss is a miss: what was expected is held against what was measured', (t) => {
  const value = (expected: string): object => ({
    title: 't',
    lesson: 'l',
    link: 'delay=50ms',
    duration: '11s',
    flows: [{ write: '1GB', sender: { 'delayed-ack': 'off' }, receiver: { window: 8_760, 'delayed-ack': 'off' } }],
    expect: [{ measure: 'goodput', from: '1s', value: expected, tolerance: '0.1%' }],
  });
  t.is(runScenario(readScenario(value('87600B/s'))).outcomes[0]!.verdict, 'met');
  t.is(runScenario(readScenario(value('87700B/s'))).outcomes[0]!.verdict, 'missed');
});

test('formulas are computed with units', (t) => {
  const names = new Map<string, Quantity | string>([
    ['window', quantity('size', 8_760)],
    ['rtt', quantity('time', 0.1)],
    ['word', 'auto'],
  ]);
  const rate = evaluate('floor(window / 1460B) * 1460B / rtt', names);
  t.is(kindOf(rate), 'rate');
  t.true(Math.abs(rate.value - 87_600) < 1e-9);
  t.is(evaluate('2 * (3 - 1) / 4 + max(1, 5) - -2', names).value, 8);
  t.deepEqual(evaluate('10Mbit/s * 60ms', names), quantity('size', 75_000));
  for (const formula of ['window + rtt', '2 +', '(1', 'word * 2', 'sqrt(rtt)', '3 4', 'nothing', '§']) {
    t.throws(() => evaluate(formula, names), { instanceOf: FormulaError }, formula);
  }
});

test('a quantity is a number with or without a unit', (t) => {
  t.deepEqual(parseQuantity('64KiB'), quantity('size', 65_536));
  t.deepEqual(parseQuantity('250ms'), quantity('time', 0.25));
  t.deepEqual(parseQuantity('10Mbit/s'), quantity('rate', 1_250_000));
  t.deepEqual(parseQuantity('0.5%'), quantity('number', 0.005));
  t.is(parseQuantity('rfc'), undefined);
});

// Found by `npm run explore`: the threshold was half of the window aimed at, which such a buffer never holds.
test('an autotuned window of less than a segment opens again after it was shut', (t) => {
  for (const receiver of [{ window: 300 }, { window: 9, 'window-scale': 3 }]) {
    const { ending, waits } = runScenario(
      readScenario({
        title: 't',
        lesson: 'l',
        link: 'delay=10ms',
        limits: { time: '1h' },
        flows: [{ write: '2000', receiver: { ...receiver, policies: { window: 'autotuned' } }, read: '3s stop, full' }],
        expect: [],
      }),
    );
    t.deepEqual(waits, []);
    t.is(ending, 'finished');
  }
});

const run = promisify(execFile);

test('recordings of a run are the same octets whenever, and in whichever process, it is run', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sash-recordings-'));
  try {
    const hashes: string[][] = [];
    for (const name of ['first', 'second']) {
      const base = join(folder, `${name}.pcapng`);
      await run(process.execPath, [SASH, 'sim', 's34', '--record', base]);
      const files = ['sender', 'receiver'].map((end) => join(folder, `${name}.${end}.pcapng`));
      hashes.push(await Promise.all(files.map(async (file) => sha256(await readFile(file)))));
    }
    t.deepEqual(hashes[0], hashes[1]);

    const { value, text, name: scenarioName } = await openScenario('s34');
    // Whatever ran before in this process: nothing of it may show.
    runScenario(readScenario(value, { seed: 3 }));
    const own = new Map<string, Uint8Array[]>();
    const record = (vantage: string) => {
      const parts: Uint8Array[] = [];
      own.set(vantage, parts);
      return (octets: Uint8Array): void => void parts.push(octets.slice());
    };
    const description: Omit<ScenarioDescription, 'vantage'> = {
      kind: 'scenario',
      name: scenarioName,
      text,
      set: {},
      seed: null,
      until: null,
      policy: null,
      vantages: ['sender', 'link', 'receiver'],
      oneFile: false,
      snap: 'headers',
    };
    const choice = { file: '', isStream: false, vantages: VANTAGES, isAllInOne: false, snap: 'headers' } as const;
    const play = (seed?: number): void => {
      const scenario = readScenario(value, seed === undefined ? {} : { seed });
      runScenario(scenario, recordOptions({ choice, sink: record }, description, scenario));
    };
    play();
    const here = ['flow-sender', 'flow-receiver'].map((name) => sha256(Buffer.concat(own.get(name)!)));
    t.deepEqual(here, hashes[0]);

    own.clear();
    play(2);
    t.not(sha256(Buffer.concat(own.get('flow-sender')!)), hashes[0]![0], 'another seed is another run');
  } finally {
    await rm(folder, { recursive: true });
  }
});

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}
