// The recordings that the page was served with: `sash serve FILE…`.
import { FileFault } from './file.ts';

/** All of them; the page's address has the token where one is wanted. @throws FileFault */
export async function fetchFiles(count: number): Promise<File[]> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  return Promise.all(
    Array.from({ length: count }, async (_, number) => {
      const answer = await fetch(`recordings/${number}`, { cache: 'no-store', headers });
      if (answer.status === 401)
        throw new FileFault(
          'The recordings are for those who show the token: use the address that was printed, whole.',
        );
      if (!answer.ok) throw new FileFault(`A recording could not be had: ${(await answer.text()).trim()}.`);
      const [, name = ''] = /filename\*=UTF-8''(\S+)/.exec(answer.headers.get('Content-Disposition') ?? '') ?? [];
      return new File([await answer.blob()], decodeURIComponent(name));
    }),
  );
}
