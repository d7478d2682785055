// A scenario as data: what docs/scenarios.md describes, read from the plain value that a YAML parser made of a file. All that
// is wrong with it is found here, before anything runs: a ScenarioFault says where and what was expected.
import { type LinkSpec, type Rule } from '../../src/link/index.ts';
import { type Duration, HOUR, type Instant } from '../../src/tcp/index.ts';
import { type EndOptions, readEnd } from './connection.ts';
import { type RelayMode } from '../relay.ts';
import { type Expectation, readExpectation } from './expectation.ts';
import { type Path, ScenarioFault } from './fault.ts';
import { type Asked, parseParameters } from './parameters.ts';
import { Place } from './place.ts';
import { type Names } from './formula.ts';
import { type ReadPlan, readReading, readWriting, type WritePlan } from './applications.ts';

export interface LinkPlan {
  path: Path;
  between: readonly [string, string];
  there: LinkSpec;
  back: LinkSpec;
  rules: readonly Rule[];
  rulesBack: readonly Rule[];
}

export interface FlowPlan {
  name: string;
  path: Path;
  from: string;
  to: string;
  at: Instant;
  /** A host that takes the connection in the place of `to`, and passes on what comes; how; the settings of both its ends. */
  via: { host: string; mode: RelayMode; end: EndOptions } | undefined;
  sender: EndOptions;
  receiver: EndOptions;
  write: WritePlan;
  read: ReadPlan;
}

export interface Limits {
  time: Duration;
  events: number;
}

/**
 * What is not as the file has it, in any of its cases. With other parameters its numbers hold no longer, and theory still does;
 * with other policies neither does: theories are about the standard ones.
 */
export type Changed = 'nothing' | 'parameters' | 'policies';

export interface Scenario {
  title: string;
  lesson: string;
  clauses: readonly string[];
  seed: number;
  /** As they hold in this run. */
  parameters: Names;
  changed: Changed;
  hosts: readonly string[];
  routers: readonly string[];
  links: readonly LinkPlan[];
  flows: readonly FlowPlan[];
  /** The run ends here; without it, when all flows have finished. */
  duration: Duration | undefined;
  limits: Limits;
  expectations: readonly Expectation[];
}

const KEYS = [
  'title',
  'lesson',
  'clauses',
  'seed',
  'parameters',
  'cases',
  'hosts',
  'routers',
  'links',
  'link',
  'back',
  'rules',
  'rules-back',
  'flows',
  'duration',
  'limits',
  'measure',
  'expect',
] as const;
type Key = (typeof KEYS)[number];

/** How long, and through how many happenings, a run may go on that never ends by itself. */
const LIMITS: Limits = { time: 24 * HOUR, events: 50_000_000 };

/** How many cases a scenario lists beyond its own parameters. @throws ScenarioFault */
export function countCases(value: unknown): number {
  const root = new Place(value, [], new Map());
  return root.mapping(KEYS, 'title: The window law').cases.list('- window: 8760').length;
}

/** @throws ScenarioFault */
export function readScenario(value: unknown, asked: Asked = {}): Scenario {
  const bare = new Place(value, [], new Map()).mapping(KEYS, 'title: The window law');
  const { names, isChanged } = parseParameters(bare.parameters, bare.cases, asked);
  const root = new Place(value, [], names).mapping(KEYS, '');
  const hosts = readNodes(root.hosts, ['sender', 'receiver']);
  const routers = readNodes(root.routers, []);
  const flows = readFlows(root.flows, hosts);
  return {
    title: root.title.text('The window law'),
    lesson: root.lesson.text('No more than one window leaves in a round trip.').trim(),
    clauses: root.clauses.list('- RFC 9293 §3.8.6').map((item) => item.text('RFC 9293 §3.8.6')),
    seed: asked.seed ?? (root.seed.isAbsent ? 1 : root.seed.whole(0, Number.MAX_SAFE_INTEGER, '1')),
    parameters: names,
    changed: isChanged ? 'parameters' : 'nothing',
    hosts,
    routers,
    links: readLinks(root, [...hosts, ...routers]),
    flows,
    duration: root.duration.isAbsent ? undefined : positive(root.duration),
    limits: readLimits(root.limits),
    expectations: readExpectations(root, flows),
  };
}

function readNodes(place: Place, fallback: readonly string[]): readonly string[] {
  if (place.isAbsent) return fallback;
  return place.list('- sender').map((item) => {
    const name = item.text('sender');
    if (!/^[a-z][a-z0-9-]*$/i.test(name)) throw item.wrong(`"${name}" is no name: letters, digits and hyphens`);
    return name;
  });
}

const LINK_KEYS = ['between', 'link', 'back', 'rules', 'rules-back'] as const;

