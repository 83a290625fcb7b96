import type { CommandName } from "../api/commands";
import type { HoldKind, Level, Queue, Sort, Status } from "../api/types";

/** What the application says; the Russian dictionary has the same shape, by type. */
export interface Messages {
  title: string;
  bar: string;
  skipToOrders: string;
  signIn: { invitation: string; button: string; opening: string; failed: string; again: string };
  unavailable: string;
  notOperator: string;
  header: { signOut: string; language: string; shortcuts: string; inHand: (orders: string, pieces: string) => string };
  connection: { live: string; lost: string; offline: string; asOf: (time: string) => string };
  queues: Record<Queue, string>;
  queuesLabel: string;
  sorts: Record<Sort, string>;
  sortLabel: string;
  empty: Record<Queue, string>;
  listFailed: string;
  loading: string;
  loadingMore: string;
  takeNext: string;
  find: { label: string; hint: string; button: string };
  card: {
    open: (number: string) => string;
    take: string;
    takeOrder: (number: string) => string;
    taking: string;
    pay: string;
    pieces: Plural;
    lines: Plural;
    express: string;
    yours: string;
    with: (operator: string) => string;
  };
  promise: Record<Level, string> & {
    due: (date: string) => string;
    left: (time: string) => string;
    over: (time: string) => string;
    none: string;
    projected: (date: string) => string;
    stuck: string;
  };
  marks: { hold: (kind: string) => string; rework: string; assay: string; scrapped: (pieces: string) => string };
  holdKinds: Record<HoldKind, string>;
  statuses: Record<Status, string>;
  you: string;
  operator: (tag: string) => string;
  notices: {
    done: Record<CommandName, (number: string) => string>;
    open: string;
    undo: string;
    close: string;
    label: string;
  };
  problems: {
    takenBy: (operator: string) => string;
    alreadyYours: string;
    byCode: Record<string, string>;
    noAnswer: string;
    notFound: string;
    sessionEnded: string;
    other: (detail: string) => string;
  };
  panel: {
    close: string;
    loading: string;
    lines: string;
    line: (number: string) => string;
    facts: string;
    status: string;
    owner: string;
    maker: string;
    nobody: string;
    reference: string;
    remakeOf: string;
    leadTime: string;
    leadTimes: { standard: string; express: string };
    delivery: string;
    deliveries: { courier: string; pickup_point: string; post: string; collect: string };
    causedBy: { buyer: string; company: string };
    issues: string;
    mustAct: { buyer: string; seller: string; operator: string; engineer: string };
    recipient: string;
    shipment: string;
    pieces: string;
    piece: (line: string, number: string) => string;
    uin: string;
    mass: (grams: string) => string;
    assayStates: { sent: string; hallmarked: string; refused: string };
    files: string;
    prepareFiles: string;
    download: (line: string) => string;
    filesUntil: (time: string) => string;
    filesFailed: string;
    history: string;
    moreHistory: string;
    historyFailed: string;
    actions: string;
    noActions: string;
    undoLeft: (seconds: string) => string;
  };
  commands: Record<Exclude<CommandName, "assay">, string> & {
    assaySend: string;
    assayReturn: string;
    assayRecord: string;
  };
  forms: {
    cancel: string;
    sending: string;
    reason: string;
    required: string;
    pieces: string;
    mass: string;
    massInvalid: string;
    piecesInvalid: (most: string) => string;
    carrier: string;
    tracking: string;
    trackingInvalid: string;
    kind: string;
    causedBy: string;
    completeQuestion: string;
    packQuestion: string;
    unholdQuestion: string;
    assaySendQuestion: string;
    assayReturnHint: string;
    assayRecordHint: string;
    firstPieces: (shown: string, all: string) => string;
    assayState: string;
    unknown: string;
  };
  events: Record<string, string>;
  actors: Record<string, string>;
  details: Record<string, string>;
  shortcuts: {
    title: string;
    close: string;
    on: string;
    next: string;
    previous: string;
    open: string;
    take: string;
    takeNext: string;
    find: string;
    queues: string;
  };
}

