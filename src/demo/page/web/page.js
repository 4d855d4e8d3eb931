// The page: who is looking, what is seen, and what is done. It holds no truth of its own: after every change of the
// simulated worlds it asks anew and shows the answer.

import { avatar, byId, el, fill } from "./dom.js";
import { showGitHub } from "./github.js";
import { showSlack } from "./slack.js";

const page = { person: location.hash.slice(1) || "octocat", seen: null };

/// Does something as the person at the screen; gives what came of it, or null after telling the problem.
export async function act(what, details = {}) {
  const answer = await fetch("/acts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ act: what, person: page.person, ...details }),
  }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  tell(answer?.ok ? null : (told?.problem ?? "The demo does not answer. Is it still running?"));
  await refresh();
  return answer?.ok ? told : null;
}

function tell(problem) {
  byId("problem").hidden = !problem;
  byId("problem").textContent = problem ?? "";
}

let asking = null;
let isStale = false;

/// Shows the worlds as they are now. While an answer is awaited, further calls ask once more, together.
async function refresh() {
  isStale = true;
  asking ??= askWhileStale().finally(() => (asking = null));
  await asking;
}

async function askWhileStale() {
  while (isStale) {
    isStale = false;
    const person = page.person;
    const answer = await fetch(`/state?person=${encodeURIComponent(person)}`).catch(() => null);
    if (answer?.status === 404) become("octocat");
    if (!answer?.ok) continue;
    const seen = await answer.json();
    if (person === page.person) show(seen);
    else isStale = true;
  }
}

function show(seen) {
  page.seen = seen;
  const people = seen.people.map((one) => ({ ...one, isMe: one.login === page.person }));
  fill(byId("people"), [{ login: "", legend: true }, ...people], (one) => one.login, person);
  showGitHub(seen.github, page.person);
  showSlack(seen.slack, page.person);
}

function person({ login, role, isMe, legend }) {
  if (legend) return el("legend", {}, "You are");
  const attributes = { "aria-pressed": String(isMe), "data-person": login };
  const words = el("span", {}, el("b", {}, login), el("small", {}, role));
  return el("button", { type: "button", attributes, on: { click: () => become(login) } }, avatar(login), words);
}

function become(login) {
  page.person = login;
  history.replaceState(null, "", `#${login}`);
  tell(null);
  refresh();
}

/// Only one half fits on a phone.
function turnTo(side) {
  byId("main").dataset.side = side;
  for (const each of ["github", "slack"]) byId(`to-${each}`).setAttribute("aria-pressed", String(each === side));
}

byId("to-github").addEventListener("click", () => turnTo("github"));
byId("to-slack").addEventListener("click", () => turnTo("slack"));
byId("problem").addEventListener("click", () => tell(null));
byId("disturb-github").addEventListener("change", (event) => act("disturb_github", { on: event.target.checked }));
byId("disturb-slack").addEventListener("change", (event) => act("disturb_slack", { on: event.target.checked }));
byId("hints").open = matchMedia("(min-width: 60rem)").matches;

const changes = new EventSource("/changes");
changes.addEventListener("open", refresh);
changes.addEventListener("message", refresh);
