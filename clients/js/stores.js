/* Where a device keeps its data: keys and values, both as JSON has them, with transactions.
 * A transaction is `store.transaction(run)`: run(tx) reads and writes through tx, and all of it is
 * stored, or nothing if run fails. tx.get(key), tx.set(key, value), tx.delete(key), and
 * tx.list(prefix, limit): pairs of key and value in the order of the keys. */

/** Lost when the page or the process ends. */
export function memoryStore() {
  const data = new Map();
  let last = Promise.resolve();
  async function one(run) {
    const undo = [];
    const put = (key, text) => {
      undo.push([key, data.get(key)]);
      if (text === undefined) data.delete(key);
      else data.set(key, text);
    };
    try {
      return await run({
        get: async key => data.has(key) ? JSON.parse(data.get(key)) : undefined,
        set: (key, value) => put(key, JSON.stringify(value)),
        delete: key => put(key),
        list: async (prefix, limit) => [...data.keys()].filter(key => key.startsWith(prefix)).sort()
          .slice(0, limit).map(key => [key, JSON.parse(data.get(key))])});
    } catch (error) {
      for (const [key, text] of undo.reverse()) put(key, text);
      throw error;
    }
  }
  return {transaction: run => last = last.then(() => one(run), () => one(run))};
}

/** In the browser's database of that name. Its tabs share it, and sync one at a time. */
export async function indexedDbStore(name) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('data');
  const database = await settled(opening);
  const transaction = run => new Promise((resolve, reject) => {
    const open = database.transaction('data', 'readwrite', {durability: 'strict'});
    const data = open.objectStore('data');
    let result, failure;
    open.oncomplete = () => resolve(result);
    open.onabort = () => reject(failure ?? open.error);
    run({
      get: key => settled(data.get(key)),
      set: (key, value) => { data.put(value, key); },
      delete: key => { data.delete(key); },
      list: (prefix, limit) => list(data, prefix, limit),
    }).then(value => result = value, error => {
      failure = error;
      try { open.abort(); } catch { reject(error); } // it has ended by itself
    });
  });
  return {name, transaction, close: () => database.close()};
}

/** Prefixes end with U+0000, which no id holds: the next prefix is the first key behind them. */
async function list(data, prefix, limit) {
  const range = IDBKeyRange.bound(prefix, prefix.slice(0, -1) + '\x01', false, true);
  const [keys, values] = await Promise.all(
    [settled(data.getAllKeys(range, limit)), settled(data.getAll(range, limit))]);
  return keys.map((key, i) => [key, values[i]]);
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
