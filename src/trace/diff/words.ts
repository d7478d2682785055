// A difference between two runs in a sentence, with the numbers that tell.
import { ACK, FIN, PSH, RST, SYN } from '../../tcp/index.ts';
import { duration } from '../words.ts';
import { type Difference } from './diff.ts';
import { type Step } from './steps.ts';

/** What the two runs and the two ends are called. */
export interface Names {
  a: string;
  b: string;
  ends: readonly [string, string];
}

export function differenceSentence(difference: Difference, names: Names): string {
  switch (difference.kind) {
    case 'only-a':
      return `${names.a} only: ${stepWords(difference.a, names)}`;
    case 'only-b':
      return `${names.b} only: ${stepWords(difference.b, names)}`;
    case 'changed':
      return `${names.ends[difference.a.side]} ${subject(difference.a)}: ${changes(difference, names)}`;
    case 'moved':
      return `another order: ${stepWords(difference.a, names)}, in ${names.a} ${at(difference.a)}, in ${names.b} ${at(difference.b)}`;
    case 'shifted': {
      const { a, b, byNs } = difference;
      const by = `${duration(Math.abs(byNs))} ${byNs > 0 ? 'later' : 'sooner'}`;
      return `from here on ${names.b} is ${by}: ${stepWords(a, names)}, in ${names.a} ${at(a)}, in ${names.b} ${at(b)}`;
    }
  }
}

/** What whoever sent it could have sent then, in both runs: often the reason. */
export function situation(difference: Difference, names: Names): string[] {
  const lines: string[] = [];
  for (const [step, name] of [
    [difference.a, names.a],
    [difference.b, names.b],
  ] as const) {
    if (step === undefined || step.sendWndOctets < 0 || (step.flags & SYN) !== 0) continue;
    const has = `${octets(step.flightOctets)} in flight, a window of ${octets(step.sendWndOctets)}`;
    lines.push(`before it, in ${name}: ${names.ends[step.side]} has ${has}`);
  }
  return lines;
}

function changes({ a, b, fields }: Difference & { kind: 'changed' }, names: Names): string {
  const parts = fields
    .filter((field) => field !== 'kind' || fields.length === 1)
    .map((field) => {
      switch (field) {
        case 'wndOctets':
          return `${names.a} offers ${octets(a.wndOctets)}, ${names.b} ${octets(b.wndOctets)}`;
        case 'ack':
          return `${names.a} acknowledges ${a.ack}, ${names.b} ${b.ack}`;
        case 'seq':
          return `SEG.SEQ is ${a.seq} in ${names.a}, ${b.seq} in ${names.b}`;
        case 'flags':
          return `control bits are ${flags(a.flags)} in ${names.a}, ${flags(b.flags)} in ${names.b}`;
        case 'kind':
          return `it is ${article(a.kind)} in ${names.a}, ${article(b.kind)} in ${names.b}`;
      }
    });
  return parts.join('; ');
}

function at(step: Step): string {
  return `at ${duration(step.atNs)} (packet ${step.packet})`;
}

/** The segment in words. */
export function stepWords(step: Step, { ends }: Names): string {
  const kind = step.kind === 'text' ? 'sends' : `sends ${article(step.kind)},`;
  const what =
    step.lengthOctets > 0 ? `${step.seq}:${step.seq + step.lengthOctets}(${step.lengthOctets})` : `at ${step.seq}`;
  return `${ends[step.side]} ${kind} ${what} ${flags(step.flags)} ack ${step.ack} win ${step.wndOctets}`;
}

function subject(step: Step): string {
  if (step.lengthOctets > 0) return `sends ${step.seq}:${step.seq + step.lengthOctets}(${step.lengthOctets})`;
  return step.flags & (SYN | FIN | RST) ? `sends its ${flags(step.flags)}` : `acknowledges ${step.ack}`;
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function octets(count: number): string {
  return count === 1 ? '1 octet' : `${count.toLocaleString('en-US')} octets`;
}

function flags(bits: number): string {
  const names: [number, string][] = [
    [SYN, 'SYN'],
    [FIN, 'FIN'],
    [RST, 'RST'],
    [PSH, 'PSH'],
    [ACK, 'ACK'],
  ];
  return names
    .filter(([bit]) => (bits & bit) !== 0)
    .map(([, name]) => name)
    .join('+');
}
