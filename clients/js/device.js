/* What a device keeps, and what a sync does to it: the functions of docs/client.md that work inside
 * one transaction of a store.
 * Keys of a store: m, the clock and the like; r, rows by model and id; p and s, pending and sent
 * changes in the order of insertion; x, refused changes by id. */
const META = 'm', ROW = 'r\0', PENDING = 'p\0', SENT = 's\0', REFUSED = 'x\0';
const FRESH = {clock: 0, lineage: null, lastTime: 0, restarting: false, seq: 0};
const SENT_AT_ONCE = 100;

const rowKey = (model, id) => `${ROW}${model}\0${id}`;
const nth = (prefix, seq) => prefix + String(seq).padStart(16, '0');
const byClockAndTime = (a, b) =>
  a.logical_clock - b.logical_clock || a.utc_timestamp - b.utc_timestamp;
const values = async list => (await list).map(([, value]) => value);

/** run(tx, meta) in one transaction; what it changes in meta is stored with the rest. */
export function transact(store, run) {
  return store.transaction(async tx => {
    const meta = {...FRESH, ...await tx.get(META)}, before = JSON.stringify(meta);
    const result = await run(tx, meta);
    if (JSON.stringify(meta) !== before) tx.set(META, meta);
    return result;
  });
}

export const get = (tx, model, id) => tx.get(rowKey(model, id));
export const all = (tx, model) => values(tx.list(rowKey(model, '')));
export const batch = (tx, limit) => tx.list(PENDING, limit);
export const pending = tx => values(tx.list(PENDING));
export const rejected = tx => values(tx.list(REFUSED));
export const dismiss = (tx, id) => tx.delete(REFUSED + id);

/** A change of the app: its effect, and the diff that is to be sent. */
export async function write(tx, meta, diff, now) {
  meta.lastTime = Math.max(now, meta.lastTime + 1);
  const whole = {...diff, logical_clock: meta.clock, utc_timestamp: meta.lastTime};
  await apply(tx, whole);
  tx.set(nth(PENDING, meta.seq++), whole);
}

async function apply(tx, {type, model, json_data}) {
  const fields = JSON.parse(json_data), key = rowKey(model, fields.id);
  if (type === 'delete') return tx.delete(key);
  if (type === 'create') return tx.set(key, fields);
  const row = await tx.get(key);
  if (row !== undefined) tx.set(key, {...row, ...fields});
}

/** The response to a batch. True: there is more to send. `told` gets what was refused. */
export async function received(tx, meta, sent, body, {oldest, told}) {
  const refused = new Map((body.rejected ?? []).map(entry => [entry.id, entry]));
  const keys = new Set(sent.map(([key]) => key));
  const later = (await tx.list(PENDING)).filter(([key]) => !keys.has(key));
  if (body.logical_clock > meta.clock) {
    for (const diff of [...body.diffs].sort(byClockAndTime)) await apply(tx, diff);
    for (const [, diff] of later) await apply(tx, diff);
    meta.clock = body.logical_clock;
  }
  meta.lineage = body.lineage ?? null;
  for (const [key, diff] of sent) {
    if (refused.has(diff.id)) told.push(refuse(tx, key, diff, refused.get(diff.id)));
    else move(tx, key, SENT, {diff, sent: meta.clock});
  }
  for (const [key, {diff}] of await tx.list(SENT, SENT_AT_ONCE))
    if (diff.utc_timestamp < oldest) tx.delete(key);
  if (!meta.restarting || later.length > 0) return later.length > 0;
  meta.restarting = false;
  await reset(tx, meta);
  return true;
}

function move(tx, key, prefix, value) {
  tx.delete(key);
  tx.set(prefix + key.slice(prefix.length), value);
}

/** What a failed sync was told of, and its effect. */
export async function setAside(tx, meta, [key, diff], entry) {
  const refusal = refuse(tx, key, diff, entry);
  await reset(tx, meta);
  return refusal;
}

/** The refusal is final; it stays readable until it is dismissed. */
function refuse(tx, key, diff, entry) {
  const refusal = {...entry, diff};
  tx.delete(key);
  tx.set(REFUSED + diff.id, refusal);
  return refusal;
}

/** Empty tables and clock 0, with the pending changes on top. */
async function reset(tx, meta) {
  for (const [key] of await tx.list(ROW)) tx.delete(key);
  meta.clock = 0;
  for (const diff of await pending(tx)) await apply(tx, diff);
}

/** After INVALID_CLOCK; restart: the response's restart_clock, if it has one. */
export async function startAgain(tx, meta, restart) {
  for (const [key, {diff, sent}] of await tx.list(SENT)) {
    if (restart === undefined) tx.delete(key);
    else if (sent > restart) move(tx, key, PENDING, diff);
  }
  meta.lineage = null;
  if (restart === undefined || meta.clock === 0) await reset(tx, meta);
  if (restart === undefined) return;
  meta.clock = restart;
  meta.restarting = true;
}
