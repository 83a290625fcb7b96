import type { Plural } from "./en";

export const LANGUAGES = ["en", "ru"] as const;
export type Language = (typeof LANGUAGES)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Numbers, money, moments and spans as a language writes them; moments in the zone of the device. */
export interface Format {
  number(value: number): string;
  /** `minor` in integer minor units of `currency` (hundredths). */
  money(minor: number, currency: string): string;
  /** A number with its noun: `5 pieces`. */
  counted(value: number, noun: Plural): string;
  date(moment: string): string;
  dateTime(moment: string): string;
  time(moment: string): string;
  /** A span in whole days, or in whole hours below two days. */
  span(milliseconds: number): string;
}

export function formatOf(language: Language): Format {
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  const plurals = new Intl.PluralRules(language);
  const date = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const dateTime = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const unit = (value: number, name: "day" | "hour"): string =>
    new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  return {
    number: (value) => number.format(value),
    money: (minor, currency) =>
      new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(minor / 100),
    counted: (value, noun) => `${number.format(value)} ${noun[plurals.select(value)] ?? noun.other}`,
    date: (moment) => date.format(new Date(moment)),
    dateTime: (moment) => dateTime.format(new Date(moment)),
    time: (moment) => time.format(new Date(moment)),
    span: (milliseconds) =>
      milliseconds < 2 * DAY_MS
        ? unit(Math.max(1, Math.floor(milliseconds / HOUR_MS)), "hour")
        : unit(Math.floor(milliseconds / DAY_MS), "day"),
  };
}
