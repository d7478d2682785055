// Ephemeral ports: the dynamic range of RFC 6335 §6, chosen as RFC 6056 §3.3.3 (algorithm 3, simple hash-based) says, so that
// ports cannot be guessed from outside and are reused as late as possible. Randomness is given as the secret.
import { hashFlow, type Secret } from './isn.ts';

export const FIRST_EPHEMERAL = 49_152;
export const LAST_EPHEMERAL = 65_535;
const COUNT = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1;

export class EphemeralPorts {
  readonly #secret: Secret;
  /** RFC 6056's next_ephemeral: one more at every try, for all destinations. */
  #next = 0;

  constructor(secret: Secret) {
    this.#secret = secret;
  }

  /** A port from which this destination may be reached, or undefined where `isTaken` says yes to all 16,384. */
  choose(
    localAddress: string,
    remoteAddress: string,
    remotePort: number,
    isTaken: (port: number) => boolean,
  ): number | undefined {
    const offset = hashFlow({ localAddress, localPort: 0, remoteAddress, remotePort }, this.#secret);
    for (let tries = 0; tries < COUNT; tries++) {
      const port = FIRST_EPHEMERAL + ((this.#next + offset) % COUNT);
      this.#next = (this.#next + 1) % COUNT;
      if (!isTaken(port)) return port;
    }
    return undefined;
  }
}
