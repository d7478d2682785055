// Whole processes: what keeps them alive and what lets them end; what becomes of octets when they do; exceptions in listeners.
// Each program runs on `node:net` and on ours.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type Readable } from 'node:stream';
import { takeTurns } from '../turns.ts';
import { alike, everything, pattern, served, soon, type Subject, until } from './harness.ts';

takeTurns();

interface Outcome {
  code: number | null;
  output: string;
  /** It was still running after `patience`, and was killed. */
  isStuck: boolean;
}

/** Starts a program in which `net` is the implementation and `port` a server's. */
function start(subject: Subject, program: string, port: number): ChildProcessByStdio<null, Readable, null> {
  const source = `import * as all from ${JSON.stringify(subject.module)};
    const net = all.default ?? all; const port = ${port}; const log = (...of) => console.log(...of);
    ${program}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Runs a program to its end, or until `patience` milliseconds are over. */
async function run(subject: Subject, program: string, port = 0, patience = 100_000): Promise<Outcome> {
  const child = start(subject, program, port);
  let isStuck = false;
  const timer = setTimeout(() => {
    isStuck = true;
    child.kill('SIGKILL');
  }, patience);
  const [output, [code]] = await Promise.all([
    everything(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  clearTimeout(timer);
  return { code, output: String(output), isStuck };
}

const ends: [claim: string, program: string][] = [
  ['a server that was unreferenced before it listens', `net.createServer().unref().listen(0);`],
  ['a server that was unreferenced while it listens', `const s = net.createServer().listen(0, () => s.unref());`],
  ['a server that was closed before its name was looked up', `net.createServer().listen(0, 'localhost').close();`],
  ['a socket that was unreferenced', `const s = net.connect(port, '127.0.0.1', () => s.unref());`],
  ['a socket that was paused from the start', `net.connect(port, '127.0.0.1').pause();`],
  ['a socket whose own lookup never answers', `net.connect({ port, host: 'x.invalid', lookup() {} });`],
  ['a socket that has its timeout and nothing else', `new net.Socket().setTimeout(60_000);`],
  ['a socket that was destroyed', `const s = net.connect(port, '127.0.0.1', () => s.destroy());`],
  [
    'a socket that has been read to its end, though it is half-open',
    `
    const s = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => s.write('end')); s.resume();`,
  ],
];

alike('none of these keeps a process alive', async (t, net, subject) => {
  const { port } = await served(
    t,
    net,
    (socket) => {
      socket
        .on('error', () => {})
        .on('data', (octets: Buffer) => {
          if (String(octets) === 'end') socket.end();
        });
    },
    { allowHalfOpen: true },
  );
  for (const [claim, program] of ends) {
    const { isStuck, code } = await run(subject, program, port);
    t.false(isStuck, claim);
    t.is(code, 0, claim);
  }
});

/** Each says so when it has come to the point. */
const lasts: [claim: string, program: string][] = [
  ['a server that listens', `net.createServer().listen(0, log);`],
  ['a socket that reads', `net.connect(port, '127.0.0.1', log).resume();`],
  ['a socket that nobody listens to, but that was not paused', `net.connect(port, '127.0.0.1', log);`],
  [
    'a socket that was unreferenced and referenced again',
    `const s = net.connect(port, '127.0.0.1', () => { s.unref().ref(); log(); });`,
  ],
];

alike('each of these keeps a process alive', async (t, net, subject) => {
  const { port } = await served(t, net, (socket) => socket.on('error', () => {}));
  await Promise.all(
    lasts.map(async ([claim, program]) => {
      const child = start(subject, program, port);
      await once(child.stdout, 'data');
      await soon(150);
      t.is(child.exitCode, null, claim);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }),
  );
});

alike('what a process has written is delivered though it ends', async (t, net, subject) => {
  const heard: Promise<Buffer>[] = [];
  const { port } = await served(
    t,
    net,
    (socket) => {
      socket.pause();
      heard.push(soon(100).then(async () => everything(socket)));
    },
    { pauseOnConnect: true },
  );
  const programs = [
    `const s = net.connect(port, '127.0.0.1', () => s.end(Buffer.alloc(50_000, 1)));`,
    `const s = net.connect(port, '127.0.0.1', () => { s.write(Buffer.alloc(50_000, 1)); s.destroy(); });`,
    `const s = net.connect(port, '127.0.0.1', () => s.end(Buffer.alloc(3_000_000, 1))); s.pause();`,
  ];
  for (const [index, program] of programs.entries()) {
    const { isStuck } = await run(subject, program, port);
    t.false(isStuck, program);
    const octets = await heard[index]!;
    t.is(octets.length, index < 2 ? 50_000 : 3_000_000);
    t.true(octets.every((octet) => octet === 1));
  }
});

alike('a peer that is killed is an ECONNRESET, or an end', async (t, net, subject) => {
  const log: string[] = [];
  let child: ReturnType<typeof start> | undefined;
  let isClosed = false;
  const { port } = await served(t, net, (socket) => {
    socket.on('close', () => (isClosed = true));
    socket.on('error', (error: NodeJS.ErrnoException) => log.push(error.code ?? '')).on('end', () => log.push('end'));
    socket.on('data', () => child!.kill('SIGKILL'));
  });
  child = start(subject, `const s = net.connect(port, '127.0.0.1', () => s.write('now'));`, port);
  await once(child, 'exit');
  await until(() => isClosed);
  t.deepEqual(log, [subject.name === 'sash' ? 'ECONNRESET' : 'end']);
});

alike('an exception in a listener does not harm the connection', async (t, _net, subject) => {
  const program = `
    process.on('uncaughtException', (error) => log('caught', error.message));
    const server = net.createServer((socket) => {
      socket.on('data', (octets) => { socket.write(octets); throw new Error('in data'); });
      socket.on('end', () => server.close());
      throw new Error('in connection');
    });
    server.listen(0, '127.0.0.1', () => {
      const client = net.connect(server.address().port, '127.0.0.1', () => {
        client.write('hello');
      });
      client.on('data', (octets) => { log('heard', String(octets)); client.end(); throw new Error('in client'); });
      client.on('close', () => log('closed'));
    });`;
  const { output, isStuck, code } = await run(subject, program);
  t.false(isStuck);
  t.is(code, 0);
  t.deepEqual(output.trim().split('\n').toSorted(), [
    'caught in client',
    'caught in connection',
    'caught in data',
    'closed',
    'heard hello',
  ]);
});

alike('a large file’s worth of octets between two processes', async (t, net, subject) => {
  const sent = pattern(4_000_000);
  const { port } = await served(t, net, (socket) => socket.end(sent));
  const { output } = await run(
    subject,
    `const { createHash } = await import('node:crypto'); const h = createHash('sha256');
     net.connect(port, '127.0.0.1').on('data', (octets) => h.update(octets)).on('end', () => log(h.digest('hex')));`,
    port,
  );
  t.is(output.trim(), createHash('sha256').update(sent).digest('hex'));
});