/** One word by number; `other` serves languages and numbers that need no more. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export const en: Messages = {
  title: "Alexandrite",
  bar: "Connection and order of the list",
  skipToOrders: "Skip to the orders",
  signIn: {
    invitation: "Orders of the workshop, for those who make them.",
    button: "Sign in",
    opening: "Opening…",
    failed: "Signing in did not succeed.",
    again: "Try again",
  },
  unavailable: "The application could not start: the server does not answer.",
  notOperator: "This account may not work with orders. Ask the foreman to add it to the operators.",
  header: {
    signOut: "Sign out",
    language: "Русский",
    shortcuts: "Keyboard",
    inHand: (orders, pieces) => `In hand: ${orders} orders, ${pieces} pieces`,
  },
  connection: {
    live: "Connected",
    lost: "No answer from the server. Orders cannot be taken.",
    offline: "No network. Orders cannot be taken.",
    asOf: (time) => `list as of ${time}`,
  },
  queues: {
    available: "Available",
    mine: "Mine",
    started: "In production",
    completed: "Completed",
    packaging: "Packaging",
    shipped: "Shipped",
  },
  queuesLabel: "Queues",
  sorts: { newest: "Newest first", due: "Due first" },
  sortLabel: "Order of the list",
  empty: {
    available: "Nothing to take at the moment.",
    mine: "You have no order in hand.",
    started: "No order is in production.",
    completed: "Nothing waits to be packed.",
    packaging: "Nothing is being packed.",
    shipped: "Nothing is on its way.",
  },
  listFailed: "The list could not be read.",
  loading: "Loading…",
  loadingMore: "Loading more…",
  takeNext: "Take next",
  find: { label: "Find an order by its number", hint: "Order number", button: "Find" },
  card: {
    open: (number) => `Order ${number}`,
    take: "Take",
    takeOrder: (number) => `Take order ${number}`,
    taking: "Taking…",
    pay: "Pay",
    pieces: { one: "piece", other: "pieces" },
    lines: { one: "line", other: "lines" },
    express: "Express",
    yours: "yours",
    with: (operator) => `with ${operator}`,
  },
  promise: {
    on_time: "On time",
    at_risk: "At risk",
    late: "Late",
    due: (date) => `due ${date}`,
    left: (time) => `${time} left`,
    over: (time) => `${time} overdue`,
    none: "No date promised",
    projected: (date) => `Expected to be delivered by ${date}`,
    stuck: "Longer in this status than planned",
  },
  marks: {
    hold: (kind) => `On hold: ${kind}`,
    rework: "Rework",
    assay: "At the assay office",
    scrapped: (pieces) => `Scrapped: ${pieces}`,
  },
  holdKinds: {
    question: "question",
    payment: "payment",
    material: "material",
    machine: "machine",
    quality: "quality",
    design_change: "design change",
  },
  statuses: {
    INITIATED: "Initiated",
    FILE_UPLOADED: "File uploaded",
    SUBMITTED: "Submitted",
    PRICE_CALCULATED: "Price calculated",
    MANUFACTURING_APPROVED: "Approved for production",
    MANUFACTURING_STARTED: "In production",
    MANUFACTURING_COMPLETED: "Completed",
    PACKAGING: "Packaging",
    SHIPPED: "Shipped",
    CLOSED: "Closed",
    CANCELLED: "Cancelled",
    REJECTED: "Rejected",
  },
  you: "you",
  operator: (tag) => `operator ${tag}`,
  notices: {
    done: {
      take: (number) => `Order ${number} is yours.`,
      undo: (number) => `Order ${number} is back in the queue.`,
      complete: (number) => `Order ${number} is completed.`,
      release: (number) => `Order ${number} is back in the queue.`,
      scrap: (number) => `The failed pieces of ${number} are recorded.`,
      assay: (number) => `The assay of ${number} is recorded.`,
      rework: (number) => `Order ${number} is back at the bench.`,
      pack: (number) => `Order ${number} is being packed.`,
      ship: (number) => `Order ${number} is with the carrier.`,
      hold: (number) => `Order ${number} is on hold.`,
      unhold: (number) => `Work on ${number} goes on.`,
    },
    open: "Open",
    undo: "Undo",
    close: "Dismiss",
    label: "Messages",
  },
  problems: {
    takenBy: (operator) => `Already taken by ${operator}.`,
    alreadyYours: "You have this order already.",
    byCode: {
      "queue.empty": "There is nothing to take at the moment.",
      "operator.work_in_progress_limit": "You have as many orders or pieces in hand as one may. Complete or release one first.",
      "order.held": "The order is on hold.",
      "order.not_held": "The order is not on hold.",
      "order.wrong_status": "The order has moved on; this is no longer possible.",
      "order.busy": "Several people are changing this order. Try again.",
      "order.stale_fence": "The order has changed hands since you had it.",
      "order.not_yours": "Another operator has this order.",
      "order.at_assay": "The pieces are at the assay office.",
      "order.not_at_assay": "The pieces are not at the assay office.",
      "order.no_maker": "Nobody has made this order yet.",
      "take.not_undoable": "It is too late to undo; release the order instead.",
      "caller.not_allowed": "You may not do this.",
    },
    noAnswer: "The server did not answer. The list shows what has happened.",
    notFound: "There is no such order on the floor.",
    sessionEnded: "You have been signed out. Sign in again.",
    other: (detail) => `It was refused: ${detail}`,
  },
  panel: {
    close: "Close",
    loading: "Loading the order…",
    lines: "To be made",
    line: (number) => `Line ${number}`,
    facts: "About the order",
    status: "Status",
    owner: "Made by",
    maker: "Was made by",
    nobody: "nobody yet",
    reference: "Client reference",
    remakeOf: "Replaces order",
    leadTime: "Lead time",
    leadTimes: { standard: "standard", express: "express" },
    delivery: "Delivery",
    deliveries: { courier: "courier", pickup_point: "pickup point", post: "post", collect: "collected by the buyer" },
    causedBy: { buyer: "caused by the buyer: the promise rests too", company: "caused by us: the promise goes on" },
    issues: "Issues",
    mustAct: {
      buyer: "the buyer must act",
      seller: "the seller must act",
      operator: "the operator must act",
      engineer: "the engineer must act",
    },
    recipient: "Recipient",
    shipment: "Shipment",
    pieces: "Pieces on record",
    piece: (line, number) => `Line ${line}, piece ${number}`,
    uin: "UIN",
    mass: (grams) => `${grams} g`,
    assayStates: { sent: "sent", hallmarked: "hallmarked", refused: "refused" },
    files: "Files",
    prepareFiles: "Get the files",
    download: (line) => `Download the file of line ${line}`,
    filesUntil: (time) => `The links work until ${time}.`,
    filesFailed: "The files could not be read.",
    history: "History",
    moreHistory: "Show what followed",
    historyFailed: "The history could not be read.",
    actions: "Actions",
    noActions: "There is nothing for you to do with this order now.",
    undoLeft: (seconds) => `Undo the take (${seconds} s)`,
  },
  commands: {
    take: "Take",
    undo: "Undo the take",
    complete: "Complete",
    release: "Release",
    scrap: "Scrap pieces",
    rework: "Rework",
    pack: "Pack",
    ship: "Ship",
    hold: "Hold",
    unhold: "Go on",
    assaySend: "Send to assay",
    assayReturn: "Back from assay",
    assayRecord: "Record pieces",
  },
  forms: {
    cancel: "Cancel",
    sending: "Sending…",
    reason: "Reason",
    required: "Fill this in.",
    pieces: "Failed pieces",
    mass: "Metal back to the melt, g",
    massInvalid: "A mass in grams, more than 0.",
    piecesInvalid: (most) => `A whole number from 1 to ${most}.`,
    carrier: "Carrier",
    tracking: "Tracking number",
    trackingInvalid: "4 to 40 Latin letters, digits and hyphens.",
    kind: "Why work rests",
    causedBy: "Who caused it",
    completeQuestion: "Is every piece of this order made?",
    packQuestion: "Begin to pack this order? Its recipient is shown then.",
    unholdQuestion: "May work go on?",
    assaySendQuestion: "Do the pieces leave for the assay office?",
    assayReturnHint: "What came back: state and number of each piece. What you leave empty stays unknown.",
    assayRecordHint: "Mass of each piece as made. What you leave empty stays unknown.",
    firstPieces: (shown, all) => `${shown} of ${all} pieces, those without a record first; repeat for the rest.`,
    assayState: "State",
    unknown: "unknown",
  },
  events: {
    OrderCreated: "Order created",
    ManufacturingApproved: "Released for production",
    RevisionProposed: "Changed design proposed",
    RevisionAccepted: "Changed design accepted",
    OrderRejected: "Rejected",
    OrderCancelled: "Cancelled",
    OrderHeld: "Put on hold",
    OrderResumed: "Work goes on",
    OrderTaken: "Taken",
    TakeUndone: "Take undone",
    OrderReleased: "Released to the queue",
    OrderReassigned: "Given to another operator",
    PiecesScrapped: "Pieces scrapped",
    PiecesRecorded: "Pieces recorded",
    SentToAssay: "Sent to the assay office",
    ReturnedFromAssay: "Back from the assay office",
    ManufacturingCompleted: "Completed",
    ReworkStarted: "Back to the bench",
    PackingStarted: "Packing began",
    OrderShipped: "Handed to the carrier",
    OrderClosed: "Closed",
    IssueRaised: "Issue raised",
    IssueResolved: "Issue resolved",
    OrderEscalated: "Reminder: longer than planned",
    NoteAdded: "Note",
  },
  actors: {
    buyer: "buyer",
    company: "company",
    engineer: "engineer",
    customer: "customer",
    partner: "partner",
    seller: "seller",
    operator: "operator",
    foreman: "foreman",
    carrier: "carrier",
    system: "system",
  },
  details: {
    reason: "reason",
    owner: "operator",
    pieces: "pieces",
    mass_g: "mass, g",
    kind: "kind",
    caused_by: "caused by",
    due_at: "due",
    carrier: "carrier",
    tracking_number: "tracking number",
    code: "code",
    detail: "detail",
    must_act: "must act",
    blocking: "blocking",
    line: "line",
    level: "reminder",
    text: "text",
  },
  shortcuts: {
    title: "Keyboard",
    close: "Close",
    on: "Single-key shortcuts",
    next: "next order",
    previous: "previous order",
    open: "open the order",
    take: "take the order",
    takeNext: "take the next order",
    find: "find an order",
    queues: "queues, from left to right",
  },
};
