// The linter, put to files: what it reports, and what of that is broken.
import { type CapturedPacket, CaptureReader, type CheckReport, Linter } from '../../src/trace/index.ts';

/**
 * A sink for the octets of a file. `bare`: of a recording, what a foreign capture would have: packets, and no word on where it
 * was made.
 */
export class Checking {
  readonly #linter = new Linter();
  readonly #reader: CaptureReader;

  constructor(bare = false) {
    const strip = (packet: CapturedPacket): void => {
      packet.direction = 'unknown';
      packet.seg.purpose = 'arrived';
      this.#linter.packet(packet);
    };
    this.#reader = new CaptureReader(bare ? { packet: strip } : this.#linter);
  }

  push(octets: Uint8Array): void {
    this.#reader.push(octets);
  }

  reports(): CheckReport[] {
    this.#reader.end();
    return this.#linter.reports();
  }
}

export function check(file: Uint8Array, bare = false): CheckReport[] {
  const checking = new Checking(bare);
  checking.push(file);
  return checking.reports();
}

export function broken(reports: readonly CheckReport[]): string[] {
  return reports.flatMap(({ rulings }) =>
    rulings
      .filter(({ verdict }) => verdict === 'fail')
      .map(({ rule, end, examples }) => `${rule} at ${end}, packet ${examples[0]!.packet}: ${examples[0]!.why}`),
  );
}
