import type { RequestHandler } from "express";

const HEADERS = {
  // JSON is never a page: nothing in it runs, and nothing may frame it. Pages set a policy of their own.
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  // Answers hold personal data: no cache on the way keeps them.
  "Cache-Control": "no-store",
};

export function securityHeaders(): RequestHandler {
  return (_request, response, next) => {
    response.set(HEADERS);
    next();
  };
}
