// The simulator: data segments a second of wall time, and memory, for one bulk flow, for a hundred over one bottleneck, and as
// flows grow from one to a thousand. The full core, with octets; the invariants are not checked, nor each octet read. Every
// run has a process of its own, so that its peak of memory is the run's, and is timed from its first event on, nearly cold: of
// two million segments the first hundred thousand, while V8 compiles, take as long as three to four hundred thousand later ones.
import { fork } from 'node:child_process';
import { BulkWriter, EagerReader, type Host, Network, Silent, TwoWay } from '../../sim/index.ts';
import { parseLink } from '../../src/link/index.ts';
import { SECOND } from '../../src/tcp/index.ts';

const MSS = 1_460;
const PORT = 5_001;
const MBIT = 1_000_000;
const MEBI = 1_048_576;

interface Course {
  flows: number;
  /** Pairs of hosts, among which the flows go round. */
  pairs: number;
  /** Through two routers, which all share the link between them; else the one pair has the link to itself. */
  path: 'routers' | 'link';
  /** Of the link that all flows share, bits a second. */
  rate: number;
  /** Octets that each receiver offers; together more than the path holds, so that the link is never idle. */
  window: number;
  /** Of virtual time. */
  seconds: number;
}

interface Outcome {
  /** Segments with text that were read at the other end. */
  segments: number;
  events: number;
  wallSeconds: number;
  /** Of the processor, V8's compiling beside it included. */
  cpuSeconds: number;
  /** Octets of the heap, and of what its objects own, that the run holds at its end: what is under way, too. */
  held: number;
  /** The most that the process ever held, octets. */
  peak: number;
}

const isQuick = process.argv.includes('--quick');

if (process.argv[2] === 'course') process.send!(simulate(JSON.parse(process.argv[3]!) as Course));
else await measure();

function simulate(course: Course): Outcome {
  run({ ...course, flows: 1, pairs: 1, rate: 100 * MBIT, seconds: 0.1 }); // what is made once and for all is made
  const before = held();
  const { network, readers, wallSeconds, cpuSeconds } = run(course);
  const { flows, rate, seconds } = course;
  const segments = Math.floor(readers.reduce((sum, { read }) => sum + read, 0) / MSS);
  // Headers of 40 octets take their share of the link; the first round trips leave some of it idle.
  const possible = (rate / 8 / (MSS + 40)) * seconds;
  if (segments > possible || segments < (isQuick ? 0.5 : 0.9) * possible)
    throw new Error(`${flows} flows: ${segments} segments arrived of ${Math.floor(possible)} that the link can carry`);
  const peak = process.resourceUsage().maxRSS * 1_024;
  return { segments, events: network.events, wallSeconds, cpuSeconds, held: held() - before, peak };
}

interface Run {
  network: Network;
  readers: EagerReader[];
  wallSeconds: number;
  cpuSeconds: number;
}

function run({ flows, pairs, path, rate, window, seconds }: Course): Run {
  const network = new Network(1);
  const hosts = lay(network, pairs, path, rate);
  const readers: EagerReader[] = [];
  for (const [, to] of hosts) {
    to.listen(PORT, { connection: { mss: MSS, receiveBuffer: window } }, () => {
      const reader = new EagerReader({ checks: false });
      readers.push(reader);
      return new TwoWay(new Silent(), reader);
    });
  }
  for (let flow = 0; flow < flows; flow++) {
    const [from, to] = hosts[flow % hosts.length]!;
    const writer = new BulkWriter(Number.MAX_SAFE_INTEGER);
    from.connect(to, PORT, { mss: MSS }, () => new TwoWay(writer, new EagerReader({ checks: false })));
  }
  const began = performance.now();
  const used = process.cpuUsage();
  network.run(seconds * SECOND);
  const { user, system } = process.cpuUsage(used);
  return { network, readers, wallSeconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6 };
}

/** Lays the links, and gives the pairs of hosts at their ends. */
function lay(network: Network, count: number, path: Course['path'], rate: number): [Host, Host][] {
  const there = { spec: parseLink(`rate=${rate / MBIT}Mbit/s delay=10ms`) };
  const back = { spec: parseLink('delay=10ms') };
  const near = { spec: {} };
  const hosts = Array.from({ length: count }, (_, index): [Host, Host] => [
    network.host(`a${index}`),
    network.host(`b${index}`),
  ]);
  if (path === 'link') {
    network.connect(...hosts[0]!, there, back);
    return hosts;
  }
  const [left, right] = [network.router('left'), network.router('right')];
  network.connect(left, right, there, back);
  for (const [a, b] of hosts) {
    network.connect(a, left, near, near);
    network.connect(right, b, near, near);
  }
  return hosts;
}

