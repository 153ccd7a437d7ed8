/**
 * Progress as it happens: one socket for all jobs followed, opened anew with growing pauses when it breaks, each job
 * from the `seq` it was last heard at; meanwhile plain requests ask for the same.
 *
 * @typedef {import("./api.js").Job} Job
 * @typedef {"idle" | "connecting" | "live" | "polling"} LinkState
 */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const POLL_EVERY_MS = 2_000;
const POLLS_AT_ONCE = 4;
/** The server pings every 20 s: a socket that says nothing for longer than this is dead, whatever it claims. */
const SILENCE_MS = 50_000;
/** After a sleep, in which no clock ran, less is enough. */
const SILENCE_AFTER_SLEEP_MS = 25_000;
/** The server follows at most 200 jobs for one socket. */
const JOBS_AT_MOST = 200;
const REFUSED_TOO_MANY = 4429;

export class ProgressFeed {
  #socketAddress;
  #readJob;
  #onJob;
  #onLost;
  #onState;
  /** @type {Map<string, number | null>} job id → the `seq` last heard */
  #followed = new Map();
  /** @type {Set<string>} to be named on the socket in the next message */
  #toSubscribe = new Set();
  /** @type {Set<string>} */
  #toUnsubscribe = new Set();
  #telling = false;
  /** @type {WebSocket | null} */
  #socket = null;
  #attempts = 0;
  /** When the socket said something, in milliseconds of the system's clock. */
  #heardAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #poll;
  /** @type {LinkState} */
  #state = "idle";

  /**
   * `onJob` hears every state of a job followed; `onLost` that the server knows a job no more; `onState` how we listen.
   * @param {{socketAddress: string, readJob: (jobId: string) => Promise<Job>, onJob: (job: Job) => void,
   *   onLost: (jobId: string) => void, onState: (state: LinkState) => void}} parts
   */
  constructor({ socketAddress, readJob, onJob, onLost, onState }) {
    this.#socketAddress = socketAddress;
    this.#readJob = readJob;
    this.#onJob = onJob;
    this.#onLost = onLost;
    this.#onState = onState;
    globalThis.addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
    });
  }

  /**
   * Follows a job from `seq` on, until it ends; without effect when it is followed already.
   * @param {string} jobId
   * @param {number | null} [seq]
   */
  follow(jobId, seq = null) {
    if (this.#followed.has(jobId) || this.#followed.size >= JOBS_AT_MOST) return;
    this.#followed.set(jobId, seq);
    this.#toUnsubscribe.delete(jobId);
    this.#toSubscribe.add(jobId);
    this.#tellSoon();
    this.#connect();
  }

  /** @param {string} jobId */
  leave(jobId) {
    if (!this.#followed.delete(jobId)) return;
    this.#toSubscribe.delete(jobId);
    this.#toUnsubscribe.add(jobId);
    this.#tellSoon();
    this.#show();
  }

  #connect() {
    if (this.#socket !== null || this.#retry !== undefined) return;
    const socket = new WebSocket(this.#socketAddress);
    this.#socket = socket;
    this.#show();
    this.#expectWord();
    socket.addEventListener("open", () => {
      this.#toSubscribe = new Set(this.#followed.keys());
      this.#toUnsubscribe.clear();
      this.#tellSoon();
      this.#show();
    });
    socket.addEventListener("message", (message) => {
      if (socket !== this.#socket) return;
      this.#expectWord();
      this.#hear(JSON.parse(message.data));
    });
    socket.addEventListener("close", (closed) => {
      if (socket === this.#socket) this.#lost(closed.code);
    });
  }

  /** @param {number} code */
  #lost(code) {
    this.#socket = null;
    clearTimeout(this.#silence);
    if (this.#followed.size > 0) {
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#attempts);
      this.#attempts += 1;
      // Many pages lose the same server in the same moment: they must not all come back in one.
      const pause = code === REFUSED_TOO_MANY ? LONGEST_PAUSE_MS : longest * (0.5 + Math.random() / 2);
      this.#retry = setTimeout(() => this.#again(), pause);
      if (this.#poll === undefined) this.#poll = setTimeout(() => this.#pollAll(), POLL_EVERY_MS);
    }
    this.#show();
  }

  #again() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#followed.size > 0) this.#connect();
    this.#show();
  }

  /** The network is back, or somebody looks: what was put off is done now. */
  #hurry() {
    this.#attempts = 0;
    if (this.#retry !== undefined) this.#again();
    else if (Date.now() - this.#heardAt > SILENCE_AFTER_SLEEP_MS) this.#giveUp();
  }

  #expectWord() {
    this.#heardAt = Date.now();
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#giveUp(), SILENCE_MS);
  }

  /** The socket is dead, though it does not say so. */
  #giveUp() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#lost(0);
    socket.close();
  }

  /** Jobs named in one turn of the page go in one message. */
  #tellSoon() {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.#tell();
    });
  }

  #tell() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const subscribe = [...this.#toSubscribe].map((id) => {
      const since = this.#followed.get(id) ?? null;
      return since === null ? { job_id: id } : { job_id: id, since };
    });
    const unsubscribe = [...this.#toUnsubscribe];
    this.#toSubscribe.clear();
    this.#toUnsubscribe.clear();
    if (subscribe.length + unsubscribe.length > 0) this.#socket.send(JSON.stringify({ subscribe, unsubscribe }));
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === "ping") return;
    if (message.type !== "error") {
      this.#attempts = 0;
      this.#take(message, message.type === "end");
    } else if (message.job_id && message.error.code === "job_not_found") {
      this.#forget(message.job_id);
    } else {
      // It could not be learnt now: the other way of asking may do better, and a new socket asks again.
      console.info("The socket reports:", message.error.code);
      this.#socket?.close();
    }
  }

  /**
   * @param {Job} job
   * @param {boolean} ended
   */
  #take(job, ended) {
    if (!this.#followed.has(job.job_id)) return;
    this.#followed.set(job.job_id, job.seq);
    if (ended) this.#followed.delete(job.job_id);
    this.#onJob(job);
    this.#show();
  }

  /** @param {string} jobId */
  #forget(jobId) {
    if (!this.#followed.delete(jobId)) return;
    this.#onLost(jobId);
    this.#show();
  }

  async #pollAll() {
    const waiting = [...this.#followed.keys()];
    const one = async () => {
      for (let id = waiting.shift(); id !== undefined && !this.#isOpen(); id = waiting.shift()) await this.#pollOne(id);
    };
    await Promise.all(Array.from({ length: POLLS_AT_ONCE }, one));
    this.#poll = undefined;
    if (this.#followed.size > 0 && !this.#isOpen()) this.#poll = setTimeout(() => this.#pollAll(), POLL_EVERY_MS);
    this.#show();
  }

  /** @param {string} jobId */
  async #pollOne(jobId) {
    try {
      const job = await this.#readJob(jobId);
      if (!this.#isOpen()) this.#take(job, isFinal(job));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : String(error);
      if (code === "job_not_found") this.#forget(jobId);
      else console.info("A job could not be asked for:", code);
    }
  }

  #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #show() {
    const state = this.#followed.size === 0 ? "idle" : this.#isOpen() ? "live" : this.#poll ? "polling" : "connecting";
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}

/**
 * Whether nothing more happens unless somebody asks again.
 * @param {Job} job
 */
export function isFinal(job) {
  return job.state === "done" || job.state === "failed" || job.state === "cancelled";
}
