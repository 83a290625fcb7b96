/**
 * The id of an order from its number as people write or scan it, with or without the prefix; undefined for anything else.
 *
 * Numbers are in Crockford's base 32, which has no I, L or O: whoever reads one means the digit.
 */
export function orderIdOf(written: string): string | undefined {
  const number = written
    .trim()
    .replace(/^ord_/i, "")
    .replaceAll(/[\s-]/g, "")
    .toUpperCase()
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(number) ? `ord_${number}` : undefined;
}
