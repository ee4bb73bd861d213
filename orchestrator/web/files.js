// Files of the form (photos, recordings, pictures) outlive a reload in the browser's own database.

const NAME = "govorun", STORE = "files";
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function within(mode, action) {
  try {
    const store = (await open()).transaction(STORE, mode).objectStore(STORE);
    const request = action(store);
    return await new Promise((resolve) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    });
  } catch {
    return undefined; // a private window may refuse the database: the form then forgets its files
  }
}

export const keepFile = (key, file) => within("readwrite", (store) => store.put(file, key));
export const keptFile = (key) => within("readonly", (store) => store.get(key));
export const dropFile = (key) => within("readwrite", (store) => store.delete(key));
export const keptKeys = async () => (await within("readonly", (store) => store.getAllKeys())) ?? [];
