// Rules that say exactly which segments to hit: "drop the first window update", "delay every FIN by 2 s". A rule counts the
// segments of its class that pass while it is in force, and acts on those it names. The first rule that acts wins.
import { ACK, type Duration, FIN, type Instant, NEVER, PSH, RST, type Segment, SYN } from '../tcp/index.ts';
import { type Random } from './random.ts';

export type RuleAction = 'drop' | 'delay' | 'duplicate' | 'corrupt';

/** What a segment is, seen from outside or by its sender's word (`seg.purpose`). A segment may be of several classes. */
export type SegmentClass =
  | 'segment' // any
  | 'data' // text for the first time
  | 'text' // text, for the first time or again
  | 'ack' // an empty segment that only acknowledges or tells the window
  | 'window-update'
  | 'zero-window' // says that nothing may be sent
  | 'probe'
  | 'retransmission'
  | 'keepalive'
  | 'syn'
  | 'syn-ack'
  | 'fin'
  | 'rst'
  | 'push';

export interface Rule {
  action: RuleAction;
  /** For 'delay': how much longer than the others. */
  by: Duration;
  class: SegmentClass;
  /** Which of its class, counted from 1: some of them by number, every so many, or all. */
  which: { kind: 'nth'; numbers: readonly number[] } | { kind: 'every'; step: number } | { kind: 'all' };
  /** Only with this probability. */
  probability: number;
  /** In force from … until, counted from the run's beginning. */
  from: Duration;
  until: Duration;
}

export const RULE_DEFAULTS: Readonly<Omit<Rule, 'action' | 'class'>> = {
  by: 0,
  which: { kind: 'all' },
  probability: 1,
  from: 0,
  until: NEVER,
};

/** Rules with their counts. */
export class Rules {
  readonly #rules: Rule[];
  readonly #counts: number[];
  readonly #random: Random;
  /** The number, from 1, of the rule that hit the segment judged last; 0 if none did. */
  hit = 0;

  constructor(rules: readonly Rule[], random: Random) {
    this.#rules = [...rules];
    this.#counts = rules.map(() => 0);
    this.#random = random;
  }

  /** One more, which counts from now on. */
  add(rule: Rule): void {
    this.#rules.push(rule);
    this.#counts.push(0);
  }

  /** The rule that hits this segment, if any does. */
  judge(seg: Segment, now: Instant): Rule | undefined {
    let hit: Rule | undefined;
    this.hit = 0;
    for (let i = 0; i < this.#rules.length; i++) {
      const rule = this.#rules[i]!;
      if (now < rule.from || now >= rule.until || !isOfClass(seg, rule.class)) continue;
      const count = ++this.#counts[i]!;
      if (hit !== undefined || !isNamed(rule, count) || !this.#random.chance(rule.probability)) continue;
      hit = rule;
      this.hit = i + 1;
    }
    return hit;
  }
}

function isNamed(rule: Rule, count: number): boolean {
  const { which } = rule;
  if (which.kind === 'all') return true;
  return which.kind === 'nth' ? which.numbers.includes(count) : count % which.step === 0;
}

export function isOfClass(seg: Segment, of: SegmentClass): boolean {
  return CLASSES[of](seg);
}

function isEmpty(seg: Segment): boolean {
  return seg.textLength === 0 && !seg.has(SYN | FIN | RST);
}

const CLASSES: Readonly<Record<SegmentClass, (seg: Segment) => boolean>> = {
  segment: () => true,
  data: (seg) => seg.textLength > 0 && seg.purpose !== 'retransmission' && seg.purpose !== 'probe',
  text: (seg) => seg.textLength > 0,
  ack: (seg) => isEmpty(seg) && seg.purpose !== 'probe' && seg.purpose !== 'keepalive',
  'window-update': (seg) => seg.purpose === 'window-update',
  'zero-window': (seg) => seg.wnd === 0 && seg.has(ACK) && !seg.has(SYN | RST),
  probe: (seg) => seg.purpose === 'probe',
  retransmission: (seg) => seg.purpose === 'retransmission',
  keepalive: (seg) => seg.purpose === 'keepalive',
  syn: (seg) => seg.has(SYN) && !seg.has(ACK),
  'syn-ack': (seg) => seg.has(SYN) && seg.has(ACK),
  fin: (seg) => seg.has(FIN),
  rst: (seg) => seg.has(RST),
  push: (seg) => seg.has(PSH),
};

export const SEGMENT_CLASSES: readonly SegmentClass[] = Object.keys(CLASSES) as SegmentClass[];
