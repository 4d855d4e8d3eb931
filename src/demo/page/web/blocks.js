// Slack's Block Kit: every block and element that Countersign sends, as Slack shows it. Whatever else comes is shown
// as an error, so that it can't be overlooked. Only plain text and rich text exist here: markup is never parsed.

import { el } from "./dom.js";

/// `context` has `names` by user id, `me`, and `press(element)` for buttons.
export const renderBlocks = (blocks, context) => blocks.map((block) => render(BLOCKS, "block", block, context));

const BLOCKS = {
  header: (block) => el("h4", { className: "header" }, plain(block.text)),
  divider: () => el("hr"),
  section: (block, context) => el("div", { className: "section" },
    block.text ? el("p", {}, plain(block.text)) : null,
    block.fields ? el("div", { className: "fields" }, block.fields.map((field) => el("p", {}, plain(field)))) : null,
    block.accessory ? render(ELEMENTS, "element", block.accessory, context) : null),
  context: (block) => el("p", { className: "context" }, block.elements.map((one) => el("span", {}, plain(one)))),
  actions: (block, context) => el("div", { className: "actions" },
    block.elements.map((one) => render(ELEMENTS, "element", one, context))),
  rich_text: (block, context) => el("div", { className: "rich" },
    block.elements.map((one) => render(PASSAGES, "rich text", one, context))),
  input: (block, context) => el("div", { className: "input", attributes: { "data-block": block.block_id } },
    el("label", { htmlFor: inputId(block) },
      plain(block.label), block.optional ? el("small", {}, " (optional)") : null),
    render(INPUTS, "input", block.element, { ...context, block }),
    block.hint ? el("p", { className: "hint" }, plain(block.hint)) : null),
};

const ELEMENTS = {
  button: (button, context) => el("button", {
    type: "button",
    className: `press ${button.style ?? ""}`,
    attributes: { "aria-label": button.accessibility_label, "data-action": button.action_id },
    on: { click: (event) => context.press(button, event.currentTarget) },
  }, plain(button.text)),
};

const INPUTS = {
  plain_text_input: (input, { block }) => el(input.multiline ? "textarea" : "input", {
    ...common(input, block),
    value: input.initial_value ?? "",
    placeholder: input.placeholder?.text ?? "",
    maxLength: input.max_length ?? 3000,
  }),
  static_select: (input, { block }) => {
    const select = el("select", common(input, block, true),
      el("option", { value: "" }, input.placeholder?.text ?? "Select an item"),
      input.options.map((option) => el("option", { value: option.value }, plain(option.text))));
    select.value = input.initial_option?.value ?? "";
    return select;
  },
  radio_buttons: (input, { block }) => choices("radio", input, block, [input.initial_option]),
  checkboxes: (input, { block }) => choices("checkbox", input, block, input.initial_options ?? []),
};

/// Options that are all in sight, each with its small print.
function choices(type, input, block, initial) {
  const isInitial = (option) => initial.some((one) => one?.value === option.value);
  const { attributes, id } = common(input, block, true);
  const one = (option, number) => el("label", { className: "choice" },
    el("input", {
      type, name: id, value: option.value, checked: isInitial(option), id: number ? `${id}-${number}` : id,
      attributes: { ...attributes, autofocus: null },
    }),
    el("span", {}, plain(option.text)),
    option.description ? el("small", {}, plain(option.description)) : null);
  return el("div", { className: "choices", attributes: { role: type === "radio" ? "radiogroup" : "group" } },
    input.options.map(one));
}

const inputId = (block) => `input-${block.block_id}`;

function common(input, block, isChoice) {
  const attributes = {
    "data-input": `${block.block_id} ${input.action_id}`,
    "data-block": block.block_id,
    "data-required": String(!block.optional),
    "data-choice": isChoice ? "true" : null,
    autofocus: input.focus_on_load ? "" : null,
  };
  return { id: inputId(block), attributes };
}

const PASSAGES = {
  rich_text_section: (passage, context) => el("p", {}, runs(passage, context)),
  rich_text_quote: (passage, context) => el("blockquote", {}, runs(passage, context)),
  rich_text_preformatted: (passage, context) => el("pre", {}, runs(passage, context)),
  rich_text_list: (passage, context) => {
    const items = passage.elements.map((item) => el("li", {}, render(PASSAGES, "rich text", item, context)));
    const list = el(passage.style === "ordered" ? "ol" : "ul", {}, items);
    list.style.setProperty("--indent", passage.indent ?? 0);
    return list;
  },
};

const runs = (passage, context) =>
  passage.elements.map((run) => styled(render(RUNS, "rich text", run, context), run.style));

const RUNS = {
  text: (run) => el("span", {}, run.text),
  user: (run, context) => mention(run.user_id, context),
  link: (run) => link(run.url, run.text ?? run.url),
  date: (run) => el("time", {}, run.fallback ?? new Date(run.timestamp * 1000).toUTCString()),
};

const STYLES = { bold: "b", italic: "i", strike: "s", code: "code" };

function styled(run, style = {}) {
  return Object.entries(style).filter(([, isOn]) => isOn).reduce(
    (inner, [name]) => (STYLES[name] ? el(STYLES[name], {}, inner) : unknown("style", name)), run);
}

function mention(id, { names, me }) {
  return el("span", { className: id === me ? "mention me" : "mention" }, `@${names[id] ?? id}`);
}

function link(url, words) {
  if (!/^https?:\/\//.test(url)) return unknown("link", url);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words);
}

/// A text object; markup is not among what we send.
export function plain(text) {
  return text?.type === "plain_text" ? text.text : unknown("text", text?.type);
}

/// The text of a message without blocks: three entities, mentions and dates in their written form.
export function written(text, context) {
  return text.split(/(<[^<>]*>)/).map((part) => {
    const user = /^<@([UW][A-Z0-9]+)>$/.exec(part);
    const date = /^<!date\^[^|]*\|([^|]*)>$/.exec(part);
    if (user) return mention(user[1], context);
    return decoded(date ? date[1] : part);
  });
}

const decoded = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function render(table, what, one, context) {
  const known = Object.hasOwn(table, one?.type) ? table[one.type] : null;
  return known ? known(one, context) : unknown(what, one?.type);
}

const unknown = (what, type) =>
  el("strong", { className: "unknown", attributes: { role: "alert" } }, `unknown ${what}: ${type}`);
