/* The types of mobync.js. */

/** What JSON can hold. Integers beyond 2^53 lose their last digits: keep those as strings. */
export type Value = string | number | boolean | null | Value[] | {[name: string]: Value};
export type Row = {id: string; [field: string]: Value};
export type Fields = {id?: string; [field: string]: Value | undefined};

export interface Change {
  type: 'create' | 'update' | 'delete';
  model: string;
  /** A create without an id gets one; the others need it. */
  fields: Fields;
}

export interface Diff {
  id: string;
  owner: string;
  logical_clock: number;
  utc_timestamp: number;
  type: Change['type'];
  model: string;
  json_data: string;
}

/** A change that the server refused, until dismiss(id). */
export interface Refusal {
  id: string;
  code: string;
  /** For the user. */
  message: string;
  field?: string;
  diff: Diff;
}

export interface Transaction {
  get(key: string): Promise<any>;
  set(key: string, value: any): void;
  delete(key: string): void;
  /** Pairs of key and value, in the order of the keys' UTF-16 units. */
  list(prefix: string, limit?: number): Promise<[string, any][]>;
}

/** All that run() does is stored durably, or nothing if it fails; one transaction at a time. */
export interface Store {
  transaction<T>(run: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Syncs of stores of one name run one at a time in all tabs of a browser. */
  name?: string;
}

export function memoryStore(): Store;
export function indexedDbStore(name: string): Promise<Store & {close(): void}>;

export interface Options {
  /** Without a slash at its end: https://sync.example.com */
  url: string;
  owner: string;
  /** One for each owner. */
  store: Store;
  /** A function is asked for each request, with true after the server has refused the last one. */
  token: string | ((refused: boolean) => string | Promise<string>);
  /** After each change of rows or pending changes. */
  onChange?(): void;
  onRejected?(refusals: Refusal[]): void;
  /** Diffs in a request; halved where the server says that it takes fewer. */
  limit?: number;
  /** How long sent diffs are kept, for a server that is restored from a backup: 30 days. */
  keepMs?: number;
  /** How long to wait for a response: 90,000. */
  patienceMs?: number;
  fetch?: typeof fetch;
  now?(): number;
  newId?(): string;
}

export class Mobync {
  constructor(options: Options);
  create(model: string, fields: Fields): Promise<string[]>;
  update(model: string, fields: Row): Promise<string[]>;
  delete(model: string, id: string): Promise<string[]>;
  /** All or none of them; the objects' ids. */
  write(...changes: Change[]): Promise<string[]>;

  get(model: string, id: string): Promise<Row | undefined>;
  all(model: string): Promise<Row[]>;
  pending(): Promise<Diff[]>;
  rejected(): Promise<Refusal[]>;
  dismiss(id: string): Promise<void>;
  clock(): Promise<number>;

  /** Resolves when nothing is left to send or to receive, however long that takes; rejects with
   * Stopped if another try is of no use. */
  sync(): Promise<void>;
  wake(): void;
  close(): void;
  /** A request as this user. */
  post(path: string, request: object, signal?: AbortSignal): Promise<Response>;
}

/** Syncs while the app is in the foreground; returns a function that ends it. */
export function keepLive(client: Mobync, options?: {
  /** A sync was given up: Stopped. */
  onError?(error: Error): void;
  /** How long after a write: 1000. */
  soonMs?: number;
  /** Before the second attempt to listen, doubled each time: 2000. */
  pauseMs?: number;
  /** Where the platform has none; without it, no pokes. */
  EventSource?: typeof EventSource;
}): () => void;

export class Stopped extends Error {}
