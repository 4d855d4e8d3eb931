// GitHub's dialogs: the form for a token, and the reason for an owner's decision.

import { el, openDialog } from "./dom.js";

const LIFETIMES = [7, 30, 90, 366, null];
const LEVELS = { "": "No access", read: "Read", write: "Read and write" };

/// The form for a token; `send` gets what was filled in and gives null when it was not taken.
export function openForm({ title, label, wish, repositories, offered, send }) {
  const reach = reachOf(wish.repositories, repositories);
  const levels = offered.map((one) => levelOf(one, wish.permissions));
  const name = el("input", { type: "text", name: "token_name", value: wish.token_name, required: true, maxLength: 40 });
  const days = select("days", LIFETIMES.map((days) => [days ?? "never", lifetime(days)]), wish.days ?? "never");
  const reason = el("textarea", { name: "reason", value: wish.reason, maxLength: 1024, rows: 2 });
  const filledIn = () => ({
    token_name: name.value,
    repositories: reach.chosen(),
    permissions: levels.filter((level) => level.value).map((level) => ({ name: level.name, level: level.value })),
    days: days.value === "never" ? null : Number(days.value),
    reason: reason.value,
  });
  const permissions = offered.map((one, place) => el("label", {}, el("span", {}, one.words), levels[place]));
  show(title, label, "go", async () => send(filledIn()), [
    field("Token name", name),
    reach.fieldset,
    el("fieldset", { className: "permissions" }, el("legend", {}, "Permissions"), permissions),
    field("Lifetime", days),
    field("Justification", reason),
  ]);
}

/// Asks an owner for a reason; `send` gets it, perhaps empty.
export function openDecision({ title, label, kind, send }) {
  const reason = el("textarea", { name: "reason", rows: 2, maxLength: 1024 });
  show(title, label, kind, async () => send(reason.value), [field("Reason (optional)", reason)]);
}

export const lifetime = (days) => (days === null ? "Never expires" : days === 1 ? "1 day" : `${days} days`);

/// A dialog that closes when what it holds was taken.
function show(title, label, kind, send, fields) {
  const submit = async (event) => {
    event.preventDefault();
    if (await send()) dialog.close();
  };
  const back = el("button", { type: "button", className: "plain", on: { click: () => dialog.close() } }, "Back");
  const dialog = openDialog(el("dialog", { className: "form" }, el("form", { on: { submit } },
    el("h3", {}, title),
    el("div", { className: "body" }, fields),
    el("div", { className: "foot" }, back, el("button", { type: "submit", className: kind }, label)))));
}

/// The choice of repositories, and a function that tells what was chosen.
function reachOf(wished, repositories) {
  const radio = (value, checked) => el("input", { type: "radio", name: "reach", value, checked });
  const all = radio("all", wished === "all");
  const some = radio("some", wished !== "all");
  const pick = () => (some.checked = true);
  const boxes = repositories.map(({ name }) => {
    const checked = wished.subset?.includes(name) ?? false;
    return el("input", { type: "checkbox", name: "repository", value: name, checked, on: { change: pick } });
  });
  const choice = (...parts) => el("label", { className: "choice" }, ...parts);
  const kind = (place) => el("small", {}, repositories[place].private ? "private" : "public");
  const fieldset = el("fieldset", {}, el("legend", {}, "Repositories"),
    choice(all, "All repositories, also later ones"),
    choice(some, "Only these:"),
    el("div", { className: "boxes" }, boxes.map((box, place) => choice(box, box.value, kind(place)))));
  const chosen = () => {
    const names = boxes.filter((box) => box.checked).map((box) => box.value);
    if (all.checked) return "all";
    return names.length ? { subset: names } : "none";
  };
  return { fieldset, chosen };
}

function levelOf({ name, levels }, wished) {
  const chosen = wished.find((permission) => permission.name === name)?.level ?? "";
  return select(name, ["", ...levels].map((level) => [level, LEVELS[level]]), chosen);
}

const field = (words, control) => el("label", { className: "field" }, el("span", {}, words), control);

function select(name, options, chosen) {
  const element = el("select", { name }, options.map(([value, words]) => el("option", { value }, words)));
  element.value = String(chosen);
  return element;
}