function readLinks(root: Record<Key, Place>, nodes: readonly string[]): LinkPlan[] {
  if (root.links.isAbsent) {
    const [a, b, third] = nodes;
    if (a === undefined || b === undefined || third !== undefined) {
      throw root.links.wrong('more than two nodes need "links", as in "- between: [a, router]"');
    }
    return [readLink(root, [a, b], [])];
  }
  for (const key of ['link', 'back', 'rules', 'rules-back'] as const) {
    if (!root[key].isAbsent) throw root[key].wrong('where there are "links", this belongs into one of them');
  }
  return root.links.list('- between: [a, b]').map((item) => {
    const place = item.mapping(LINK_KEYS, 'between: [a, b]');
    const ends = place.between.list('[a, b]').map((end) => {
      const name = end.text('a');
      if (!nodes.includes(name)) throw end.wrong(`there is no node "${name}": there are ${nodes.join(', ')}`);
      return name;
    });
    const [a, b] = ends;
    if (a === undefined || b === undefined || ends.length > 2) throw place.between.wrong('two nodes are expected');
    return readLink(place, [a, b], item.path);
  });
}

type LinkPlaces = Readonly<Record<'link' | 'back' | 'rules' | 'rules-back', Place>>;

function readLink(place: LinkPlaces, between: [string, string], path: Path): LinkPlan {
  const there = place.link.isAbsent ? {} : place.link.link();
  return {
    path,
    between,
    there,
    back: place.back.isAbsent ? there : place.back.link(),
    rules: place.rules.rules(),
    rulesBack: place['rules-back'].rules(),
  };
}

const FLOW_KEYS = ['name', 'from', 'to', 'at', 'via', 'relay', 'proxy', 'sender', 'receiver', 'write', 'read'] as const;

function readFlows(place: Place, hosts: readonly string[]): FlowPlan[] {
  const items = place.list('- write: 1MB');
  if (items.length === 0) throw place.wrong('at least one flow is expected, as in "- write: 1MB"');
  const flows = items.map((item, index) => readFlow(item, index, hosts));
  const names = new Set<string>();
  for (const { name, path } of flows) {
    if (names.has(name)) throw new ScenarioFault([...path, 'name'], `there are two flows named "${name}"`);
    names.add(name);
  }
  return flows;
}

function readFlow(item: Place, index: number, hosts: readonly string[]): FlowPlan {
  const place = item.mapping(FLOW_KEYS, 'write: 1MB');
  const host = (end: Place, fallback: string): string => {
    const name = end.textOr(fallback, fallback);
    if (!hosts.includes(name)) throw end.wrong(`there is no host "${name}": there are ${hosts.join(', ')}`);
    return name;
  };
  const from = host(place.from, hosts[0]!);
  const to = host(place.to, hosts[1] ?? hosts[0]!);
  if (from === to) throw item.wrong(`a flow from ${from} to itself: name two hosts`);
  const write = readWriting(place.write);
  return {
    name: place.name.textOr(index === 0 ? 'flow' : `flow-${index + 1}`, 'bulk'),
    path: item.path,
    from,
    to,
    at: place.at.isAbsent ? 0 : place.at.duration('1s'),
    via: readVia(place, [from, to], hosts),
    sender: readEnd(place.sender),
    receiver: readEnd(place.receiver),
    write,
    read: readReading(place.read, write),
  };
}

function readVia(
  { via, relay, proxy }: Record<'via' | 'relay' | 'proxy', Place>,
  ends: readonly string[],
  hosts: readonly string[],
): FlowPlan['via'] {
  if (via.isAbsent) {
    for (const place of [relay, proxy]) {
      if (!place.isAbsent) throw place.wrong('there is no proxy without "via", which names its host');
    }
    return undefined;
  }
  const host = via.choice(hosts);
  if (ends.includes(host)) throw via.wrong(`${host} is an end of this flow: a proxy is a third host`);
  const mode = relay.isAbsent ? 'splice' : relay.choice(['splice', 'end-to-end']);
  return { host, mode, end: readEnd(proxy) };
}

function readLimits(place: Place): Limits {
  if (place.isAbsent) return LIMITS;
  const { time, events } = place.mapping(['time', 'events'], 'time: 1h');
  return {
    time: time.isAbsent ? LIMITS.time : positive(time),
    events: events.isAbsent ? LIMITS.events : events.whole(1, 1e12, '1000000'),
  };
}

function readExpectations(root: Record<Key, Place>, flows: readonly FlowPlan[]): Expectation[] {
  const period = root.measure.isAbsent
    ? {}
    : (({ from, until }) => ({
        ...(from.isAbsent ? {} : { from: from.duration('1s') }),
        ...(until.isAbsent ? {} : { until: until.duration('10s') }),
      }))(root.measure.mapping(['from', 'until'], 'from: 1s'));
  const names = flows.map(({ name }) => name);
  return root.expect.list('- measure: goodput').map((item) => readExpectation(item, names, period));
}

function positive(place: Place): Duration {
  const time = place.duration('10s');
  if (time <= 0) throw place.wrong('a time above zero is expected, as in "10s"');
  return time;
}