function held(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measure(): Promise<void> {
  const rounds = isQuick ? 1 : 3;
  console.log(`\nThe simulator, MSS ${MSS}, links of 10 ms each way, medians of ${rounds}`);
  const one = { flows: 1, pairs: 1, path: 'link', rate: 100 * MBIT, window: MEBI, seconds: 240 } as const;
  const hundred = { flows: 100, pairs: 100, path: 'routers', rate: 1_000 * MBIT, window: 65_535, seconds: 24 } as const;
  const [first, second] = await medians([one, hundred], rounds);
  const report = (name: string, target: string, { segments, events, wallSeconds, cpuSeconds, peak }: Outcome): void => {
    const rate = (segments / wallSeconds / 1e6).toFixed(2).padStart(6);
    const ofProcessor = (segments / cpuSeconds / 1e6).toFixed(2);
    const detail = `${ofProcessor} M/s of processor time, ${segments} of them, ${(events / segments).toFixed(1)} events each, peak memory ${mebi(peak)} MiB`;
    console.log(`${rate} M data segments/s of wall time (target ${target})  ${name}: ${detail}`);
  };
  report('1 flow, 100 Mbit/s, 240 s, window 1 MiB', '1.5', first!);
  report('100 flows, 1 Gbit/s, 24 s, windows 64 KiB', '1.2', second!);
  await growth(rounds);
}

/**
 * Each flow has 10 Mbit/s of the link, and all together carry as many segments whatever their number. Ten share a pair of hosts:
 * laying the links of a thousand pairs would take longer than all the runs.
 */
async function growth(rounds: number): Promise<void> {
  console.log(
    '\nAs flows grow, ten to a pair of hosts: each 10 Mbit/s of one bottleneck, windows 64 KiB, as many segments in all',
  );
  console.log('  flows  segments  µs/segment  events/segment  KiB held/flow  peak MiB');
  const courses = [1, 10, 100, 1_000].map((flows): Course => {
    const shared = { path: 'routers', rate: 10 * MBIT * flows, window: 65_535 } as const;
    return { ...shared, flows, pairs: Math.ceil(flows / 10), seconds: 600 / flows };
  });
  const outcomes = await medians(courses, rounds);
  for (const [index, { flows }] of courses.entries()) {
    const { segments, events, wallSeconds, held: octets, peak } = outcomes[index]!;
    const columns: [string | number, number][] = [
      [flows, 7],
      [segments, 10],
      [((wallSeconds * 1e6) / segments).toFixed(2), 12],
      [(events / segments).toFixed(2), 16],
      [(octets / flows / 1_024).toFixed(1), 15],
      [mebi(peak), 10],
    ];
    console.log(columns.map(([value, width]) => String(value).padStart(width)).join(''));
  }
}

/** Of each course the run whose time is the median of so many; rounds are interleaved, so that a slow minute hits all alike. */
async function medians(courses: readonly Course[], rounds: number): Promise<Outcome[]> {
  const outcomes = courses.map((): Outcome[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, course] of courses.entries()) {
      // Briefly still has to be long enough for data to arrive: the handshake and the first way take 30 ms.
      const seconds = isQuick ? Math.max(course.seconds / 50, 0.15) : course.seconds;
      outcomes[index]!.push(await apart({ ...course, seconds }));
    }
  }
  return outcomes.map((all) => all.toSorted((a, b) => a.wallSeconds - b.wallSeconds)[rounds >> 1]!);
}

/** In a process of its own. */
async function apart(course: Course): Promise<Outcome> {
  const args = ['course', JSON.stringify(course), ...(isQuick ? ['--quick'] : [])];
  const child = fork(new URL(import.meta.url), args, { execArgv: ['--expose-gc'] });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a run of ${course.flows} flows ended with ${String(code)}`)));
  });
}

function mebi(octets: number): string {
  return (octets / MEBI).toFixed(0);
}
