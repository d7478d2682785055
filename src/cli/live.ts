// What `--live` adds to a command: a server with the page and the feed, which follows the command's connections and lets
// observers control them where that was asked for.
import { formatDuration, formatRate, type Tempo } from '../app/index.ts';
import { type Driver, processClock } from '../carrier/index.ts';
import {
  type ApplicationControls,
  Controls,
  Feed,
  type FeedOptions,
  type FeedServer,
  type FollowedLink,
  type Follower,
  serveFeed,
} from '../feed/index.ts';
import { Link, parseLink, parseRules, PERFECT } from '../link/index.ts';
import { type FeedLinkState, type Json } from '../trace/index.ts';
import { reachableHost } from './address.ts';
import { EXIT, Fault, codeOf, messageOf } from './faults.ts';
import { type LiveAddress, type LiveValues } from './live-flags.ts';
import { type MessagesNote } from './message-note.ts';
import { type Party } from './party.ts';
import { type Talk } from './talk.ts';
import { application } from './version.ts';

/** Other ports that are tried where none was asked for: both ends of a transfer may be on one host. */
const SPARE_PORTS = 15;

export class Live {
  readonly feed: Feed;
  readonly #server: FeedServer;
  readonly #isControllable: boolean;
  readonly #followed = new Map<Party, { follower: Follower | undefined; link: string | undefined }>();
  #links = 0;

  /** @throws Fault where the address cannot be listened on */
  static async open(values: LiveValues, options: Omit<FeedOptions, 'application'>): Promise<Live> {
    const { control, 'live-token': token } = values;
    const feed = new Feed({ ...options, application: application() }, (made) => new Controls(made, control));
    const server = await listen(values.live!, { feed, isControllable: control, token });
    return new Live(feed, server, control);
  }

  private constructor(feed: Feed, server: FeedServer, isControllable: boolean) {
    this.feed = feed;
    this.#server = server;
    this.#isControllable = isControllable;
    server.unref();
  }

  /** The page's address, with what it needs to come in. */
  get url(): string {
    return this.#server.url(reachableHost(this.#server.address, this.#server.host).host);
  }

  get observers(): number {
    return this.#server.observers;
  }

  announce(talk: Talk): void {
    talk.say(`live:  ${talk.paint('bold', this.url)}`);
  }

