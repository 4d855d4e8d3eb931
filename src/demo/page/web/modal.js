// Slack's dialogs: the question that a button asks before it acts, and modals.

import { plain, renderBlocks } from "./blocks.js";
import { el, openDialog } from "./dom.js";

const MISSING = "Please complete this required field.";

/// Asks what a button of Slack asks; gives whether to go on.
export function confirmed({ title, text, confirm, deny, style }) {
  return new Promise((resolve) => {
    const end = (answer) => () => {
      resolve(answer);
      dialog.close();
    };
    const button = (words, kind, answer) =>
      el("button", { type: "button", className: `press ${kind}`, on: { click: end(answer) } }, plain(words));
    const dialog = el("dialog", { className: "confirm", on: { close: () => resolve(false) } },
      el("h3", {}, plain(title)), el("p", {}, plain(text)),
      el("div", { className: "foot" }, button(deny, "", false), button(confirm, style ?? "primary", true)));
    openDialog(dialog);
  });
}

let shown = null;
/// What is filled in, by modal: one that another stands on keeps it.
const filledIn = new Map();

/// Shows a modal of Slack, or none. What was typed stays while the same input is shown, as in Slack.
export function showModal(view, context, { submit, close }) {
  if (!view) {
    shown?.dialog.remove();
    shown = null;
    filledIn.clear();
    return;
  }
  const content = JSON.stringify(view);
  if (shown?.content === content) return;
  const dialog = shown?.dialog ?? el("dialog", { className: "modal" });
  if (shown) filledIn.set(shown.id, new Map(inputs(dialog).map((input) => [named(input), state(input)])));
  dialog.replaceChildren(body(view, context, dialog, submit, close));
  for (const input of inputs(dialog)) restore(input, filledIn.get(view.id)?.get(named(input)));
  shown = { dialog, content, id: view.id };
  if (dialog.isConnected) return;
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  openDialog(dialog);
}

const inputs = (dialog) => [...dialog.querySelectorAll("[data-input]")];

/// Each of several choices is an input of its own.
const isTick = (input) => input.type === "radio" || input.type === "checkbox";
const named = (input) => isTick(input) ? `${input.dataset.input} ${input.value}` : input.dataset.input;
const state = (input) => isTick(input) ? input.checked : input.value;

function restore(input, before) {
  if (before === undefined) return;
  if (isTick(input)) input.checked = before;
  else input.value = before;
}

function body(view, context, dialog, submit, close) {
  const send = async (event) => {
    event.preventDefault();
    const missing = inputs(dialog).filter((input) => isMissing(input, dialog));
    complain(dialog, Object.fromEntries(missing.map((input) => [input.dataset.block, MISSING])));
    if (missing.length) return;
    const answer = await submit(inputs(dialog).filter(isFilledIn).map((input) => [input.dataset.block, input.value]));
    complain(dialog, answer?.errors ?? {});
  };
  const button = (words, properties) => el("button", { type: "button", ...properties }, words);
  const leave = view.close ? plain(view.close) : view.submit ? "Cancel" : "Close";
  return el("form", { noValidate: true, on: { submit: send } },
    el("h3", {}, plain(view.title),
      button("×", { className: "x", attributes: { "aria-label": "Close" }, on: { click: close } })),
    el("div", { className: "body" }, renderBlocks(view.blocks, context)),
    el("div", { className: "foot" },
      button(leave, { className: "press", on: { click: close } }),
      view.submit ? button(plain(view.submit), { type: "submit", className: "press primary" }) : null));
}

const isMissing = (input, dialog) => input.dataset.required === "true" && (isTick(input)
  ? !inputs(dialog).some((other) => other.dataset.input === input.dataset.input && other.checked)
  : !input.value.trim());

/// An empty text is sent as one; a choice that was not made is not sent.
const isFilledIn = (input) => isTick(input) ? input.checked : input.value !== "" || !input.dataset.choice;

/// Shows each error under its input, and takes away earlier ones.
function complain(dialog, errors) {
  for (const old of dialog.querySelectorAll(".complaint")) old.remove();
  for (const [block, words] of Object.entries(errors)) {
    const place = [...dialog.querySelectorAll(".input")].find((input) => input.dataset.block === block);
    place?.append(el("p", { className: "complaint", attributes: { role: "alert" } }, words));
  }
}
