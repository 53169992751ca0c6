/** What a channel's part of a template becomes once its variables are filled in. */
export type RenderedContent =
  | { kind: "push"; title: string; body: string; data: Record<string, string> }
  | { kind: "sms"; text: string }
  | { kind: "email"; subject: string; text: string; html: string | null };
