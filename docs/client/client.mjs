/**
 * A small client in JavaScript: asks for a track, follows its progress, tells where the file is. Survives lost
 * connections. It needs `fetch` and `WebSocket` alone, so it runs in browsers, React Native, Node 22 and Deno:
 *
 *     const music = new MusicClient("http://127.0.0.1:9999");
 *     const wish = await music.ask("11dFghVXANMlKmJXsNCbNl");
 *     player.src = wish.stream_url;                    // plays while it arrives, if you like
 *     for await (const job of music.follow(wish)) {
 *       showBar(job.stage, job.percent, job.speed_bps, job.eta_s);
 *       if (job.state === "done") player.src = job.download_cdn;
 *       if (job.state === "failed") showSentence(job.error.message);
 *     }
 *
 * On a server with keys: `new MusicClient(base, key)`. The addresses in the answers need no key: a player takes them as they are.
 *
 * @typedef {{job_id: string, track_id: string, seq: number, state: string, stage: string | null, percent: number,
 *   bytes_done: number, bytes_total: number | null, speed_bps: number | null, eta_s: number | null,
 *   message: string | null, error: {code: string, message: string, retryable: boolean} | null,
 *   download_cdn: string | null, stream_url?: string, socket_url?: string}} Job
 */

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** The server pings every 20 s: a socket that is silent for longer than this is dead. */
const SILENCE_MS = 60_000;
const FINAL = ["done", "failed", "cancelled"];
/** Close codes that are answers, not broken lines: trying again would not help. */
const ANSWERS = [4400, 4401, 4404];
/** The socket's address was too old, or there is no key. */
const LOCKED = 4401;

/** The server says no: `code` for programs, the message for people, `retryable` if asking again later may help. */
export class MusicError extends Error {
  /** @param {{code: string, message: string, retryable: boolean}} fault */
  constructor(fault) {
    super(fault.message);
    this.code = fault.code;
    this.retryable = fault.retryable;
  }
}

export class MusicClient {
  /**
   * @param {string} base the server's address
   * @param {string} [key] yours, on a server with keys
   */
  constructor(base, key = "") {
    this.base = base.replace(/\/$/, "");
    /** For the server alone: files may lie elsewhere. */
    this.headers = key ? { Authorization: `Bearer ${key}` } : undefined;
  }

  /**
   * Wishes for a track and returns at once. Asking again is safe: the same wish is the same job.
   * @param {string} trackId
   * @param {string} [format] m4a, opus or mp3
   * @returns {Promise<Job>}
   */
  async ask(trackId, format = "m4a") {
    const query = new URLSearchParams({ wait: "0", format });
    return await this.#get(`/api/spotify/download/track/${trackId}?${query}`);
  }

  /**
   * Every state of the job from the given one to its end, over as many connections as it takes. `seq` grows with every change;
   * after a lost connection it goes into `since`: nothing is told twice, what was missed comes as one snapshot.
   * @param {Job} job
   * @returns {AsyncGenerator<Job>}
   */
  async *follow(job) {
    yield job;
    let pause = FIRST_PAUSE_MS;
    let ticket = ticketOf(job);
    while (!FINAL.includes(job.state)) {
      try {
        for await (const state of this.#listen(job, ticket)) {
          pause = FIRST_PAUSE_MS;
          job = state;
          yield job;
        }
      } catch (error) {
        if (!(error instanceof MusicError) || error.code !== `closed_${LOCKED}` || this.headers === undefined) throw error;
        // A browser's socket takes no header but a ticket, which is good for some hours: here is a new one.
        ticket = ticketOf(await this.#get(`/api/downloads/${job.job_id}`));
      }
      if (FINAL.includes(job.state)) return;
      // By chance a little shorter or longer: not all clients of a server that restarts come back at once.
      await sleep(pause * (0.5 + Math.random() / 2));
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }

  /**
   * Stops the job, for everybody who waits for it.
   * @param {Job} job
   */
  async cancel(job) {
    await fetch(`${this.base}/api/downloads/${job.job_id}`, { method: "DELETE", headers: this.headers });
  }

  /**
   * @param {string} path
   * @returns {Promise<Job>}
   */
  async #get(path) {
    const answer = await fetch(this.base + path, { headers: this.headers });
    const body = await answer.json();
    if (!answer.ok) throw new MusicError(body);
    return body;
  }

  /**
   * What one socket tells; ends with the job, or with the connection.
   * @param {Job} job
   * @param {string | null} ticket stands for the key
   * @returns {AsyncGenerator<Job>}
   */
  async *#listen(job, ticket) {
    const query = new URLSearchParams({ job_id: job.job_id, since: String(job.seq) });
    if (ticket !== null) query.set("ticket", ticket);
    const socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/ws/progress?${query}`);
    /** @type {any[]} */
    const frames = [];
    let wake = () => {};
    let closed = 0;
    const end = (/** @type {number} */ code) => {
      closed ||= code;
      wake();
    };
    socket.onmessage = (message) => {
      frames.push(JSON.parse(message.data));
      wake();
    };
    socket.onclose = (event) => end(event.code || 1006);
    socket.onerror = () => end(1006);
    try {
      while (closed === 0 || frames.length > 0) {
        const frame = frames.shift();
        if (frame === undefined) {
          const silence = setTimeout(() => end(1006), SILENCE_MS);
          await new Promise((resolve) => (wake = () => resolve(undefined)));
          clearTimeout(silence);
          continue;
        }
        if (frame.type === "error") throw new MusicError(frame.error);
        if (frame.type !== "ping") yield frame;
        if (frame.type === "end") return;
      }
      if (ANSWERS.includes(closed)) {
        throw new MusicError({ code: `closed_${closed}`, message: "The server refuses this socket.", retryable: false });
      }
    } finally {
      socket.close();
    }
  }
}

/**
 * What opens the job's socket without the key; null on a server without keys.
 * @param {Job} job
 */
function ticketOf(job) {
  return job.socket_url === undefined ? null : new URL(job.socket_url).searchParams.get("ticket");
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
