// A simulated run with a feed and observers that are no sockets: what each was sent is decoded, checked against the schema in
// docs/, and kept.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Controls, Feed, type Observer, type ObserverSink } from '../../src/feed/index.ts';
import { type FeedKind, type FeedMessage } from '../../src/trace/index.ts';
import { readScenario, ScenarioRun } from '../../sim/index.ts';

const SCHEMA = JSON.parse(readFileSync(new URL('../../../docs/feed.schema.json', import.meta.url), 'utf8')) as object;
const ajv = new Ajv({ allErrors: false, strict: true, strictRequired: false, allowUnionTypes: true });
ajv.addSchema(SCHEMA, 'feed');
const VALIDATORS = new Map<string, ReturnType<typeof ajv.compile>>();

/** @throws Error where the schema has something against it */
export function conforms(message: FeedMessage): FeedMessage {
  const { kind } = message;
  let validate = VALIDATORS.get(kind);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `feed#/definitions/message-${kind}` });
    VALIDATORS.set(kind, validate);
  }
  if (validate(message)) return message;
  throw new Error(`${kind}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(message).slice(0, 300)}`);
}

/** Whether the schema takes what an observer says. */
export function mayBeSaid(message: unknown): boolean {
  return ajv.validate({ $ref: 'feed#/definitions/observer' }, message);
}

/** The messages in the text frames of a server (RFC 6455 §5.2). */
export function unframed(octets: Buffer): FeedMessage[] {
  const messages: FeedMessage[] = [];
  for (let at = 0; at < octets.length;) {
    if (octets[at] !== 0x81) throw new Error(`no text frame at ${at}`);
    const short = octets[at + 1]!;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126 ? short : short === 126 ? octets.readUInt16BE(at + 2) : Number(octets.readBigUInt64BE(at + 2));
    messages.push(JSON.parse(octets.toString('utf8', at + header, at + header + length)) as FeedMessage);
    at += header + length;
  }
  return messages;
}

/** An observer's end. Takes `rate` octets a second, as the run's clock has it; Infinity takes all, 0 nothing. */
export class Sink implements ObserverSink {
  readonly messages: FeedMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  pending = 0;
  most = 0;
  octets = 0;
  rate: number;

  constructor(rate = Infinity) {
    this.rate = rate;
  }

  write(octets: Buffer): void {
    if (this.rate === Infinity) {
      for (const message of unframed(octets)) this.messages.push(conforms(message));
    } else {
      this.pending += octets.length;
      if (this.rate > 0) for (const message of unframed(octets)) this.messages.push(conforms(message));
    }
    this.octets += octets.length;
  }

  takes(ms: number): void {
    this.pending = Math.max(0, this.pending - (this.rate * ms) / 1_000);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  of<K extends FeedKind>(kind: K): Extract<FeedMessage, { kind: K }>[] {
    return this.messages.filter((message): message is Extract<FeedMessage, { kind: K }> => message.kind === kind);
  }
}

export interface WatchedOptions {
  scenario: object;
  /** Called before every slice of virtual time, with the milliseconds since the beginning. */
  meanwhile?: (watched: Watched, ms: number) => void;
  sinks?: readonly Sink[];
  /** Without a feed at all. */
  isUnwatched?: boolean;
  sliceMs?: number;
}

/** A run that is watched, in virtual time: the wall's clock is the simulation's. */
export class Watched {
  readonly run: ScenarioRun;
  readonly feed: Feed;
  readonly observers = new Map<Sink, Observer>();
  readonly captures = new Map<string, Buffer[]>();
  nowMs = 0;
  readonly #options: WatchedOptions;

  constructor(options: WatchedOptions) {
    this.#options = options;
    this.feed = new Feed(
      {
        application: 'sash test',
        command: 'sim',
        title: 'a test',
        clock: 'virtual',
        epochNs: 0n,
        now: () => this.#now(),
        mark: (text) => this.run.mark(text),
      },
      (feed) => new Controls(feed, false),
    );
    const scenario = readScenario({ title: 't', lesson: 'l', ...options.scenario });
    this.run = new ScenarioRun(scenario, {
      record: (vantage) => {
        const chunks: Buffer[] = [];
        this.captures.set(vantage, chunks);
        return (octets) => void chunks.push(Buffer.from(octets));
      },
      application: 'sash test',
      ...(options.isUnwatched === true ? {} : { follow: (seat) => this.#follow(seat) }),
    });
    for (const sink of options.sinks ?? []) this.join(sink);
  }

  join(sink: Sink): Observer {
    const observer = this.feed.join(sink, false, this.nowMs);
    this.observers.set(sink, observer);
    return observer;
  }

  /** To its end, and some time after, so that all that waits is told. */
  play(): this {
    const { sliceMs = 5, meanwhile } = this.#options;
    for (;;) {
      meanwhile?.(this, this.nowMs);
      this.nowMs += sliceMs;
      const isOver = this.run.step(Infinity, this.nowMs * 1e6);
      this.#tick(sliceMs);
      if (isOver) break;
    }
    this.run.result();
    return this;
  }

  /** Time goes by in which nothing happens. */
  wait(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10) {
      this.nowMs += 10;
      this.#tick(10);
    }
  }

  capture(vantage: string): Buffer {
    return Buffer.concat(this.captures.get(vantage)!);
  }

  get hashes(): Record<string, string> {
    return Object.fromEntries(
      [...this.captures].map(([vantage, chunks]) => [
        vantage,
        createHash('sha256').update(Buffer.concat(chunks)).digest('hex'),
      ]),
    );
  }

  /** The run opens its flows while it is made. */
  #now(): number {
    return (this.run as ScenarioRun | undefined)?.network.now ?? 0;
  }

  #tick(ms: number): void {
    for (const [sink, observer] of this.observers) {
      sink.takes(ms);
      sink.most = Math.max(sink.most, observer.waiting);
    }
    this.feed.tick(this.nowMs);
    for (const [sink, observer] of this.observers) sink.most = Math.max(sink.most, observer.waiting);
  }

  #follow({ connection, flow, end, local, remote, octets, total }: FollowedSeat): void {
    this.feed.follow(connection, {
      label: `${flow}-${end}`,
      role: end,
      openedNs: this.feed.now,
      ends: () => ({ local, remote }),
      application: () => ({
        paceOctetsPerSecond: null,
        isStopped: false,
        octets: octets(),
        totalOctets: total ?? null,
      }),
    });
  }
}

type FollowedSeat = Parameters<NonNullable<NonNullable<ConstructorParameters<typeof ScenarioRun>[1]>['follow']>>[0];
