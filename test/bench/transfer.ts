// One end of a measured transfer, a process of its own: started by main.ts with the course and the role as arguments. The
// receiver says on which port it listens, and, when all octets are there, how long they took from the first to the last.
// Two connections are made one after the other: the first warms up the machine code, the second is measured.
import { connect, createServer, type Socket } from 'node:net';
import { dial, type Driver, type DriverOwner, listen, record, type Recording } from '../../src/carrier/index.ts';
import { type Course, type Report } from './courses.ts';

/** Writes are views of these octets, again and again, in all courses: they stay in the processor's cache. */
const MOST = 1_048_576;
const source = Buffer.alloc(MOST, 'sliding window ');

const [role, text, portText] = process.argv.slice(2);
if (role !== undefined && text !== undefined) {
  const course = JSON.parse(text) as Course;
  if (role === 'receiver') receive(course);
  else send(course, Number(portText));
}

/** Counts what arrives and reports when it is all there. */
class Meter {
  readonly #octets: number;
  #missing: number;
  #since = 0n;
  #cpu = process.cpuUsage();

  constructor(octets: number) {
    this.#octets = octets;
    this.#missing = octets;
  }

  /** True with the last octets. */
  arrived(count: number): boolean {
    if (this.#missing === this.#octets) {
      this.#since = process.hrtime.bigint();
      this.#cpu = process.cpuUsage();
    }
    this.#missing -= count;
    return this.#missing <= 0;
  }

  report(): Report {
    return { ns: Number(process.hrtime.bigint() - this.#since), cpuUs: spentSince(this.#cpu) };
  }
}

/** Microseconds of processor time, the kernel's for us included. */
function spentSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return user + system;
}

function tell(report: Report): void {
  process.send!(report);
}

function receive(course: Course): void {
  if (course.kind === 'sash') receiveSash(course);
  else receiveRaw(course);
}

function send(course: Course, port: number): void {
  const lengths = [course.warmUp, course.octets];
  let begun = process.cpuUsage();
  const next = (): void => {
    const length = lengths.shift();
    if (length === undefined) {
      tell({ cpuUs: spentSince(begun) });
      return;
    }
    begun = process.cpuUsage();
    if (course.kind === 'sash') sendSash(course, port, length, next);
    else sendRaw(course, port, length, next);
  };
  next();
}

// ---- raw node:net ----

function receiveRaw(course: Course): void {
  let count = 0;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const isLast = count++ > 0;
    const meter = new Meter(isLast ? course.octets : course.warmUp);
    const take = (octets: number): void => {
      if (!meter.arrived(octets)) return;
      if (isLast) tell(meter.report());
      readBy.end();
      if (isLast) server.close();
    };
    const readBy = course.onread > 0 ? readInto(socket, course.onread, take) : socket;
    if (readBy === socket) socket.on('data', (octets) => take(octets.length)).resume();
  });
  server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as { port: number }).port }));
}

/** `onread` for an accepted socket: by way of a second one for its handle. */
function readInto(socket: Socket, length: number, take: (octets: number) => void): Socket {
  const options = {
    handle: Reflect.get(socket, '_handle') as object,
    onread: {
      buffer: Buffer.alloc(length),
      callback: (octets: number): boolean => {
        take(octets);
        return true;
      },
    },
  };
  Reflect.set(socket, '_handle', null);
  socket.destroy();
  const SocketWithHandle = socket.constructor as new (options: object) => Socket;
  return new SocketWithHandle(options);
}

function sendRaw(course: Course, port: number, length: number, done: () => void): void {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let left = length;
  const write = (): void => {
    while (left > 0) {
      const count = Math.min(left, course.write);
      left -= count;
      if (!socket.write(count === MOST ? source : source.subarray(0, count))) {
        socket.once('drain', write);
        return;
      }
    }
  };
  socket
    .on('connect', write)
    .on('end', () => socket.end())
    .on('close', done)
    .resume();
}

// ---- sash ----

function receiveSash(course: Course): void {
  let count = 0;
  const listener = listen(
    {
      listen: { port: 0, host: '127.0.0.1' },
      connection: { mss: course.mss, receiveBuffer: course.window },
      checksums: course.checksums ?? false,
      reading: course.onread > 0 ? 'onread' : 'data',
    },
    {
      listening: () => tell({ port: (listener.address() as { port: number }).port }),
      failed: (error) => {
        throw error;
      },
      opened: (driver) => {
        const isLast = count++ > 0;
        return new Reader(driver, isLast, course, () => {
          if (isLast) listener.close();
        });
      },
    },
  );
}

class Reader implements DriverOwner {
  readonly #meter: Meter;
  readonly #isLast: boolean;
  readonly #closed: () => void;
  readonly #recording: Recording | undefined;

  constructor(driver: Driver, isLast: boolean, course: Course, closed: () => void) {
    this.#meter = new Meter(isLast ? course.octets : course.warmUp);
    this.#isLast = isLast;
    this.#closed = closed;
    this.#recording = recorded(driver, course, 'receiver');
  }

  connectionEvent(event: string, driver: Driver): void {
    const { connection, clock } = driver;
    for (let count = connection.peek().length; count > 0; count = connection.peek().length) {
      connection.consume(count, clock.now());
      if (!this.#meter.arrived(count)) continue;
      if (this.#isLast) tell(this.#meter.report());
      connection.close(clock.now());
    }
    if (event === 'finished' && driver.error !== undefined) throw driver.error;
  }

  carrierClosed(): void {
    void this.#recording?.finish();
    this.#closed();
  }
}

function sendSash(course: Course, port: number, length: number, done: () => void): void {
  let left = length;
  dial(
    { host: '127.0.0.1', port, connection: { mss: course.mss }, checksums: course.checksums ?? false },
    {
      failed: (error) => {
        throw error;
      },
      opened: (driver) => {
        const recording = recorded(driver, course, 'sender');
        const { connection, clock } = driver;
        const write = (): void => {
          while (left > 0) {
            const count = Math.min(left, course.write);
            const accepted = connection.write(source.subarray(0, count), clock.now());
            left -= accepted;
            if (accepted < count) return;
          }
          connection.close(clock.now());
        };
        return {
          connectionEvent: (event) => {
            if (event === 'connected' || event === 'writable') write();
          },
          carrierClosed: () => {
            void recording?.finish();
            done();
          },
        };
      },
    },
  );
}

function recorded(driver: Driver, course: Course, label: string): Recording | undefined {
  if (course.recordTo === undefined) return undefined;
  return record(driver, { file: `${course.recordTo}.${label}.pcapng`, label });
}
