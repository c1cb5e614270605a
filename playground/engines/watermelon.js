/* An app with WatermelonDB on LokiJS, in the browser's IndexedDB, with the two functions of
 * docs/watermelondb.md. */
import {Database, Model, Q, appSchema, tableSchema} from '@nozbe/watermelondb';
import LokiJSAdapter from '@nozbe/watermelondb/adapters/lokijs';
import {synchronize} from '@nozbe/watermelondb/sync';
import {Device, brief, differing} from '/playground/device.js';

const TABLE = 'tasks';
const column = (name, type, isOptional = true) => ({name, type, isOptional});
const schema = appSchema({
  version: 1,
  tables: [tableSchema({
    name: TABLE,
    columns: [column('name', 'string', false), column('done', 'boolean'), column('created_time', 'string'),
      column('priority', 'number'), column('score', 'number'), column('tags', 'string')],
  })],
});

class Task extends Model { static table = TABLE; }

const put = (record, fields) => {
  for (const [name, value] of Object.entries(fields)) record._setRaw(name, value);
};

export class EngineDevice extends Device {
  #running; #again = false; #timestamp = 0;

  async start() {
    const adapter = new LokiJSAdapter({schema, dbName: 'playground watermelon', useWebWorker: false,
      useIncrementalIndexedDB: true, extraLokiOptions: {autosave: true, autosaveInterval: 100}});
    this.database = new Database({adapter, modelClasses: [Task]});
    this.tasks = this.database.get(TABLE);
    this.database.withChangesForTables([TABLE]).subscribe(() => this.onChange());
  }

  /** One at a time; a call meanwhile makes it run once more. */
  sync() {
    this.#again = true;
    this.#running ??= this.#syncAll().finally(() => { this.#running = undefined; });
    return this.#running;
  }

  async #syncAll() {
    while (this.#again) {
      this.#again = false;
      await synchronize({
        database: this.database,
        sendCreatedAsUpdated: true,
        pullChanges: ({lastPulledAt, schemaVersion, migration}) =>
          this.#pull({lastPulledAt, schemaVersion, migration}),
        pushChanges: ({changes, lastPulledAt}) => this.call('/watermelon/push', {changes, lastPulledAt}),
      });
    }
    this.onChange();
  }

  async #pull(from) {
    const pulled = await this.call('/watermelon/pull', from);
    this.#timestamp = pulled.timestamp;
    await this.noteConflicts(pulled.changes[TABLE]?.updated ?? []);
    return pulled;
  }

  /** A timestamp is the owner's next clock, plus one. */
  async clock() { return this.#timestamp - 2; }

  /** Ids of what the next push will send. */
  async pending() {
    const [changed, deleted] = await Promise.all([
      this.tasks.query(Q.where('_status', Q.oneOf(['created', 'updated']))).fetchIds(),
      this.database.adapter.getDeletedRecords(TABLE)]);
    return [...changed, ...deleted];
  }

  async rows() { return (await this.tasks.query().fetch()).map(({_raw}) => ({..._raw})); }

  create(fields) { return this.#write(() => this.tasks.create(record => put(record, fields))); }
  update(id, fields) { return this.#edit(id, record => record.update(() => put(record, fields))); }
  remove(id) { return this.#edit(id, record => record.markAsDeleted()); }

  #write(run) { return this.database.write(run); }
  #edit(id, run) { return this.#write(async () => run(await this.tasks.find(id))); }

  async state() { return {place: `pulled at ${this.#timestamp}`, unsent: (await this.pending()).length}; }

  describe(url, sent, got) {
    const rows = ({created = [], updated = [], deleted = []} = {}) =>
      brief([...created, ...updated, ...deleted.map(id => ({deleted: id}))].map(row => JSON.stringify(row)));
    if (url.endsWith('/push')) return `push  ↑ ${rows(sent.changes[TABLE])}`;
    return `pull from ${sent.lastPulledAt}  ↓ ${rows(got.changes[TABLE])}`;
  }

  /** WatermelonDB lays the columns that were changed here over what it pulls, and pushes the row. */
  async noteConflicts(pulled) {
    for (const raw of pulled) {
      const mine = await this.tasks.find(raw.id).then(({_raw}) => ({..._raw}), () => ({}));
      if (mine._status !== 'updated') continue;
      const theirs = differing(raw, mine).filter(field => !mine._changed.split(',').includes(field));
      if (theirs.length > 0) this.conflicts.set(raw.id, `merged with the other's ${theirs.join(', ')}`);
    }
  }
}
