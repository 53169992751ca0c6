import fc from "fast-check";
import { SegmentedMessage } from "sms-segments-calculator";
import { describe, expect, it } from "vitest";
import { smsSize } from "./sms-segments.ts";

describe("the size of an SMS", () => {
  it.each([
    ["nothing", "", "GSM-7", 1],
    ["160 plain letters", "a".repeat(160), "GSM-7", 1],
    ["161 plain letters", "a".repeat(161), "GSM-7", 2],
    ["two whole segments", "a".repeat(306), "GSM-7", 2],
    ["one letter more", "a".repeat(307), "GSM-7", 3],
    ["the letters that the alphabet has", "Ärger, señor, à côté".replace("ô", "ò"), "GSM-7", 1],
    ["a letter that it has as a capital only", "garçon", "UCS-2", 1],
    ["80 euro signs, of two septets each", "€".repeat(80), "GSM-7", 1],
    ["81 of them", "€".repeat(81), "GSM-7", 2],
    ["an escape that would be torn apart", `${"a".repeat(152)}€${"a".repeat(152)}`, "GSM-7", 3],
    ["70 Korean syllables", "가".repeat(70), "UCS-2", 1],
    ["71 of them", "가".repeat(71), "UCS-2", 2],
    ["two whole segments of them", "가".repeat(134), "UCS-2", 2],
    ["35 emoji, of two units each", "🙂".repeat(35), "UCS-2", 1],
    ["36 emoji", "🙂".repeat(36), "UCS-2", 2],
    ["emoji that would be torn apart", "🙂".repeat(67), "UCS-2", 3],
    ["one emoji among plain letters", `${"a".repeat(69)}🙂`, "UCS-2", 2],
  ])("knows %s", (_, text, encoding, segments) => {
    expect(smsSize(text)).toEqual({ encoding, segments });
  });

  it("is what Twilio's calculator says", () => {
    // Characters that stand alone: the calculator also keeps combined ones together, which networks do not.
    const oneOf = (letters: string) => fc.constantFrom(...Array.from(letters));
    const gsm = oneOf("@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()?¡AZÄÖÑÜ§¿azäöñüà\f^{}\\[~]|€");
    const other = oneOf("çâ“”–…가힣中Ж🙂🚀𝒳");
    const texts = fc.oneof(
      fc.array(gsm, { maxLength: 700, size: "max" }),
      fc.array(fc.oneof({ weight: 9, arbitrary: gsm }, { weight: 1, arbitrary: other }), {
        maxLength: 400,
        size: "max",
      }),
    );
    fc.assert(
      fc.property(texts, (characters) => {
        const text = characters.join("");
        const theirs = new SegmentedMessage(text);
        expect(smsSize(text)).toEqual({ encoding: theirs.encodingName, segments: theirs.segmentsCount });
      }),
      { numRuns: 200 },
    );
  });
});
