// What watching costs: the feed's share of a core with 100 observers at 60 states a second, and the pace and the memory of a
// transfer at 100 Mbit/s with 100 reading observers beside the same without any. Observers are a process of their own.
import { Controls, Feed, serveFeed } from '../../src/feed/index.ts';
import { Connection, connectionOptions, seq } from '../../src/tcp/index.ts';
import { gathered, OBSERVERS, transfer, type Transfer } from '../feed/crowd.ts';

const isQuick = process.argv.includes('--quick');

await shareOfACore();
await pace();

/** Of this process, in which nothing else happens. */
async function shareOfACore(): Promise<void> {
  const began = performance.now();
  const now = (): number => Math.round((performance.now() - began) * 1e6);
  const feed = new Feed(
    { application: 'bench', command: 'send', title: 'bench', clock: 'real', epochNs: 0n, now },
    (made) => new Controls(made, false),
  );
  const connection = new Connection(connectionOptions({ iss: seq(1) }, 'rfc'), 0);
  const end = { address: '10.0.0.1', port: 1 };
  feed.follow(connection, {
    label: 'sender',
    role: 'sender',
    openedNs: 0,
    ends: () => ({ local: end, remote: end }),
    application: () => ({ paceOctetsPerSecond: null, isStopped: false, octets: 0, totalOctets: null }),
  });
  const server = await serveFeed({ feed, host: '127.0.0.1', port: 0 });
  const seconds = isQuick ? 0.5 : 5;
  const crowded = await gathered(server.port, 60);
  await new Promise((resolve) => setTimeout(resolve, seconds * 200)); // the handshakes' garbage, the compiler's work
  const octets = await crowded.octets();
  const before = process.cpuUsage();
  const beganAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const { user, system } = process.cpuUsage(before);
  const took = (performance.now() - beganAt) / 1_000;
  const rate = ((await crowded.octets()) - octets) / took / 1e6;
  const share = ((user + system) / 1e6 / took) * 100;
  console.log(`\nThe feed, ${OBSERVERS} observers at 60 states a second (target 10 % of a core)`);
  console.log(`  ${share.toFixed(1)} % of a core, ${rate.toFixed(1)} MB/s told`);
  crowded.leave();
  await server.close('bench');
}

/** Rounds with and without observers alternate, as the machine's other work comes and goes. */
async function pace(): Promise<void> {
  const rounds = isQuick ? 1 : 3;
  const bytes = isQuick ? '2MB' : '75MB';
  const found: Record<'alone' | 'watched', Transfer[]> = { alone: [], watched: [] };
  for (let round = 0; round < rounds; round++) {
    found.alone.push(await transfer(false, bytes));
    found.watched.push(await transfer(true, bytes));
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  const [alone, watched] = [found.alone, found.watched].map((all) => median(all.map(({ goodput }) => goodput)));
  const memory =
    Math.max(...found.watched.map((one) => one.memory)) - Math.max(...found.alone.map((one) => one.memory));
  console.log(`\nA transfer paced at 100 Mbit/s, medians of ${rounds} (target: within 1 %)`);
  console.log(
    `  ${((alone! * 8) / 1e6).toFixed(2)} Mbit/s alone, ${((watched! * 8) / 1e6).toFixed(2)} Mbit/s with ${OBSERVERS} reading observers`,
  );
  console.log(
    `  ${((watched! / alone! - 1) * 100).toFixed(2)} %, and ${(memory / 1_048_576).toFixed(0)} MiB more at the sender`,
  );
}
