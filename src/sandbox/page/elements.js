// Everything shown was written by somebody else, so it goes into the page as text, never as markup.

const PROVIDERS = {
  apns: "APNs",
  fcm: "FCM",
  mailchimp: "Mailchimp",
  sendgrid: "SendGrid",
  smtp: "SMTP",
  twilio: "Twilio",
  vonage: "Vonage",
};
const UNUSUAL = {
  accepted_unanswered: "taken, but never answered",
  accepted_garbled: "taken, but answered with nonsense",
};

/** What a provider may tell later, by the names that the sandbox takes. */
const MAIL_RECEIPTS = {
  delivered: "Delivered",
  opened: "Opened",
  clicked: "Clicked",
  bounced: "Bounced",
  complained: "Complained",
  unsubscribed: "Unsubscribed",
  failed: "Dropped",
};
const TEXT_RECEIPTS = { delivered: "Delivered", failed: "Failed", bounced: "No such number", unsubscribed: "STOP" };
const RECEIPTS = { sendgrid: MAIL_RECEIPTS, mailchimp: MAIL_RECEIPTS, twilio: TEXT_RECEIPTS, vonage: TEXT_RECEIPTS };

export const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exactTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const at = (id) => document.getElementById(id);

/** An element with properties and children; texts become text nodes. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Fills a list, and says whether there is nothing in it, and how much. */
export function fill(name, items, draw) {
  at(name).replaceChildren(...items.map((item) => make("li", {}, draw(item))));
  at(`no-${name}`).hidden = items.length > 0;
  at(`${name}-count`).textContent = items.length > 0 ? String(items.length) : "";
}

/** Buttons of which one is chosen. */
export function choice(options, chosen, choose) {
  const buttons = Object.entries(options).map(([value, textContent]) => {
    const button = make("button", { type: "button", textContent });
    button.setAttribute("aria-pressed", String(value === chosen));
    button.addEventListener("click", () => choose(value));
    return button;
  });
  return make("div", { className: "choice" }, ...buttons);
}

/** What a developer asks of every message; pairs without a value are left out. */
export function facts(message, before = []) {
  const pairs = [
    ...before,
    ["At", exactTime.format(new Date(message.at))],
    ["Through", providerName(message)],
    ["Notification", message.notificationId],
    ["Attempt", message.attemptId],
  ];
  const list = make("dl");
  for (const [name, value] of pairs) {
    if (value !== null) list.append(make("dt", { textContent: name }), make("dd", { textContent: value }));
  }
  return list;
}

/** Buttons that let the provider tell what became of the message; none for one that tells nothing. */
export function receiptButtons(message) {
  const receipts = RECEIPTS[message.provider];
  if (receipts === undefined) return [];
  const result = make("span", { className: "told", role: "status" });
  const buttons = Object.entries(receipts).map(([type, textContent]) => {
    const button = make("button", { type: "button", textContent });
    button.addEventListener("click", async () => {
      result.textContent = await tell(message, type, textContent);
    });
    return button;
  });
  const label = make("span", { className: "soft", textContent: `${providerName(message)} tells:` });
  return [make("div", { className: "receipts" }, label, ...buttons, result)];
}

async function tell(message, type, word) {
  try {
    const response = await fetch(`messages/${encodeURIComponent(message.id)}/receipts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type }),
    });
    return response.ok ? `${word}: told` : (await response.json()).error;
  } catch {
    return "The sandbox is not reachable."; // the page says so as well
  }
}

export function providerName(message) {
  return PROVIDERS[message.provider] ?? message.provider;
}

export function timeOf(message) {
  return make("time", {
    className: "when",
    dateTime: message.at,
    textContent: clockTime.format(new Date(message.at)),
    title: exactTime.format(new Date(message.at)),
  });
}

export function badges(message) {
  const text = UNUSUAL[message.outcome];
  return text === undefined ? [] : [make("span", { className: "badge", textContent: text })];
}
