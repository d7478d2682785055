// What the page and the worker that simulates say to each other. A scenario goes as the plain value that YAML gave: data only.
import { type FeedLinkState } from '../../../trace/index.ts';
import { type KnownState } from '../data/index.ts';

export interface SimulationAsked {
  /** The scenario, as YAML gives it. */
  value: unknown;
  seed: number | undefined;
  /** Parameters that are not to be what the scenario says. */
  set: Readonly<Record<string, string>>;
}

export interface Sampled {
  atNs: number;
  /** By vantage, as recordings are named: `flow-sender`. */
  states: Readonly<Record<string, KnownState>>;
  links: readonly FeedLinkState[];
}

export interface MeasuredOutcome {
  measure: string;
  measured: string;
  expected: string;
  verdict: 'met' | 'missed' | 'not judged';
  source: string;
}

export type SimulationTold =
  | { kind: 'progress'; fraction: number | undefined; atNs: number; happenings: number }
  | { kind: 'slab'; vantage: string; octets: Uint8Array<ArrayBuffer> }
  | { kind: 'samples'; samples: readonly Sampled[] }
  | {
      kind: 'done';
      title: string;
      lesson: string;
      clauses: readonly string[];
      flows: readonly string[];
      outcomes: readonly MeasuredOutcome[];
      /** Of a run that did not end by itself: who waits for whom. */
      waits: readonly string[];
      endedAtNs: number;
      happenings: number;
      /** From here on no more was recorded, for it was too much. */
      cutAtNs: number | undefined;
    }
  | { kind: 'fault'; path: readonly (string | number)[]; message: string };
