import { at, badges, choice, facts, fill, make, providerName, receiptButtons, timeOf } from "./elements.js";

const TABS = { html: "HTML", text: "Text" };

const state = { chosen: null, tab: "html" };

export function showMails(mails) {
  fill("mails", mails, mailRow);
  if (state.chosen === null || !mails.some((mail) => mail.id === state.chosen.id)) read(mails[0] ?? null);
}

function mailRow(mail) {
  const row = make(
    "button",
    { type: "button" },
    make("span", { className: "who", textContent: nameOf(mail.from) }),
    timeOf(mail),
    make("span", { className: "what", textContent: mail.subject || "(no subject)" }),
    make("span", { className: "to", textContent: `to ${mail.to}` }),
    make("span", { className: "through", textContent: providerName(mail) }),
    ...badges(mail),
  );
  row.dataset.id = mail.id;
  row.setAttribute("aria-current", String(mail.id === state.chosen?.id));
  row.addEventListener("click", () => read(mail));
  return row;
}

function read(mail) {
  state.chosen = mail;
  for (const row of at("mails").querySelectorAll("button")) {
    row.setAttribute("aria-current", String(row.dataset.id === mail?.id));
  }
  if (mail === null) {
    at("reader").replaceChildren(make("p", { className: "empty", textContent: "Choose a mail to read it." }));
    return;
  }
  const shown = mail.html === null ? "text" : state.tab;
  const tabs = choice(TABS, shown, (tab) => {
    state.tab = tab;
    read(mail);
  });
  at("reader").replaceChildren(
    make(
      "div",
      { className: "head" },
      make("h3", { textContent: mail.subject || "(no subject)" }),
      facts(mail, [
        ["From", mail.from ?? "unknown"],
        ["To", mail.to],
      ]),
      ...receiptButtons(mail),
      ...(mail.html === null ? [] : [tabs]),
    ),
    shown === "html" ? frameOf(mail) : make("pre", { textContent: mail.text }),
  );
}

function frameOf(mail) {
  const frame = make("iframe", { title: "The mail as its reader sees it" });
  frame.setAttribute("sandbox", "");
  frame.src = `messages/${encodeURIComponent(mail.id)}/html`;
  return frame;
}

function nameOf(from) {
  if (from === null) return "unknown";
  const name = /^"?([^"<]+?)"?\s*</.exec(from);
  return name === null ? from : name[1];
}
