// The linter: every rule, put to both ends of every connection of a capture, and the verdicts as plain data.
import { type CapturedPacket } from '../capture/index.ts';
import { endpointText } from '../words.ts';
import {
  type Between,
  type Recorded,
  type Side,
  type Studied,
  type Subject,
  Study,
  type Track,
  type VantageReport,
} from '../track/index.ts';
import { type Endpoint, type Happening, type Json } from '../vocabulary.ts';
import { FORM_RULES } from './form-rules.ts';
import { LIFE_RULES } from './life-rules.ts';
import { LOSS_RULES } from './loss-rules.ts';
import { OPTION_RULES } from './option-rules.ts';
import { PROBE_RULES } from './probe-rules.ts';
import { RECEIVER_RULES } from './receiver-rules.ts';
import { type Finding, type Former, type Judge, type Rule, type Seen } from './rule.ts';
import { SENDER_RULES } from './sender-rules.ts';

export const RULES: readonly Rule[] = [
  ...SENDER_RULES,
  ...PROBE_RULES,
  ...RECEIVER_RULES,
  ...LOSS_RULES,
  ...LIFE_RULES,
  ...FORM_RULES,
  ...OPTION_RULES,
];

export type Judgment = 'pass' | 'fail' | 'not exercised' | 'cannot tell from here';

/** A rule's verdict of one end. */
export interface Ruling {
  rule: string;
  clause: string;
  what: string;
  /** Whose behaviour it is. */
  end: string;
  verdict: Judgment;
  /** How often it was put to the test, and how often it was broken. */
  tried: number;
  failed: number;
  /** Why it cannot be told; '' where it can. */
  why: string;
  examples: Finding[];
}

export interface CheckReport {
  stream: number;
  /** The interface it was seen at. */
  interface: number;
  ends: [string, string];
  packets: number;
  vantage: VantageReport;
  rulings: Ruling[];
}

export interface LinterOptions {
  /** Only these, by id; all if there is none. */
  rules?: readonly string[];
  /** Where the capture was taken, if somebody knows better: at the end that sends most octets, or at the other. */
  vantage?: 'sender' | 'receiver' | undefined;
  /** Connections followed at the most. */
  most?: number;
}

class Checked implements Studied<CapturedPacket> {
  readonly track: Track;
  readonly between: Between;
  readonly interfaceId: number;
  readonly recorded: Recorded | undefined;
  readonly judges: readonly [readonly Judge[], readonly Judge[]];
  /** Of these, by end, those that look at what it sends, and at what it hears. */
  readonly #sending: readonly (readonly Judge[])[];
  readonly #hearing: readonly (readonly Judge[])[];
  readonly #seen: readonly [Seen, Seen];
  #last: CapturedPacket | undefined = undefined;

  constructor(rules: readonly Rule[], track: Track, { between, interfaceId, recorded }: Subject, before?: Checked) {
    this.track = track;
    this.between = between;
    this.interfaceId = interfaceId;
    this.recorded = recorded;
    this.judges = [rules.map((rule) => rule.make()), rules.map((rule) => rule.make())];
    this.#sending = this.judges.map((all) => all.filter((judge) => judge.looksAt('sent')));
    this.#hearing = this.judges.map((all) => all.filter((judge) => judge.looksAt('heard')));
    this.#seen = [this.#of(0, before), this.#of(1, before)];
  }

