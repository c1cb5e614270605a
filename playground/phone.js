/* A phone of the page, with the client of clients/js. */
import {Mobync, indexedDbStore} from '/clients/js/mobync.js';
import {Device, brief} from '/playground/device.js';

const MODEL = 'tasks';

export class Phone extends Device {
  #client;

  get client() { return this.#client; }

  async start() {
    const store = await indexedDbStore(`playground ${this.name}`);
    this.#client = new Mobync({url: this.url, owner: this.owner, token: () => this.token(), store,
      fetch: (...request) => this.fetch(...request), onChange: () => this.onChange()});
  }

  rows() { return this.#client.all(MODEL); }
  create(fields) { return this.#client.create(MODEL, {...fields, done: fields.done ? 1 : 0}); }
  remove(id) { return this.#client.delete(MODEL, id); }

  update(id, fields) {
    const done = 'done' in fields ? {done: fields.done ? 1 : 0} : {};
    return this.#client.update(MODEL, {id, ...fields, ...done});
  }

  async state() {
    const [clock, pending] = await Promise.all([this.#client.clock(), this.#client.pending()]);
    return {place: `clock ${clock}`, unsent: pending.length};
  }

  describe(url, sent, got) {
    const diffs = list => brief(list.map(({type, json_data}) => `${type} ${json_data}`));
    this.noteConflicts(sent.diffs, got.diffs);
    return `clock ${sent.logical_clock} → ${got.logical_clock}  ↑ ${diffs(sent.diffs)}  ↓ ${diffs(got.diffs)}`;
  }

  /** A field that both have set, and that comes back: the other's change was the later one. */
  noteConflicts(sent, got) {
    const mine = new Map();
    for (const diff of sent) {
      const {id, ...fields} = JSON.parse(diff.json_data);
      mine.set(id, {...mine.get(id), ...fields});
    }
    for (const diff of got) {
      const {id, ...fields} = JSON.parse(diff.json_data);
      const lost = Object.keys(fields).filter(field => field in (mine.get(id) ?? {}));
      if (lost.length > 0) this.conflicts.set(id, `the other's ${lost.join(', ')} came later and won`);
      else if (mine.has(id) && Object.keys(fields).length > 0)
        this.conflicts.set(id, `merged with the other's ${Object.keys(fields).join(', ')}`);
    }
  }
}
