// Elements made by hand. Text only ever becomes text: nothing here, and nothing that uses it, parses markup.

/// An element with properties (`className`, `type`, …), attributes (under `attributes`), listeners (under `on`).
export function el(name, { attributes = {}, on = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(key, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/// Makes the children of `parent` those of `items`. What did not change stays as it is, with its focus and position.
export function fill(parent, items, keyOf, build) {
  const had = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const content = JSON.stringify(item);
    let child = had.get(key);
    had.delete(key);
    if (!child || child.filledWith !== content) {
      const built = build(item);
      built.dataset.key = key;
      built.filledWith = content;
      if (child) {
        if (child === place) place = built;
        child.replaceWith(built);
      }
      child = built;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const child of had.values()) child.remove();
}

/// Opens a dialog over everything else; closed, it is gone.
export function openDialog(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/// The element with this id, which page.html has.
export const byId = (id) => document.getElementById(id);

/// A coloured square with the first letter of a name.
export function avatar(name) {
  const hue = [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) * 90 + 20;
  const attributes = { "aria-hidden": "true" };
  const square = el("span", { className: "avatar", attributes }, name.slice(0, 1).toUpperCase());
  square.style.setProperty("--hue", hue);
  return square;
}
