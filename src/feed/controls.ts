// What observers may do, where the run allows it: to the application of a connection, to a link, to a simulation's time. Each
// thing done becomes a marker for all observers and in the recording.
import { formatRate } from '../app/index.ts';
import { type ControlOperation, type FeedRunState } from '../trace/index.ts';
import { type Feed, type FollowedLink } from './feed.ts';
import { type ApplicationControls } from './follower.ts';

/** A run whose time can be controlled: a simulation. */
export interface RunControls {
  readonly stage: FeedRunState['stage'];
  /** Virtual over wall time; null: as fast as it can. */
  readonly speed: number | null;
  pause(): void;
  play(): void;
  step(happenings: number): void;
  setSpeed(speed: number | null): void;
}

export class Controls {
  readonly #feed: Feed;
  readonly #isAllowed: boolean;

  constructor(feed: Feed, isAllowed: boolean) {
    this.#feed = feed;
    this.#isAllowed = isAllowed;
  }

  /** What can be done at all. */
  get operations(): ControlOperation['operation'][] {
    if (!this.#isAllowed) return [];
    const operations: ControlOperation['operation'][] = ['marker'];
    const followers = [...this.#feed.followers.values()];
    const isLive = this.#feed.options.clock === 'real';
    if (isLive || followers.some(({ options }) => options.controls !== undefined)) {
      operations.push('pace', 'stop', 'resume', 'chunk');
    }
    if ([...this.#feed.links.values()].some((link) => link.change !== undefined)) operations.push('link', 'rule');
    if (this.#feed.options.controls !== undefined) operations.push('pause', 'play', 'step', 'speed');
    return operations;
  }

  /** Why it was not done, in a sentence; '' if it was. */
  do(operation: ControlOperation): string {
    if (!this.#isAllowed) return 'this run takes no controls: start it with --control';
    try {
      this.#feed.mark(printable(this.#carryOut(operation)), 'observer');
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** @returns what was done, for the marker */
  #carryOut(operation: ControlOperation): string {
    switch (operation.operation) {
      case 'pace':
      case 'stop':
      case 'resume':
      case 'chunk':
        return this.#toApplication(operation);
      case 'link': {
        const link = this.#link(operation.link);
        if (link.change === undefined) throw new Error(`link ${operation.link} cannot be changed`);
        link.change(operation.text);
        return `link ${operation.link}: ${operation.text}`;
      }
      case 'rule': {
        const link = this.#link(operation.link);
        if (link.addRule === undefined) throw new Error(`link ${operation.link} takes no rules`);
        link.addRule(operation.text);
        return `rule on link ${operation.link}: ${operation.text}`;
      }
      case 'marker':
        return operation.text;
      default:
        return this.#toRun(operation);
    }
  }

  #toApplication(operation: Extract<ControlOperation, { connection: number }>): string {
    const follower = this.#feed.followers.get(operation.connection);
    if (follower === undefined) throw new Error(`there is no connection ${operation.connection}`);
    if (follower.ending !== undefined) throw new Error(`connection ${operation.connection} has ended`);
    const { label, controls } = follower.options;
    if (controls === undefined)
      throw new Error(`the application of connection ${operation.connection} takes no controls`);
    const whose = `${label} of connection ${operation.connection}`;
    if (operation.operation !== 'pace') {
      controls[operation.operation]();
      return `${whose}: ${operation.operation === 'chunk' ? 'one chunk' : operation.operation}`;
    }
    const { octetsPerSecond } = operation;
    controls.pace(octetsPerSecond);
    return `${whose}: pace ${octetsPerSecond === null ? 'full' : formatRate(octetsPerSecond)}`;
  }

  #toRun(operation: Extract<ControlOperation, { operation: 'pause' | 'play' | 'step' | 'speed' }>): string {
    const { controls } = this.#feed.options;
    if (controls === undefined) throw new Error('this run goes by the real clock: nobody can stop that');
    switch (operation.operation) {
      case 'pause':
        controls.pause();
        return 'paused';
      case 'play':
        controls.play();
        return 'goes on';
      case 'step':
        controls.step(operation.happenings);
        return `step of ${operation.happenings}`;
      case 'speed':
        controls.setSpeed(operation.speed);
        return operation.speed === null ? 'as fast as it can' : `speed ${operation.speed}`;
    }
  }

  #link(name: string): FollowedLink {
    const link = this.#feed.links.get(name);
    if (link !== undefined) return link;
    const names = [...this.#feed.links.keys()];
    throw new Error(
      names.length === 0 ? 'there is no link model here' : `there is no link "${name}": ${names.join(', ')}`,
    );
  }
}

export type { ApplicationControls };

/** What somebody far away wrote goes into a recording, and from there to terminals. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
