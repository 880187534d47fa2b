// What this browser keeps for itself (IndexedDB): drafts, sends that wait for the network, recordings in pieces, and
// the stop ticket. Everything is kept under the person's key, so that two people on one machine do not mix.

const NAME = "loa";
const VERSION = 1;
let opened = null;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const base = request.result;
      base.createObjectStore("kept", { keyPath: "key" });
      base.createObjectStore("drafts", { keyPath: "key" });
      base.createObjectStore("outbox", { keyPath: "id" });
      base.createObjectStore("takes", { keyPath: "id" });
      base.createObjectStore("chunks", { keyPath: ["take", "number"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function ask(store, mode, work) {
  const base = await open();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(store, mode, { durability: "strict" });
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request ? request.result : undefined);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const put = (store, row) => ask(store, "readwrite", (rows) => rows.put(row));
export const get = (store, key) => ask(store, "readonly", (rows) => rows.get(key));
export const all = (store) => ask(store, "readonly", (rows) => rows.getAll());
export const remove = (store, key) => ask(store, "readwrite", (rows) => rows.delete(key));

const range = (take) => IDBKeyRange.bound([take, 0], [take, Infinity]);
export const chunksOf = (take) => ask("chunks", "readonly", (rows) => rows.getAll(range(take)));
export const removeChunks = (take) => ask("chunks", "readwrite", (rows) => rows.delete(range(take)));

/** The number of the last piece of a recording, -1 when there is none. */
export async function lastChunk(take) {
  const keys = await ask("chunks", "readonly", (rows) => rows.getAllKeys(range(take)));
  return keys.length ? keys[keys.length - 1][1] : -1;
}

/** Forgets what must not stay when the person signs out; drafts and recordings stay, under their key. */
export const forget = (key) => remove("kept", key);
