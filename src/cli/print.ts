// What goes to standard output: data, and only after it is all written does the command end.
import { codeOf } from './faults.ts';

/** Resolves when the text is out; a reader who has gone away is no error. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const { stdout } = process;
    const failed = (error: Error): void => {
      if (codeOf(error) === 'EPIPE') resolve();
      else reject(error);
    };
    stdout.once('error', failed);
    stdout.write(text, (error) => {
      if (error !== null && error !== undefined) return; // 'error' tells
      stdout.off('error', failed);
      resolve();
    });
  });
}
