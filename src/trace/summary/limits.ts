// Who limited whom, told: which party each reason is laid to, and the sentence that sums it up.
import { type Limit } from '../track/index.ts';
import { type SilenceReason } from '../../tcp/index.ts';

/** To whom time is laid. `sending` and `handshake` are nobody's fault; `unknown` cannot be told from packets. */
export type Party =
  | 'receiver-window'
  | 'sender-application'
  | 'send-buffer'
  | 'congestion'
  | 'loss'
  | 'nagle'
  | 'policy'
  | 'carrier'
  | 'handshake'
  | 'closing'
  | 'sending'
  | 'unknown';

const PARTIES: Readonly<Record<SilenceReason | Limit, Party>> = {
  handshake: 'handshake',
  closing: 'closing',
  recorder: 'carrier',
  carrier: 'carrier',
  sending: 'sending',
  'send-buffer': 'send-buffer',
  'nothing-queued': 'sender-application',
  idle: 'sender-application',
  'zero-window': 'receiver-window',
  'window-full': 'receiver-window',
  'silly-window': 'receiver-window',
  recovery: 'loss',
  congestion: 'congestion',
  nagle: 'nagle',
  policy: 'policy',
  unknown: 'unknown',
};

const SENTENCES: Readonly<Record<Party, string>> = {
  'receiver-window': "the receiver's window held the sender back",
  'sender-application': "the sender's application gave nothing to send",
  'send-buffer': "the sender's own send buffer, too small, held it back",
  congestion: "the sender's congestion window held it back",
  loss: 'what was lost had to be sent again',
  nagle: "Nagle's rule held short segments back",
  policy: 'a policy of its own held the sender back',
  carrier: 'the carrier below, or the recording, held the sender back, and TCP did not',
  handshake: 'the connection was being opened',
  closing: 'all was sent, and the connection was closing',
  sending: 'segments were leaving',
  unknown:
    'octets were in flight with room for more (congestion control, Nagle or the application: packets do not tell them apart)',
};

export interface LimitsReport {
  /** Exact, from the recording's own word; or inferred from packets. */
  source: 'recorded' | 'inferred';
  /** What the durations sum to. */
  lifeNs: number;
  /** By reason: those of src/tcp where recorded, of src/trace/track where inferred. */
  reasonsNs: Partial<Record<SilenceReason | Limit, number>>;
  /** By party. */
  partiesNs: Partial<Record<Party, number>>;
}

export function limitsReport(
  source: LimitsReport['source'],
  durations: Readonly<Record<string, number>>,
): LimitsReport {
  const reasonsNs: LimitsReport['reasonsNs'] = {};
  const partiesNs: LimitsReport['partiesNs'] = {};
  let lifeNs = 0;
  for (const [name, ns] of Object.entries(durations) as [SilenceReason | Limit, number][]) {
    if (ns <= 0) continue;
    lifeNs += ns;
    reasonsNs[name] = ns;
    const party = PARTIES[name];
    partiesNs[party] = (partiesNs[party] ?? 0) + ns;
  }
  return { source, lifeNs, reasonsNs, partiesNs };
}

/** The sentence: what took most of the time, and the next if it took a quarter. Opening, closing and sending come last. */
export function limitsSentence({ lifeNs, partiesNs, reasonsNs }: LimitsReport): string {
  if (lifeNs <= 0) return 'It took no time.';
  const all = (Object.entries(partiesNs) as [Party, number][]).toSorted((a, b) => weight(b) - weight(a));
  const [first, second] = all;
  if (first === undefined) return 'It took no time.';
  const parts = [clause(first, lifeNs, reasonsNs)];
  if (second !== undefined && second[1] * 4 >= lifeNs) parts.push(clause(second, lifeNs, reasonsNs));
  const text = parts.join('; ');
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

const BYSTANDERS: readonly Party[] = ['handshake', 'closing', 'sending'];

function weight([party, ns]: [Party, number]): number {
  return BYSTANDERS.includes(party) ? ns / 4 : ns;
}

function clause([party, ns]: [Party, number], lifeNs: number, reasons: LimitsReport['reasonsNs']): string {
  const zero = party === 'receiver-window' ? (reasons['zero-window'] ?? 0) : 0;
  const detail = zero > 0 && zero < ns ? ` (${percent(zero, lifeNs)} of it at a zero window)` : '';
  const isZero = zero > 0 && zero === ns ? ', shut to zero,' : '';
  const sentence = isZero === '' ? SENTENCES[party] : `the receiver's window${isZero} held the sender back`;
  return `${sentence} ${percent(ns, lifeNs)} of the time${detail === '' ? '' : detail.replace(' of it', '')}`;
}

export function percent(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (100 * part) / whole;
  if (share > 0 && share < 1) return 'under 1 %';
  return `${Math.round(share)} %`;
}
