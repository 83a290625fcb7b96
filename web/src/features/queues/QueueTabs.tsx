import type { ReactNode } from "react";
import { QUEUES, type Queue } from "../../api/types";
import { useWords } from "../../i18n/useWords";

interface Props {
  current: Queue;
  counts: Record<Queue, number> | undefined;
  onChoose: (queue: Queue) => void;
}

/** The queues with how many orders each holds. */
export function QueueTabs({ current, counts, onChoose }: Props): ReactNode {
  const { t, format } = useWords();
  return (
    <nav className="tabs" aria-label={t.queuesLabel}>
      {QUEUES.map((queue) => (
        <button
          key={queue}
          type="button"
          className="tab"
          aria-current={queue === current ? "page" : undefined}
          onClick={() => onChoose(queue)}
        >
          {t.queues[queue]} <span className="count">{counts ? format.number(counts[queue]) : "…"}</span>
        </button>
      ))}
    </nav>
  );
}
