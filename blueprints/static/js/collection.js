/**
 * The head of what is shown: cover, name, facts; an artist's albums; rows that cannot be played.
 *
 * @typedef {import("./api.js").Collection} Collection
 * @typedef {import("./shown.js").Shown} Shown
 */

import { byId, copyOf, pictureFor, setPicture, setText, within } from "./dom.js";
import { clock, count, line } from "./format.js";

const COVER_WIDTH = 300;
const ALBUM_COVER_WIDTH = 96;
/** @type {Record<string, string>} */
const REASONS = {
  removed: "removed from Spotify",
  local_file: "a file on its owner's computer",
  episode: "a podcast episode",
  unplayable: "not played by Spotify",
};

export class CollectionView {
  #section = byId("collection", HTMLElement);
  #cover = byId("cover", HTMLImageElement);
  #kind = byId("collection-kind", HTMLElement);
  #name = byId("collection-name", HTMLElement);
  #by = byId("collection-by", HTMLElement);
  #facts = byId("collection-facts", HTMLElement);
  #albums = byId("albums", HTMLElement);
  #unavailable = byId("unavailable", HTMLDetailsElement);
  #unavailableSummary = byId("unavailable-summary", HTMLElement);
  #unavailableRows = byId("unavailable-rows", HTMLElement);

  /** @param {boolean} busy */
  setBusy(busy) {
    this.#section.setAttribute("aria-busy", String(busy));
  }

  hide() {
    this.#section.hidden = true;
  }

  /**
   * @param {Shown} shown
   * @param {(link: string) => void} onAlbum
   */
  show(shown, onAlbum) {
    const { found } = shown;
    setPicture(this.#cover, pictureFor(found.images, COVER_WIDTH));
    setText(this.#kind, found.type);
    setText(this.#name, found.name);
    setText(this.#by, found.artists?.map((each) => each.name).join(", ") ?? found.owner ?? "");
    setText(this.#facts, factsOf(shown));
    this.#showAlbums(found, onAlbum);
    this.#showUnavailable(found);
    this.#section.hidden = false;
  }

  /** For people who do not see the page change. */
  focus() {
    this.#name.focus({ preventScroll: true });
  }

  /**
   * @param {Collection} found
   * @param {(link: string) => void} onAlbum
   */
  #showAlbums(found, onAlbum) {
    const albums = (found.albums ?? []).map((album) => {
      const item = copyOf("album-row");
      setPicture(within(item, "img", HTMLImageElement), pictureFor(album.images, ALBUM_COVER_WIDTH));
      setText(within(item, ".album-name", HTMLElement), album.name);
      const tracks = album.total_tracks !== null && count(album.total_tracks, "track");
      setText(within(item, ".album-facts", HTMLElement), line(album.release_date?.slice(0, 4), tracks));
      within(item, "button", HTMLButtonElement).addEventListener("click", () => onAlbum(`spotify:album:${album.id}`));
      return item;
    });
    this.#albums.replaceChildren(...albums);
  }

  /** @param {Collection} found */
  #showUnavailable(found) {
    const rows = found.unavailable ?? [];
    this.#unavailable.hidden = rows.length === 0;
    setText(this.#unavailableSummary, `${count(rows.length, "row")} cannot be played`);
    const items = rows.map((row) => {
      const item = document.createElement("li");
      setText(item, line(`Row ${row.position + 1}`, row.name, REASONS[row.reason] ?? row.reason));
      return item;
    });
    this.#unavailableRows.replaceChildren(...items);
  }
}

/** @param {Shown} shown */
function factsOf({ found, tracks }) {
  if (found.type === "artist") {
    return line(found.total_albums != null && count(found.total_albums, "release"), incomplete(found, found.total_albums));
  }
  const length = clock(tracks.reduce((sum, track) => sum + track.duration_ms, 0));
  const year = found.release_date?.slice(0, 4);
  if (found.type === "track") return line(tracks[0].album?.name, year, length);
  return line(year, count(tracks.length, "track"), length, incomplete(found, found.total ?? found.total_tracks));
}

/**
 * @param {Collection} found
 * @param {number | null | undefined} total
 */
function incomplete(found, total) {
  if (found.complete !== false) return null;
  return total ? `only ${found.returned} of ${total} could be read` : "could not be read in full";
}
