/**
 * The sign-in of a server with keys. The key is asked for once and traded for a cookie, which the browser sends with
 * everything, audio and sockets included; this page keeps no key.
 */

import * as api from "./api.js";
import { byId, setText } from "./dom.js";

export class SignIn {
  #dialog = byId("sign-in", HTMLDialogElement);
  #form = byId("sign-in-form", HTMLFormElement);
  #key = byId("key", HTMLInputElement);
  #problem = byId("sign-in-problem", HTMLElement);
  #button = byId("sign-in-button", HTMLButtonElement);
  #out = byId("sign-out", HTMLButtonElement);
  /** @type {Promise<void> | null} */
  #opening = null;

  constructor() {
    this.#out.addEventListener("click", () => this.#signOut());
    // There is nothing behind it to go back to.
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault());
    api.onLocked(() => this.open());
  }

  /** Returns once the server can be used. */
  async start() {
    try {
      const { key_needed, key_name } = await api.session();
      if (key_needed && key_name === null) await this.open();
      else this.#show(key_name);
    } catch (error) {
      // Whatever is asked for next tells it in its place.
      console.info("The session is not known:", error);
    }
  }

  /** Asks for the key; returns once the server has taken one. All who wait share one dialog. */
  open() {
    this.#opening ??= this.#ask().finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #ask() {
    this.#out.hidden = true;
    setText(this.#problem, "");
    if (!this.#dialog.open) this.#dialog.showModal();
    for (let entered = false; !entered; ) {
      await new Promise((resolve) => {
        const submit = (/** @type {Event} */ event) => {
          event.preventDefault();
          resolve(undefined);
        };
        this.#form.addEventListener("submit", submit, { once: true });
      });
      entered = await this.#try(this.#key.value.trim());
    }
    this.#key.value = "";
    this.#dialog.close();
  }

  /** @param {string} key */
  async #try(key) {
    this.#button.disabled = true;
    setText(this.#problem, "");
    try {
      await api.signIn(key);
      this.#show((await api.session()).key_name);
      return true;
    } catch (error) {
      setText(this.#problem, error instanceof Error ? error.message : String(error));
      this.#key.select();
      return false;
    } finally {
      this.#button.disabled = false;
    }
  }

  /** @param {string | null} name */
  #show(name) {
    this.#out.hidden = name === null;
    if (name !== null) setText(this.#out, `Sign out ${name}`);
  }

  async #signOut() {
    await api.signOut();
    location.reload();
  }
}
