// Slack's half: conversations, messages with their threads, what one alone sees, modals, and slash commands.

import { act } from "./page.js";
import { avatar, byId, el, fill } from "./dom.js";
import { renderBlocks, written } from "./blocks.js";
import { confirmed, showModal } from "./modal.js";

const APP = "Countersign";

let shown = null;
/// Per person the conversation they look at, and per conversation the last message they have seen.
const looking = new Map();
const read = new Map();

export function showSlack(slack, person) {
  const chosen = slack.channels.find((channel) => channel.id === looking.get(person)) ?? slack.channels[0];
  shown = { ...slack, person, channel: chosen };
  read.set(`${person} ${chosen?.id}`, last(chosen));
  byId("disturb-slack").checked = slack.is_disturbed;
  fill(byId("channels"), slack.channels.map((channel) => ({
    id: channel.id,
    name: channel.is_direct ? APP : `# ${channel.name}`,
    isChosen: channel === chosen,
    isNew: last(channel) > (read.get(`${person} ${channel.id}`) ?? ""),
  })), (channel) => channel.id, tab);
  showPosts(chosen, slack, person);
  showModal(slack.modal, context(slack, (button) => act("press", { action_id: button.action_id })), {
    submit: (inputs) => act("submit", { inputs }),
    close: () => act("close"),
  });
}

/// The newest timestamp of a conversation, threads included.
function last(channel) {
  const all = (channel?.posts ?? []).flatMap((post) => [post, ...post.replies]);
  return all.map((post) => post.ts).sort().at(-1) ?? "";
}

function tab({ id, name, isChosen, isNew }) {
  const look = () => {
    looking.set(shown.person, id);
    showSlack(shown, shown.person);
  };
  const attributes = { role: "tab", "aria-selected": String(isChosen), "data-channel": id };
  return el("button", { type: "button", attributes, on: { click: look } }, name,
    isNew ? el("span", { className: "new", attributes: { "aria-label": "new" } }) : null);
}

function showPosts(channel, slack, person) {
  const list = byId("posts");
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const before = list.dataset.newest;
  const posts = (channel?.posts ?? []).map((post) => ({ ...post, channel: channel.id, me: slack.me }));
  const words = channel?.is_direct ? `${APP} has not written to ${person} yet.` : "Nothing here yet.";
  const empty = { ts: "none", words };
  fill(list, posts.length ? posts : [empty], (one) => `${channel?.id} ${one.ts}`, (one) =>
    one.ts === "none" ? el("p", { className: "empty" }, one.words) : post(one, slack));
  list.dataset.newest = `${channel?.id} ${last(channel)}`;
  if (isAtEnd || before !== list.dataset.newest) list.scrollTop = list.scrollHeight;
}

function post(one, slack) {
  const name = one.is_ephemeral || slack.names[one.from] === "countersign" ? APP : (slack.names[one.from] ?? one.from);
  const press = async (button, pressed) => {
    if (button.confirm && !(await confirmed(button.confirm))) return;
    pressed.disabled = true;
    await act("click", { channel: one.channel, ts: one.ts, action_id: button.action_id });
    pressed.disabled = false;
  };
  const around = context(slack, press);
  const content = one.blocks.length ? renderBlocks(one.blocks, around) : el("p", {}, written(one.text, around));
  return el("article", { className: one.is_ephemeral ? "post private" : "post", attributes: { "data-ts": one.ts } },
    one.is_ephemeral ? el("p", { className: "only" }, "Only visible to you") : null,
    name === APP ? el("img", { className: "avatar", src: "/icon.svg", alt: "" }) : avatar(name),
    el("div", { className: "said" },
      who(name, one.ts), content,
      one.is_edited ? el("small", { className: "edited" }, "(edited)") : null,
      thread(one, slack)));
}

function who(name, ts) {
  const app = name === APP ? el("span", { className: "app" }, "APP") : null;
  return el("p", { className: "who" }, el("b", {}, name), app, el("time", {}, clock(ts)));
}

function thread({ replies, channel }, slack) {
  if (!replies.length) return null;
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return el("div", { className: "thread" },
    el("small", {}, count), replies.map((reply) => post({ ...reply, channel }, slack)));
}

const context = (slack, press) => ({ names: slack.names, me: slack.me, press });

/// `12:00`, in UTC like everything that Countersign writes.
const clock = (ts) => new Date(Number(ts) * 1000).toISOString().slice(11, 16);

byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = byId("line");
  if (!line.value.trim() || !shown?.channel) return;
  const typed = line.value.trim();
  if (await act("command", { channel: shown.channel.id, line: typed })) line.value = "";
});
