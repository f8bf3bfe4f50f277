// Taking away: a copy on the clipboard, a file that the page makes itself.

import { announce, element } from "../elements.js";
import { say } from "../text/messages.js";

// How long a button says that something was done, in milliseconds.
const SAID_FOR = 2500;

/**
 * Return a button that does something and then says for a while that it is done.
 *
 * @param {string} id
 * @param {string} label
 * @param {string} done
 * @param {() => unknown} act
 */
export function doneButton(id, label, done, act) {
  const click = async () => {
    await act();
    button.textContent = done;
    announce(done);
    window.setTimeout(() => {
      button.textContent = label;
    }, SAID_FOR);
  };
  const button = element("button", { type: "button", id, class: "quiet screen", onclick: click }, label);
  return button;
}

/**
 * Put a text on the clipboard.
 *
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
}

/**
 * Copy in the old way, where the page may not reach the clipboard.
 *
 * @param {string} text
 */
function copyBySelection(text) {
  const field = element("textarea", { class: "unseen", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/**
 * Let the reader keep a file that was made in the page.
 *
 * @param {string} name
 * @param {Blob} content
 */
export function saveFile(name, content) {
  const address = URL.createObjectURL(content);
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the file after the click.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * Return a file name of a title and an ending: letters and digits of any script, the rest becomes dashes.
 *
 * @param {string} title
 * @param {string} ending
 */
export function fileName(title, ending) {
  const stem = title.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}]+/gu, "-");
  return `${Array.from(stem).slice(0, 60).join("").replace(/^-|-$/g, "") || say("untitled")}.${ending}`;
}
