import { useEffect, useState, type ReactNode } from "react";
import { SignIn } from "../features/session/SignIn";
import { useWords } from "../i18n/useWords";
import { NoticesProvider } from "../ui/Notices";
import { open, type Opened } from "./opening";
import { SignedIn } from "./SignedIn";

/** From an empty page to whoever is there. */
export function App(): ReactNode {
  const { t } = useWords();
  const [opened, setOpened] = useState<Opened | "unavailable">();
  const [signedIn, setSignedIn] = useState(false);
  const [ended, setEnded] = useState(false);

  useEffect(() => {
    open().then(
      (found) => {
        found.session.onEnd(() => {
          setEnded(true);
          setSignedIn(false);
        });
        setSignedIn(found.signedIn);
        setOpened(found);
      },
      () => setOpened("unavailable"),
    );
  }, []);

  if (opened === undefined) return <p className="screen">{t.signIn.opening}</p>;
  if (opened === "unavailable") {
    return (
      <main className="screen">
        <h1>{t.title}</h1>
        <p role="alert">{t.unavailable}</p>
        <button type="button" className="primary" onClick={() => location.reload()}>
          {t.signIn.again}
        </button>
      </main>
    );
  }
  const { config, session, failed } = opened;
  if (!signedIn) {
    const problem = ended ? t.problems.sessionEnded : failed ? t.signIn.failed : undefined;
    return <SignIn problem={problem} onSignIn={() => session.signIn()} />;
  }
  return (
    <NoticesProvider label={t.notices.label} closeLabel={t.notices.close}>
      <SignedIn config={config} session={session} onSignOut={() => setSignedIn(false)} />
    </NoticesProvider>
  );
}
