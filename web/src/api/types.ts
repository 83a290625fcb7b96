import type { components } from "./schema";

type Schemas = components["schemas"];

export type Card = Schemas["Card"];
export type OperatorOrder = Schemas["OperatorOrder"];
export type OperatorOrderDetail = Schemas["OperatorOrderDetail"];
export type QueuePage = Schemas["QueuePage"];
export type Problem = Schemas["Problem"];
export type Status = Schemas["Status"];
export type HoldKind = Schemas["HoldKind"];
export type Piece = Schemas["Piece"];
export type Entry = Schemas["Entry"];
export type WorkInProgress = Schemas["WorkInProgress"];
export type Catalogue = Schemas["Catalogue"];
export type Level = Schemas["Promise"]["level"];

export const QUEUES = ["available", "mine", "started", "completed", "packaging", "shipped"] as const;
export type Queue = (typeof QUEUES)[number];

export const SORTS = ["newest", "due"] as const;
export type Sort = (typeof SORTS)[number];