  packet(packet: CapturedPacket): void {
    this.#last = packet;
    const { side } = packet;
    const [mine, theirs] = side === 0 ? [0, 1] : [1, 0];
    const [sender, receiver] = [this.#seen[mine as Side], this.#seen[theirs as Side]];
    sender.packet = packet;
    receiver.packet = packet;
    const reason = this.recorded?.reason;
    if (sender.isOwn) sender.reason = reason;
    else if (receiver.isOwn) receiver.reason = reason;
    const [sending, receiving] = [this.#sending[mine]!, this.#hearing[theirs]!];
    for (let i = 0; i < sending.length; i++) sending[i]!.sent(sender);
    for (let i = 0; i < receiving.length; i++) receiving[i]!.heard(receiver);
  }

  ends(): void {
    const endNs = this.recorded?.stoppedNs;
    if (this.#last === undefined) return;
    for (const side of [0, 1] as const) {
      const seen = this.#seen[side];
      seen.packet = this.#last;
      if (seen.isOwn) {
        seen.reason = this.recorded?.reason;
        seen.recordedEndNs = this.recorded?.endedNs;
      }
      if (endNs !== undefined) seen.what.now = Math.max(seen.what.now, endNs);
      for (const judge of this.judges[side]) judge.ends(seen);
    }
  }

  #of(side: Side, before: Checked | undefined): Seen {
    const { track, recorded } = this;
    const isOwn = recorded?.side === side;
    return {
      packet: undefined as unknown as CapturedPacket, // before any judge looks, there is one
      what: track.what,
      me: track.ends[side],
      peer: track.ends[side === 0 ? 1 : 0],
      track,
      isOwn,
      configuration: isOwn ? objectOf(recorded.begins.configuration) : null,
      reason: undefined,
      recordedEndNs: undefined,
      former: before?.asFormer(this.between.ends[side]),
    };
  }

  /** What it leaves to the connection that uses its ports anew: of the end that has this address and port. */
  asFormer({ address, port }: Endpoint): Former {
    const at = this.between.ends.findIndex((end) => end.address === address && end.port === port);
    return { end: this.track.ends[at === 1 ? 1 : 0], beganAt: this.track.beganAt, lastAt: this.track.now };
  }
}

function objectOf(json: Json): { readonly [name: string]: Json } | null {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as { readonly [name: string]: Json })
    : null;
}

/** A sink for a capture; `reports` once it has ended. */
export class Linter {
  readonly #rules: readonly Rule[];
  readonly #options: LinterOptions;
  readonly #study: Study<CapturedPacket, Checked>;

  constructor(options: LinterOptions = {}) {
    const { rules } = options;
    this.#options = options;
    this.#rules = rules === undefined || rules.length === 0 ? RULES : RULES.filter(({ id }) => rules.includes(id));
    this.#study = new Study<CapturedPacket, Checked>({
      make: (track, subject) => this.#make(track, subject),
      most: options.most ?? 4_096,
    });
  }

  #make(track: Track, subject: Subject): Checked {
    const { between, interfaceId } = subject;
    const { reusesPortsOf } = between;
    const before =
      reusesPortsOf === undefined
        ? undefined
        : this.#study.connections.findLast(
            (checked) => checked.between.index === reusesPortsOf && checked.interfaceId === interfaceId,
          );
    return new Checked(this.#rules, track, subject, before);
  }

  packet(packet: CapturedPacket): void {
    this.#study.packet(packet);
  }

  happening(happening: Happening): void {
    this.#study.happening(happening);
  }

  /** Packets of connections beyond those followed. */
  get unfollowedPackets(): number {
    return this.#study.unfollowedPackets;
  }

  reports(): CheckReport[] {
    return this.#study.connections.map((checked) => {
      checked.ends();
      return this.#report(checked);
    });
  }

  #report({ track, between, interfaceId, judges }: Checked): CheckReport {
    const { vantage: asked } = this.#options;
    if (asked !== undefined) {
      const sender: Side = track.ends[1].octetsSent > track.ends[0].octetsSent ? 1 : 0;
      const receiver: Side = sender === 0 ? 1 : 0;
      track.vantage.is(asked === 'sender' ? sender : receiver, 'asked');
    }
    const rulings = ([0, 1] as const).flatMap((side) =>
      this.#rules.map((rule, at) => ruling(rule, judges[side][at]!, endpointText(between.ends[side]), track, side)),
    );
    const ends: [string, string] = [endpointText(between.ends[0]), endpointText(between.ends[1])];
    return {
      stream: between.index,
      interface: interfaceId,
      ends,
      packets: track.packets,
      vantage: track.vantage.report(),
      rulings,
    };
  }
}

function ruling(rule: Rule, judge: Judge, end: string, track: Track, side: Side): Ruling {
  const { id, clause, what, where } = rule;
  const { tried, failed } = judge;
  const ruled = { rule: id, clause, what, end, tried, failed };
  if (where === 'at-the-end' && !track.vantage.isNear(side)) {
    if (tried + failed + judge.doubtful === 0) return { ...ruled, verdict: 'not exercised', why: '', examples: [] };
    return {
      ...ruled,
      failed: 0,
      verdict: 'cannot tell from here',
      why: 'the capture was not taken at this end',
      examples: [],
    };
  }
  if (failed > 0) return { ...ruled, verdict: 'fail', why: '', examples: judge.examples };
  if (judge.doubtful > 0) return { ...ruled, verdict: 'cannot tell from here', why: judge.doubt, examples: [] };
  return { ...ruled, verdict: tried > 0 ? 'pass' : 'not exercised', why: '', examples: [] };
}
