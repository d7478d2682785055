// From what the options say to the policies of one connection.
import { CONGESTION_NAMES, type CongestionName, congestionNamed } from '../congestion/index.ts';
import { BLIND, CS144, EAGER, NO_BACKOFF, NO_PERSIST, QUICK, RFC_793, STOP_AND_WAIT, STRETCHED } from './others.ts';
import { type Policies, type Policy, type PolicyChoice } from './policy.ts';
import { Autotuned, GREEDY, NAIVE, SHRINKING } from './window.ts';

type Kind = Exclude<keyof Policies, 'congestion'>;

/** Those that come with sash, by kind and name. `standard` is none of them: it is what a connection does by itself. */
export const BUILT_IN: { readonly [K in Kind]: Readonly<Record<string, () => Policies[K]>> } = {
  window: table([NAIVE, SHRINKING, GREEDY], { autotuned: () => new Autotuned() }),
  ack: table([QUICK, STRETCHED]),
  gate: table([STOP_AND_WAIT, EAGER, BLIND]),
  probe: table([NO_PERSIST, CS144]),
  rto: table([RFC_793, NO_BACKOFF]),
};

function table<P extends Policy>(
  policies: readonly P[],
  makers: Record<string, () => P> = {},
): Record<string, () => P> {
  return { ...Object.fromEntries(policies.map((policy) => [policy.name, () => policy])), ...makers };
}

/** The policies of one connection; undefined where it does what it does by itself. */
export interface ChosenPolicies {
  readonly window: Policies['window'] | undefined;
  readonly ack: Policies['ack'] | undefined;
  readonly gate: Policies['gate'] | undefined;
  readonly probe: Policies['probe'] | undefined;
  readonly rto: Policies['rto'] | undefined;
  readonly congestion: Policies['congestion'];
}

/** @throws RangeError for a name that there is not */
export function choosePolicies(choice: PolicyChoice, congestion: CongestionName): ChosenPolicies {
  return {
    window: chosen('window', choice.window),
    ack: chosen('ack', choice.ack),
    gate: chosen('gate', choice.gate),
    probe: chosen('probe', choice.probe),
    rto: chosen('rto', choice.rto),
    congestion: chosenCongestion(choice.congestion, congestion),
  };
}

function chosen<K extends Kind>(kind: K, choice: PolicyChoice[K]): Policies[K] | undefined {
  if (choice === undefined || choice === 'standard') return undefined;
  if (typeof choice === 'function') return choice();
  if (typeof choice !== 'string') return choice as Policies[K];
  const make = BUILT_IN[kind][choice];
  if (make !== undefined) return make();
  throw new RangeError(unknown(kind, choice, ['standard', ...Object.keys(BUILT_IN[kind])]));
}

function chosenCongestion(choice: PolicyChoice['congestion'], name: CongestionName): Policies['congestion'] {
  if (choice === undefined) return congestionNamed(name);
  if (typeof choice === 'function') return choice();
  if (typeof choice !== 'string') return choice;
  const known = CONGESTION_NAMES.find((each) => each === choice);
  if (known !== undefined) return congestionNamed(known);
  throw new RangeError(unknown('congestion', choice, CONGESTION_NAMES));
}

function unknown(kind: string, name: string, names: readonly string[]): string {
  return `policies.${kind}: there is no policy "${name}", only ${names.join(', ')}`;
}
