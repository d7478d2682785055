// `sash trace summary` and `sash trace check`, as commands; and what docs/traces.md has of all actions.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Argv } from 'yargs';
import { declareTrace } from '../../src/cli/trace-commands.ts';
import { slowReader } from '../trace/pair.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder } from './sash.ts';

takeTurns();

function files(t: ExecutionContext, window = 'standard'): { sender: string; receiver: string } {
  const at = folder(t);
  const pair = slowReader({ receiver: { receiveBuffer: 5_840, policies: { window } } });
  const [sender, receiver] = [join(at, 'sender.pcapng'), join(at, 'receiver.pcapng')];
  writeFileSync(sender, pair.recording(pair.sender));
  writeFileSync(receiver, pair.recording(pair.receiver));
  return { sender, receiver };
}

test('summary sets the two ends side by side, and says who held whom back', async (t) => {
  const { sender, receiver } = files(t);
  const { code, stdout, stderr } = await finished(t, ['trace', 'summary', sender, receiver]);
  t.is(code, 0, stderr);
  t.regex(stdout, /as recorded +inferred/);
  t.is(stdout.match(/The receiver's window/g)?.length, 2);
  const json = await finished(t, ['trace', 'summary', sender, '--json']);
  const { schema, connections } = JSON.parse(json.stdout) as { schema: string; connections: { main: number }[] };
  t.is(schema, 'sash-trace-summary-1');
  t.is(connections.length, 1);
});

test('check exits 1 where a clause is broken, and 0 where none is', async (t) => {
  const good = await finished(t, ['trace', 'check', files(t).receiver]);
  t.is(good.code, 0, good.stdout);
  t.regex(good.stdout, /Nothing that can be judged from here is broken/);
  const { receiver } = files(t, 'shrinking');
  const bad = await finished(t, ['trace', 'check', receiver]);
  t.is(bad.code, 1);
  t.regex(bad.stdout, /FAIL SHLD-14[^]*packet \d+ at [^]*Broken: SHLD-14\./);
  const other = await finished(t, ['trace', 'check', receiver, '--rule', 'must-40', '--json']);
  t.is(other.code, 0);
  t.is((JSON.parse(other.stdout) as { schema: string }).schema, 'sash-trace-check-1');
});

test('what is asked for wrongly is told in a sentence', async (t) => {
  const { sender } = files(t);
  const rule = await finished(t, ['trace', 'check', sender, '--rule', 'MUST-93']);
  t.is(rule.code, 2);
  t.regex(rule.stderr, /"MUST-93" is no rule: see sash trace check --list\. Did you mean "?MUST-39/);
  const stream = await finished(t, ['trace', 'check', sender, '--stream', '1', '--json']);
  t.regex(stream.stderr, /--stream 1: .* has no such conversation: it holds one, number 0/);
  const list = await finished(t, ['trace', 'check', '--list', '--json']);
  t.true((JSON.parse(list.stdout) as { rules: { id: string }[] }).rules.some(({ id }) => id === 'SHLD-30'));
  const vantage = await finished(t, ['trace', 'check', sender, '--vantage', 'moon']);
  t.regex(vantage.stderr, /"moon" is not one of them: choose sender or receiver/);
  const nothing = await finished(t, ['trace', 'check']);
  t.regex(nothing.stderr, /which capture\? Name a file/);
  t.is((await finished(t, ['trace', 'summary', join(folder(t), 'none')])).code, 2);
  // Cut to 30 octets a packet, as editcap -s 30 does: an IP header, and half of a TCP header.
  const capture = readFileSync(new URL('../../../test/trace/captures/linux-slow-reader.pcap', import.meta.url));
  const parts = [capture.subarray(0, 24)];
  for (let at = 24; at < capture.length; at += 16 + capture.readUInt32LE(at + 8)) {
    const record = Buffer.from(capture.subarray(at, at + 46));
    record.writeUInt32LE(30, 8);
    parts.push(record);
  }
  const cut = join(folder(t), 'cut.pcap');
  writeFileSync(cut, Buffer.concat(parts));
  const short = await finished(t, ['trace', 'summary', cut]);
  t.is(short.code, 2);
  t.regex(
    short.stderr,
    /holds no whole TCP header: 185 packets of it were cut shorter; capture at least the first 128/,
  );
});

/** The actions of `sash trace` with their flags, as they are declared. */
function traceFlags(): Map<string, string[]> {
  const actions = new Map<string, string[]>();
  let flags: string[] = [];
  const calls = {
    command(usage: string, _what: string, declare: (y: Argv) => Argv) {
      actions.set(usage.split(' ')[0]!, (flags = []));
      declare(y);
      return y;
    },
    option(name: string) {
      flags.push(name);
      return y;
    },
  };
  const y = new Proxy(calls, { get: (known, name) => Reflect.get(known, name) ?? (() => y) }) as unknown as Argv;
  declareTrace(y, () => () => Promise.resolve());
  return actions;
}

test('docs/traces.md has a section for each action, with an example and all its flags', (t) => {
  const text = readFileSync(new URL('../../../docs/traces.md', import.meta.url), 'utf8');
  const sections = new Map(text.split(/^## `/m).map((section) => [section.slice(0, section.indexOf('`')), section]));
  const actions = traceFlags();
  t.true(actions.size >= 10);
  for (const [action, flags] of actions) {
    t.true(sections.has(action), action);
    for (const flag of flags) t.true(sections.get(action)!.includes(`\`--${flag}\``), `${action} --${flag}`);
    t.regex(sections.get(action)!, new RegExp(`sash trace ${action} \\S`));
  }
});
