// The packets of one connection as rows of a page, with Wireshark's flags; and the few lines of script that filter them. A
// page of very many packets serves nobody: the first so many are listed, and after them only those that have a flag.
import {
  type CapturedPacket,
  type CaptureSink,
  type Conversation,
  FLAG_NAMES,
  flagNames,
  infoOf,
  Wireshark,
} from '../trace/index.ts';
import { escapeMarkup } from './figure-image.ts';

/** Packets listed one after the other, and all that are listed. */
const FIRST = 3_000;
const MOST = 5_000;

export class PacketList implements CaptureSink {
  readonly #stream: number;
  readonly #wireshark = new Wireshark();
  readonly #rows: string[] = [];
  readonly #counts = FLAG_NAMES.map(() => 0);
  #packets = 0;

  constructor(stream: number) {
    this.#stream = stream;
  }

  packet(packet: CapturedPacket): void {
    const verdict = this.#wireshark.judge(packet);
    if (packet.conversation.index !== this.#stream) return;
    this.#packets++;
    const { flags } = verdict;
    for (let bit = 0; bit < FLAG_NAMES.length; bit++) if ((flags & (1 << bit)) !== 0) this.#counts[bit]!++;
    if (this.#packets > FIRST && (flags === 0 || this.#rows.length >= MOST)) return;
    const cells = [
      (packet.atNs / 1e9).toFixed(6),
      packet.side === 0 ? '→' : '←',
      infoOf(packet, verdict),
      flagNames(flags).join(' '),
      packet.comment ?? '',
    ];
    const data = cells.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('');
    this.#rows.push(`<tr${flags === 0 ? '' : ' class="flagged"'}><th scope="row">${packet.number}</th>${data}</tr>`);
  }

  forgotten(conversation: Conversation): void {
    this.#wireshark.forgotten(conversation);
  }

  /** What Wireshark's flags come to, as cells of a table. */
  get flagged(): string[][] {
    const found = FLAG_NAMES.map((name, bit) => [name, this.#counts[bit]!] as const).filter(([, count]) => count > 0);
    return [['flag', 'packets'], ...found.map(([name, count]) => [name, String(count)])];
  }

  markup(): string {
    const [listed, all] = [this.#rows.length, this.#packets];
    const said =
      listed === all
        ? `All ${all} packets.`
        : `${listed} of ${all} packets: the first ${Math.min(FIRST, all)}, and after them only those with a flag` +
          `${listed >= MOST ? `, ${MOST} in all` : ''}. The rest: <code>sash trace flags FILE</code>.`;
    const heads = ['packet', 'seconds', '', 'what', 'flags', 'remark'];
    const head = heads.map((name) => (name === '' ? '<td></td>' : `<th scope="col">${name}</th>`)).join('');
    return `<p>${said} Flags are those of Wireshark 4.0; → is from the end that spoke first.</p>
<div class="filter"><label>Show those with <input type="search" id="filter" placeholder="win=0, retransmission, 1461 …"></label>
<label><input type="checkbox" id="flagged"> flagged only</label>
<span id="shown" role="status" class="muted"></span></div>
<div class="packets" tabindex="0" role="region" aria-label="Packets"><table><caption>Packets</caption>
<thead><tr>${head}</tr></thead>
<tbody id="packets">
${this.#rows.join('\n')}
</tbody></table></div>`;
  }
}

/** Hides the rows that have not all of the words, whatever their case. */
export const FILTER_SCRIPT = `
const filter = document.getElementById('filter');
const flagged = document.getElementById('flagged');
const rows = [...document.getElementById('packets').rows];
const texts = rows.map((row) => row.textContent.toLowerCase());
function show() {
  const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  rows.forEach((row, index) => {
    const fits = (!flagged.checked || row.className === 'flagged') && words.every((word) => texts[index].includes(word));
    row.hidden = !fits;
    if (fits) count++;
  });
  document.getElementById('shown').textContent = count === rows.length ? '' : count + ' of ' + rows.length + ' shown';
}
filter.addEventListener('input', show);
flagged.addEventListener('change', show);
show();
`;
