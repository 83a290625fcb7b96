import { useState, type ReactNode } from "react";
import { useWords } from "../../i18n/useWords";
import { Dialog } from "../../ui/Dialog";
import { shortcutsAreOn, turnShortcuts } from "../../ui/useShortcuts";

/** Which key does what, and the switch that turns them off for those whom they disturb. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useWords();
  const [on, setOn] = useState(shortcutsAreOn);
  const keys: [string, string][] = [
    ["j · о", t.shortcuts.next],
    ["k · л", t.shortcuts.previous],
    ["Enter", t.shortcuts.open],
    ["t · е", t.shortcuts.take],
    ["n · т", t.shortcuts.takeNext],
    ["/ · .", t.shortcuts.find],
    ["1 – 6", t.shortcuts.queues],
  ];
  return (
    <Dialog title={t.shortcuts.title} closeLabel={t.shortcuts.close} onClose={onClose}>
      <dl className="facts">
        {keys.map(([key, meaning]) => (
          <div key={key} className="row">
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input
          type="checkbox"
          checked={on}
          onChange={(event) => {
            turnShortcuts(event.target.checked);
            setOn(event.target.checked);
          }}
        />
        {t.shortcuts.on}
      </label>
    </Dialog>
  );
}
