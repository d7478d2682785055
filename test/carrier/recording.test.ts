// Recordings of real transfers: whole and sound, however slow the disk; and of no consequence where it fails.
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Recording, record, type RecordingOptions } from '../../src/carrier/index.ts';
import { audit, type AuditReport, type Happening, PcapngReader } from '../../src/trace/index.ts';
import { Host, pattern, reach, type Witness } from './ends.ts';

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), 'sash-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
}

/** Sends so many octets to a host that records. Both are done with when this resolves, but for the recording. */
async function transfer(
  octets: number,
  options: RecordingOptions,
  reads = true,
): Promise<{ host: Host; client: Witness; server: Witness; recording: Recording }> {
  let recording: Recording | undefined;
  const host = await Host.start({}, (witness) => {
    recording = record(witness.driver, options);
    witness.reads = reads;
  });
  const client = await reach(host.port);
  client.send(pattern(octets));
  return { host, client, server: await host.accepted(), recording: recording! };
}

function happenings(octets: Uint8Array): Happening[] {
  const all: Happening[] = [];
  const reader = new PcapngReader((happening) => all.push(happening));
  reader.push(octets);
  reader.end();
  return all;
}

function judge(file: string): AuditReport {
  return audit(happenings(readFileSync(file)));
}

test('a recording is complete and sound, with the zero window of a reader that paused', async (t) => {
  const file = join(folder(t), 'run.pcapng');
  const { host, client, server, recording } = await transfer(500_000, { file, label: 'receiver' }, false);
  await client.until(() => client.events.includes('connected'));
  while (client.driver.connection.reason !== 'zero-window') await sleep(5);
  recording.mark('now it reads');
  server.reads = true;
  server.drain();
  server.driver.pump();
  await Promise.all([client.closed(), server.closed()]);
  await recording.finish();
  await recording.finish();
  t.is(recording.octets, readFileSync(file).length);

  const report = judge(file);
  t.true(report.isSound, JSON.stringify(report));
  t.true(report.zeroWindowPeriods.sent >= 1);
  const all = happenings(readFileSync(file));
  t.like(all[0], { type: 'recording', label: 'receiver' });
  t.true(all.some((happening) => happening.type === 'marker' && happening.text === 'now it reads'));
  await host.close();
});

test('a recording that cannot be opened is reported once, and the transfer goes on', async (t) => {
  const errors: Error[] = [];
  const file = join(folder(t), 'missing', 'run.pcapng');
  const { host, server, recording } = await transfer(3_000_000, { file, failed: (error) => errors.push(error) });
  await server.closed();
  await recording.finish();
  t.deepEqual(
    errors.map((error) => (error as NodeJS.ErrnoException).code),
    ['ENOENT'],
  );
  t.is(recording.error, errors[0]);
  t.is(server.receivedLength, 3_000_000);
  t.is(server.driver.error, undefined);
  await host.close();
});

test('a full disk ends the recording, and the transfer goes on', async (t) => {
  if (!existsSync('/dev/full')) {
    t.pass('this system has no /dev/full');
    return;
  }
  const errors: Error[] = [];
  const { host, server, recording } = await transfer(3_000_000, {
    file: '/dev/full',
    snap: 'full',
    failed: (error) => errors.push(error),
  });
  await server.closed();
  await recording.finish();
  t.is((errors[0] as NodeJS.ErrnoException).code, 'ENOSPC');
  t.is(errors.length, 1);
  t.is(server.receivedLength, 3_000_000);
  await host.close();
});

// A pipe that nobody reads is the slowest disk there is.
test('a disk that does not keep up holds the driver, at a bound; nothing is lost', async (t) => {
  const file = join(folder(t), 'pipe');
  execFileSync('mkfifo', [file]);
  const { host, client, server, recording } = await transfer(30_000_000, { file, snap: 'full' });
  const { tcb } = server.driver.connection;
  while (!tcb.holds.recorder) await sleep(5);
  const held = recording.octets;
  t.true(held >= 8 * 1_048_576 && held < 16 * 1_048_576, `${held} octets wait`);
  await sleep(50);
  t.true(recording.octets - held < 65_536, 'and no more come');

  const pieces: Buffer[] = [];
  const drained = (async () => {
    for await (const piece of createReadStream(file)) pieces.push(piece as Buffer);
  })();
  await Promise.all([client.closed(), server.closed()]);
  await recording.finish();
  await drained;
  t.is(server.receivedLength, 30_000_000);
  t.false(tcb.holds.recorder);
  const report = audit(happenings(Buffer.concat(pieces)));
  t.true(report.isSound, JSON.stringify(report));
  await host.close();
});
