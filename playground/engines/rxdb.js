/* A web app with RxDB, in the browser's IndexedDB, with the handlers of docs/rxdb.md. */
import {createRxDatabase} from 'rxdb/plugins/core';
import {replicateRxCollection} from 'rxdb/plugins/replication';
import {getRxStorageDexie} from 'rxdb/plugins/storage-dexie';
import {Subject} from 'rxjs';
import {Device, brief, differing} from '/playground/device.js';

const RETRY_MS = 500;
const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: {type: 'string', maxLength: 64},
    name: {type: 'string'},
    done: {type: 'boolean'},
    created_time: {type: 'string'},
    priority: {type: 'integer'},
    score: {type: 'number'},
    tags: {type: 'array'},
  },
  required: ['id', 'name'],
};

export class EngineDevice extends Device {
  #resync = new Subject();
  #unsent = new Set();
  #clock = 0; // of the last checkpoint

  async start() {
    const database = await createRxDatabase({name: 'playground', storage: getRxStorageDexie()});
    this.tasks = (await database.addCollections({tasks: {schema}})).tasks;
    this.tasks.find().$.subscribe(() => this.onChange());
    this.replication = replicateRxCollection({
      collection: this.tasks,
      replicationIdentifier: 'mobync-tasks',
      live: true,
      retryTime: RETRY_MS,
      waitForLeadership: false,
      pull: {
        batchSize: 100,
        handler: (checkpoint, limit) => this.call('/rxdb/tasks/pull', {checkpoint: checkpoint ?? null, limit}),
        stream$: this.#resync.asObservable(),
      },
      push: {batchSize: 100, handler: rows => this.push(rows)},
    });
  }

  async push(rows) {
    const conflicts = await this.call('/rxdb/tasks/push', rows);
    for (const {newDocumentState: {id}} of rows) this.#unsent.delete(id);
    this.onChange();
    return conflicts;
  }

  /** As keepLive() asks: RxDB sends by itself what was written, and knows no clock. */
  async sync() { this.#resync.next('RESYNC'); }
  async pending() { return []; }
  async clock() { return -1; }

  async rows() { return (await this.tasks.find().exec()).map(task => task.toMutableJSON()); }

  async create(fields) {
    const id = crypto.randomUUID();
    this.#unsent.add(id);
    await this.tasks.insert({id, ...fields});
  }

  async update(id, fields) {
    this.#unsent.add(id);
    await (await this.tasks.findOne(id).exec())?.incrementalPatch(fields);
  }

  async remove(id) {
    this.#unsent.add(id);
    await (await this.tasks.findOne(id).exec())?.incrementalRemove();
  }

  async state() { return {place: `pulled to ${this.#clock}`, unsent: this.#unsent.size}; }

  describe(url, sent, got) {
    const text = JSON.stringify;
    if (url.endsWith('/pull')) {
      this.#clock = got.checkpoint?.updatedAt ?? this.#clock;
      return `pull from ${sent.checkpoint?.updatedAt ?? 0}  ↓ ${brief(got.documents.map(text))}`;
    }
    sent.forEach(row => this.noteConflict(row, got.find(({id}) => id === row.newDocumentState.id)));
    return `push  ↑ ${brief(sent.map(row => text(row.newDocumentState)))}  ↓ ${brief(got.map(text))}`;
  }

  /** The server returns the merged document where that is not what was pushed. */
  noteConflict({assumedMasterState, newDocumentState}, merged) {
    if (!merged || merged._deleted) return;
    const mine = differing(newDocumentState, assumedMasterState ?? {});
    const theirs = differing(merged, newDocumentState);
    const lost = theirs.filter(field => mine.includes(field));
    if (lost.length > 0) this.conflicts.set(merged.id, `the other's ${lost.join(', ')} was there first and stays`);
    else if (theirs.length > 0) this.conflicts.set(merged.id, `merged with the other's ${theirs.join(', ')}`);
  }
}
