import { at } from "./elements.js";
import { showMails } from "./mailbox.js";
import { showCards, showTime } from "./phone.js";

const POLL_MS = 1_000;
const SHOWN = 200;

const state = { items: [], shown: null };

async function poll() {
  try {
    const [messages, rules] = await Promise.all([read(`messages?limit=${SHOWN}`), read("rules")]);
    state.items = messages.items;
    show();
    warnOfRules(rules.items.filter((rule) => rule.timesLeft !== 0));
    link(true);
  } catch {
    link(false); // stopped or starting again: the next poll tells
  }
  showTime(new Date());
  setTimeout(poll, POLL_MS);
}

async function read(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

function link(live) {
  at("link").classList.toggle("live", live);
  at("link").textContent = live ? "live" : "not reachable";
}

/** Draws again only when something came or went, so that scrolling and reading are left in peace. */
function show() {
  const words = at("search").value.toLowerCase().split(/\s+/);
  const found = state.items.filter((item) => words.every((word) => textOf(item).includes(word)));
  const ids = found.map((item) => item.id).join();
  if (ids === state.shown) return;
  state.shown = ids;
  const newest = found.toReversed();
  showMails(newest.filter((item) => item.channel === "email"));
  showCards(newest.filter((item) => item.channel !== "email"));
}

function textOf(item) {
  const { from, to, title, subject, text, attemptId, notificationId, provider, channel } = item;
  return [from, to, title, subject, text, attemptId, notificationId, provider, channel].join(" ").toLowerCase();
}

/** A rule that was forgotten looks like a fault of the service. */
function warnOfRules(rules) {
  at("rules").hidden = rules.length === 0;
  at("rules-count").textContent = rules.length === 1 ? "1 rule makes" : `${rules.length} rules make`;
}

at("search").addEventListener("input", show);
at("remove-rules").addEventListener("click", () => fetch("rules", { method: "DELETE" }));
at("clear").addEventListener("click", () => fetch("messages", { method: "DELETE" }));

poll();
