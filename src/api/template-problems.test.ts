import { describe, expect, it } from "vitest";
import { missingVariables } from "./template-problems.ts";

const fieldOf = (variable: string, hasUser: boolean) =>
  missingVariables([{ variable, kind: "sms", locale: "default" }], hasUser).options.errors?.[0]?.field;

describe("missingVariables", () => {
  it.each([
    ["item_name", "data.item_name"],
    ['["odd name"]', 'data["odd name"]'],
    ["user.first_name", "user.first_name"],
    ['user["odd name"]', 'user["odd name"]'],
    ["user", "user"],
    ["user-name", "data.user-name"],
    ["user_name", "data.user_name"],
    ["users[0]", "data.users[0]"],
  ])("names for %s the field %s", (variable, field) => expect(fieldOf(variable, true)).toBe(field));

  it("names the data where there is no user, since a user in the data is taken then", () => {
    expect(fieldOf("user.first_name", false)).toBe("data.user.first_name");
  });
});
