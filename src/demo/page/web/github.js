// GitHub's half: requests, the form behind them, and the owners' decisions.

import { act } from "./page.js";
import { byId, el, fill } from "./dom.js";
import { lifetime, openDecision, openForm } from "./form.js";

let shown = null;

export function showGitHub(github, person) {
  shown = github;
  byId("github-where").textContent = github.organization;
  byId("github-explains").textContent = github.is_owner
    ? `${person} owns ${github.organization}: sees everybody's requests and may decide here, past Slack.`
    : `${person} needs the organization's approval for a token.`;
  byId("disturb-github").checked = github.is_disturbed;
  const requests = github.requests.map((request) => ({
    ...request,
    isMine: request.owner === person,
    isOwner: github.is_owner,
  }));
  fill(byId("requests"), requests.length ? requests : [{ id: "none" }], (one) => one.id, item);
  byId("tokens-part").hidden = !github.tokens.length;
  fill(byId("tokens"), github.tokens.map((token, place) => ({ ...token, place })), (one) => one.place, token);
}

const token = ({ name, owner }) => el("li", {}, el("b", {}, name), ` of ${owner}`);

function item(request) {
  if (request.id === "none") return el("li", { className: "empty" }, "No requests yet.");
  const { wish } = request;
  const standing = el("span", { className: `standing ${request.standing.split(" ")[0]}` }, request.standing);
  const lines = [
    ["Repositories", repositories(wish)],
    ["Permissions", permissions(wish)],
    ["Lifetime", lifetime(wish.days)],
    ["Justification", wish.reason || "none"],
  ];
  return el("li", { className: "request", attributes: { "data-request": request.id } },
    el("div", { className: "title" }, el("b", {}, wish.token_name), el("span", {}, `by ${request.owner}`), standing),
    el("dl", {}, ...lines.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    ending(request), deeds(request));
}

function ending({ by, because }) {
  if (!by) return null;
  return el("p", { className: "ending" }, `Decided by ${by}${because ? `: “${because}”` : ""}`);
}

function deeds(request) {
  if (request.standing !== "pending") return null;
  const id = request.id;
  const edit = () => form("Edit the request", "Save", request.wish, (wish) => act("edit", { request: id, wish }));
  const decide = (approve) => () => openDecision({
    title: approve ? "Approve this request on GitHub" : "Deny this request on GitHub",
    label: approve ? "Approve" : "Deny",
    kind: approve ? "go" : "stop",
    send: (reason) => act("decide", { request: id, approve, reason }),
  });
  const button = (label, kind, click) => el("button", { type: "button", className: kind, on: { click } }, label);
  return el("div", { className: "deeds" },
    request.isMine ? button("Edit…", "plain", edit) : null,
    request.isMine ? button("Cancel request", "plain", () => act("cancel", { request: id })) : null,
    request.isOwner ? button("Approve", "go", decide(true)) : null,
    request.isOwner ? button("Deny", "stop", decide(false)) : null);
}

function repositories({ repositories }) {
  if (repositories === "all") return "All repositories";
  return repositories === "none" ? "None" : repositories.subset.join(", ");
}

const permissions = ({ permissions }) => permissions.map(({ name, level }) => `${name}: ${level}`).join(", ") || "none";

/// What the form begins with, so that one press is enough.
const USUAL = {
  token_name: "deploy-bot",
  repositories: { subset: ["payments-api", "payments-web"] },
  permissions: [{ name: "contents", level: "write" }],
  days: 90,
  reason: "Release bot needs to push tags",
};

function form(title, label, wish, send) {
  openForm({ title, label, wish, repositories: shown.repositories, offered: shown.offered, send });
}

const ask = (wish) => act("request", { wish });
byId("ask").addEventListener("click", () => form("Request a token", "Request token", USUAL, ask));
