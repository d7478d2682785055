// A session: one connection of a host and the application that uses it.
import { type Connection, type Instant, NEVER } from '../src/tcp/index.ts';
import { type Association, type Timed } from '../src/stack/index.ts';

/** What an application does with its connection. */
export interface Application {
  /**
   * Does what there is to do now: writes, reads, closes. Called after any news of the connection, and when it had asked to be.
   * Returns when it wants to be called next if there is no news before: NEVER if only news can make it do something; `now` for
   * as soon as what it did has left, so that two writes are two and not one.
   * Octets it has written it leaves alone for good: links hold views of them, and receivers that have not read them do, and not
   * only until they are acknowledged.
   */
  serve(connection: Connection, now: Instant): Instant;
  /** Wants to be called after every segment that arrives, whether or not it brings news. */
  readonly hearsAll?: boolean;
}

export class Session implements Timed {
  readonly association: Association;
  readonly connection: Connection;
  readonly application: Application;
  readonly openedAt: Instant;
  /** When TIME-WAIT or CLOSED was reached; NEVER before. */
  finishedAt: Instant = NEVER;
  deadline: Instant = NEVER;
  place = -1;

  constructor(association: Association, application: Application, now: Instant) {
    this.association = association;
    this.connection = association.connection;
    this.application = application;
    this.openedAt = now;
  }
}
