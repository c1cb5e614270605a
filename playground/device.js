/* A device of the page: a database of its own, and a network of its own, which can be switched off.
 * Phone, RxdbDevice and WatermelonDevice have a client each. What a card (card.js) needs of them:
 * start(), rows(), create(), update(), remove(), syncNow() and state(). */
import {keepLive} from '/clients/js/mobync.js';

const SOON_MS = 50;

/** Browsers open six connections to a server: the devices of the page, which are all of one owner,
 * listen on one. */
class Listener {
  static #all = new Set();
  static #source;

  constructor(url) {
    Listener.#all.add(this);
    if (!Listener.#source) Listener.#open(url);
    else if (Listener.#source.readyState === EventSource.OPEN) queueMicrotask(() => this.onopen?.());
  }

  static #open(url) {
    const source = Listener.#source = new EventSource(url);
    const tell = event => { for (const one of [...Listener.#all]) one[`on${event.type}`]?.(event); };
    source.onopen = source.onmessage = tell;
    source.onerror = event => { Listener.#end(); tell(event); };
  }

  static #end() {
    Listener.#source?.close();
    Listener.#source = undefined;
  }

  close() {
    Listener.#all.delete(this);
    if (Listener.#all.size === 0) Listener.#end();
  }
}

export class Device {
  url = ''; // of the server: the page's own

  constructor({name, owner, token}) {
    Object.assign(this, {name, owner, token, isOnline: true, conflicts: new Map()});
  }

  /** The card listens to these two. */
  onChange() {}
  onWire() {}

  /** What keepLive() keeps in step: a client of clients/js, or something like it. */
  get client() { return this; }
  wake() {}

  turn(isOnline) {
    this.isOnline = isOnline;
    this.endLive?.();
    this.endLive = undefined;
    if (!isOnline) return;
    this.endLive = keepLive(this.client, {soonMs: SOON_MS, EventSource: Listener});
    this.client.wake();
  }

  syncNow() { this.client.sync().catch(() => {}); }

  /** The network of this device, and what goes over it. */
  async fetch(url, request) {
    if (!this.isOnline) throw new TypeError('offline');
    const begun = performance.now();
    const response = await fetch(url, request);
    if (!url.startsWith('/poke')) this.log(url, JSON.parse(request.body), response.clone(), begun);
    return response;
  }

  async log(url, sent, response, begun) {
    const got = await response.json();
    const told = response.ok ? this.describe(url, sent, got) : `↓ ${got.error?.code}: ${got.message}`;
    this.onWire(`${Math.round(performance.now() - begun)} ms  ${told}`, response.ok);
  }

  async post(path, body) {
    const headers = {'Authorization': `Bearer ${await this.token()}`, 'Content-Type': 'application/json'};
    return this.fetch(path, {method: 'POST', headers, body: JSON.stringify(body)});
  }

  /** For clients that take JSON or an error. */
  async call(path, body) {
    const response = await this.post(path, body);
    if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    return response.json();
  }
}

export const brief = list => list.join(', ') || '–';

/** The names of fields in which two rows differ, of those that both have. */
export function differing(one, other) {
  const text = JSON.stringify;
  return Object.keys(one).filter(field => field in other && text(one[field]) !== text(other[field]));
}
