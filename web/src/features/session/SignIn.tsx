import { useState, type ReactNode } from "react";
import { useWords } from "../../i18n/useWords";

interface Props {
  problem: string | undefined;
  onSignIn: () => Promise<void>;
}

/** The way in, when nobody is signed in. */
export function SignIn({ problem, onSignIn }: Props): ReactNode {
  const { t, switchLanguage, language } = useWords();
  const [failed, setFailed] = useState(false);
  const said = failed ? t.signIn.failed : problem;
  return (
    <main className="screen">
      <h1>{t.title}</h1>
      <p>{t.signIn.invitation}</p>
      {said && <p role="alert">{said}</p>}
      <button
        type="button"
        className="primary"
        onClick={() => {
          setFailed(false);
          onSignIn().catch(() => setFailed(true));
        }}
      >
        {t.signIn.button}
      </button>
      <button type="button" className="quiet" lang={language === "en" ? "ru" : "en"} onClick={switchLanguage}>
        {t.header.language}
      </button>
    </main>
  );
}
