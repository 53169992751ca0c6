import { fileURLToPath } from "node:url";
import express, { type RequestHandler } from "express";
import type { Ledger } from "./ledger.ts";

const PAGE_DIRECTORY = fileURLToPath(new URL("./page", import.meta.url));

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Mail brings its own styles, but runs nothing, loads nothing and counts as a stranger to the page around it. */
const MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

export const pageHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
  });
  next();
};

/**
 * The page itself: static files.
 */
export function pageRoutes(): RequestHandler {
  return express.static(PAGE_DIRECTORY);
}

/**
 * The HTML of a mail, for a frame. It has an address of its own because a frame that is written into the page would
 * have the page's policy, under which no mail keeps its looks.
 */
export function htmlOf(ledger: Ledger): RequestHandler<{ id: string }> {
  return (request, response) => {
    const html = ledger.messages().find((message) => message.id === request.params.id)?.html ?? null;
    if (html === null) {
      response.status(404).json({ error: "There is no message with this id that has HTML." });
      return;
    }
    response.set("Content-Security-Policy", MAIL_POLICY).type("html").send(html);
  };
}
