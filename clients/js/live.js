/* Keeps a client in step while the app is in the foreground: syncs at the start, soon after writes,
 * at pokes (docs/poke.md), when the network returns, and every 30 to 60 s (docs/client.md 3). */
const SOON_MS = 1000, ROUND_MS = 30e3, FIRST_PAUSE_MS = 2e3, LONGEST_PAUSE_MS = 300e3;

/** Returns a function that ends it. Options: onError, soonMs, pauseMs, and the class EventSource. */
export function keepLive(client, options = {}) {
  const live = new Live(client, options);
  live.start();
  return () => live.end();
}

class Live {
  constructor(client, options) {
    const {EventSource} = globalThis;
    Object.assign(this, {onError() {}, soonMs: SOON_MS, pauseMs: FIRST_PAUSE_MS, EventSource},
      options, {client, failures: 0, ended: false});
    this.online = () => { client.wake(); this.sync(); this.listen(); };
    this.changed = client.onChange;
  }

  start() {
    this.client.onChange = () => { this.changed(); this.soon(); };
    globalThis.addEventListener?.('online', this.online);
    this.round();
    this.listen();
  }

  end() {
    this.ended = true;
    this.client.onChange = this.changed;
    globalThis.removeEventListener?.('online', this.online);
    for (const timer of [this.rounds, this.writing, this.listening]) clearTimeout(timer);
    this.source?.close();
  }

  sync() { this.client.sync().catch(error => { if (!this.ended) this.onError(error); }); }

  round() {
    this.sync();
    this.rounds = setTimeout(() => this.round(), ROUND_MS * (1 + Math.random()));
  }

  /** A burst of writes is one request. */
  async soon() {
    if (this.writing !== undefined || (await this.client.pending()).length === 0) return;
    if (this.ended || this.writing !== undefined) return;
    this.writing = setTimeout(() => { this.writing = undefined; this.sync(); }, this.soonMs);
  }

  /** One connection, with a new ticket each time. */
  async listen() {
    clearTimeout(this.listening);
    this.source?.close();
    if (!this.EventSource || this.ended) return;
    try {
      const response = await this.client.post('/poke_ticket', {});
      if (response.status === 404) return; // this server does not poke
      const {ticket} = await response.json();
      if (!ticket || this.ended) throw response;
      this.open(ticket);
    } catch {
      this.listenLater();
    }
  }

  open(ticket) {
    const source = this.source = new this.EventSource(`${this.client.url}/poke?ticket=${ticket}`);
    source.onopen = () => { this.failures = 0; this.sync(); };
    source.onmessage = async ({data}) => {
      if (Number(data) > await this.client.clock()) this.sync();
    };
    source.onerror = () => { source.close(); if (source === this.source) this.listenLater(); };
  }

  listenLater() {
    const pause = Math.min(this.pauseMs * 2 ** this.failures++, LONGEST_PAUSE_MS);
    clearTimeout(this.listening);
    if (this.ended) return;
    this.listening = setTimeout(() => this.listen(), pause * (0.5 + Math.random() / 2));
  }
}
