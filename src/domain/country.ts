import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { z } from "zod";

/** A country by ISO 3166-1 alpha-2, as far as it has phone numbers: `KR`. */
export const countrySchema = z
  .string()
  .refine((code) => isSupportedCountry(code), "must be a country code of ISO 3166-1, such as KR")
  .meta({ description: "ISO 3166-1 alpha-2", examples: ["KR"] });

export const countriesSchema = z
  .array(countrySchema)
  .min(1, "must name at least one country, or be left out")
  .refine((codes) => new Set(codes).size === codes.length, "must not name a country twice")
  .meta({ uniqueItems: true });

/** Countries that SMS may go to; null: all. A number that belongs to none is nowhere allowed where some are named. */
export type AllowedCountries = readonly string[] | null;

export function isAllowed(country: string | null, allowed: AllowedCountries): boolean {
  return allowed === null || (country !== null && allowed.includes(country));
}

/**
 * The country of a phone number in E.164, or null where it has none (satellites, freephone). Where several
 * share its range, as Jersey does with the United Kingdom, it is the main one of them.
 */
export function countryOf(phone: string): string | null {
  const number = parsePhoneNumberFromString(phone);
  return number?.country ?? number?.getPossibleCountries()[0] ?? null;
}
