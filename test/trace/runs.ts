// Random runs of the simulator, each connection recorded at both of its ends.
import { explore } from '../../sim/index.ts';
import { type Connection } from '../../src/tcp/index.ts';
import { Recorder } from '../../src/trace/index.ts';
import { join } from './pair.ts';

export interface Recording {
  name: string;
  connection: Connection;
  file: () => Uint8Array;
}

/** All recordings of the run that `seed` stands for. */
export function recordedRun(seed: number): Recording[] {
  const recordings: { name: string; connection: Connection; recorder: Recorder; chunks: Uint8Array[] }[] = [];
  let now = 0;
  explore(seed, (connection, local, remote) => {
    const chunks: Uint8Array[] = [];
    const { tcb } = connection;
    const recorder = new Recorder(
      {
        sink: (octets) => chunks.push(octets),
        local: { address: local.address, port: tcb.localPort },
        remote: { address: remote.address, port: tcb.remotePort },
        label: local.name,
        application: 'sash test',
        anchor: { epochMs: 1_795_288_800_123.25, at: 0 },
        configuration: tcb.options,
      },
      tcb.silence.since,
    );
    connection.observe(recorder);
    recordings.push({ name: `seed ${seed}, ${local.name} to ${remote.name}`, connection, recorder, chunks });
  });
  return recordings.map(({ name, connection, recorder, chunks }) => ({
    name,
    connection,
    file: () => {
      connection.unobserve(recorder);
      now = Math.max(now, connection.tcb.endedAt === Infinity ? connection.tcb.silence.since : connection.tcb.endedAt);
      recorder.finish(now, true);
      return join(chunks);
    },
  }));
}
