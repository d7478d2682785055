// Random runs in two phases. Safety, under faults: octets are read as they were written, promised edges never go back, nothing
// new lies beyond them but marked probes, `checkTcb` holds (and with it the bound on memory). Then liveness: the network
// heals, and everything must arrive and both ends close. What a run is made of follows from its seed alone.
import { Random } from '../../src/link/index.ts';
import { checkTcb, type Connection, type Duration, HOUR, SECOND } from '../../src/tcp/index.ts';
import { TwoWay } from '../applications.ts';
import { type Host } from '../host.ts';
import { Network, type Node, type Wire } from '../network.ts';
import { type Reader } from '../readers.ts';
import { type Writer } from '../writers.ts';
import { drawEnd, drawLink, drawReader, drawWriter, pick } from './draw.ts';
import { Broken, Inspector } from './inspector.ts';

export interface Explored {
  seed: number;
  events: number;
  octets: number;
  /** Segments that faults took. */
  lost: number;
}

interface Stream {
  name: string;
  writer: Writer;
  reader: Reader;
}

interface Flow {
  name: string;
  connections: Connection[];
  streams: Stream[];
}

/** After so long faults end. */
const HEALS: Duration = 20 * SECOND;
/** By then everything must have arrived, with hours to spare. */
const ENDS: Duration = 6 * HOUR;
const MOST_EVENTS = 3_000_000;

/** Who else looks at a run: told of each connection before its first segment, with the hosts at its ends. */
export type Observed = (connection: Connection, local: Host, remote: Host) => void;

/** @throws Error, with what was broken */
export function explore(seed: number, alsoObserved: Observed = () => {}): Explored {
  const random = new Random(seed, 'explore');
  const network = new Network(seed);
  const hosts = layTopology(random, network);
  const flows: Flow[] = [];
  const count = 1 + random.below(2);
  for (let i = 0; i < count; i++) flows.push(open(random, hosts, i, alsoObserved));
  network.inspect = (host) => {
    for (const { connection } of host.sessions) if (connection.state !== 'CLOSED') checkTcb(connection.tcb);
  };

  if (network.run(HEALS, MOST_EVENTS) === 'events')
    throw new Broken(`more than ${MOST_EVENTS} events before the network healed`);
  for (const wire of network.wires()) heal(wire, network);
  if (network.run(ENDS, MOST_EVENTS) === 'events')
    throw new Broken(`more than ${MOST_EVENTS} events after the network healed`);
  for (const flow of flows) checkEnd(flow);
  let lost = 0;
  for (const { link } of network.wires()) for (const drops of Object.values(link.tally.dropped)) lost += drops;
  const octets = flows.flatMap(({ streams }) => streams).reduce((sum, { reader }) => sum + reader.read, 0);
  return { seed, events: network.events, octets, lost };
}

/** A pair, a chain or a dumbbell. */
function layTopology(random: Random, network: Network): [Host, Host][] {
  const join = (a: Node, b: Node): void => {
    network.connect(a, b, { spec: drawLink(random, HEALS) }, { spec: drawLink(random, HEALS) });
  };
  const [a, b] = [network.host('a'), network.host('b')];
  const routers = Array.from({ length: pick(random, [0, 0, 0, 1, 2]) }, (_, i) => network.router(`r${i + 1}`));
  const path: Node[] = [a, ...routers, b];
  for (let i = 1; i < path.length; i++) join(path[i - 1]!, path[i]!);
  const [first] = routers;
  const last = routers.at(-1);
  if (first === undefined || last === undefined || random.chance(0.5)) return [[a, b]];
  const [c, d] = [network.host('c'), network.host('d')];
  join(c, first);
  join(last, d);
  return [
    [a, b],
    [c, d],
  ];
}

/** A connection between two hosts, on which both write and read. */
function open(random: Random, pairs: readonly [Host, Host][], index: number, alsoObserved: Observed): Flow {
  const [from, to] = pick(random, pairs);
  const mss = pick(random, [1, 10, 100, 536, 1_460]);
  const [active, passive] = [drawEnd(random, mss), drawEnd(random, mss)];
  const streams: Stream[] = ['there', 'back'].map((name) => ({
    name,
    writer: drawWriter(random, mss),
    reader: drawReader(random, mss),
  }));
  const [there, back] = streams as [Stream, Stream];
  const flow: Flow = { name: `flow ${index + 1}, ${from.name} to ${to.name}`, connections: [], streams };
  const observed = (connection: Connection, local: Host, remote: Host): void => {
    connection.observe(new Inspector());
    alsoObserved(connection, local, remote);
    flow.connections.push(connection);
  };
  const port = 5_000 + index;
  to.listen(port, { connection: passive.options, profile: passive.profile }, (connection) => {
    observed(connection, to, from);
    return new TwoWay(back.writer, there.reader);
  });
  from.connect(
    to,
    port,
    active.options,
    (connection) => {
      observed(connection, from, to);
      return new TwoWay(there.writer, back.reader);
    },
    active.profile,
  );
  return flow;
}

/** From now on everything arrives: slowly, and in its turn, but it arrives. */
function heal({ link }: Wire, network: Network): void {
  link.change(
    {
      loss: undefined,
      jitter: undefined,
      reordering: undefined,
      duplication: 0,
      corruption: 0,
      outages: [],
      queue: { kind: 'drop-tail', segments: Infinity, octets: Infinity },
    },
    network.now,
  );
}

function checkEnd({ name, connections, streams }: Flow): void {
  for (const { name: direction, writer, reader } of streams) {
    if (!writer.isDone || reader.read !== writer.written) {
      throw new Broken(
        `${name}, ${direction}: ${reader.read} of ${writer.written} octets written were read, in ${connections.map(stateOf).join(' and ')}`,
      );
    }
  }
  for (const connection of connections) {
    // An old SYN that comes late opens a connection that the peer refuses: so it should (RFC 9293 §3.5, figure 8).
    const isGhost = connection.failure === 'refused' && connection.tcb.opened === 'passively';
    if (connection.failure !== undefined && !isGhost)
      throw new Broken(`${name}: a connection failed: ${connection.failure}`);
    if (connection.state !== 'CLOSED')
      throw new Broken(`${name}: both ends should be closed, and one is in ${connection.state}`);
  }
}

function stateOf({ state, reason, failure, tcb }: Connection): string {
  const { policies } = tcb.options;
  return `${state} (${failure ?? reason}; policies ${JSON.stringify(policies)})`;
}
