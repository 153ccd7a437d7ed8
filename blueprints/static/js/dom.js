/**
 * Elements. What comes from outside only ever becomes text, or an address that has been looked at: nothing on this page
 * is built from strings of HTML (the page's policy, `require-trusted-types-for`, has the browser refuse it).
 */

/**
 * The element with this id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}.`);
  return found;
}

/**
 * The element inside `root` that fits the selector.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
export function within(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`There is no ${selector} here.`);
  return found;
}

/**
 * A fresh copy of a template's one element.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function copyOf(id) {
  const first = byId(id, HTMLTemplateElement).content.firstElementChild;
  if (!(first instanceof HTMLElement)) throw new Error(`The template #${id} is empty.`);
  return /** @type {HTMLElement} */ (document.importNode(first, true));
}

/**
 * Sets the text, if it is another one: screen readers speak of changes alone.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Shows the icon `name` in a button, and says what the button does.
 * @param {Element} button
 * @param {string} name
 * @param {string} label
 */
export function setIcon(button, name, label) {
  const use = within(button, "use", SVGUseElement);
  if (use.getAttribute("href") !== `#icon-${name}`) use.setAttribute("href", `#icon-${name}`);
  if (button.getAttribute("aria-label") !== label) {
    button.setAttribute("aria-label", label);
    button.setAttribute("title", label);
  }
}

/**
 * The address, if it is one of the web; else null.
 * @param {string | null | undefined} address
 * @returns {string | null}
 */
export function webAddress(address) {
  if (!address) return null;
  try {
    const url = new URL(address, document.baseURI);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * Shows a picture, or the empty place that is kept for it.
 * @param {HTMLImageElement} image
 * @param {string | null} address
 */
export function setPicture(image, address) {
  const checked = webAddress(address);
  if (checked === null) image.removeAttribute("src");
  else if (image.src !== checked) image.src = checked;
}

/**
 * The smallest picture that is at least `width` pixels wide, else the widest.
 * @param {import("./api.js").Picture[] | undefined} pictures
 * @param {number} width
 * @returns {string | null}
 */
export function pictureFor(pictures, width) {
  const byWidth = [...(pictures ?? [])].sort((a, b) => (a.width ?? 0) - (b.width ?? 0));
  return (byWidth.find((each) => (each.width ?? 0) >= width) ?? byWidth.at(-1))?.url ?? null;
}