  /** In `opened`, before the first segment. */
  follow(party: Party, total: number | undefined): void {
    const { driver, connection } = party;
    const follower = this.feed.follow(connection, {
      label: party.role,
      role: party.role,
      openedNs: driver.clock.now(),
      ends: () => ({ local: endpoint(driver.local), remote: endpoint(driver.remote) }),
      application: () => applicationState(party, total),
      ...(this.#isControllable ? { controls: controlsOf(party) } : {}),
    });
    const hasLink = follower !== undefined && (driver.shaper !== undefined || this.#isControllable);
    const link = hasLink ? `out${this.#links++ === 0 ? '' : `-${this.#links}`}` : undefined;
    if (link !== undefined) this.feed.followLink(link, liveLink(driver));
    this.#followed.set(party, { follower, link });
  }

  /** The keyboard has changed its pace: whoever looks is told, and the recording. */
  changedByHand({ role, tempo, now }: Party): void {
    const rate = tempo.rate(now);
    const what = tempo.isStopped ? 'stopped' : `pace ${rate === Infinity ? 'full' : formatRate(rate)}`;
    this.feed.mark(`${role}, by hand: ${what}`, 'keyboard');
  }

  /** Nothing more happens to it. */
  ended(party: Party): void {
    const { follower, link } = this.#followed.get(party) ?? {};
    this.#followed.delete(party);
    if (link !== undefined) this.feed.forgetLink(link);
    if (follower !== undefined) this.feed.finished(follower);
  }

  /** Says goodbye to whoever looks; a second at the most. */
  async close(reason: string): Promise<void> {
    await this.#server.close(reason);
  }
}

/** @throws Fault */
export async function listen(
  { host, port, isPortAsked }: LiveAddress,
  rest: Pick<Parameters<typeof serveFeed>[0], 'feed' | 'recordings' | 'isControllable' | 'token'>,
  another = '--live=9300',
): Promise<FeedServer> {
  try {
    return await serveFeed({ host, port, spare: isPortAsked ? 0 : SPARE_PORTS, ...rest });
  } catch (error) {
    const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const sentences: Record<string, string> = {
      EADDRINUSE: `${where} is in use by another program: stop that one, or choose another port, as in ${another}`,
      EACCES: `${where} may not be listened on by you: choose a port from 1024 on, as in ${another}`,
      EADDRNOTAVAIL: `this host has no address ${host}: give one of its own, or 0.0.0.0 for all`,
      ENOTFOUND: `host "${host}" is unknown: check its spelling, or give an address of this host`,
    };
    throw new Fault(
      sentences[codeOf(error) ?? ''] ?? `cannot listen on ${where}: ${messageOf(error)}`,
      EXIT.unreachable,
      error,
    );
  }
}

function endpoint({ address, port }: { address: string; port: number }): { address: string; port: number } {
  return { address: address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, ''), port };
}

function applicationState(party: Party, total: number | undefined): ReturnType<typeof stateOf> {
  const messages = party.messages(party.now);
  const ledger = messages === null ? {} : { ledger: asJson(messages) };
  return { ...stateOf(party.tempo, party.now, party.octets, total), ...ledger };
}

/** Plain data is JSON; what is only told at the end, and long, is left out. */
function asJson(note: MessagesNote): Json {
  if (note.end === 'producer') return { ...note, dropAgesNs: { ...note.dropAgesNs, buckets: [] } } as unknown as Json;
  return { ...note, latencyBucketsNs: [], consumersOverTime: note.consumersOverTime.slice(-1) } as unknown as Json;
}

function stateOf(tempo: Tempo, now: number, octets: number, total: number | undefined) {
  const rate = tempo.rate(now);
  return {
    paceOctetsPerSecond: rate === Infinity ? null : rate,
    isStopped: tempo.isStopped,
    octets,
    totalOctets: total ?? null,
  };
}

function controlsOf(party: Party): ApplicationControls {
  const { tempo } = party;
  const then = (act: () => void): void => {
    act();
    party.go();
  };
  const byOctets = (act: () => void): void => {
    if (party.messages(party.now) !== null)
      throw new Error('messages go at a pace of their own: stop and resume are possible');
    then(act);
  };
  return {
    pace: (rate) => byOctets(() => tempo.setRate(rate ?? Infinity, party.now)),
    stop: () => then(() => tempo.stop()),
    resume: () => then(() => tempo.resume()),
    chunk: () => byOctets(() => tempo.step(party.now)),
  };
}

/** What this end sends goes through it; there may be none yet. */
function liveLink(driver: Driver): FollowedLink {
  const perfect = new Link({ spec: {} });
  return {
    state: () => linkState(driver.shaper?.link ?? perfect),
    change: (text) => {
      changeLink(driver.shape().link, text, driver.clock.now());
      driver.pump();
    },
    addRule: (text) => {
      for (const rule of parseRules(text)) driver.shape().link.addRule(rule);
    },
  };
}

/** From now on it is as `text` says, and not as it was. @throws QuantityError, RangeError */
export function changeLink(link: Link, text: string, now: number): void {
  const { changes, ...spec } = parseLink(text);
  if (changes !== undefined && changes.length > 0) {
    throw new RangeError(`a change at ${formatDuration(changes[0]!.at)} is for the beginning of a run: change it then`);
  }
  link.change({ ...PERFECT, ...spec }, now);
}

export function linkState(link: Link): Omit<FeedLinkState, 'link'> {
  const { tally, state } = link;
  return {
    inFlight: link.inFlight,
    queuedOctets: link.queued,
    delivered: tally.delivered,
    duplicated: tally.duplicated,
    dropped: { ...tally.dropped },
    delayNs: state.delay,
    bitsPerSecond: state.rate === Infinity ? null : state.rate,
  };
}

/** The clock of live runs. */
export function realTime(): Pick<FeedOptions, 'clock' | 'epochNs' | 'now'> {
  const clock = processClock();
  return { clock: 'real', epochNs: clock.startedAt, now: () => clock.now() };
}
