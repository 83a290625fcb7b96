import { describe, expect, it } from "vitest";
import { checkedConfig } from "../src/api/config";
import { Refused } from "../src/api/problems";
import { parsed, written } from "../src/app/address";
import { dueOf } from "../src/features/queues/due";
import { orderIdOf } from "../src/features/queues/orderIdOf";
import { en } from "../src/i18n/en";
import { formatOf } from "../src/i18n/format";
import { operatorTag } from "../src/i18n/operators";
import { preferredLanguage } from "../src/i18n/preferredLanguage";
import { explained } from "../src/i18n/refusals";
import { ru } from "../src/i18n/ru";
import { intentOf, type Stroke } from "../src/ui/keys";

const stroke = (key: string, change: Partial<Stroke> = {}): Stroke => ({
  key,
  code: "",
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...change,
});
const paths = (of: object, at = ""): string[] =>
  Object.entries(of).flatMap(([name, value]) =>
    typeof value === "object" ? paths(value, `${at}${name}.`) : [`${at}${name}`],
  );

describe("the dictionaries", () => {
  it("say the same things; only the forms of plurals differ", () => {
    const forms = /\.(zero|one|two|few|many|other)$/;
    const said = (messages: object) => [...new Set(paths(messages).map((path) => path.replace(forms, "")))].sort();
    expect(said(ru)).toEqual(said(en));
  });

  it("count in Russian as Russians do", () => {
    const { counted } = formatOf("ru");
    const nouns = [1, 2, 5, 11, 21].map((number) => counted(number, ru.card.pieces));
    expect(nouns).toEqual(["1 изделие", "2 изделия", "5 изделий", "11 изделий", "21 изделие"]);
  });

  it("write money and spans in either language", () => {
    expect(formatOf("en").money(123_456, "RUB")).toBe("₽1,234.56");
    expect(formatOf("ru").money(123_456, "RUB").replaceAll(/\s/g, " ")).toBe("1 234,56 ₽");
    expect(formatOf("ru").span(30 * 3_600_000)).toBe("30 часов");
    expect(formatOf("en").span(3 * 86_400_000 + 1)).toBe("3 days");
  });

  it("are chosen by the device unless somebody chose", () => {
    expect(preferredLanguage(null, ["ru-RU", "en"])).toBe("ru");
    expect(preferredLanguage("en", ["ru-RU"])).toBe("en");
    expect(preferredLanguage(null, ["de-DE"])).toBe("en");
  });
});

describe("a refusal", () => {
  const refusal = (code: string, status = 409, owner?: string) =>
    new Refused(status, { code, detail: "in other words", ...(owner ? { owner } : {}) });

  it("of a lost race names the winner", () => {
    const winner = "3f9a21bc-0000-4000-8000-000000000000";
    expect(explained(en, refusal("order.already_taken", 409, winner), "me")).toBe("Already taken by operator 3F9A21.");
    expect(explained(en, refusal("order.already_taken", 409, "me"), "me")).toBe("You have this order already.");
    expect(operatorTag(winner)).toBe("3F9A21");
  });

  it("that is new to us is told in the words of the API", () => {
    expect(explained(en, refusal("order.some_day"), "me")).toBe("It was refused: in other words");
  });

  it("is not what a lost connection is", () => {
    expect(explained(en, new TypeError("Failed to fetch"), "me")).toBe(en.problems.noAnswer);
  });
});

describe("keys", () => {
  it.each([
    ["j", "о", "next"],
    ["k", "л", "previous"],
    ["t", "е", "take"],
    ["n", "т", "takeNext"],
  ])("%s and its twin %s mean %s", (latin, cyrillic, name) => {
    expect(intentOf(stroke(latin))).toEqual({ name });
    expect(intentOf(stroke(cyrillic))).toEqual({ name });
    expect(intentOf(stroke(cyrillic.toUpperCase()))).toEqual({ name });
  });

  it("of the slash find, whatever the layout writes", () => {
    expect(intentOf(stroke("/", { code: "Slash" }))).toEqual({ name: "find" });
    expect(intentOf(stroke(".", { code: "Slash" }))).toEqual({ name: "find" });
    expect(intentOf(stroke(".", { code: "Period" }))).toBeUndefined();
  });

  it("that belong to the browser stay the browser's", () => {
    expect(intentOf(stroke("t", { ctrlKey: true }))).toBeUndefined();
    expect(intentOf(stroke("7"))).toBeUndefined();
    expect(intentOf(stroke("3"))).toEqual({ name: "queue", index: 2 });
  });
});

describe("an address", () => {
  it("comes back as it was written, and leaves out what is usual", () => {
    const address = { queue: "mine", sort: "due", order: "ord_1" } as const;
    expect(parsed(written(address))).toEqual(address);
    expect(written({ queue: "available", sort: "newest", order: null })).toBe("");
    expect(parsed("?queue=nonsense&sort=x")).toEqual({ queue: "available", sort: "newest", order: null });
  });
});

describe("the number of an order", () => {
  it("is understood as people write and scan it", () => {
    const id = "ord_7Z0K3M8Q2R5T9V1W";
    for (const number of ["7Z0K3M8Q2R5T9V1W", " ord_7z0k3m8q2r5t9v1w", "7ZOK-3M8Q-2R5T-9VIW"]) {
      expect(orderIdOf(number)).toBe(id);
    }
    for (const number of ["", "7Z0K", "../../etc/passwd", "7Z0K3M8Q2R5T9V1U"]) expect(orderIdOf(number)).toBeUndefined();
  });
});

describe("a due date", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  it("is over, soon or far", () => {
    expect(dueOf("2026-11-23T11:00:00Z", now)).toEqual({ kind: "over", milliseconds: 3_600_000 });
    expect(dueOf("2026-11-25T12:00:00Z", now).kind).toBe("soon");
    expect(dueOf("2026-11-25T12:00:01Z", now).kind).toBe("left");
    expect(dueOf(null, now)).toEqual({ kind: "none" });
  });
});

describe("the configuration", () => {
  it("is refused when it is not whole", () => {
    const config = { issuer: "i", client_id: "c", sign_in: "/", api: "/api" };
    expect(checkedConfig(config)).toEqual(config);
    expect(() => checkedConfig({ ...config, client_id: undefined })).toThrow("client_id");
    expect(() => checkedConfig(null)).toThrow("issuer");
  });
});
