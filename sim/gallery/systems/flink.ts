// Flink: one credit is one buffer of 32 KiB at the receiver. Every buffer of data says how many more wait behind it, and the
// receiver borrows floating buffers for them.
import { hop } from '../hop.ts';
import { type Entry, type Feedback, type Rule, type View } from '../model.ts';

export const FLINK = { exclusive: 2, floating: 8, segment: 32_768, perSubpartition: 10 } as const;

/** Floating buffers of a gate, shared by its channels; who waits for one is served first (BufferPool and BufferListener). */
export class FloatingPool {
  available: number;
  readonly #waiting: Channel[] = [];

  constructor(size: number) {
    this.available = size;
  }

  take(): boolean {
    if (this.available === 0) return false;
    this.available--;
    return true;
  }

  wait(channel: Channel): void {
    this.#waiting.push(channel);
  }

  /** A buffer comes back: the first who waits and still needs it has it; else it lies in the pool. */
  recycle(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.offer()) return;
    }
    this.available++;
  }
}

/** RemoteInputChannel and its BufferManager, in numbers of buffers. */
export class Channel {
  /** Free buffers of either kind. */
  exclusive: number;
  floating = 0;
  required = 0;
  isWaiting = false;
  readonly #initial: number;
  readonly #pool: FloatingPool;
  readonly #credit: (count: number) => void;

  constructor(exclusive: number, pool: FloatingPool, credit: (count: number) => void = () => {}) {
    this.exclusive = exclusive;
    this.#initial = exclusive;
    this.#pool = pool;
    this.#credit = credit;
  }

  get available(): number {
    return this.exclusive + this.floating;
  }

  /** A buffer of data has come and occupies one: floating ones first (AvailableBufferQueue.takeBuffer). */
  occupy(): 'floating' | 'exclusive' {
    if (this.floating > 0) {
      this.floating--;
      return 'floating';
    }
    this.exclusive--;
    return 'exclusive';
  }

  /** onSenderBacklog: as many as wait there, and the initial credit beyond. */
  backlog(count: number): void {
    this.required = count + this.#initial;
    let got = 0;
    while (this.available < this.required && !this.isWaiting) {
      if (this.#pool.take()) {
        this.floating++;
        got++;
      } else {
        this.isWaiting = true;
        this.#pool.wait(this);
      }
    }
    if (got > 0) this.#credit(got);
  }

  /** An exclusive buffer is free again: it replaces a floating one that is no longer needed, or is credit. */
  recycleExclusive(): void {
    this.exclusive++;
    if (this.available > this.required && this.floating > 0) {
      this.floating--;
      this.#pool.recycle();
    } else {
      this.#credit(1);
    }
  }

  recycleFloating(): void {
    this.#pool.recycle();
  }

  /** The pool has one for us (notifyBufferAvailable): is it needed? */
  offer(): boolean {
    if (this.available >= this.required) {
      this.isWaiting = false;
      return false;
    }
    this.floating++;
    if (this.available === this.required) this.isWaiting = false;
    else this.#pool.wait(this);
    this.#credit(1);
    return true;
  }
}

/** BufferSizeEMA: the size that would empty the channel in the target time, smoothed over so many samples. */
export class Debloat {
  readonly #most: number;
  readonly #alpha: number;
  #size: number;

  constructor(most: number = FLINK.segment, samples = 20) {
    this.#most = most;
    this.#size = most;
    this.#alpha = 2 / (samples + 1);
  }

  /** @param wanted octets for each buffer, by the throughput; at most twice the present size counts */
  next(wanted: number): number {
    this.#size += this.#alpha * (Math.min(wanted, 2 * this.#size) - this.#size);
    this.#size = Math.min(this.#most, this.#size);
    return Math.round(this.#size);
  }
}

/** The receiver's half on the link. */
class Credits implements Rule {
  readonly #channel: Channel;
  readonly #kinds: ('floating' | 'exclusive')[] = [];
  #granted = 0;

  constructor(pool: FloatingPool) {
    this.#channel = new Channel(FLINK.exclusive, pool, (count) => {
      this.#granted += count;
    });
  }

  start(): Feedback[] {
    return [{ kind: 'grant', units: FLINK.exclusive }];
  }

  arrived(_units: number, view: View): Feedback[] {
    this.#kinds.push(this.#channel.occupy());
    this.#channel.backlog(Math.min(view.backlog, FLINK.perSubpartition - 1));
    return this.#say();
  }

  taken(): Feedback[] {
    if (this.#kinds.shift() === 'floating') this.#channel.recycleFloating();
    else this.#channel.recycleExclusive();
    return this.#say();
  }

  #say(): Feedback[] {
    const units = this.#granted;
    this.#granted = 0;
    return units > 0 ? [{ kind: 'grant', units }] : [];
  }
}

export const FLINK_ENTRIES: readonly Entry[] = [
  {
    id: 'flink',
    name: 'Flink, credits',
    family: 'stream processor',
    signal: 'AddCredit; the sender tells its backlog',
    unit: 'buffers',
    window: FLINK.exclusive,
    refill: 1 / FLINK.exclusive,
    grants: 'relative',
    whenFull: 'the task blocks on its output pool',
    mechanism:
      'A channel owns 2 buffers, which are its first credit. Each buffer of data carries the backlog behind it; the receiver borrows floating buffers until it has backlog + 2. A recycled buffer is credit again, unless more are there than needed.',
    numbers: [
      'buffers of 32 KiB, 2 exclusive a channel, 8 floating a gate',
      'at most 10 a subpartition at the sender',
      'buffer debloating off (target 1 s, 20 samples)',
    ],
    sources: [
      { where: 'apache/flink RemoteInputChannelTest.testAvailableBuffersLessThanRequiredBuffers', how: 'test' },
      {
        where: 'apache/flink RemoteInputChannel.java onSenderBacklog; BufferManager.java; BufferSizeEMA.java',
        how: 'derived',
      },
      { where: 'apache/flink NettyShuffleEnvironmentOptions.java', how: 'derived' },
    ],
    leavesOut:
      'events, which need no credit; the flush of a buffer that is not full after 100 ms: it leaves at once; debloating.',
    hops: () => {
      const pool = new FloatingPool(FLINK.floating);
      return [hop('buffers', { frame: FLINK.segment, divides: true, rule: () => new Credits(pool) })];
    },
  },
];
