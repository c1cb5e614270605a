/* A client of mobync-server for web pages, Node and React Native, without dependencies.
 * docs/javascript.md says how to use it, docs/client.md why it does what it does. device.js holds
 * what happens inside a transaction of the device, live.js when to sync. */
import * as device from './device.js';
import {uuid} from './uuid.js';

export * from './live.js';
export * from './stores.js';

const DEFAULTS = {fetch: (...request) => globalThis.fetch(...request), now: Date.now, newId: uuid,
  limit: 500, keepMs: 30 * 24 * 3600e3, patienceMs: 90e3, onChange() {}, onRejected() {}};
const LONGEST_PAUSE_S = 300;

/** Another try is of no use: the user has to sign in, or the app is at fault. */
export class Stopped extends Error {}

export class Mobync {
  #running = null; #again = false; #ended = false; #failures = 0; #tokenIsNew = false;
  #wake = () => {}; #abort = () => {};

  constructor(options) { Object.assign(this, DEFAULTS, options); }

  create(model, fields) { return this.write({type: 'create', model, fields}); }
  update(model, fields) { return this.write({type: 'update', model, fields}); }
  delete(model, id) { return this.write({type: 'delete', model, fields: {id}}); }

  /** All of these changes or none; the ids of their objects. */
  async write(...changes) {
    const objects = changes.map(({fields}) => ({id: this.newId(), ...fields}));
    await this.#transact(async (tx, meta) => {
      for (const [i, {type, model}] of changes.entries())
        await device.write(tx, meta, {id: this.newId(), owner: this.owner, type, model,
          json_data: JSON.stringify(objects[i])}, this.now());
    });
    this.onChange();
    return objects.map(({id}) => id);
  }

  get(model, id) { return this.#transact(tx => device.get(tx, model, id)); }
  all(model) { return this.#transact(tx => device.all(tx, model)); }
  pending() { return this.#transact(tx => device.pending(tx)); }
  rejected() { return this.#transact(tx => device.rejected(tx)); }
  dismiss(id) { return this.#transact(tx => device.dismiss(tx, id)); }
  clock() { return this.#transact((tx, meta) => meta.clock); }

  /** Sends and receives until nothing is left, however long that takes. Only one runs: a call while
   * one does makes it look once more. */
  sync() {
    this.#again = true;
    this.#running ??= this.#alone(() => this.#exchange()).finally(() => { this.#running = null; });
    return this.#running;
  }

  /** Ends a pause after a failure: the network is back. */
  wake() { this.#wake(); }

  /** Ends the sync in flight, for good. Nothing is lost. */
  close() { this.#ended = true; this.#abort(); this.#wake(); }

  async #exchange() {
    while (this.#again) {
      this.#again = false;
      for (let wait = 0; wait !== null; wait = await this.#syncOnce()) {
        if (wait > 0 && !this.#ended) await this.#sleep(wait * 1000);
        if (this.#ended) throw new Stopped('closed');
      }
    }
  }

  /** Seconds to wait; null: finished. */
  async #syncOnce() {
    const [meta, batch] = await this.#transact(async (tx, meta) =>
      [meta, await device.batch(tx, this.limit)]);
    const {clock: logical_clock, lineage} = meta, diffs = batch.map(([, diff]) => diff);
    const response = await this.#post({logical_clock, ...(lineage && {lineage}), diffs});
    if (response.status !== 200) return this.#failed(batch, response, meta);
    const told = [], oldest = this.now() - this.keepMs;
    const more = await this.#transact((tx, meta) =>
      device.received(tx, meta, batch, response.body, {oldest, told}));
    this.#failures = 0;
    this.#tokenIsNew = false;
    this.#tell(told);
    return more ? 0 : null;
  }

  async #failed(batch, {status, body, retryAfter}, {clock, lineage}) {
    if (status === 0 || status === 408 || status === 429 || status >= 500)
      return Math.max(retryAfter, pause(++this.#failures));
    const error = body.error ?? {}, {code, field} = error;
    const named = batch.find(([, diff]) => diff.id === error.diff_id);
    const culprit = code === 'TOO_LARGE' ? batch[0] : named;
    if (code === 'INVALID_SYNC_TOKEN' && !this.#tokenIsNew) {
      this.#tokenIsNew = true;
    } else if (code === 'INVALID_CLOCK' && (clock > 0 || lineage)) {
      await this.#transact((tx, meta) => device.startAgain(tx, meta, body.restart_clock));
      this.#tell([]);
    } else if (batch.length > 1 &&
               (code === 'TOO_LARGE' || (code === 'INVALID_REQUEST' && field === 'diffs'))) {
      this.limit = batch.length >> 1;
    } else if (culprit && field !== 'owner') {
      const entry = {id: culprit[1].id, message: body.message, ...error};
      this.#tell([await this.#transact((tx, meta) => device.setAside(tx, meta, culprit, entry))]);
    } else {
      throw new Stopped(body.message ?? `status ${status}`, {cause: body});
    }
    return 0;
  }

  #tell(refused) {
    if (refused.length > 0) this.onRejected(refused);
    this.onChange();
  }

  /** Status 0 and an empty body: no complete response came. */
  async #post(request) {
    const abort = new AbortController(), timer = setTimeout(() => abort.abort(), this.patienceMs);
    let retryAfter = 0;
    this.#abort = () => abort.abort();
    try {
      const response = await this.post('/sync', request, abort.signal);
      retryAfter = Number(response.headers.get('Retry-After')) || 0;
      const body = await response.json();
      if (!Number.isInteger(body.logical_clock) || !Array.isArray(body.diffs)) throw body;
      return {status: response.status, body, retryAfter};
    } catch {
      return {status: 0, body: {}, retryAfter};
    } finally {
      clearTimeout(timer);
    }
  }

  async post(path, request, signal) {
    const token = typeof this.token === 'string' ? this.token : await this.token(this.#tokenIsNew);
    const headers = {'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json'};
    const body = JSON.stringify(request);
    return this.fetch(this.url + path, {method: 'POST', headers, body, signal});
  }

  /** Among the tabs of a browser, too, where the store has a name. */
  #alone(run) {
    const locks = this.store.name && globalThis.navigator?.locks;
    return locks ? locks.request(`mobync ${this.store.name}`, run) : run();
  }

  #transact(run) { return device.transact(this.store, run); }
  #sleep(ms) { return new Promise(done => { this.#wake = done; setTimeout(done, ms); }); }
}

const pause = failures => Math.min(2 ** failures, LONGEST_PAUSE_S) * (0.5 + Math.random() / 2);
