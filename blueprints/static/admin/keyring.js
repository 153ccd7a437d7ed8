/** Where the admin key stays: with the tab, or on the device if so wished; never in an address. */

const NAME = "music-dl-admin-key";

export class Keyring {
  /** @type {string | null} kept here as well: storage may be denied */
  #key = null;
  #onGone;

  /** @param {() => void} onGone another tab signed out */
  constructor(onGone) {
    this.#onGone = onGone;
    this.#key = storages().map(read).find((key) => key) ?? null;
    addEventListener("storage", (event) => {
      if (event.key === NAME && event.newValue === null && event.oldValue === this.#key) this.#onGone();
    });
  }

  get key() {
    return this.#key;
  }

  /**
   * @param {string} key
   * @param {boolean} remember beyond this tab
   */
  keep(key, remember) {
    this.forget();
    this.#key = key;
    try {
      (remember ? localStorage : sessionStorage).setItem(NAME, key);
    } catch (error) {
      console.info("The browser keeps nothing:", error);
    }
  }

  forget() {
    this.#key = null;
    for (const storage of storages()) storage.removeItem(NAME);
  }
}

/** Those that the user has not denied. */
function storages() {
  try {
    return [sessionStorage, localStorage];
  } catch {
    return [];
  }
}

/** @param {Storage} storage */
function read(storage) {
  return storage.getItem(NAME);
}
