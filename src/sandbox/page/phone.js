import { at, badges, choice, clockTime, facts, fill, make, providerName, receiptButtons, timeOf } from "./elements.js";

const KINDS = { all: "All", push: "Push", sms: "SMS" };

const longDate = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

const state = { kind: "all", cards: [], known: new Set(), first: true, open: new Set() };

export function showCards(messages) {
  state.cards = messages;
  draw();
  for (const message of messages) state.known.add(message.id);
  state.first = false;
}

export function showTime(now) {
  at("clock").textContent = clockTime.format(now).replace(/\s?[AP]M$/i, "");
  at("date").textContent = longDate.format(now);
}

function draw() {
  const kinds = choice(KINDS, state.kind, (kind) => {
    state.kind = kind;
    draw();
  });
  at("kinds").replaceChildren(kinds);
  const shown = state.cards.filter(
    (card) => state.kind === "all" || (card.channel === "sms") === (state.kind === "sms"),
  );
  fill("cards", shown, (message) => cardOf(message));
}

/** As on a locked screen; opened, it tells what an app gets besides, and what a developer asks. */
function cardOf(message) {
  const sms = message.channel === "sms";
  const title = sms ? message.from : message.title;
  const card = make(
    "details",
    { className: "card", open: state.open.has(message.id) },
    make(
      "summary",
      {},
      make(
        "span",
        { className: "top" },
        make("img", { src: sms ? "sms.svg" : "icon.svg", alt: "", width: 18, height: 18 }),
        make("span", { className: "app", textContent: sms ? "Messages" : (message.from ?? "App") }),
        timeOf(message),
      ),
      ...(title ? [make("span", { className: "title", textContent: title })] : []),
      make("span", { className: "body", textContent: message.text }),
      make("span", { className: "route", textContent: `${providerName(message)} to ${shortened(message.to)}` }),
      ...badges(message),
    ),
    facts(message, [["To", message.to], ...dataOf(message)]),
    ...receiptButtons(message),
  );
  if (!state.first && !state.known.has(message.id)) card.classList.add("fresh");
  card.addEventListener("toggle", () => {
    if (card.open) state.open.add(message.id);
    else state.open.delete(message.id);
  });
  return card;
}

/** The ids have lines of their own. */
function dataOf(message) {
  const lines = Object.entries(message.data ?? {})
    .filter(([name]) => name !== "attemptId" && name !== "notificationId")
    .map(([name, value]) => `${name}: ${value}`);
  return lines.length === 0 ? [] : [["Data", lines.join("\n")]];
}

function shortened(token) {
  return token.length <= 28 ? token : `${token.slice(0, 12)}…${token.slice(-8)}`;
}
