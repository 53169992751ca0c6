/** What templates may know about the recipient. */
export type TemplateUser = {
  id: string;
  locale: string | null;
  timezone: string | null;
  attributes: Record<string, unknown>;
};

/**
 * The variables of a template: the request's data at the top, and the recipient as `user`, where there is one. The
 * recipient wins over a `user` in the data, and its own fields over attributes of the same names.
 */
export function templateVariables(data: Record<string, unknown>, user: TemplateUser | null): Record<string, unknown> {
  if (user === null) return data;
  const { attributes, id, locale, timezone } = user;
  return { ...data, user: { ...attributes, id, locale, timezone } };
}
