/** What a text costs as SMS: how phones encode it, and how many messages it is split into. */
export type SmsSize = { encoding: "GSM-7" | "UCS-2"; segments: number };

// GSM 03.38. Of national letters it has these and no others: one ç or one curly quote makes the whole text UCS-2.
const ONE_SEPTET = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Behind an escape, so they take two. */
const TWO_SEPTETS = new Set("\f^{}\\[~]|€");

/** Units of a message alone, and of each of several, which begin with a header that joins them again. */
const CAPACITY = { "GSM-7": { alone: 160, joined: 153 }, "UCS-2": { alone: 70, joined: 67 } };

/** As networks count: the cheaper encoding that holds every character, without national shift tables. */
export function smsSize(text: string): SmsSize {
  // By code points: neither an escaped character nor a surrogate pair is ever torn apart between two messages.
  const characters = Array.from(text);
  const septets = characters.map(septetsOf);
  const encoding = septets.includes(null) ? "UCS-2" : "GSM-7";
  const units = encoding === "GSM-7" ? septets.map((count) => count ?? 0) : characters.map(({ length }) => length);
  return { encoding, segments: segmentsFor(units, CAPACITY[encoding]) };
}

function septetsOf(character: string): 1 | 2 | null {
  if (ONE_SEPTET.has(character)) return 1;
  return TWO_SEPTETS.has(character) ? 2 : null;
}

function segmentsFor(units: readonly number[], { alone, joined }: { alone: number; joined: number }): number {
  const total = units.reduce((sum, unit) => sum + unit, 0);
  if (total <= alone) return 1;
  let segments = 1;
  let used = 0;
  for (const unit of units) {
    if (used + unit > joined) {
      segments++;
      used = 0;
    }
    used += unit;
  }
  return segments;
}
