import { createHash } from "node:crypto";
import { text } from "./openapi/html.ts";

/** What the page shows: what the reader gets now. `user`: there are two switches, else one. */
export type UnsubscribeView = { category: string; user: boolean; choice: { category: boolean; all: boolean } };

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2733; --soft: #526170; --page: #f3f5f7; --card: #fff; --line: #d9dfe5;
  --go: #0b5cab; --on-go: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf2; --soft: #a3b0bd; --page: #11161b; --card: #1a2128; --line: #323c46; --go: #7ab8ff;
    --on-go: #0d1b2a; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: start center; padding: 2rem 1rem;
  background: var(--page); color: var(--ink);
  font: 17px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { width: 100%; max-width: 28rem; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.25rem;
  margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
p { margin: 0 0 .9rem; color: var(--soft); }
form { margin: 0; }
button { width: 100%; min-height: 2.9rem; padding: .5rem 1rem; border-radius: 8px; border: 1px solid var(--go);
  background: transparent; color: var(--go); font: inherit; font-weight: 600; cursor: pointer; }
button.off { background: var(--go); color: var(--on-go); }
button:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
.state { color: var(--ink); font-weight: 600; }
`;

/** Nothing runs, nothing is loaded, and its forms go to itself only. */
export const UNSUBSCRIBE_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

/** What somebody sees who follows the unsubscribe link of a mail: looking changes nothing, each button one thing. */
export function unsubscribePage({ category, user, choice }: UnsubscribeView): string {
  const sections = user
    ? [
        part({
          title: `Emails about “${category}”`,
          on: choice.category && choice.all,
          states: ["You get these emails.", "You get none of these emails."],
          choices: [
            ["category:off", "Stop these emails"],
            ["category:on", "Get these emails again"],
          ],
          // The switch below rules: this one would do nothing that can be seen.
          button: choice.all,
        }),
        part({
          title: "All messages",
          on: choice.all,
          states: [
            "Emails, texts and push, as you have chosen them.",
            "You get nothing but what is necessary, such as security notices.",
          ],
          choices: [
            ["all:off", "Stop all of them"],
            ["all:on", "Get messages again"],
          ],
          button: true,
        }),
      ]
    : [
        part({
          title: "Emails to this address",
          on: choice.all,
          states: ["You get our emails.", "You get no emails from us."],
          choices: [
            ["all:off", "Stop these emails"],
            ["all:on", "Get emails again"],
          ],
          button: true,
        }),
      ];
  return page("What you get from us", sections.join("\n"));
}

/** For a user who was erased: there is nothing to switch. */
export function erasedReaderPage(): string {
  return page(
    "You will receive nothing more from us",
    "<section><p>Your addresses have been deleted, together with your choices.</p></section>",
  );
}

/** For a link that was cut off or typed. */
export function deadLinkPage(): string {
  return page(
    "This link does not work",
    "<section><p>It may have been cut off. Please follow it from the email again.</p></section>",
  );
}

type Pair = [on: string, off: string];
type Part = {
  title: string;
  on: boolean;
  states: Pair;
  choices: [[string, string], [string, string]];
  button: boolean;
};

function part({ title, on, states, choices, button }: Part): string {
  const [choice, label] = choices[on ? 0 : 1];
  return `<section>
<h2>${text(title)}</h2>
<p><span class="state">${on ? "On." : "Off."}</span> ${text(states[on ? 0 : 1])}</p>
${button ? `<form method="post"><button class="${on ? "off" : "on"}" name="choice" value="${choice}">${text(label)}</button></form>` : ""}
</section>`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${text(title)}</h1>
${body}
</main>
</body>
</html>
`;
}
