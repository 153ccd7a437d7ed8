/** The operator's page: a door that asks for the key, and behind it the numbers, asked for again and again. */

import { byId, setText, within } from "../js/dom.js";
import { span } from "../js/format.js";
import { Board } from "./board.js";
import { inUtc } from "./cells.js";
import { StatsFeed } from "./feed.js";
import { Keyring } from "./keyring.js";

const DEFAULT_HOURS = 24;
const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
/** @type {Record<string, string>} */
const REFUSED = {
  unauthorized: "The server asks for the admin key.",
  forbidden: "This is not the admin key of this server.",
  admin_closed: "The administration is closed: this server has no ADMIN_API_KEY. Set it and restart the server.",
};

class Page {
  #door = byId("door", HTMLFormElement);
  #key = byId("key", HTMLInputElement);
  #remember = byId("remember", HTMLInputElement);
  #doorFault = byId("door-fault", HTMLElement);
  #behind = byId("board", HTMLElement);
  #signOut = byId("sign-out", HTMLButtonElement);
  #spans = byId("spans", HTMLElement);
  #pause = byId("pause", HTMLButtonElement);
  #updated = byId("updated", HTMLElement);
  #notice = byId("notice", HTMLElement);
  #noticeText = byId("notice-text", HTMLElement);
  #aloud = byId("aloud", HTMLElement);
  #board = new Board();
  #keyring = new Keyring(() => this.#leave(""));
  #feed = new StatsFeed({
    stats: (stats) => this.#onStats(stats),
    fault: (fault, again) => this.#onFault(fault, again),
    asks: () => this.#behind.setAttribute("aria-busy", "true"),
  });
  /** The key of the form, as long as nobody knows whether it is the right one. */
  #tried = "";
  /** Of the numbers that are shown; milliseconds since 1970. */
  #came = 0;
  #isAway = false;

  start() {
    this.#hours = Number(new URLSearchParams(location.search).get("hours")) || DEFAULT_HOURS;
    this.#door.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(this.#key.value.trim());
    });
    this.#spans.addEventListener("change", () => this.#onSpan());
    this.#pause.addEventListener("click", () => this.#onPause());
    byId("refresh", HTMLButtonElement).addEventListener("click", () => this.#feed.refresh());
    this.#signOut.addEventListener("click", () => this.#leave(""));
    setInterval(() => this.#showAge(), 1000);
    if (this.#keyring.key === null) this.#leave("");
    else this.#enter(this.#keyring.key);
  }

  get #hours() {
    return Number(within(this.#spans, "input:checked", HTMLInputElement).value);
  }

  set #hours(hours) {
    for (const input of this.#spans.querySelectorAll("input")) input.checked = input.value === String(hours);
    if (this.#spans.querySelector("input:checked") === null) this.#hours = DEFAULT_HOURS;
  }

  /** @param {string} key */
  #try(key) {
    setText(this.#doorFault, "");
    this.#door.classList.add("busy");
    this.#tried = key;
    this.#feed.open(key, this.#hours);
  }

  /** @param {string} key */
  #enter(key) {
    this.#door.hidden = true;
    this.#behind.hidden = this.#signOut.hidden = false;
    this.#feed.open(key, this.#hours);
  }

  /** @param {string} reason for the one who is to enter again */
  #leave(reason) {
    this.#feed.close();
    this.#keyring.forget();
    this.#board.clear();
    this.#came = 0;
    this.#tried = "";
    this.#showPause();
    this.#notice.hidden = this.#behind.hidden = this.#signOut.hidden = true;
    this.#door.hidden = false;
    this.#door.classList.remove("busy");
    setText(this.#doorFault, reason);
    this.#key.select();
    this.#key.focus();
  }

  /** @param {import("./stats.js").Stats} stats */
  #onStats(stats) {
    if (this.#tried !== "") {
      this.#keyring.keep(this.#tried, this.#remember.checked);
      this.#tried = this.#key.value = "";
      this.#door.classList.remove("busy");
      this.#door.hidden = true;
      this.#behind.hidden = this.#signOut.hidden = false;
      within(this.#spans, "input:checked", HTMLInputElement).focus();
    }
    if (this.#isAway) setText(this.#aloud, "The server is back.");
    this.#isAway = false;
    this.#notice.hidden = true;
    this.#behind.removeAttribute("aria-busy");
    this.#came = Date.now();
    for (const input of this.#spans.querySelectorAll("input")) {
      input.disabled = Number(input.value) > (stats.kept_hours ?? Infinity);
    }
    this.#updated.title = `${CLOCK.format(new Date(stats.until))} (${inUtc(stats.until)})`;
    this.#board.show(stats);
    this.#showAge();
  }

  /**
   * @param {import("../js/api.js").Problem} fault
   * @param {boolean} again the feed goes on asking
   */
  #onFault(fault, again) {
    this.#behind.removeAttribute("aria-busy");
    if (fault.code in REFUSED) {
      this.#leave(REFUSED[fault.code]);
    } else if (fault.code === "invalid_request" && this.#hours !== DEFAULT_HOURS) {
      // A bookmark of a longer span than this server keeps.
      this.#hours = DEFAULT_HOURS;
      this.#feed.open(this.#tried || (this.#keyring.key ?? ""), DEFAULT_HOURS);
    } else if (this.#tried !== "" && this.#came === 0) {
      // Nobody knows whether the key is right: it waits in the form.
      this.#feed.close();
      this.#door.classList.remove("busy");
      this.#tried = "";
      setText(this.#doorFault, fault.message);
    } else {
      this.#isAway = again;
      setText(this.#noticeText, again ? `${fault.message} Trying again until it is back.` : fault.message);
      this.#notice.hidden = false;
      this.#showAge();
    }
  }

  #onSpan() {
    const address = new URL(location.href);
    address.searchParams.set("hours", String(this.#hours));
    history.replaceState(null, "", address);
    if (this.#keyring.key !== null) this.#feed.open(this.#keyring.key, this.#hours);
  }

  #onPause() {
    if (this.#feed.paused) this.#feed.resume();
    else {
      this.#feed.pause();
      this.#behind.removeAttribute("aria-busy");
    }
    this.#showPause();
    this.#showAge();
  }

  #showPause() {
    this.#pause.setAttribute("aria-pressed", String(this.#feed.paused));
  }

  #showAge() {
    const ageMs = Date.now() - this.#came;
    const age = `${span(ageMs / 1000)} ago`;
    /** @type {[string, string]} */
    let [state, text] = ["live", ageMs < 1000 ? "Updated just now" : `Updated ${age}`];
    if (this.#came === 0) [state, text] = ["loading", this.#isAway ? "No numbers yet" : "Loading…"];
    else if (this.#isAway) [state, text] = ["away", `Server away; numbers from ${age}`];
    else if (this.#feed.paused) [state, text] = ["paused", `Paused; numbers from ${age}`];
    else if (ageMs > this.#feed.oldMs) [state, text] = ["old", `Old: numbers from ${age}`];
    this.#updated.dataset.state = state;
    setText(this.#updated, text);
  }
}

new Page().start();
